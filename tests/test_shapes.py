import json

import pytest

from personahub.shapes import check_schema, fitting

SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
        "required": ["name", "age"],
        "additionalProperties": False,
    }
)
GOOD = '{"age": 3, "name": "a"}'


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"```json\n{GOOD}\n```",
        f"Sure! Here it is:\n{GOOD}\nLet me know.",
        'First {"name": 1} then ' + GOOD,
        '{"age": 3, "name": "a"',
        "[" * 5000 + GOOD,
    ],
)
def test_json_is_found_in_what_stands_around_it_and_nothing_is_made_up(text: str) -> None:
    value, fault = fitting(text, SCHEMA)
    assert value == (GOOD.replace(" ", "") if text.count("}") and not text.startswith("[") else "")
    assert bool(fault) == (not value)


def test_a_schema_that_means_nothing_is_known_as_such() -> None:
    assert check_schema(SCHEMA) is None
    assert check_schema('{"type": "strin"}')
    assert check_schema("{")
