"""Rows as they came to columns: what records hold, what else a row had, and why one has no persona."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

import orjson
import pyarrow as pa

from personahub import values
from personahub.imports.forms import Form, told
from personahub.schema import IMPORTED
from personahub.sources.base import NO_TEXT, Record

NO_PERSONA = "no_persona"
PLANS = 1000  # remembered; a file has one or a few

ROWS = pa.schema(
    [
        *(pa.field(name, pa.string()) for name in ("persona", "text", "description")),
        *IMPORTED,
        pa.field("reject", pa.string()),
        pa.field("detail", pa.string()),
    ]
)

_Cells = tuple[str | None, ...]  # those of ROWS that a row itself gives: all but its source and number


class _Plan(NamedTuple):
    """What is done with rows that have the same fields, of which the same are texts: the field for each column."""

    persona: str | None
    text: str | None
    description: str | None
    rest: tuple[str, ...]
    layout: str


@dataclass
class Rows:
    """Makes batches in schema ROWS, and behind it a column for each attribute.

    Args:
        form: the one that was asked for; None to tell that of each file by its fields.
        kinds: types of the attributes; of one that is not there the first values tell it.
    """

    form: Form | None
    kinds: dict[str, pa.DataType]
    _source: str | None = None
    _told: Form = field(default_factory=lambda: Form(""))
    _plans: dict[tuple[object, ...], _Plan] = field(default_factory=dict)

    def __call__(self, records: list[Record]) -> pa.RecordBatch:
        """Raises SourceError for a file of whose first rows none has a persona."""
        files = [list(some) for _, some in groupby(records, key=attrgetter("source"))]
        parts = pa.concat_tables(map(self._of_one_file, files), promote_options="default")
        return parts.combine_chunks().to_batches()[0]

    def _of_one_file(self, records: Sequence[Record]) -> pa.Table:
        good = [record.fields for record in records if record.reject is None]
        source = records[0].source
        if source != self._source and good:
            self._told = told(self.form, {name for fields in good for name in fields}, source)
            self._source = source
            self._plans.clear()
        persona, text, description, layout, extra, reject, detail = zip(*map(self._cells, records), strict=True)
        places = [source] * len(records), [record.number for record in records]
        columns = (persona, text, description, *places, layout, extra, reject, detail)
        arrays = [pa.array(column, kind.type) for column, kind in zip(columns, ROWS, strict=True)]
        table = pa.Table.from_arrays(arrays, ROWS.names)
        for name, column in self._told.attributes.items():
            values_ = [None if (said := record.fields.get(name)) == self._told.nothing else said for record in records]
            if (array := self._attribute(column, values_)) is not None:
                table = table.append_column(column, array)
        return table

    def _cells(self, record: Record) -> _Cells:
        if record.reject:
            return (*_NOTHING, record.reject, record.detail)
        fields = record.fields
        texts = tuple([name for name in self._told.fields if isinstance(fields.get(name), str)])
        plan = self._plan(tuple(fields), texts)
        if fault := _fault(fields, self._told, plan):
            return (*_NOTHING, *fault)
        return (
            *(fields[name] if name else None for name in plan[:3]),  # type: ignore[misc]  # they are texts, by the plan
            plan.layout,
            values.dumps({name: fields[name] for name in plan.rest}).decode() if plan.rest else None,
            None,
            None,
        )

    def _plan(self, names: tuple[str, ...], texts: tuple[str, ...]) -> _Plan:
        if (found := self._plans.get((names, texts))) is not None:
            return found
        form = self._told
        persona = next((name for name in form.persona if name in texts), None)
        text, description = (name if name in texts else None for name in (form.text, form.description))
        column = {persona: "persona", text: "text", description: "description"}
        layout = orjson.dumps([(name, column.get(name)) for name in names]).decode()
        plan = _Plan(persona, text, description, tuple(name for name in names if name not in column), layout)
        if len(self._plans) >= PLANS:
            self._plans.clear()
        self._plans[names, texts] = plan
        return plan

    def _attribute(self, name: str, said: Sequence[object]) -> pa.Array | None:
        """The column, with null for what is of another type than it; None where its type cannot be told yet."""
        kind = self.kinds.get(name) or _kind(said)
        if kind is None:
            return None
        self.kinds[name] = kind
        return pa.array([one if _fits(one, kind) else None for one in said], kind)


_NOTHING = (None,) * 5


def _fault(fields: Mapping[str, object], form: Form, plan: _Plan) -> tuple[str, str | None] | None:
    """Why the row cannot be taken, and more of it for people."""
    if plan.persona is None:
        there = next((name for name in form.persona if name in fields), None)
        return NO_PERSONA, None if there is None else f"{there!r} is {_kind_of(fields[there])}"
    persona = fields[plan.persona]
    if not persona or (isinstance(persona, str) and persona.isspace()):
        return NO_PERSONA, f"{plan.persona!r} is empty"
    if plan.text is None and form.text and fields.get(form.text) is not None:
        return NO_TEXT, f"{form.text!r} is {_kind_of(fields[form.text])}"
    return None


def _kind_of(value: object) -> str:
    return "null" if value is None else type(value).__name__


def _kind(said: Sequence[object]) -> pa.DataType | None:
    kinds = {type(one) for one in said if one is not None}
    if not kinds:
        return None
    if kinds <= {int}:
        return pa.int64()
    return pa.float64() if kinds <= {int, float} else pa.string()


def _fits(value: object, kind: pa.DataType) -> bool:
    if pa.types.is_string(kind):
        return isinstance(value, str)
    if pa.types.is_floating(kind):
        return isinstance(value, float | int) and not isinstance(value, bool)
    return pa.types.is_int64(kind) and isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
