"""What a join found, read from its folder in order."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from personahub.joins.compiled import Words
from personahub.joins.folder import Folder
from personahub.joins.spool import Damaged

_HALF = np.uint64(32)


@dataclass(frozen=True)
class Found:
    """Equal records and near pairs of `rows` records; what it gives is the same however the join was made.

    Args:
        partitions: that it is laid into, by the smaller id.
        passes: in which it was found.
        additions: numbers of the last ones, of which `added` tells.
        every: whether it has every pair; links may be others in another run, and connect the same.
    """

    folder: Folder
    rows: int
    partitions: int
    passes: int
    additions: range
    every: bool
    endings: tuple[str, ...] = ("",)

    @property
    def added(self) -> "Found":
        """Of it what has a record in it that was added by the last call."""
        return replace(self, endings=tuple(f"-{number}m" for number in self.additions))

    def equal(self) -> Iterator[pa.RecordBatch]:
        """Each record whose set an earlier one has: `id` and `other`, the first to have it; uint64, sorted by id.

        Those without any word are equal to none.
        """
        for read in self._read({"equal-": 2}):
            rows = np.concatenate(read, axis=1)
            rows = rows[:, np.argsort(rows[0])]
            yield from _batch({"id": rows[0], "other": rows[1]})

    def pairs(self) -> Iterator[pa.RecordBatch]:
        """Each near pair of records that are equal to no earlier one, once; or of those the links that were asked for.

        Columns `one` < `two` (uint64), `shared` and `either` (uint32): words in both and words in either, whose
        quotient is the similarity. Sorted by `one`, then `two`.
        """
        for read in self._read({"pairs-": 3, "shared-": 3}):
            rows = _distinct(np.concatenate(read, axis=1))
            shared, either = (rows[2] >> _HALF).astype(np.uint32), rows[2].astype(np.uint32)
            yield from _batch({"one": rows[0], "two": rows[1], "shared": shared, "either": either})

    def remove(self) -> None:
        """Take the folder away."""
        self.folder.remove()

    def _read(self, columns: dict[str, int]) -> Iterator[list[Words]]:
        """Of each partition what spools hold whose names begin so.

        Damaged ones are forgotten, so that the next join makes all anew.
        """
        try:
            spools = [
                self.folder.blocks(name, count)
                for start, count in columns.items()
                for name in self.folder.kept
                if name.startswith(start) and name.endswith(self.endings)
            ]
            for partition in range(self.partitions):
                yield [spool.read(partition) for spool in spools]
        except Damaged:
            self.folder.clear()
            raise


def _distinct(rows: Words) -> Words:
    rows = rows[:, np.lexsort((rows[1], rows[0]))]
    fresh = np.ones(rows.shape[1], np.bool_)
    fresh[1:] = (rows[:2, 1:] != rows[:2, :-1]).any(axis=0)
    return rows[:, fresh]


def _batch(columns: dict[str, Words]) -> Iterator[pa.RecordBatch]:
    if len(next(iter(columns.values()))):
        yield pa.RecordBatch.from_pydict({name: pa.array(values) for name, values in columns.items()})
