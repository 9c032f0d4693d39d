"""The vectors nearest to one: through an index and exactly in what it does not hold, or exactly in all."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from personahub.joins.compiled import Whole
from personahub.vectors.index.candidates import NEIGHBOURS, Deep, candidates
from personahub.vectors.index.codes import Flags
from personahub.vectors.index.file import Damaged, Index
from personahub.vectors.reading import POWER, Reading
from personahub.vectors.rows import Block, fitting

FEW = 48 * 2**20  # bytes of vectors that are compared with exactly: to keep an index of them would not pay
RECORD, TEXT = "record", "text"  # what is asked for: each needs another part of the index
OFF = 0.3  # by which an estimate is off at most, but for one in millions

_AT_ONCE = 4_096  # vectors that are read at one time
_DEAR = 150  # codes that are gone over in the time in which one vector is read at random
_SEVERAL = 10  # vectors that are read one after the other in the time in which one is read at random
_OVER = 4  # estimates at least, for each that is looked at
_WORKERS = 2

_ALL = np.empty(0, np.uint8)
_NONE = np.empty(0, np.int64)


@dataclass(frozen=True)
class Hits:
    """Args:
    rows: the nearest first; of equal ones the first.
    cosines: float32, exact.
    exact: whether all were compared.
    """

    rows: Whole
    cosines: Block
    exact: bool


class Search:
    """Memory is what FEW says, and what a few cells take.

    Args:
        index: None where there is none.
    """

    def __init__(self, reading: Reading, index: Index | None) -> None:
        self._reading = reading
        self._index = index
        sums, parts = reading.sums, np.full(reading.parts, -1, np.int64)
        if index is not None:
            parts = np.full(max(reading.parts, len(index.tables.parts)), -1, np.int64)
            parts[: len(index.tables.parts)] = index.tables.parts
            sums = np.concatenate([sums, np.full(len(parts) - len(sums), -1)])
        # what came, or was made again, since the index was built: found exactly, and barred in the index
        self._barred = (sums != parts).astype(np.uint8)
        self._beside = np.flatnonzero((sums != parts) & (sums != -1))
        self.beside = int(sum(len(reading.there(int(part))) for part in self._beside))

    @property
    def count(self) -> int:
        """Vectors that are there."""
        return self._reading.count

    @property
    def overdue(self) -> bool:
        """Whether an index would pay that holds what this one does not."""
        return self.beside * 4 * self._reading.dim > FEW

    @property
    def damaged(self) -> bool:
        """Whether vectors were met that are not as they were written, and left out."""
        return self._reading.damaged

    def told(self, kind: str) -> dict[str, Any]:
        """What was measured of the index for RECORD or TEXT; nothing where there is none."""
        return dict(self._index.tables.told[kind]) if self._index else {}

    def vector(self, row: int) -> Block | None:
        """That of a row, shape (dim,); None where it has none that can be trusted."""
        rows = np.array([row])
        if not self._reading.has(rows)[0]:
            return None
        found: Block = self._reading.take(rows)[0]
        # one of length 1 is trusted, as those that are found: its whole part is read only where it has another
        trusted = found.any() and fitting(found[None])[0]
        return found if trusted or self._reading.sound(rows) else None

    def nearest(self, query: Block, limit: int, allowed: Flags | None = None, kind: str = RECORD) -> Hits:
        """Of those that the index says are near, and of all that it does not hold.

        Args:
            query: of unit length, shape (dim,).
            allowed: 1 for each row that may be found, by its number; None for all.
            kind: RECORD or TEXT, of which the query is the vector.

        Raises Damaged where the index, or what it was made from, is not what was written.
        """
        if self._index is None:
            return self.exact(query, limit, allowed)
        told = self.told(kind)
        depth = int(told["depth"] * max(limit, NEIGHBOURS) / NEIGHBOURS)
        count = len(self._reading) if allowed is None else int(np.count_nonzero(allowed))
        probes, enough = self._probes(told["probes"], count, allowed)
        codes = self._index.tables.starts[-1] * probes / len(self._index.tables)
        if allowed is not None and (count <= limit or count * _DEAR <= codes):
            return self._only(query, limit, np.flatnonzero(allowed))
        if depth * _SEVERAL > self._reading.count:
            return self.exact(query, limit, allowed)
        flags = _ALL
        if allowed is not None:  # as many as there may be rows in the index: compiled code does not look at bounds
            flags = np.zeros(len(self._barred) << POWER, np.uint8)
            flags[: len(allowed)] = allowed[: len(flags)]
        bounds = told.get("gap", np.inf), told.get("slack", np.inf)  # earlier versions measured none
        deep = Deep(probes, max(enough, _OVER * depth), *bounds, max(limit, NEIGHBOURS))
        rows, estimates = candidates(self._index, query, deep, depth, flags, self._barred)
        order = np.argsort(rows)
        rows, estimates = rows[order], estimates[order]
        cosines = self._reading.take(rows) @ query
        odd = ~(abs(cosines - estimates) <= OFF)
        if odd.any() and not self._reading.sound(rows[odd]):
            raise Damaged
        best = [(rows, cosines), *self._beside_it(query, limit, allowed)]
        return _best(best, limit, exact=False)

    def exact(self, query: Block, limit: int, allowed: Flags | None = None) -> Hits:
        """Of all."""
        if allowed is not None and np.count_nonzero(allowed) * _DEAR <= len(self._reading):
            return self._only(query, limit, np.flatnonzero(allowed))
        if self._index is None and self._held is not None:
            return _best(self._beside_it(query, limit, allowed), limit, exact=True)
        return _best(self._over(range(self._reading.parts), query, limit, allowed), limit, exact=True)

    def _only(self, query: Block, limit: int, rows: Whole) -> Hits:
        rows = rows[self._reading.has(rows)]
        found = []
        for start in range(0, len(rows), _AT_ONCE):
            some = rows[start : start + _AT_ONCE]
            vectors = self._reading.take(some)
            odd = ~fitting(vectors)
            if odd.any():
                self._reading.sound(some[odd])
            full = vectors.any(axis=1) & ~odd
            found.append((some[full], vectors[full] @ query))
        return _best(found, limit, exact=True)

    def _probes(self, measured: list[tuple[int, int]], count: int, allowed: Flags | None) -> tuple[int, int]:
        """How many cells to look into, and until so many rows that may be found were seen."""
        cells = len(self._index.tables) if self._index else 0
        if allowed is None:
            return int(measured[0][1]), 0
        halvings = np.log2(max(len(self._reading), 1) / max(count, 1))
        at, needed = np.array(measured, np.float64).T
        slope = max((np.log(needed[-1]) - np.log(needed[0])) / (at[-1] - at[0]), 0.0)
        beyond = np.log(needed[-1]) + slope * (halvings - at[-1])
        probes = np.exp(np.interp(halvings, at, np.log(needed)) if halvings <= at[-1] else min(beyond, 20.0))
        probes = min(int(np.ceil(probes)), cells)
        return probes, count * probes // cells

    def _beside_it(self, query: Block, limit: int, allowed: Flags | None) -> list[tuple[Whole, Block]]:
        if self._held is None:
            return self._over(self._beside.tolist(), query, limit, allowed)
        rows, vectors = self._held
        return [_cut(rows, vectors @ query, limit, allowed)]

    @cached_property
    def _held(self) -> tuple[Whole, Block] | None:
        """What the index does not hold, where it is little enough to be kept in memory."""
        if self.overdue:
            return None
        rows, vectors = np.empty(self.beside, np.int64), np.empty((self.beside, self._reading.dim), np.float32)
        done = 0
        for part in self._beside.tolist():
            some, held = self._reading.part(part)
            rows[done : done + len(some)], vectors[done : done + len(some)] = some, held
            done += len(some)
        return rows[:done], vectors[:done]

    def _over(self, parts: Sequence[int], query: Block, limit: int, allowed: Flags | None) -> list[tuple[Whole, Block]]:
        def over(part: int) -> tuple[Whole, Block]:
            rows, vectors = self._reading.part(part)
            return _cut(rows, vectors @ query, limit, allowed)

        with ThreadPoolExecutor(_WORKERS) as pool:
            return list(pool.map(over, parts))


def _cut(rows: Whole, cosines: Block, limit: int, allowed: Flags | None) -> tuple[Whole, Block]:
    """The best of them, in no order."""
    if allowed is not None:
        fit = np.flatnonzero(rows < len(allowed))
        fit = fit[allowed[rows[fit]] > 0]
        rows, cosines = rows[fit], cosines[fit]
    if len(rows) <= limit:
        return rows, cosines
    least = np.partition(cosines, len(cosines) - limit)[len(cosines) - limit]
    top = cosines >= least  # with all that equal the last, of which the first rows stay
    return rows[top], cosines[top]


def _best(found: list[tuple[Whole, Block]], limit: int, *, exact: bool) -> Hits:
    rows = np.concatenate([_NONE, *(rows for rows, _ in found)])
    cosines = np.concatenate([np.empty(0, np.float32), *(cosines for _, cosines in found)])
    order = np.lexsort((rows, -cosines))[:limit]
    return Hits(rows[order], np.clip(cosines[order], -1, 1), exact)
