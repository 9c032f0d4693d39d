"""Figures of a hub: what it holds, what its verdicts drop, how the kept records spread, what it takes of the disk."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from personahub.errors import HubError
from personahub.events import Report, Tally
from personahub.hub import Folder
from personahub.selections import Selection
from personahub.store.sizes import sizes

MOST = 20  # values of a column that are told, those of the most records
OTHERS = "(others)"
NONE = "none"

# As far as the table has them: "language" only where records were labelled with it.
_FACETS = {
    "personas": ("hop", "origin", "relation", "model", "language"),
    "samples": ("task", "model", "language"),
    "solutions": ("task", "method", "model"),
    "texts": ("source",),
}
_COUNTED = 2**16  # values of a column that are counted at one time


def stats(folder: Folder, tell: Callable[[int, int], None]) -> Report:
    """One tally for texts, personas and each task's samples, the kept ones by hop, relation, model and the like, bytes.

    One reading of the columns that are counted.

    Args:
        tell: hears of rows that were read, and of how many there are.
    """
    if not folder.exists:
        raise HubError(f"there is no hub at {folder.path}")
    solved = ["solutions"] if folder.tables["solutions"].exists else []
    tables = [_Counts(folder, name, _columns(folder, name)) for name in ("texts", "personas", "samples", *solved)]
    total, done = sum(folder.tables[one.table].count() for one in tables), 0
    for one in tables:
        done += one.over(partial(_told, tell, done, total))
    tallies = {"texts": Tally(), "personas": Tally()}
    counts: dict[str, dict[str, int]] = {}
    for one in tables:
        tallies.update(one.tallies)
        counts.update({f"{one.table} by {facet}": _most(values) for facet, values in one.facets.items()})
    counts = {name: values for name, values in counts.items() if set(values) != {NONE} or "relation" not in name}
    counts |= {f"judgements by {name}": counted for name, counted in folder.judgements.counts().items()}
    return Report("stats", tallies, counts={**counts, "bytes on the disk": sizes(folder.path)})


def _told(tell: Callable[[int, int], None], before: int, total: int, rows: int) -> None:
    tell(before + rows, total)


def _columns(folder: Folder, table: str) -> tuple[str, ...]:
    there = folder.tables[table].stored.names
    return tuple(name for name in _FACETS.get(table, ()) if name in there)


def stats_of(folder: Folder, selection: Selection, tell: Callable[[int, int], None]) -> Report:
    """What verdicts leave of a selection, and how that spreads."""
    table = selection.table
    one = _Counts(folder, table, _columns(folder, table), rows=selection.rows)
    one.over(lambda rows: tell(rows, len(selection.rows)))
    counts = {f"{table} by {facet}": _most(values) for facet, values in one.facets.items()}
    return Report("stats", one.tallies, counts=counts)


@dataclass
class _Counts:
    """What is counted of a table in one reading.

    Args:
        rows: numbers of those that are meant; None for all.
    """

    folder: Folder
    table: str
    columns: tuple[str, ...]
    rows: npt.NDArray[np.int64] | None = None
    tallies: dict[str, Tally] = field(default_factory=dict)
    facets: dict[str, Counter[str]] = field(default_factory=dict)

    def over(self, tell: Callable[[int], None]) -> int:
        """How many rows there are."""
        if self.rows is None and self.table == "texts" and not self.folder.current("texts"):
            count = self.folder.tables["texts"].count()  # nothing can have dropped one
            self.tallies["texts"] = Tally(count, count)
            tell(count)
            return count
        self.facets = {name: Counter() for name in self.columns}
        by = ["task"] if self.table == "samples" and self.rows is None else []
        seen = 0
        for batch in self.folder.judged(self.table, self.columns, rows=self.rows):
            seen += len(batch)
            if by:
                for task in pc.unique(batch["task"]).to_pylist():
                    self._tally(f"samples: {task}", batch.filter(pc.equal(batch["task"], task)))
            else:
                self._tally(self.table, batch)
            kept = batch.filter(pc.is_null(batch["reject"]))
            for name in self.columns:
                self._count(name, kept[name])
            tell(seen)
        return seen

    def _tally(self, name: str, batch: pa.RecordBatch) -> None:
        reasons = Counter(
            {one["values"]: one["counts"] for one in batch["reject"].drop_null().value_counts().to_pylist()}
        )
        found = Tally(len(batch), batch["reject"].null_count, reasons)
        self.tallies[name] = self.tallies.get(name, Tally()) + found

    def _count(self, name: str, values: pa.Array) -> None:
        counts = self.facets[name]
        for one in values.value_counts().to_pylist():
            counts[NONE if one["values"] is None else str(one["values"])] += one["counts"]
        if len(counts) > _COUNTED:  # what is rare is told as one figure anyway
            kept = Counter(dict(counts.most_common(_COUNTED // 2)))
            kept[OTHERS] += counts.total() - kept.total()
            self.facets[name] = kept


def _most(counts: Counter[str]) -> dict[str, int]:
    told = dict(Counter({value: count for value, count in counts.items() if value != OTHERS}).most_common(MOST))
    rest = counts.total() - sum(told.values())
    return {**told, OTHERS: rest} if rest else told
