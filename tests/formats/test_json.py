"""JSON as language models really write it, held to a schema."""

import pytest

from personahub.formats.json import Json

SCHEMA = (
    '{"type": "object", "required": ["name", "age"], '
    '"properties": {"name": {"type": "string"}, "age": {"type": "integer"}}}'
)
READER = Json(SCHEMA)
KEPT = '{"age":41,"name":"Orla"}'
SAID = '{"name": "Orla", "age": 41}'


@pytest.mark.parametrize(
    "answer",
    [
        SAID,
        KEPT,
        f"  \n{SAID}\n\n",
        f"```json\n{SAID}\n```",
        f"```\n{SAID}\n```",
        f"```JSON\n{SAID}\n```\n\nLet me know!",
        f"Here is the profile:\n\n{SAID}",
        f"Sure! {SAID} I hope this helps.",
        f"Profile: {SAID}",
        f"{SAID}\n{SAID.replace('Orla', 'Bo')}",
        f'{{"note": "not this one"}} {SAID}',
        f"[1, 2] and then {SAID}",
        f"<answer>{SAID}</answer>",
        '{\n  "name": "Orla",\n  "age": 41\n}',
        '{"age": 41, "name": "Orla"}',
        f"{{curly}} words first, {SAID}",
        f"**Answer:** `{SAID}`",
        f"\u4ee5\u4e0b\u662f\u7ed3\u679c\uff1a{SAID}",
        f"> {SAID}",
        f"1. {SAID}",
        f"{SAID};",
        f"{SAID} # done",
        f'"json" {SAID}',
        f"<think>maybe 42</think>{SAID}",
    ],
)
def test_the_first_value_that_fits_is_found(answer: str) -> None:
    assert READER.read(answer).text == KEPT


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("", "no JSON value"),
        ("I cannot do that.", "no JSON value"),
        ('{"name": "Orla", "age": ', "no JSON value"),
        ('{"name": "Orla"}', "age"),
        ('{"name": "Orla", "age": "41"}', "age"),
        ("[]", "object"),
        ('{"Name": "Orla", "Age": 41}', "name"),
        ("name: Orla, age: 41", "no JSON value"),
    ],
)
def test_what_fits_nothing_leaves_with_what_is_wrong(answer: str, said: str) -> None:
    read = READER.read(answer)
    assert (read.text, read.reject) == ("", "not_json")
    assert said in read.detail
