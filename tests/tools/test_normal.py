"""Values that mean a tool, in the ways in which they are written."""

from contextlib import suppress
from time import process_time
from typing import Any

import pytest

from personahub.tools.interface import Argument, Function, Tool, tool
from personahub.tools.normal import normalised


def made(**fields: object) -> Tool:
    return normalised(
        {"name": "N", "description": "D.", "function_name": "f", "input_args": [], "return": "", **fields}
    )


def names(value: object) -> list[str]:
    return [one.name for one in made(input_args=value).main.arguments]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("year", ["year"]),
        ("a, b", ["a", "b"]),
        ("a,b and c", ["a", "b", "c"]),
        ("(a, b)", ["a", "b"]),
        ("self, a", ["a"]),
        ("*names, **more", ["names", "more"]),
        ("path - the file to read, write and keep", ["path"]),
        ("path: str, count: int = 3", ["path", "count"]),
        ("city (string): where, days (int): how many", ["city", "days"]),
        ("- city: where\n- days: how many", ["city", "days"]),
        ("The name of the city to look at", ["input"]),
        ("None", []),
        ("N/A", []),
        ("no arguments required", []),
        ("\u65e0", []),
        ("", []),
        (None, []),
        ([], []),
        ({}, []),
        (["a", "b"], ["a", "b"]),
        (["a: str", "b (int)"], ["a", "b"]),
        ([["a"], "b"], ["a", "b"]),
        ({"a": "first", "b": "second"}, ["a", "b"]),
        ({"source language": "of the text"}, ["source_language"]),
        ({"3d_model": "a file"}, ["_3d_model"]),
        ([{"name": "a", "type": "string"}, {"name": "b"}], ["a", "b"]),
        ([{"a": "first"}, {"b": "second"}], ["a", "b"]),
        ({"type": "object", "properties": {"a": {"type": "string"}, "b": {}}}, ["a", "b"]),
        (["a", "a"], ["a"]),
    ],
)
def test_the_names_of_arguments(value: object, found: list[str]) -> None:
    assert names(value) == found


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("x", "any"),
        ("x: str", "string"),
        ("x - string", "string"),
        ("x (int): how many", "integer"),
        ("x: List[str]", "array"),
        ("x: Optional[float] = None", "number"),
        ({"x": "string"}, "string"),
        ({"x": "A list of names"}, "array"),
        ({"x": "An integer that says how many"}, "integer"),
        ({"x": "integer - how many"}, "integer"),
        ({"x": "The number of days"}, "any"),
        ({"x": "The string to look for"}, "string"),
        ({"x": {"type": "dict", "description": "all"}}, "object"),
        ({"x": {"type": ["number", "null"]}}, "number"),
        ({"x": {"type": "3D Array"}}, "any"),
        ([{"name": "x", "type": "List of Strings"}], "array"),
        ({"x": True}, "boolean"),
        ({"x": 3}, "integer"),
        ({"x": {"inner": "string", "other": "string"}}, "object"),
    ],
)
def test_types_are_read_where_they_are_said_and_never_guessed(value: object, kind: str) -> None:
    assert made(input_args=value).main.arguments[0].kind == kind


@pytest.mark.parametrize(
    ("value", "required", "default"),
    [
        ("x", True, None),
        ("x: int = 3", False, 3),
        ("x: str = 'en'", False, "en"),
        ({"x": "how many (default=5)"}, False, None),
        ({"x": "integer - how many (default=5)"}, False, 5),
        ({"x": "optional, a note"}, False, None),
        ({"x": {"type": "boolean", "default": "true", "description": ""}}, False, True),
        ({"x": {"type": "number", "required": False}}, False, None),
        ({"x": {"type": "number", "default": 0.5}}, False, 0.5),
        ({"type": "object", "properties": {"x": {"type": "string"}}, "required": []}, False, None),
    ],
)
def test_what_may_be_left_out(value: object, required: bool, default: object) -> None:
    argument = made(input_args=value).main.arguments[0]
    assert (argument.required, argument.default) == (required, default)


@pytest.mark.parametrize(
    ("value", "kind", "meaning"),
    [
        ("", "any", ""),
        (None, "any", ""),
        ("score", "any", "score"),
        ("str", "string", "str"),
        ("A list of names", "array", "A list of names"),
        ("Boolean (True if so)", "boolean", "Boolean (True if so)"),
        ("Returns a dictionary with keys", "object", "Returns a dictionary with keys"),
        ("None", "null", "None"),
        ({"type": "float", "description": "the sum"}, "number", "the sum"),
        ({"score": "how good", "hint": "what to do"}, "object", "score: how good; hint: what to do"),
        (["audio_path"], "any", "audio_path"),
        (["key", "iv"], "any", "key; iv"),
        ([{"type": "list", "description": "all"}], "array", "all"),
    ],
)
def test_what_is_returned(value: object, kind: str, meaning: str) -> None:
    main = made(**{"return": value}).main
    assert (main.gives, main.meaning) == (kind, meaning)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (None, ()),
        ("None", ()),
        ("requests", ("requests",)),
        ("requests, TMDB API", ("requests", "TMDB API")),
        ("gTTS (Google, free) library", ("gTTS (Google, free) library",)),
        ("Python libraries: requests, numpy", ("requests", "numpy")),
        (["requests", "requests"], ("requests",)),
        ({"python libraries": ["numpy"], "Web APIs": []}, ("numpy",)),
        ({"library": "requests", "api": "Maps API"}, ("requests", "Maps API")),
        ({"requests": "A library for HTTP.", "NASA": "Pictures."}, ("requests", "NASA")),
        ([{"name": "requests"}], ("name",)),
    ],
)
def test_what_it_depends_on(value: object, found: tuple[str, ...]) -> None:
    assert made(depend=value).depend == found


