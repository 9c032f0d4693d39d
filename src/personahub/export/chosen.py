"""Which records of a hub go out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from personahub.errors import UsageError
from personahub.hub import Folder
from personahub.schema import check_task
from personahub.selections import load


@dataclass(frozen=True)
class Chosen:
    """Which records are meant: what `export` and `table` take.

    Args:
        what: "personas", "samples", or the task whose samples are wanted.
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
        return "personas" if self.what == "personas" else "samples"

    def condition(self, folder: Folder) -> str | None:
        """All that is said of what is meant, for `Folder.judged`.

        Raises:
            UsageError: a condition that cannot be meant, or no name of a task.
        """
        task = None if self.what in ("personas", "samples") else f"task = '{check_task(self.what)}'"
        if task is None or self.where is None:
            return task or self.where
        folder.condition(self.table, self.where)  # alone: a bracket in it shall not close ours
        return f"{task} AND ({self.where})"

    @property
    def told(self) -> str:
        parts = ["those that were chosen on the review page"] if self.numbers is not None else []
        parts += [f"those of the selection {self.selection}"] if self.selection else []
        parts += [f"those where {self.where}"] if self.where else []
        return f"Not all records of the hub: {' and '.join(parts)}." if parts else ""

    def rows(self, folder: Folder) -> npt.NDArray[np.int64] | None:
        return load(folder, self.selection, self.table).rows if self.selection else self.numbers

    def judged(self, folder: Folder, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        return folder.judged(self.table, columns, self.condition(folder), rows=self.rows(folder))


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


def table(folder: Folder, chosen: Chosen, columns: Sequence[str] | None) -> pa.Table:
    """The kept records, in memory.

    Args:
        columns: all that the table has on the disk for None.

    Raises:
        UsageError: a column that is not there.
    """
    there = folder.tables[chosen.table].stored
    if odd := [name for name in columns or () if name not in there.names]:
        raise UsageError(f"{chosen.table} have no column {odd[0][:80]!r}; they have {', '.join(there.names)}")
    wanted = list(columns or there.names)
    kept = (batch.filter(pc.is_null(batch["reject"])).select(wanted) for batch in chosen.judged(folder, wanted))
    return pa.Table.from_batches(kept, pa.schema([there.field(name) for name in wanted]))
