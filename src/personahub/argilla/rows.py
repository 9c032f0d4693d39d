"""Rows of a table as records of Argilla: what is read, what can be filtered by, what is suggested."""

import re
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

import orjson
import pyarrow as pa

from personahub.argilla.answers import suggested
from personahub.argilla.base import ACTION, TERMS, Asked, Plan, Property, Record, Suggestion, Turns

LONGEST_TERM = 256  # characters of a value to filter by; the server's index takes no long ones
MOST_TERMS = 250  # values that one record may have

_ODD = re.compile(r"[^a-zA-Z0-9_:./ -]")


def records(plan: Plan, rows: pa.RecordBatch, vectors: Mapping[str, Sequence[Any]], action: int) -> list[Record]:
    """The records, without responses.

    Args:
        rows: with `id` and every column that the plan names.
        vectors: by the name that they have there, one or None for each row.
        action: the last one of the hub's judgements.
    """
    return [
        Record(
            row["id"],
            {one.name: as_turns(row[one.column]) if one.chat else row[one.column] for one in plan.fields},
            {**_metadata(plan.properties, row), ACTION: action},
            {name: some[place].tolist() for name, some in vectors.items() if some[place] is not None},
            tuple(_suggestions(plan.asked, row)),
        )
        for place, row in enumerate(rows.to_pylist())
    ]


def columns(plan: Plan) -> list[str]:
    """Those that `records` needs."""
    named = [*(one.column for one in plan.fields), *(one.column for one in plan.properties)]
    of_questions = [name for one in plan.asked for name in (one.question.suggest, one.question.score) if name]
    return list(dict.fromkeys(["id", *named, *of_questions]))


def turns(text: str) -> Turns | None:
    """Those of a conversation as samples hold it, a list of messages in JSON; None where a text is none."""
    if not text.startswith("["):
        return None
    try:
        said = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(said, list) or not said or not all(map(_is_turn, said)):
        return None
    return [{"role": one["role"], "content": one["content"]} for one in said]


def as_turns(text: str) -> Turns:
    """The same; a text that is none as one turn of an assistant."""
    return turns(text) or [{"role": "assistant", "content": text}]


def _is_turn(one: object) -> bool:
    return isinstance(one, dict) and all(isinstance(one.get(name), str) for name in ("role", "content"))


def _metadata(properties: Sequence[Property], row: Mapping[str, Any]) -> dict[str, object]:
    found = {one.name: _value(one, row[one.column]) for one in properties}
    return {name: value for name, value in found.items() if value not in (None, [])}


def _value(one: Property, value: Any) -> object:
    """As the server takes it; None where it has none, or one that no filter could hold."""
    if value is None or one.kind != TERMS:
        whole = isinstance(value, int) and -(2**63) <= value < 2**63
        return value if whole or (isinstance(value, float) and isfinite(value)) else None
    if isinstance(value, list):
        return [term for term in value if term and len(term) <= LONGEST_TERM][:MOST_TERMS]
    term = str(value).lower() if isinstance(value, bool) else value
    return term if term and len(term) <= LONGEST_TERM else None


def _suggestions(asked: Sequence[Asked], row: Mapping[str, Any]) -> list[Suggestion]:
    found = []
    for one in asked:
        value = suggested(one, row)
        if value is not None:
            found.append(Suggestion(one.name, value, _agent(one.question.suggest), _score(one.question.score, row)))
    return found


def _score(column: str | None, row: Mapping[str, Any]) -> float | None:
    """How sure the suggestion is, as the server takes it: from 0 to 1."""
    said = row.get(column) if column else None
    fits = isinstance(said, int | float) and not isinstance(said, bool) and 0 <= said <= 1
    return float(said) if fits else None  # type: ignore[arg-type] # None does not fit


def _agent(column: str | None) -> str | None:
    """The column that suggests, as the server takes the name of who does."""
    plain = _ODD.sub("_", column or "")[:200]
    return plain if plain.strip("_") else None
