"""Answers as language models really write them, to a template that asks for "Math problem:" or "Title:"."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personahub.formats.text import Text

MATH = Text("Math problem:", ("Solution:", "Answer:", "Hint:"))
TITLE = Text("Title:")
SAID = "A ferry takes 12 cars. How many trips do 61 cars need?"
LONG = "A ferry takes 12 cars.\n\nHow many trips do 61 cars need?"
HEAD, BODY = "What tides do to a timetable", "The sea is late.\n\nSo is the ferry."


@pytest.mark.parametrize(
    "answer",
    [
        f"Math problem: {SAID}",
        f"Math problem:\n{SAID}",
        f"math problem: {SAID}",
        f"MATH PROBLEM: {SAID}",
        f"**Math problem:** {SAID}",
        f"**Math Problem**: {SAID}",
        f"### Math problem:\n\n{SAID}",
        f"> Math problem: {SAID}",
        f"1. Math problem: {SAID}",
        f"Math problem 1: {SAID}",
        f"Math problem\uff1a{SAID}",
        f"```\nMath problem: {SAID}\n```",
        f"```text\nMath problem: {SAID}\n```\n\nLet me know if you need a harder one!",
        f"Sure! Here is a challenging problem:\n\nMath problem: {SAID}",
        f"Here's one for a ferry captain:\n```\nMath problem: {SAID}\n```",
        f"<think>Ferries, cars. Math problem: no.</think>\n\nMath problem: {SAID}",
        f"Math problem: {SAID}\n\nSolution: 61 / 12 is more than 5, so 6.",
        f"Math problem: {SAID}\n\n**Answer:** 6",
        f"Math problem: {SAID}\n\nHint: round up.\n\nAnswer: 6",
        f"Math problem: {SAID}\n\n---",
        f"Math problem: {SAID}\n\n---\n\nI hope this problem fits the persona!",
        f"Math problem: {SAID}\n\nThis problem combines division and rounding.",
        f"Math problem: {SAID}\n\n(Note: the numbers can be changed.)",
        f"Math problem: {SAID}\n\nWould you like me to write a solution as well?",
        f"Math problem: {SAID}\n\nMath problem: Another one, which nobody asked for?",
        f"Math problem: \u201c{SAID}\u201d",
        f"Problem: {SAID}",
        f"**Problem:** {SAID}",
        f"Question: {SAID}",
        f"Word problem: {SAID}",
        f"\u9898\u76ee\uff1a{SAID}",
        f"Certainly! {SAID}",
        f"  \n\n{SAID}\n\n",
        f"Math problem:\n\n**Problem:** {SAID}",
    ],
)
def test_one_problem_is_read_from_answers_as_models_write_them(answer: str) -> None:
    assert MATH.read(answer).text == SAID


@pytest.mark.parametrize(
    "answer",
    [
        f"Title: {HEAD}\n\n{BODY}",
        f"**Title:** {HEAD}\n\n{BODY}",
        f"**Title: {HEAD}**\n\n{BODY}",
        f"# Title: {HEAD}\n\n{BODY}",
        f"# {HEAD}\n\n{BODY}",
        f"Here is the article:\n\nTitle: {HEAD}\n\n{BODY}\n\nFeel free to ask for changes.",
        f"```markdown\nTitle: {HEAD}\n\n{BODY}\n```",
        f"\u6807\u9898\uff1a{HEAD}\n\n{BODY}",
    ],
)
def test_a_title_is_the_first_line_of_what_is_kept(answer: str) -> None:
    assert TITLE.read(answer).text.lstrip("# ") == f"{HEAD}\n\n{BODY}"


def test_paragraphs_stay() -> None:
    assert MATH.read(f"Math problem: {LONG}").text == LONG


@pytest.mark.parametrize(
    "answer", ["Math problem:", "**Math problem:**\n\n", "Math problem: \n\nSolution: 6", "```\n```", ""]
)
def test_an_answer_with_nothing_in_it_says_so(answer: str) -> None:
    assert MATH.read(answer).reject == "empty"


@given(st.text())
def test_what_was_kept_is_kept_again_as_it_is(answer: str) -> None:
    first = MATH.read(answer)
    if not first.reject:
        assert MATH.read(f"Math problem: {first.text}").text in (first.text, MATH.read(first.text).text)