def test_several_functions_each_have_their_own() -> None:
    told: dict[str, Any] = {
        "name": "Store",
        "description": "Keeps things.",
        "function_name": ["__init__", "put", "get"],
        "input_args": {"__init__": ["path"], "put": ["key", "value"], "get": ["key"]},
        "return": {"__init__": "None", "put": "None", "get": "A string"},
        "depend": [],
    }
    found = normalised(told)
    assert [one.name for one in found.functions] == ["put", "get", "__init__"]
    assert [len(one.arguments) for one in found.functions] == [2, 1, 1]
    assert [one.gives for one in found.functions] == ["null", "string", "null"]
    side_by_side = {**told, "function_name": ["put", "get"], "input_args": [["key", "value"], ["key"]], "return": "?"}
    assert [len(one.arguments) for one in normalised(side_by_side).functions] == [2, 1]
    as_pairs = {**side_by_side, "input_args": [{"put": ["key", "value"]}, {"get": ["key"]}]}
    assert [len(one.arguments) for one in normalised(as_pairs).functions] == [2, 1]
    shared = {**side_by_side, "input_args": "key"}
    assert [len(one.arguments) for one in normalised(shared).functions] == [1, 1]


@pytest.mark.parametrize(
    "value",
    [
        {
            "Name": "N",
            "Description": "D.",
            "Function Name": "f",
            "Input Args": "x",
            "Returns": "y",
            "Dependencies": "z",
        },
        {"name": "N", "description": "D.", "functionName": "f", "inputArgs": "x", "return_value": "y", "depends": "z"},
        {
            "tool": {
                "name": "N",
                "description": "D.",
                "function": "def f(x):",
                "inputs": "x",
                "output": "y",
                "requires": "z",
            }
        },
        [
            {
                "title": "N",
                "description": "D.",
                "function_names": ["Class.f"],
                "args": ["x"],
                "returns": "y",
                "depend": "z",
            }
        ],
        '{"name": "N", "description": "D.", "function_name": "f()", "parameters": "x", "return": "y", "depend": "z"}',
        {
            "type": "function",
            "name": "N",
            "function": {
                "name": "f",
                "description": "D.",
                "parameters": {"type": "object", "properties": {"x": {}}, "required": ["x"]},
                "returns": "y",
            },
            "depend": ["z"],
        },
    ],
)
def test_keys_by_other_names_and_tools_in_wrappings(value: object) -> None:
    assert normalised(value) == Tool("N", "D.", (Function("f", (Argument("x"),), "any", "y"),), ("z",))


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({}, "no function_name"),
        ([], "a list of 0"),
        ([1, 2], "a list of 2"),
        (3, "no object"),
        ("not JSON", "no JSON"),
        ({"function_name": "f", "input_args": []}, "no description"),
        ({"function_name": "f", "description": "D."}, "no input_args"),
        ({"function_name": "f" * 65, "description": "D.", "input_args": []}, "is no name"),
        ({"function_name": "???", "description": "D.", "input_args": []}, "is no name"),
        ({"function_name": "f", "description": "D.", "input_args": 3}, "of a kind that is none"),
        ({"function_name": "f", "description": "D.", "input_args": [f"a{n}" for n in range(99)]}, "99 arguments"),
    ],
)
def test_what_is_no_tool_says_why(value: object, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        normalised(value)


def test_the_text_of_a_tool_gives_it_again() -> None:
    argument = Argument("unit", "string", "of the answer", False, ("C", "F"), "C", "any")
    found = Tool(
        "N", "D.", (Function("f", (argument, Argument("days", "array", items="integer"))), Function("g")), ("z",)
    )
    assert tool(found.text) == found
    with pytest.raises(ValueError, match="no tool in the one schema"):
        tool('{"name": "N"}')


@pytest.mark.parametrize("piece", ["a, ", "\n", " ", "a\n", "(", "a (", "a - ", ", a", "-", "default ", "and "])
def test_no_text_takes_long_to_read(piece: str) -> None:
    """Patterns that read a text in many ways would take minutes for these."""
    for text in (piece * (3_900 // len(piece)), piece * 50_000):
        begun = process_time()
        with suppress(ValueError):
            made(input_args=text, depend=text, **{"return": text})
        assert process_time() - begun < 5
