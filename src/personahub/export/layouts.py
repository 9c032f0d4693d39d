"""Layouts: the fields that a record has when it is out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import orjson
import pyarrow as pa

from personahub import values
from personahub.errors import UsageError
from personahub.export.calling import function_calling, sharegpt_tools
from personahub.export.tools import tools
from personahub.export.training import PREFERENCES, TRAINING
from personahub.schema import IMPORTED

Rows = list[dict[str, object]]
Out: TypeAlias = pa.RecordBatch | Rows  # columns, or rows where each may have fields of its own


@dataclass(frozen=True)
class Layout:
    """Args:
    columns: those that it needs, of all that the table has.
    out: the records in it.
    typed: whether its fields have one type each, so that any file can hold them.
    judged: whether what reviewers said goes beside the record; that of Argilla has a place of its own for it.
    """

    columns: Callable[[Sequence[str]], Sequence[str]]
    out: Callable[[pa.RecordBatch], Out]
    typed: bool = True
    paired: bool = False
    judged: bool = True


def _released(rows: pa.RecordBatch) -> pa.RecordBatch:
    """The fields of the released PERSONA HUB data."""
    if "persona_id" not in rows.schema.names:
        return _batch({"persona": rows["text"]})
    if "sample" in rows.schema.names:
        return _batch({"sample": rows["sample"], "solution": rows["text"], "answer": rows["answer"]})
    return _batch(
        {"input persona": rows["persona"], "synthesized text": rows["text"], "description": rows["description"]}
    )


def _full(rows: pa.RecordBatch) -> pa.RecordBatch:
    return rows


def _original(rows: pa.RecordBatch) -> Rows:
    """The fields of the row that a record came from, in their order; the released ones for what was made here."""
    if "layout" not in rows.schema.names:
        return _released(rows).to_pylist()  # type: ignore[no-any-return]
    held = {name: rows[name].to_pylist() for name in ("persona", "text", "description") if name in rows.schema.names}
    if "persona" not in held:
        held = {"persona": held["text"]}
    made = "input persona" if "text" in held else "persona"
    names = {"persona": made, "text": "synthesized text", "description": "description"}
    plain = orjson.dumps([(names[column], column) for column in held]).decode()
    return [
        _row(_fields(layout or plain), {column: told[place] for column, told in held.items()}, extra)
        for place, (layout, extra) in enumerate(zip(rows["layout"].to_pylist(), rows["extra"].to_pylist(), strict=True))
    ]


def _row(fields: Sequence[tuple[str, str | None]], held: Mapping[str, object], extra: str | None) -> dict[str, object]:
    rest = values.loads(extra.encode()) if extra else {}
    assert isinstance(rest, dict)  # noqa: S101 - as `imports` wrote it
    return {name: rest[name] if column is None else held[column] for name, column in fields}


@lru_cache(maxsize=1000)
def _fields(layout: str) -> list[tuple[str, str | None]]:
    return [(name, column) for name, column in orjson.loads(layout)]


def _argilla(rows: pa.RecordBatch) -> Rows:
    """What `argilla.Record.from_dict` takes: `fields` to be read, `metadata` to filter by, an `id` to find it again.

    https://docs.argilla.io/latest/reference/argilla/records/records
    """
    names = rows.schema.names
    shown = ("sample", "text") if "sample" in names else ("persona", "text") if "persona" in names else ("text",)
    called = {"text": "persona"} if len(shown) == 1 else {}
    hidden = {*shown, *IMPORTED.names, "id"}
    about = [name for name in rows.schema.names if name not in hidden and _is_metadata(rows.schema.field(name))]
    return [
        {
            "id": row["id"],
            "fields": {called.get(name, name): row[name] for name in shown},
            "metadata": {name: row[name] for name in about if row[name] is not None},
            "suggestions": {},
            "responses": {},
            "vectors": {},
        }
        for row in rows.to_pylist()
    ]


def _is_metadata(field: pa.Field) -> bool:
    kind = field.type
    return bool(pa.types.is_string(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _batch(columns: Mapping[str, pa.Array]) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays(list(columns.values()), list(columns))


_CORE = ("text", "persona", "persona_id", "description", "sample", "answer")


def _core(there: Sequence[str]) -> list[str]:
    return [name for name in there if name in _CORE]


def _core_and_id(there: Sequence[str]) -> list[str]:
    return ["id", *_core(there)]


def _core_and_more(there: Sequence[str]) -> list[str]:
    return [*_core(there), *(name for name in ("layout", "extra") if name in there)]


LAYOUTS = {
    "personahub": Layout(_core, _released),
    "original": Layout(_core_and_more, _original, typed=False),
    **{name: Layout(_core, out) for name, out in TRAINING.items()},
    **{name: Layout(_core_and_id, out, paired=True) for name, out in PREFERENCES.items()},
    "argilla": Layout(list, _argilla, typed=False, judged=False),
    "tools": Layout(_core, tools, typed=False),
    "function-calling": Layout(_core, function_calling, typed=False),
    "sharegpt-tools": Layout(_core, sharegpt_tools, typed=False),
    "full": Layout(list, _full),
}


def typed(rows: Rows, schema: pa.Schema | None = None) -> pa.RecordBatch:
    """Rows as columns, each of the one type that all its values have, or of that in the schema.

    Raises:
        UsageError: a field has values of several kinds.
    """
    try:
        found = pa.array(rows, pa.struct(list(schema)) if schema else None)
        return pa.RecordBatch.from_struct_array(found)
    except (pa.ArrowException, OverflowError, ValueError, TypeError) as error:
        raise mixed(error) from error


def mixed(error: Exception) -> UsageError:
    first = str(error).partition("\n")[0][:200]
    return UsageError(
        f"a field has values of several kinds, which no column can hold ({first}); JSON lines can: name an output that "
        "ends in .jsonl, or take --format full"
    )
