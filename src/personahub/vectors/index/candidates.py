"""The vectors that seem nearest to one, by their codes: cell after cell, the nearest first, on several threads."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from personahub.joins.compiled import Whole
from personahub.vectors.index.codes import CHUNK, Flags, scan
from personahub.vectors.index.file import Index, Room
from personahub.vectors.reading import POWER
from personahub.vectors.rows import Block

NEIGHBOURS = 20  # for so many it is measured how many cells must be looked into

_WORKERS = 2
_AT_ONCE = 32_768  # codes that each of them reads at one time
_FEW = 8_192  # codes that are not worth a second thread
_ALL = np.empty(0, np.uint8)


@dataclass(frozen=True)
class Deep:
    """How far to go: until so many cells were looked into and so many rows seen, or the next cell lies too far away.

    Args:
        cells: the nearest so many.
        seen: rows that may be found, to be seen at least.
        gap: by how much the centre of a cell may lie below the estimate of the last of the best.
        slack: by how much an estimate may, for each unit of the distance to the nearest centre, with which errors grow.
        best: how many these are.
    """

    cells: int
    seen: int = 0
    gap: float = np.inf
    slack: float = np.inf
    best: int = NEIGHBOURS


@dataclass
class _Hand:
    """What one thread has found, and the memory that it works in."""

    index: Index
    depth: int
    room: Room = field(default_factory=Room)

    def __post_init__(self) -> None:
        self._heap = np.empty(self.depth, np.float32), np.empty(self.depth, np.int64), np.zeros(2, np.int64)
        query = np.empty((4, self.index.tables.words), np.uint64)
        self._scratch = query, np.empty(3, np.float32), np.empty(2 * CHUNK, np.int64)

    def look(self, some: Whole, asked: tuple[Block, Block], parted: tuple[Flags, Flags, int]) -> None:
        """Into some cells."""
        held, (near, side) = self.index.cells(some.tolist(), self.room), asked
        query = side - self.index.tables.sides[some], near[some]
        scan(query, (held.spans, held.bits, held.numbers, held.rows), parted, self._heap, self._scratch)

    @property
    def seen(self) -> int:
        return int(self._heap[2][1])

    @property
    def found(self) -> tuple[Whole, Block]:
        count = self._heap[2][0]
        return self._heap[1][:count], self._heap[0][:count]


def candidates(
    index: Index, query: Block, deep: Deep, depth: int, allowed: Flags = _ALL, barred: Flags = _ALL
) -> tuple[Whole, Block]:
    """Rows that seem nearest, the nearest first, and estimates of their cosines.

    Args:
        depth: how many at most.
        allowed: as `codes.scan` has it.
        barred: of each part of rows whether its rows are left out.

    Raises Damaged.
    """
    tables = index.tables
    barred = barred if len(barred) else np.zeros(len(tables.parts), np.uint8)
    near, side = tables.centres @ query, query @ tables.planes
    order = np.argsort(-near, kind="stable")
    each = tables.starts[1:] - tables.starts[:-1]
    hands = [_Hand(index, depth) for _ in range(_WORKERS)]

    def look(hand: _Hand, some: Whole) -> None:
        hand.look(some, (near, side), (allowed, barred, POWER))

    with ThreadPoolExecutor(_WORKERS) as pool:
        for first, end in _rounds(near[order], each[order], deep, hands):
            some = order[first:end]
            shares = [some[number::_WORKERS] for number in range(_WORKERS if each[some].sum() > _FEW else 1)]
            for hand, share in zip(hands, shares, strict=False):
                # here, because what a thread takes from the system stays with it for long
                hand.room.of(int(each[share].sum()), tables.words)
            if len(shares) == 1:
                look(hands[0], some)
            else:
                list(pool.map(look, hands, shares))
    rows, estimates = _joined(hands)
    least = _last(hands, deep.best) - deep.slack * widths(near.max())
    down = np.lexsort((rows, -estimates))[: min(depth, np.count_nonzero(estimates >= least))]
    return rows[down], estimates[down]


def widths(cosines: npt.ArrayLike) -> Any:
    """The distances of unit vectors that have these cosines; a hundredth at least."""
    return np.sqrt(np.maximum(2 - 2 * np.asarray(cosines), 1e-4))


def _rounds(near: Block, sizes: Whole, deep: Deep, hands: list[_Hand]) -> Iterator[tuple[int, int]]:
    """From which cell to which one is looked into next: as many as are read at one time.

    Args:
        near: of each cell how near its centre is, the nearest first.
    """
    before = np.concatenate([[0], np.cumsum(sizes)])
    first, most = 0, len(near)
    while first < most and (first < deep.cells or sum(hand.seen for hand in hands) < deep.seen):
        many = int(np.searchsorted(before, before[first] + _WORKERS * _AT_ONCE, "right")) - 1 - first
        bound = deep.cells if first < deep.cells else first + max(first // 4, 1)
        end = min(first + max(many, 1), bound, most)
        yield first, end
        first, most = end, int(np.searchsorted(-near, deep.gap - _last(hands, deep.best), "right"))


def _last(hands: list[_Hand], best: int) -> float:
    """The estimate of the last of the best that were found until now."""
    _, estimates = _joined(hands)
    return float(np.partition(estimates, -best)[-best]) if len(estimates) >= best else -np.inf


def _joined(hands: list[_Hand]) -> tuple[Whole, Block]:
    rows, estimates = zip(*(hand.found for hand in hands), strict=True)
    return np.concatenate(rows), np.concatenate(estimates)
