"""What Argilla takes and what it refuses."""

import math
import re
from typing import Any

_NAME = re.compile(r"(?=.*[a-z0-9])[a-z0-9_-]{1,200}")
_DATASET = re.compile(r"(?![-_])[a-zA-Z0-9_ -]{1,200}")
_AGENT = re.compile(r"(?=.*[a-zA-Z0-9])[a-zA-Z0-9\-_:./\s]{1,200}")
_RECORD = {"id", "external_id", "fields", "metadata", "vectors", "responses", "suggestions", "status"}
_TIMES = {"inserted_at", "updated_at"}
_TERM = 32_766  # bytes of a value that the index takes


class Wrong(Exception):  # noqa: N818 - says what is so
    """What was sent is refused with 422."""


def need(so: object, why: str) -> None:
    if not so:
        raise Wrong(why)


def check_dataset(body: dict[str, Any]) -> None:
    need(_DATASET.fullmatch(body.get("name", "")), "name of the dataset")


def check_settings(kind: str, body: dict[str, Any], settings: dict[str, list[dict[str, Any]]], status: str) -> None:
    need(_NAME.fullmatch(body["name"]), f"name {body['name']!r} must be of [a-z0-9_-]")
    need(len(body.get("title") or "") <= 500, "title is too long")
    every = [one["name"] for some in settings.values() for one in some]
    need(body["name"] not in every, f"{body['name']} is there")
    if kind == "vectors-settings":
        need(body["dimensions"] > 0, "dimensions")
    if kind in ("fields", "questions"):
        need(status == "draft", "the dataset is published")
    if kind == "fields":
        need(body["settings"]["type"] in ("text", "chat", "image", "custom"), "type of the field")
    if kind == "questions":
        _check_question(body, settings)


def _check_question(body: dict[str, Any], settings: dict[str, list[dict[str, Any]]]) -> None:
    need(body["description"] is None or 0 < len(body["description"]) <= 1000, "description")
    asked = body["settings"]
    options = [one["value"] for one in asked.get("options", [])]
    if asked["type"] == "rating":
        need(2 <= len(options) <= 11 and all(isinstance(one, int) and 0 <= one <= 10 for one in options), "ratings")
    elif asked["type"] in ("label_selection", "multi_label_selection", "span"):
        least = 1 if asked["type"] == "span" else 2
        need(least <= len(options) <= 500, "number of options")
        need(all(isinstance(one, str) and 0 < len(one) <= 200 for one in options), "values of options")
        need(all(0 < len(one["text"]) <= 500 for one in asked["options"]), "texts of options")
        if asked.get("visible_options") is not None:
            need(3 <= asked["visible_options"] <= len(options), "visible options")
    else:
        need(asked["type"] == "text", "type of the question")
    if asked["type"] == "span":
        kinds = {one["name"]: one["settings"]["type"] for one in settings["fields"]}
        need(kinds.get(asked["field"]) == "text", f"{asked['field']} is no text field")


def check_publish(settings: dict[str, list[dict[str, Any]]]) -> None:
    for kind in ("fields", "questions"):
        need(any(one["required"] for one in settings[kind]), f"Dataset cannot be published without required {kind}")


def check_record(
    one: dict[str, Any],
    settings: dict[str, list[dict[str, Any]]],
    users: set[str],
    *,
    known: bool,
    extra: bool = True,
) -> None:
    """Args:
    known: whether the record is there.
    """
    need(set(one) <= _RECORD | _TIMES, f"unknown {set(one) - _RECORD - _TIMES}")
    _check_fields(one["fields"], settings["fields"])
    for name, value in (one["metadata"] or {}).items():
        _check_metadata(name, value, settings["metadata"], extra)
    sizes = {each["name"]: each["dimensions"] for each in settings["vectors"]}
    for name, vector in (one["vectors"] or {}).items():
        need(sizes.get(name) == len(vector) and all(map(math.isfinite, vector)), f"vector {name}")
    by_id = {each["id"]: each for each in settings["questions"]}
    for each in one["suggestions"] or ():
        need(each["question_id"] in by_id, "a suggestion to no question")
        need(each["agent"] is None or _AGENT.fullmatch(each["agent"]), f"agent {each['agent']!r}")
        _check_value(by_id[each["question_id"]], each["value"], one["fields"])
    who = [each["user_id"] for each in one["responses"] or ()]
    need(len(set(who)) == len(who), "two responses of a user")
    for each in one["responses"] or ():
        _check_response(each, settings["questions"], one["fields"], users)
    need(known or one["fields"], "fields are missing")


def _check_fields(fields: dict[str, Any], settings: list[dict[str, Any]]) -> None:
    kinds = {one["name"]: one for one in settings}
    need(set(fields) <= set(kinds), f"fields {set(fields) - set(kinds)} are not of the dataset")
    for name, one in kinds.items():
        need(not one["required"] or fields.get(name) is not None, f"missing required value for field {name}")
        value = fields.get(name)
        if one["settings"]["type"] == "text":
            need(isinstance(value, str), f"{name} must be a text")
        else:
            need(isinstance(value, list) and value, f"{name} must be turns")
            need(all(set(turn) == {"role", "content"} for turn in value or ()), "turns have a role and a content")
            need(all(isinstance(said, str) for turn in value or () for said in turn.values()), "turns are of texts")


def _check_metadata(name: str, value: object, settings: list[dict[str, Any]], extra: bool) -> None:
    kind = next((one["settings"]["type"] for one in settings if one["name"] == name), None)
    need(kind or extra, f"metadata {name} is not of the dataset")
    if kind == "integer":
        need(isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63, f"{name}: integer")
    elif kind == "float":
        need(isinstance(value, float) and math.isfinite(value), f"{name}: float")
    elif kind == "terms":
        terms = value if isinstance(value, list) else [value]
        need(terms and all(isinstance(one, str) and len(one.encode()) <= _TERM for one in terms), f"{name}: terms")


def _check_response(
    one: dict[str, Any], questions: list[dict[str, Any]], fields: dict[str, Any], users: set[str]
) -> None:
    need(one["user_id"] in users, f"user_id={one['user_id']} does not exist")
    need(one["status"] in ("draft", "submitted", "discarded"), "status")
    values, named = one["values"] or {}, {each["name"]: each for each in questions}
    need(set(values) <= set(named), f"no question {set(values) - set(named)}")
    if one["status"] == "submitted":
        need(values, "missing response values for submitted response")
        missing = [name for name, each in named.items() if each["required"] and name not in values]
        need(not missing, f"missing response value for required question {missing}")
    for name, value in values.items():
        _check_value(named[name], value["value"], fields)


def _check_value(question: dict[str, Any], value: Any, fields: dict[str, Any]) -> None:
    asked, name = question["settings"], question["name"]
    options = [one["value"] for one in asked.get("options", [])]
    if asked["type"] == "text":
        need(isinstance(value, str), f"{name}: text")
    elif asked["type"] in ("rating", "label_selection"):
        need(not isinstance(value, bool) and value in options, f"{name}: {value!r} is no option")
    elif asked["type"] == "multi_label_selection":
        need(isinstance(value, list) and value and all(one in options for one in value), f"{name}: labels")
        need(len(set(value)) == len(value), f"{name}: twice")
    else:
        length = len(fields[asked["field"]])
        need(isinstance(value, list), f"{name}: spans")
        for one in value:
            need(set(one) <= {"start", "end", "label", "score"} and one["label"] in options, f"{name}: span")
            need(0 <= one["start"] < one["end"] <= length, f"{name}: ends of a span")
