"""The released rows, whatever shape each has, in the one schema."""

from collections import Counter
from pathlib import Path

import orjson
import pytest

from personahub.shapes import check_schema, fitting
from personahub.tools.calls import sets
from personahub.tools.interface import tool
from personahub.tools.normal import normalised
from personahub.tools.schema import envelopes, faults, parameters

RELEASED = Path("../shared/data/personas/personahub_tool.jsonl")
# Of 3,000 rows, by number from 0, those whose text is no JSON within its JSON string ...
NO_JSON = {1032, 1238, 2183, 2204}
# ... and those that are JSON and no tool: an example of a result, without any of the fields.
NO_TOOL = {75, 206, 418, 536, 1789, 2210, 2770}

pytestmark = pytest.mark.skipif(not RELEASED.exists(), reason="the released rows are not part of the project")


def test_of_the_released_rows_that_are_json_more_than_99_5_percent_are_normalised_and_the_rest_is_named() -> None:
    lines = RELEASED.read_bytes().splitlines()
    refused: dict[int, str] = {}
    for number, line in enumerate(lines):
        try:
            found = normalised(orjson.loads(orjson.loads(line)["synthesized text"]))
        except ValueError as error:
            refused[number] = str(error)
            continue
        assert tool(found.text) == found
    assert set(refused) == NO_JSON | NO_TOOL
    assert {refused[number] for number in NO_TOOL} == {"no function_name"}
    assert all(refused[number].startswith("a text that is no JSON") for number in NO_JSON)
    json = len(lines) - len(NO_JSON)
    assert (json - len(NO_TOOL)) / json >= 0.995


def test_every_one_of_them_is_a_tool_that_an_endpoint_takes() -> None:
    wrong: Counter[str] = Counter()
    for line in RELEASED.read_bytes().splitlines()[::10]:
        try:
            found = normalised(orjson.loads(orjson.loads(line)["synthesized text"]))
        except ValueError:
            continue
        wrong.update(fault.split(" ", 1)[0] for fault in faults(found))
        assert len(envelopes(found)) >= 1
        for function in found.functions:
            schema = orjson.dumps(parameters(function)).decode()
            assert check_schema(schema) is None
            for arguments in sets(function, 5, 0):
                assert fitting(orjson.dumps(arguments).decode(), schema)[1] == ""
    assert not wrong
