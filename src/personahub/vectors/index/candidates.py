"""The vectors that seem nearest to one, by their codes: cell after cell, the nearest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from personahub.joins.compiled import Whole
from personahub.vectors.index.codes import CHUNK, Flags, scan
from personahub.vectors.index.file import Index, Room
from personahub.vectors.reading import POWER
from personahub.vectors.rows import Block

NEIGHBOURS = 20  # for so many it is measured how many cells must be looked into

_AT_ONCE = 32_768  # codes that are read at one time
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
    tables, room = index.tables, Room()
    barred = barred if len(barred) else np.zeros(len(tables.parts), np.uint8)
    near, side = tables.centres @ query, query @ tables.planes
    order = np.argsort(-near, kind="stable")
    sizes = (tables.starts[1:] - tables.starts[:-1])[order]
    best, rows, state = np.empty(depth, np.float32), np.empty(depth, np.int64), np.zeros(2, np.int64)
    scratch = np.empty((4, tables.words), np.uint64), np.empty(3, np.float32), np.empty(2 * CHUNK, np.int64)
    for first, end in _rounds(near[order], sizes, deep, (best, state)):
        some = order[first:end]
        held = index.cells(some.tolist(), room)
        cells = held.spans, held.bits, held.numbers, held.rows
        scan((side - tables.sides[some], near[some]), cells, (allowed, barred, POWER), (best, rows, state), scratch)
    found = best[: state[0]]
    least = _last(found, deep.best) - deep.slack * widths(near.max())
    down = np.argsort(-found, kind="stable")[: np.count_nonzero(found >= least)]
    return rows[down], best[down]


def widths(cosines: npt.ArrayLike) -> Any:
    """The distances of unit vectors that have these cosines; a hundredth at least."""
    return np.sqrt(np.maximum(2 - 2 * np.asarray(cosines), 1e-4))


def _rounds(near: Block, sizes: Whole, deep: Deep, heap: tuple[Block, Whole]) -> Iterator[tuple[int, int]]:
    """From which cell to which one is looked into next: as many as are read at one time.

    Args:
        near: of each cell how near its centre is, the nearest first.
        heap: the best estimates until now; how many there are, and how many rows were seen.
    """
    before = np.concatenate([[0], np.cumsum(sizes)])
    (best, state), first, most = heap, 0, len(near)
    while first < most and (first < deep.cells or state[1] < deep.seen):
        many = int(np.searchsorted(before, before[first] + _AT_ONCE, "right")) - 1 - first
        bound = deep.cells if first < deep.cells else first + max(first // 4, 1)
        end = min(first + max(many, 1), bound, most)
        yield first, end
        last = _last(best[: state[0]], deep.best)
        first, most = end, int(np.searchsorted(-near, deep.gap - last, "right"))


def _last(estimates: Block, best: int) -> float:
    """The estimate of the last of the best that were found until now."""
    return float(np.partition(estimates, -best)[-best]) if len(estimates) >= best else -np.inf
