"""Columns put beside the records of a table after these were written, such as what they are labelled with.

Values lie in files of their own beside those of the records, so a record is never rewritten and its place stays. Which
files belong to the table is switched in one commit; what a killed call leaves lying about belongs to no version.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from personahub.errors import UsageError
from personahub.store.system import give_back_memory
from personahub.store.table import Table

_ADDRESS = "_rowid"  # of a row: the number of its fragment above, its place in it below


@dataclass(frozen=True)
class Values:
    """Args:
    rows: numbers of the records, ascending, each once.
    columns: what they get.
    """

    rows: npt.NDArray[np.int64]
    columns: pa.RecordBatch


def added(table: Table) -> pa.Schema:
    """Of the columns that were put beside the records of a table."""
    with table.opened() as data:
        return pa.schema([field for field in data.schema if field.name not in table.schema.names] if data else [])


def fill(table: Table, columns: pa.Schema, values: Iterable[Values]) -> None:
    """Give values of columns to some of the records, all in one commit; others keep what they have.

    A record that comes later has none until it is given some. What is read meanwhile is as it was. In memory are the
    values of one fragment at a time.

    Args:
        columns: all that are meant, none of the table's own; made where they are missing, null everywhere.
        values: their row numbers ascend from one to the next.
    """
    if own := set(columns.names) & set(table.schema.names):
        raise UsageError(f"{min(own)!r} is a column of every record; nothing else can stand in it")
    with table.opened() as data:
        if data is None:
            return
        if missing := [field for field in columns if field.name not in data.schema.names]:
            data.add_columns(pa.schema(missing))
            data.checkout_latest()
        _commit(data, values)
    give_back_memory()


def _commit(data: Any, values: Iterable[Values]) -> None:
    from lance import LanceDataset, LanceOperation  # noqa: PLC0415 - as in store/table.py

    parts, touched = [], set[int]()
    version = data.version
    for fragment, given in _by_fragment(data, values):
        part, fields = fragment.update_columns(given, left_on=_ADDRESS, right_on=_ADDRESS)
        parts.append(part)
        touched.update(fields)
    if parts:
        change = LanceOperation.Update(updated_fragments=parts, fields_modified=sorted(touched))
        LanceDataset.commit(data, change, read_version=version)


def _by_fragment(data: Any, values: Iterable[Values]) -> Iterator[tuple[Any, pa.Table]]:
    """What each fragment gets, with the addresses of the rows."""
    fragments = data.get_fragments()
    ends = np.cumsum([fragment.metadata.num_rows for fragment in fragments])
    held: list[pa.RecordBatch] = []
    current = -1
    for some in values:
        owners = np.searchsorted(ends, some.rows, side="right")
        for owner in np.unique(owners).tolist():
            if owner != current and held:
                yield fragments[current], pa.Table.from_batches(held)
                held = []
            current = owner
            low, high = np.searchsorted(owners, [owner, owner + 1]).tolist()
            start = ends[owner] - fragments[owner].metadata.num_rows
            held.append(_addressed(some, slice(low, high), fragments[owner].fragment_id, start))
    if held:
        yield fragments[current], pa.Table.from_batches(held)


def _addressed(some: Values, meant: slice, fragment: int, start: int) -> pa.RecordBatch:
    at = (np.uint64(fragment) << np.uint64(32)) + (some.rows[meant] - start).astype(np.uint64)
    columns = some.columns.slice(meant.start, meant.stop - meant.start)
    return columns.append_column(_ADDRESS, pa.array(at, pa.uint64()))
