"""The contract of a stage, and how a row leaves with its reason."""

from collections.abc import Sequence
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc


class Stage(Protocol):
    """Columns to columns, pure: no model, no disk, no clock, no dice.

    A stage is a frozen dataclass: its fields are its settings and its repr is its fingerprint.
    """

    def __call__(self, rows: pa.RecordBatch) -> pa.RecordBatch: ...


def with_reasons(rows: pa.RecordBatch, reasons: Sequence[str | None] | pa.Array) -> pa.RecordBatch:
    """The same rows with a nullable string column `reject`; a reason that a row already had stands."""
    column = reasons if isinstance(reasons, pa.Array) else pa.array(list(reasons), pa.string())
    if "reject" not in rows.schema.names:
        return rows.append_column("reject", column)
    first = pc.coalesce(rows["reject"].cast(pa.string()), column)
    return rows.set_column(rows.schema.get_field_index("reject"), pa.field("reject", pa.string()), first)


def texts_of(rows: pa.RecordBatch) -> pa.Array:
    """The column `text` as strings, null as the empty one."""
    return pc.fill_null(rows["text"].cast(pa.string()), "")
