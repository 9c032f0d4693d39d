"""Labelled lines as language models really write them."""

import json

import pytest

from personahub.formats.fields import Fields

READER = Fields(("Name:", "Race", "Background"))
KEPT = "Name: Orla Fenn\nRace: marsh folk\nBackground: She mends nets."
CHINESE = Fields(("\u540d\u5b57", "\u804c\u4e1a"))


@pytest.mark.parametrize(
    "answer",
    [
        KEPT,
        KEPT.replace("\n", "\n\n"),
        KEPT.lower().replace("orla fenn", "Orla Fenn").replace("she", "She"),
        "**Name:** Orla Fenn\n**Race:** marsh folk\n**Background:** She mends nets.",
        "**Name**: Orla Fenn  \n**Race**: marsh folk  \n**Background**: She mends nets.",
        "- Name: Orla Fenn\n- Race: marsh folk\n- Background: She mends nets.",
        "* **Name:** Orla Fenn\n* **Race:** marsh folk\n* **Background:** She mends nets.",
        "1. Name: Orla Fenn\n2. Race: marsh folk\n3. Background: She mends nets.",
        "### Name:\nOrla Fenn\n### Race:\nmarsh folk\n### Background:\nShe mends nets.",
        "Name:\nOrla Fenn\n\nRace:\nmarsh folk\n\nBackground:\nShe mends nets.",
        f"Here is the character:\n\n{KEPT}",
        f"Sure!\n\n---\n\n{KEPT}\n\n---\n\nLet me know if you want another one.",
        f"```\n{KEPT}\n```",
        f"```yaml\n{KEPT}\n```\n\nI hope this helps!",
        f"<think>Name: nobody</think>\n{KEPT}",
        "Race: marsh folk\nBackground: She mends nets.\nName: Orla Fenn",
        f"{KEPT}\n\nName: Somebody else\nRace: hill folk\nBackground: None.",
        "Name\uff1aOrla Fenn\nRace\uff1amarsh folk\nBackground\uff1aShe mends nets.",
        "Name: \u201cOrla Fenn\u201d\nRace: marsh folk\nBackground: She mends nets.",
        "NAME: Orla Fenn\nRACE: marsh folk\nBACKGROUND: She mends nets.",
        "> Name: Orla Fenn\n> Race: marsh folk\n> Background: She mends nets.",
        json.dumps({"Name": "Orla Fenn", "Race": "marsh folk", "Background": "She mends nets."}),
        json.dumps({"name": "Orla Fenn", "race": "marsh folk", "background": "She mends nets."}, indent=2),
        f"```json\n{json.dumps({'Name': 'Orla Fenn', 'Race': 'marsh folk', 'Background': 'She mends nets.'})}\n```",
        'Here you go: {"Name": "Orla Fenn", "Race": "marsh folk", "Background": "She mends nets."} Enjoy!',
        f"{KEPT}\n\nWould you like more detail?",
    ],
)
def test_a_character_is_read_from_answers_as_models_write_them(answer: str) -> None:
    assert READER.read(answer).text == KEPT


@pytest.mark.parametrize(
    ("answer", "reason", "said"),
    [
        ("Name: Orla Fenn\nRace: marsh folk", "no_field", "Background"),
        ("Name: Orla Fenn\nRace: marsh folk\nBackground:", "no_field", "Background"),
        ("Character name: Orla Fenn\nRace: marsh folk\nBackground: She mends nets.", "no_field", "Name"),
        ("I would rather talk about the weather.", "empty", "weather"),
        ("", "empty", ""),
        ('{"Name": ', "empty", "Name"),
        ("Name: Orla Fenn\nRace: marsh fo", "no_field", "Background"),
    ],
)
def test_what_lacks_a_field_leaves_with_its_name(answer: str, reason: str, said: str) -> None:
    read = READER.read(answer)
    assert (read.reject, said in read.detail) == (reason, True)
    assert read.text == ""


def test_labels_of_other_languages_and_values_of_several_lines() -> None:
    answer = "\u540d\u5b57\uff1a\u6c88\u957f\u6e05\n\u804c\u4e1a: \u8239\u592b\n\u4e5f\u4fee\u8239"
    assert (
        CHINESE.read(answer).text == "\u540d\u5b57: \u6c88\u957f\u6e05\n\u804c\u4e1a: \u8239\u592b\n\u4e5f\u4fee\u8239"
    )
    assert CHINESE.values(CHINESE.read(answer).text)["\u804c\u4e1a"] == "\u8239\u592b\n\u4e5f\u4fee\u8239"


def test_what_was_kept_is_read_as_itself() -> None:
    assert READER.read(READER.read(KEPT).text).text == KEPT
