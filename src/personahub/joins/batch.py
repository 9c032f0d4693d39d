"""New texts as sets with their keys, in memory: what is to be joined with very many that are on the disk."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

import numpy as np
import pyarrow as pa

from personahub.joins.compiled import Flags, Words
from personahub.joins.kept import lay_sets
from personahub.joins.keys import Keying
from personahub.joins.matches import collapse, table_for
from personahub.joins.plan import CUT, LARGEST, Plan, Threshold, next_size
from personahub.joins.reading import Worker, read_all
from personahub.joins.spool import Spool
from personahub.joins.work import KEY_BITS, Join

PARTS = 3  # bits of a key, by which new ones are parted among threads
_GROUPS = 4  # combined to a key of sets that differ in one word, where fewer do not have enough words
_ENOUGH = 6  # words in a key


def plan_of_all(threshold: Threshold) -> Plan:
    """A plan that also has keys for sets that are equal or differ in one word."""
    plan = threshold.plan
    if len(plan.bands) and plan.bands[0, 0] == 1:
        return plan
    one = next_size(lambda size: threshold.apart(size) >= 1)
    two = int(plan.bands[0, 0]) if len(plan.bands) else LARGEST + 1
    rows = [(1, one - 1, 0, CUT, 0, 1)] if one > 1 else []
    if two > one:
        combined = next((count for count in range(2, _GROUPS) if one * count >= _ENOUGH * (count + 1)), _GROUPS)
        rows.append((one, two - 1, 1, CUT, 1, combined))
    return plan._replace(bands=np.concatenate([np.array(rows, np.int64).reshape(-1, 6), plan.bands]))


@dataclass
class Batch:
    """The keys of new sets, and sums as `collapse` wants them.

    Args:
        keyed: key, place in the store, and the new set that it is of, from 0, shape (3, n).
    """

    keyed: Words
    sums: Words

    def parts(self, gone: Flags) -> Callable[[int], Words]:
        """Gives of 2^PARTS the keys that begin with this number, in order, of the sets that are not gone."""
        firsts = (self.keyed[0] >> np.uint64(KEY_BITS - PARTS)).astype(np.uint8)
        firsts[np.take(gone, self.keyed[2].view(np.int64))] = 1 << PARTS

        def part(number: int) -> Words:
            # `take` lets other threads go on, which an index in brackets does not
            mine = np.flatnonzero(firsts == number)
            mine = np.take(mine, np.argsort(np.take(self.keyed[0], mine)))
            return np.take(self.keyed, mine, axis=1)

        return part

    def equal(self) -> Words:
        """New sets that are equal to one before them, by their sums: its id and that one's, shape (2, n)."""
        equal, rows = np.empty_like(self.sums), self.sums.shape[1]
        return equal[:, : collapse(self.sums, (table_for(rows), np.empty(rows, np.int64)), equal)]


def read_batch(join: Join, base: int, store: Spool) -> Batch:
    """All texts of the source, their sets laid into the store; `base` is the id of the first."""
    keying, lock = Keying(plan_of_all(join.threshold), join.common), Lock()
    found: list[tuple[Words, Words]] = []

    def work(worker: Worker, first: int, column: pa.Array) -> None:
        texts, desk = worker.read(column)
        start = 0
        while start < len(column):
            out = worker.shortlist(0, desk)
            start = lay_sets(texts, (start, base + first), desk, np.zeros(0, np.uint64), out)
            sums, keys, words = (int(count) for count in out.counts[:3])
            if words:
                out.keyed[1, :keys] += np.uint64(store.append(out.sets[:words]))
                with lock:
                    found.append((out.keyed[:, :keys].copy(), out.lacking[:2, :sums].copy()))

    desks = [Worker(join.key, join.ngram, keying) for _ in range(join.workers)]
    for _ in read_all(join.source, "more", desks, work, {}):
        pass
    found.append((np.zeros((3, 0), np.uint64), np.zeros((2, 0), np.uint64)))
    keyed, sums = (np.concatenate(some, axis=1) for some in zip(*found, strict=True))
    keyed[2] -= np.uint64(base)
    return Batch(keyed, sums)
