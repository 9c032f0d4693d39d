"""Which records of a hub go out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from personahub.errors import UsageError
from personahub.hub import Folder
from personahub.selections import load

TABLES = ("personas", "samples", "solutions")  # whose records go out
_OF_ITS_SAMPLE = {"sample": "text", "persona": "persona", "persona_id": "persona_id"}  # beside a solution


@dataclass(frozen=True)
class Chosen:
    """Which records are meant: what `export` and `table` take.

    Args:
        what: "personas", "samples", "solutions", or the task whose samples are wanted.
        where: a condition on their columns.
        selection: the name of a selection of them.
        numbers: of rows, in place of a selection, in their order.
    """

    what: str
    where: str | None = None
    selection: str | None = None
    numbers: npt.NDArray[np.int64] | None = None

    @property
    def table(self) -> str:
        return self.what if self.what in TABLES else "samples"

    def condition(self, folder: Folder) -> str | None:
        """All that is said of what is meant, for `Folder.judged`.

        Raises:
            UsageError: a condition that cannot be meant, or no name of a task.
        """
        return self.where if self.what in TABLES else folder.of_task("samples", self.what, self.where)

    @property
    def told(self) -> str:
        parts = ["those that were chosen on the review page"] if self.numbers is not None else []
        parts += [f"those of the selection {self.selection}"] if self.selection else []
        parts += [f"those where {self.where}"] if self.where else []
        return f"Not all records of the hub: {' and '.join(parts)}." if parts else ""

    def rows(self, folder: Folder) -> npt.NDArray[np.int64] | None:
        return load(folder, self.selection, self.table).rows if self.selection else self.numbers

    def columns(self, folder: Folder) -> list[str]:
        """All that `judged` can be asked for: of a solution some of its sample too."""
        there = list(folder.tables[self.table].stored.names)
        return [*there, *_OF_ITS_SAMPLE] if self.table == "solutions" else there

    def judged(self, folder: Folder, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        among, rows = self.condition(folder), self.rows(folder)
        if self.table != "solutions":
            yield from folder.judged(self.table, columns, among, rows=rows)
            return
        own = dict.fromkeys(["record", *(name for name in columns if name not in _OF_ITS_SAMPLE)])
        for batch in folder.judged(self.table, list(own), among, rows=rows):
            yield _with_sample(folder, batch).select([*columns, "reject"])


def count(folder: Folder, chosen: Chosen) -> int:
    """How many records there are, whatever the verdicts say.

    Raises:
        UsageError: none.
    """
    among = folder.condition(chosen.table, chosen.condition(folder))
    rows = chosen.rows(folder)
    there = folder.tables[chosen.table].count(among) if rows is None else len(rows)
    if not there:
        raise UsageError(f"the hub has no {chosen.what!r} to export; 'personahub stats' lists what it has")
    return there


def _with_sample(folder: Folder, batch: pa.RecordBatch) -> pa.RecordBatch:
    held = folder.tables["samples"].lookup(batch["record"].to_pylist(), ["id", *_OF_ITS_SAMPLE.values()])
    held = held.take(pc.index_in(batch["record"], held["id"].combine_chunks())).combine_chunks()
    for name, column in _OF_ITS_SAMPLE.items():
        batch = batch.append_column(name, held[column].combine_chunks())
    return batch


def table(folder: Folder, chosen: Chosen, columns: Sequence[str] | None) -> pa.Table:
    """The kept records, in memory.

    Args:
        columns: all that the table has on the disk for None.

    Raises:
        UsageError: a column that is not there.
    """
    there = chosen.columns(folder)
    if odd := [name for name in columns or () if name not in there]:
        raise UsageError(f"{chosen.table} have no column {odd[0][:80]!r}; they have {', '.join(there)}")
    wanted = list(columns or there)
    stored = folder.tables[chosen.table].stored
    shape = [stored.field(name) if name in stored.names else pa.field(name, pa.string()) for name in wanted]
    kept = (batch.filter(pc.is_null(batch["reject"])).select(wanted) for batch in chosen.judged(folder, wanted))
    return pa.Table.from_batches(kept, pa.schema(shape))
