"""Structured answers: documents that satisfy the schema they were asked for."""

import json
import math
from contextlib import suppress
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personahub.models.serving.schemas import document
from tests.models.served import Served

TEXT = "Persona: A tired nurse\nRelation: sister\nPersona: A calm baker\nand a line without a label"

_TREE = {
    "$defs": {
        "node": {
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "children": {"type": "array", "items": {"$ref": "#/$defs/node"}},
                "next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]},
            },
            "required": ["name", "children", "next"],
            "additionalProperties": False,
        }
    },
    "$ref": "#/$defs/node",
}

SCHEMAS: dict[str, Any] = {
    "anything": {},
    "object": {
        "type": "object",
        "properties": {"persona": {"type": "string"}, "age": {"type": "integer", "minimum": 18, "maximum": 20}},
        "required": ["persona", "age", "extra"],
        "additionalProperties": {"type": "boolean"},
    },
    "exactly": {"type": "array", "items": {"type": "number"}, "minItems": 7, "maxItems": 7},
    "tuple": {"type": "array", "prefixItems": [{"const": 1}, {"enum": ["a", None]}], "items": False, "maxItems": 2},
    "unique": {"type": "array", "items": {"enum": [1, 2, 3, 4, 5]}, "minItems": 5, "uniqueItems": True},
    "union": {"anyOf": [{"type": "null"}, {"type": "string", "minLength": 300, "maxLength": 310}]},
    "types": {"type": ["integer", "boolean", "null"]},
    "joined": {
        "allOf": [
            {"type": "object", "properties": {"a": {"type": "null"}}, "required": ["a"]},
            {"properties": {"b": {"const": {"c": [1]}}}, "required": ["b"]},
        ]
    },
    "numbers": {
        "type": "array",
        "items": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.001},
        "minItems": 20,
        "maxItems": 20,
    },
    "steps": {"type": "integer", "multipleOf": 7, "exclusiveMinimum": 7, "maximum": 14},
    "negative": {"type": "number", "maximum": -1000},
    "formats": {
        "type": "object",
        "properties": {
            name: {"type": "string", "format": name}
            for name in ("date", "time", "date-time", "duration", "email", "hostname", "ipv4", "ipv6", "uri", "uuid")
        },
    },
    "tree": _TREE,
    "deep": {"type": "array", "minItems": 1, "items": {"type": "array", "minItems": 1, "items": {"type": "array"}}},
}


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_document_satisfies_its_schema_whatever_the_seed(name: str) -> None:
    judge = jsonschema_rs.validator_for(SCHEMAS[name], validate_formats=True)
    found = [document(SCHEMAS[name], TEXT, bytes([seed])) for seed in range(100)]
    for one in found:
        judge.validate(json.loads(one))
    assert found == [document(SCHEMAS[name], TEXT, bytes([seed])) for seed in range(100)]


def test_strings_are_the_lines_of_the_answer_by_their_labels() -> None:
    people = {"type": "array", "items": {"type": "string"}, "minItems": 3, "maxItems": 3}
    schema = {"type": "object", "properties": {"relation": {"type": "string"}, "personas": people, "other": True}}
    found = json.loads(document(schema, TEXT, b""))
    assert found["relation"] == "sister"
    assert found["personas"] == ["A tired nurse", "A calm baker", "A tired nurse"]
    assert found["other"]


@pytest.mark.parametrize(
    "schema",
    [
        False,
        7,
        {"type": "string", "pattern": "^a+$"},
        {"type": "horse"},
        {"type": {}},
        {"not": {}},
        {"enum": []},
        {"anyOf": 7},
        {"$ref": "https://example.org/schema"},
        {"$ref": "#/nowhere"},
        {"$ref": "#"},
        {"allOf": [{"$ref": "#"}, {"$ref": "#"}]},
        {"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]},
        {"type": "array", "minItems": 10**9},
        {"type": "array", "minItems": 3, "maxItems": 2},
        {"type": "array", "items": {"const": 1}, "uniqueItems": True, "minItems": 2},
        {"type": "array", "minItems": 5000, "items": {"type": "array", "minItems": 5000}},
        {"type": "string", "minLength": 10**9},
        {"type": "string", "minLength": 5, "maxLength": 4},
        {"type": "integer", "minimum": 5, "maximum": 4},
        {"type": "integer", "exclusiveMinimum": 5, "exclusiveMaximum": 6},
        {"type": "integer", "multipleOf": 0.5},
        {"type": "number", "multipleOf": 0},
        {"type": "number", "minimum": "five"},
        {"type": "number", "minimum": math.inf},
        {"type": "object", "properties": [1]},
        {"type": "object", "required": "all"},
    ],
    ids=str,
)
def test_a_schema_that_cannot_be_satisfied_is_refused(schema: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        document(schema, TEXT, b"")


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
_KEYS = st.sampled_from(
    ["type", "properties", "required", "items", "prefixItems", "minItems", "maxItems", "uniqueItems", "$ref", "format"]
) | st.sampled_from(
    [
        "minLength",
        "maxLength",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "multipleOf",
        "enum",
        "const",
        "anyOf",
        "allOf",
    ]
)
_KINDS = st.sampled_from(["object", "array", "string", "integer", "number", "#", {"type": "integer"}, ["a"], {}])


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(_KEYS, _VALUES | _KINDS, max_size=6))
def test_any_schema_at_all_gets_a_document_or_a_reason(schema: dict[str, object]) -> None:
    with suppress(ValueError):
        json.loads(document(schema, TEXT, b"seed"))


def test_a_request_with_a_response_format_gets_json_and_other_choices_get_other_json() -> None:
    schema = {
        "type": "object",
        "properties": {"riddle": {"type": "string"}, "number": {"type": "integer", "maximum": 10**6}},
        "required": ["riddle", "number"],
        "additionalProperties": False,
    }
    messages = [{"role": "user", "content": 'Write a riddle. Start with "Riddle:".\n\nPerson:\n<<<\nA baker\n>>>'}]
    form = {"type": "json_schema", "json_schema": {"name": "riddle", "strict": True, "schema": schema}}
    with Served() as served:
        plain = served.ask({"messages": messages, "response_format": {"type": "text"}}).text
        body = {"messages": messages, "response_format": form}
        found = [json.loads(c["message"]["content"]) for c in served.ask({**body, "n": 3}).json["choices"]]
        for one in found:
            jsonschema_rs.validate(schema, one)
        assert f"Riddle: {found[0]['riddle']}" == plain
        assert len({one["number"] for one in found}) == 3
        assert json.loads(served.ask(body).text) == found[0]
        loose = served.ask({"messages": messages, "response_format": {"type": "json_object"}}).text
        assert isinstance(json.loads(loose), dict)
        bad = form | {"json_schema": {"name": "x", "schema": {"type": "string", "pattern": "a"}}}
        refused = served.ask({"messages": messages, "response_format": bad})
        assert refused.status == 400
        assert "pattern" in refused.json["error"]["message"]
        assert served.stats()["in_flight"] == 0
