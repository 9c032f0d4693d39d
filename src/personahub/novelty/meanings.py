"""Vectors that come one after another, each held against those before it: every cosine, in memory that is bounded."""

from typing import TypeVar

import numpy as np
import numpy.typing as npt

from personahub.joins.met import NONE, Met, Numbers
from personahub.novelty.base import Block, Names

_AT_ONCE = 256  # vectors that are compared with all in one product of matrices
_LEAST = 1 << 10  # rows that a block begins with


T = TypeVar("T", np.float32, np.uint64)


class Meanings:
    """Args:
    threshold: cosine from which two are near.
    memory: bytes of all vectors; where more would be needed, the older half is forgotten.
    """

    def __init__(self, threshold: float, memory: int) -> None:
        self._threshold, self._memory = threshold, memory
        self._vectors: Block = np.empty((0, 0), np.float32)
        self._names: Names = np.empty((_LEAST, 2), np.uint64)
        self._rows = np.empty(0, np.int64)  # of the call at hand, those that were taken in
        self._count = 0
        self.forgotten = 0

    @property
    def count(self) -> int:
        """Vectors that were taken in, those that are forgotten included."""
        return self.forgotten + self._count

    def meet(self, vectors: Block, names: Names) -> Met:
        """Hold vectors of unit length against all before them, and take in those that are new.

        Args:
            vectors: float32, shape (n, dim).
            names: uint64, shape (n, 2): a vector of the same name is that of the same record.
        """
        return self._all(vectors, names, takes=True)

    def look(self, vectors: Block, names: Names) -> Met:
        """The same, and nothing is taken in."""
        return self._all(vectors, names, takes=False)

    def names(self, numbers: npt.NDArray[np.int64]) -> Names:
        """Of vectors that are not forgotten, shape (n, 2)."""
        return self._names[numbers - self.forgotten]

    def _all(self, vectors: Block, names: Names, *, takes: bool) -> Met:
        met = Met(np.full(len(vectors), NONE, np.int64), np.full(len(vectors), NONE, np.int64), np.zeros(len(vectors)))
        for start in range(0, len(vectors), _AT_ONCE):
            some = slice(start, start + _AT_ONCE)
            self._some(vectors[some], names[some], met.of(some), takes=takes)
        return met

    def _some(self, vectors: Block, names: Names, met: Met, *, takes: bool) -> None:
        if takes:
            self._make_room(len(vectors), vectors.shape[1])
        before = self._count
        cosines = vectors @ self._vectors[:before].T if before else np.empty((len(vectors), 0), np.float32)
        rows, places = np.nonzero(cosines >= self._threshold)
        borders = np.searchsorted(rows, np.arange(len(vectors) + 1))
        among = vectors @ vectors.T
        for row in range(len(vectors)):
            near = places[borders[row] : borders[row + 1]]
            scores = cosines[row, near]
            if takes:
                taken = among[row, self._rows[: self._count - before]]
                new = np.flatnonzero(taken >= self._threshold)
                near, scores = np.append(near, before + new), np.append(scores, taken[new])
            self._told(row, near, scores, names, met)
            if takes and met.near[row] == NONE and met.own[row] == NONE:
                self._rows[self._count - before] = row
                self._vectors[self._count], self._names[self._count] = vectors[row], names[row]
                self._count += 1

    def _told(self, row: int, near: Numbers, scores: Block, names: Names, met: Met) -> None:
        """Args:
        near: places of those that are within the threshold of it, ascending.
        """
        same = (self._names[near] == names[row]).all(axis=1)
        own, others = near[same], near[~same]
        if len(own):
            met.own[row] = own[0] + self.forgotten
        if len(others) and not (len(own) and own[0] < others[0]):
            met.near[row], met.scores[row] = others[0] + self.forgotten, scores[~same][0]

    def _make_room(self, many: int, dim: int) -> None:
        """For so many more."""
        self._rows = np.empty(many, np.int64)
        if not self._vectors.size:
            self._vectors = np.empty((_LEAST, dim), np.float32)
        wanted = self._count + many
        if wanted * (4 * dim + 16) > self._memory and self._count > 1:
            half = self._count // 2
            self._vectors[: self._count - half] = self._vectors[half : self._count].copy()
            self._names[: self._count - half] = self._names[half : self._count].copy()
            self._count, self.forgotten, wanted = self._count - half, self.forgotten + half, wanted - half
        if wanted > len(self._vectors):
            most = max(wanted, self._memory // (4 * dim + 16))
            size = min(max(2 * len(self._vectors), wanted), most)
            self._vectors, self._names = _longer(self._vectors, size), _longer(self._names, size)


def _longer(block: npt.NDArray[T], size: int) -> npt.NDArray[T]:
    longer = np.empty((size, block.shape[1]), block.dtype)
    longer[: len(block)] = block
    return longer
