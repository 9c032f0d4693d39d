"""Answers to the template `tool` as language models really write them."""

import json

import pytest

from personahub.formats.tool import NO_TOOL, Tools
from personahub.models.base import NOT_JSON
from personahub.tools.interface import tool

PLAIN = {
    "name": "Frost warning",
    "description": "Tells whether frost is expected. It warns of nothing else.",
    "function_name": "frost_warning",
    "input_args": [{"name": "place", "type": "string", "description": "where", "required": True}],
    "return": {"type": "boolean", "description": "true where frost is expected"},
    "depend": ["requests"],
}
TEXT = json.dumps(PLAIN)
INDENTED = json.dumps(PLAIN, indent=2)
OTHER = json.dumps({**PLAIN, "name": "Second", "function_name": "second"})
CHINESE = {**PLAIN, "name": "霜冻预警", "description": "判断某地是否会有霜冻。"}


def but(**changed: object) -> str:
    return json.dumps({**PLAIN, **changed}, ensure_ascii=False)


# What each holds as its main function, and its arguments.
READ = {
    "bare": (TEXT, "frost_warning", ["place"]),
    "indented": (INDENTED, "frost_warning", ["place"]),
    "fenced": (f"```json\n{INDENTED}\n```", "frost_warning", ["place"]),
    "fenced without a language": (f"```\n{TEXT}\n```", "frost_warning", ["place"]),
    "with a preamble": (f"Sure! Here is a tool for this person:\n\n{TEXT}", "frost_warning", ["place"]),
    "with a word behind": (f"{TEXT}\n\nThis tool helps the farmer with {{his}} work.", "frost_warning", ["place"]),
    "with thinking": (f'<think>Maybe {{"a": 1}}?</think>\n{TEXT}', "frost_warning", ["place"]),
    "fenced with words around": (f"Here:\n```json\n{TEXT}\n```\nI hope it helps.", "frost_warning", ["place"]),
    "two tools: the first": (f"{TEXT}\n{OTHER}", "frost_warning", ["place"]),
    "an example before it": (f'An example of a result is {{"frost": true}}.\n{TEXT}', "frost_warning", ["place"]),
    "in a list of one": (f"[{TEXT}]", "frost_warning", ["place"]),
    "wrapped": (f'{{"tool": {TEXT}}}', "frost_warning", ["place"]),
    "wrapped in a list": (f'{{"tools": [{TEXT}]}}', "frost_warning", ["place"]),
    "as a JSON string": (json.dumps(TEXT), "frost_warning", ["place"]),
    "with a comma at the end": (INDENTED.replace("]\n}", "],\n}"), "frost_warning", ["place"]),
    "as a Python dictionary": (str(PLAIN), "frost_warning", ["place"]),
    "a Python dictionary in a fence": (f"```python\n{PLAIN}\n```", "frost_warning", ["place"]),
    "arguments as an object": (
        but(input_args={"place": "where", "days": "how many"}),
        "frost_warning",
        ["place", "days"],
    ),
    "arguments as a text": (but(input_args="place - where, days - how many"), "frost_warning", ["place", "days"]),
    "arguments as names": (but(input_args=["place", "days"]), "frost_warning", ["place", "days"]),
    "arguments as a JSON schema": (
        but(input_args={"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]}),
        "frost_warning",
        ["place"],
    ),
    "no arguments": (but(input_args="None"), "frost_warning", []),
    "null arguments": (but(input_args=None), "frost_warning", []),
    "a signature as the name": (but(function_name="frost_warning(place: str) -> bool"), "frost_warning", ["place"]),
    "a name with spaces": (but(function_name="Frost Warning"), "Frost_Warning", ["place"]),
    "a name with a class": (but(function_name="Weather.frost_warning"), "frost_warning", ["place"]),
    "several functions": (but(function_name=["a", "b"], input_args=[["x"], ["y", "z"]]), "a", ["x"]),
    "keys in camel case": (
        but().replace("function_name", "functionName").replace("input_args", "inputArgs"),
        "frost_warning",
        ["place"],
    ),
    "keys in capitals": (
        but().replace('"name": "Frost', '"Name": "Frost').replace("depend", "Dependencies"),
        "frost_warning",
        ["place"],
    ),
    "other words for keys": (
        but().replace("input_args", "parameters").replace('"return"', '"returns"'),
        "frost_warning",
        ["place"],
    ),
    "no title": (json.dumps({key: value for key, value in PLAIN.items() if key != "name"}), "frost_warning", ["place"]),
    "no dependencies": (
        json.dumps({key: value for key, value in PLAIN.items() if key != "depend"}),
        "frost_warning",
        ["place"],
    ),
    "another language": (json.dumps(CHINESE, ensure_ascii=False), "frost_warning", ["place"]),
    "another language around it": (f"好的,这是工具:\n{json.dumps(CHINESE)}", "frost_warning", ["place"]),
    "windows line ends": (INDENTED.replace("\n", "\r\n"), "frost_warning", ["place"]),
    "as an endpoint's tool": (
        json.dumps(
            {
                "type": "function",
                "function": {
                    "name": "frost_warning",
                    "description": "D.",
                    "parameters": {"type": "object", "properties": {"place": {"type": "string"}}},
                },
            }
        ),
        "frost_warning",
        ["place"],
    ),
    "more keys than asked for": (but(version="1.0", examples=["frost_warning('Riga')"]), "frost_warning", ["place"]),
}
REFUSED = {
    "empty": ("", "empty"),
    "only thinking": ("<think>A tool for frost ...</think>", "empty"),
    "prose": ("A tool that warns of frost would help this farmer most.", NOT_JSON),
    "cut off": (TEXT[: len(TEXT) // 2], NOT_JSON),
    "cut off at the start": (TEXT[:40], NOT_JSON),
    "another object": ('{"frost": true}', NO_TOOL),
    "no function": (but(function_name=""), NO_TOOL),
    "a list of two": (f"[{TEXT.replace('function_name', 'x')}, {TEXT.replace('function_name', 'x')}]", NO_TOOL),
    "a name of nothing": (but(function_name="***"), NO_TOOL),
    "a long name": (but(function_name="f" * 65), NO_TOOL),
    "no description": (but(description=""), NO_TOOL),
    "code that runs": ("{'name': __import__('os').system('true')}", NOT_JSON),
    "brackets without end": ("{" * 5000, NOT_JSON),
}


@pytest.mark.parametrize("name", READ)
def test_a_tool_is_read(name: str) -> None:
    answer, function, arguments = READ[name]
    read = Tools().read(answer)
    assert read.reject is None, read.detail
    found = tool(read.text)
    assert found.main.name == function
    assert [one.name for one in found.main.arguments] == arguments
    assert found.description
    assert Tools().read(read.text).text == read.text


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_tool_leaves_with_a_reason(name: str) -> None:
    answer, reason = REFUSED[name]
    read = Tools().read(answer)
    assert (read.text, read.reject) == ("", reason)


def test_thirty_and_more_are_tried() -> None:
    assert len(READ) + len(REFUSED) >= 45
