"""Rows that lie far apart, many of very many: all that are farther than a radius from those chosen, as it shrinks.

With every radius rows are chosen until none is left that is farther than it from all chosen ones; then it is made a
little smaller (as threshold greedy does; Badanidiyuru, Vondrak: Fast algorithms for maximizing submodular functions,
2014). So no choice of as many rows has all others at much less than half the distance (Gonzalez, 1985). Few rows need
to be compared with all that are chosen: one that is near to any is out, and most find such a one in their own cell or
in those beside it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import log

import numpy as np

from personahub.joins.compiled import Whole
from personahub.vectors.cells import centres, enough
from personahub.vectors.compare import Short
from personahub.vectors.products import products
from personahub.vectors.rows import Block, Rows

_SIDE = 2_048  # rows of blocks that are multiplied with each other
_SLICE = 4_096  # rows that are looked at at one time
_BESIDE = 4  # cells in which a row looks for one that is near, its own among them
_LEAST = 1e-6  # radius below which all that is left is the same as one that is chosen
_GROWTH = 1.25  # times more rows that each radius shall give
_FIRST = 0.97  # by which the first radius shrinks: what that gives is not known yet
_SMALLEST = 0.5  # by which any may shrink
_DIMS = 2.0, 60.0  # between which the dimension is believed that the growth tells
_MOST = 1.6  # times as many as wanted, at which a radius is broken off
_EMPTY = np.float32(2)  # nearer than any: a row that is chosen, or has no direction

Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class Apart:
    """Args:
    chosen: rows in the order in which they were chosen: the first n of them lie apart as well, and farther.
    least: distance, which is 1 less the cosine, that each two of them have at least.
    reach: distance within which each other row has a chosen one; rows without a direction do not count.
    """

    chosen: Whole
    least: float
    reach: float


def apart(rows: Rows, keep: int, *, seed: int = 0, device: str = "auto", tell: Tell = lambda *_: None) -> Apart:
    """Choose `keep` rows, or all where there are fewer; what is the same as a chosen one comes last.

    Memory is some 30 bytes a row and 200 MB. The same rows and seed give the same choice.

    Args:
        tell: hears how many are chosen, of how many.
    """
    packing, keep = _Packing(rows, seed, device), min(keep, len(rows))
    radius = reach = packing.begin() if keep else 0.0
    ratio, before = _FIRST, 0
    while len(packing.chosen) < keep and radius > _LEAST:
        before, last = len(packing.chosen), radius
        radius = min(radius, packing.farthest()) * ratio
        whole = packing.shrink(radius, int(_MOST * keep), lambda done: tell(min(done, keep), keep))
        if whole and len(packing.chosen) <= keep:
            reach = radius
        ratio = _shrunk(len(packing.chosen) / before, keep / len(packing.chosen), radius / last, ratio)
    chosen = packing.chosen
    if len(chosen) > keep:  # the last ones at random, so that no side is without
        left = np.random.default_rng(seed).permutation(len(chosen) - before)[: keep - before]
        chosen = np.concatenate([chosen[:before], chosen[before:][np.sort(left)]])
    elif len(chosen) < keep:
        return Apart(np.concatenate([chosen, packing.left(keep - len(chosen))]), 0.0, 0.0)
    return Apart(chosen, radius if keep > 1 else 0.0, reach)


def _shrunk(grown: float, wanted: float, by: float, ratio: float) -> float:
    """By how much the next radius shrinks, from what the last one gave: a ball of radius r holds about r^dims rows."""
    if grown < 1.02:
        return float(max(ratio**1.5, _SMALLEST))
    dims = min(max(log(grown) / -log(by), _DIMS[0]), _DIMS[1])
    return float(max(min(_GROWTH, max(1.02 * wanted, 1.001)) ** (-1 / dims), _SMALLEST))


class _Packing:
    """What is known of each row: its cell, the largest cosine to a chosen one as far as it was compared, and with how
    many of the chosen ones it was surely compared.
    """

    def __init__(self, rows: Rows, seed: int, device: str) -> None:
        self._rows, self._on, self._dice = rows, products(device), np.random.default_rng(seed)
        around = centres(rows, enough(len(rows)), seed)
        self._beside = np.argsort(-(around @ around.T), axis=1, kind="stable")[:, :_BESIDE]
        self._home = np.empty(len(rows), np.uint16)
        self._known, self._seen = np.full(len(rows), -1, np.float32), np.zeros(len(rows), np.uint32)
        for start, block in rows.blocks():
            some = slice(start, start + len(block))
            self._home[some] = (block @ around.T).argmax(axis=1)
            self._known[some][~block.any(axis=1)] = _EMPTY
        self.chosen = np.empty(0, np.int64)

    def begin(self) -> float:
        """Choose a first row, and compare all with it; how far the farthest is."""
        full = np.flatnonzero(self._known < _EMPTY)
        if not len(full):
            return 0.0
        first = full[self._dice.integers(len(full), size=1)]
        for start, block in self._rows.blocks():
            cosines = block @ self._rows.take(first)[0]
            np.maximum(self._known[start : start + len(block)], cosines, out=self._known[start : start + len(block)])
        self._seen[:] = 1
        self._choose(first)
        return self.farthest()

    def farthest(self) -> float:
        """No row is farther than this from all chosen ones."""
        return 1 - float(self._known.min())

    def left(self, count: int) -> Whole:
        """So many of those that are not chosen, at random; those without a direction last."""
        others = np.setdiff1d(self._dice.permutation(len(self._rows)), self.chosen)
        others = self._dice.permutation(others)
        return others[np.argsort(self._known[others] == _EMPTY, kind="stable")][:count]

    def shrink(self, radius: float, most: int, tell: Callable[[int], None]) -> bool:
        """Choose until all rows are within that radius of a chosen one, or there are `most`; whether all are."""
        least = np.float32(1 - radius)
        some = np.flatnonzero(self._known < least)
        turn = self._dice.permutation(len(self._beside))  # of cells: what is broken off has left none out by its place
        some = some[np.argsort(turn[self._home[some]], kind="stable")]
        laid = _Laid.of(self._home[self.chosen], len(self._beside))
        for start in range(0, len(some), _SLICE):
            if len(self.chosen) >= most:
                return False
            self._look(some[start : start + _SLICE], least, laid)
            tell(len(self.chosen))
        return True

    def _look(self, some: Whole, least: np.float32, laid: "_Laid") -> None:
        """Choose from a few rows, in the order of their cells."""
        vectors, known, seen = self._rows.take(some), self._known[some], self._seen[some]
        for place, cell in _runs(self._home[some]):
            chosen = laid.within(self._beside[cell])
            for since in np.unique(seen[place]):
                asked = place.start + np.flatnonzero(seen[place] == since)
                self._compare(vectors[asked], known, asked, chosen[np.searchsorted(chosen, since) :])
        far = np.flatnonzero(known < least)
        for start in range(int(seen[far].min(initial=len(self.chosen))), len(self.chosen), _SIDE):
            end = min(start + _SIDE, len(self.chosen))
            asked = far[(seen[far] < end) & (known[far] < least)]
            self._compare(vectors[asked], known, asked, np.arange(start, end))
            seen[asked] = end
        self._known[some], self._seen[some] = known, seen
        far = far[known[far] < least]
        far = far[np.argsort(known[far], kind="stable")]
        self._choose(some[far[_settled(vectors[far], known[far], least)]])

    def _compare(self, vectors: Block, known: Block, asked: Whole, chosen: Whole) -> None:
        """Some rows of a few with some of the chosen ones, by their place in the order of choice."""
        for start in range(0, len(chosen) if len(asked) else 0, _SIDE):
            others = self._rows.take(self.chosen[chosen[start : start + _SIDE]])
            for first in range(0, len(asked), _SIDE):
                part = asked[first : first + _SIDE]
                known[part] = np.maximum(known[part], self._on.largest(vectors[first : first + _SIDE], others))

    def _choose(self, some: Whole) -> None:
        self.chosen = np.concatenate([self.chosen, some])
        self._known[some] = _EMPTY


@dataclass(frozen=True)
class _Laid:
    """The chosen rows by cell, by their place in the order of choice: those of cell c starts[c] to starts[c + 1]."""

    starts: Whole
    places: Whole

    @classmethod
    def of(cls, home: Short, cells: int) -> "_Laid":
        order = np.argsort(home, kind="stable")
        return cls(np.searchsorted(home[order], np.arange(cells + 1)), order)

    def within(self, cells: Whole) -> Whole:
        """Ascending."""
        parts = [self.places[self.starts[cell] : self.starts[cell + 1]] for cell in cells]
        return np.sort(np.concatenate(parts))


def _runs(cells: Short) -> Iterator[tuple[slice, int]]:
    """Where the same cell stands several times in a row."""
    edges = np.flatnonzero(np.diff(cells.astype(np.int64), prepend=-1, append=-1))
    for start, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        yield slice(start, end), int(cells[start])


def _settled(vectors: Block, known: Block, least: np.float32) -> Whole:
    """Which of a few rows are chosen, each in its turn if those before it leave it far."""
    cosines = vectors @ vectors.T
    known = known.copy()
    taken: list[int] = []
    for place in range(len(vectors)):
        if known[place] < least:
            taken.append(place)
            np.maximum(known, cosines[place], out=known)
    return np.array(taken, np.int64)
