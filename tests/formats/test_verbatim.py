"""Answers that are kept as they are."""

import pytest

from personahub.formats.base import EMPTY
from personahub.formats.verbatim import Verbatim


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        ('"All of it in quotation marks."', '"All of it in quotation marks."'),
        ("<<A title>>\nand a text", "<<A title>>\nand a text"),
        ("```json\n{}\n```", "```json\n{}\n```"),
        ("<think>first</think>\n- one\n- two\n", "- one\n- two"),
        ("Response: \u201ckept\u201d", "\u201ckept\u201d"),
        ("response:\n*kept*", "*kept*"),
        ("The response: kept", "The response: kept"),
        ("Sure, here is it: 3 > 2", "Sure, here is it: 3 > 2"),
    ],
)
def test_nothing_is_tidied(answer: str, kept: str) -> None:
    assert Verbatim("Response:").read(answer).text == kept
    assert Verbatim("Response:").read(kept).text == kept


@pytest.mark.parametrize("answer", ["", " \n", "Response:", "<think>only</think>"])
def test_nothing_is_empty(answer: str) -> None:
    assert Verbatim("Response:").read(answer).reject == EMPTY
