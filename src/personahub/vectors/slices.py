"""Who stays where all that goes must be near to something that stays: rows in their order, a slice at a time.

However many are near to each other, no more is held than what a slice is compared with: a row that goes is compared
with nothing from then on.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from personahub.joins.compiled import Whole
from personahub.vectors.cells import Layout
from personahub.vectors.compare import FOUND, keep_first, strike
from personahub.vectors.rows import SLACK, Rows
from personahub.vectors.signs import CHUNK, WORDS, most_apart
from personahub.vectors.sketch import Sketch

_BYTES = 128 * 2**20  # of vectors of a slice
ROWS = 65_536  # of a slice at most


def starred(
    rows: Rows, made: Sketch, threshold: float, workers: int, tell: Callable[[int], None], most: int = ROWS
) -> Whole:
    """For each row the first of those kept before that shares a cell with it and is near, or its own number.

    Args:
        tell: hears how many rows are settled.
        most: rows of a slice, where memory allows; it changes no result.
    """
    stands = np.arange(len(rows))
    layout, near = Layout.of(made.nearest, made.cells), (most_apart(threshold), threshold)
    size = min(max(_BYTES // (4 * rows.dim), CHUNK), most)
    with ThreadPoolExecutor(workers) as pool:
        for start in range(0, len(rows), size):
            end = min(start + size, len(rows))
            parts = [_cut(layout[cell], start, end, stands) for cell in range(len(layout))]
            for asked, firsts in pool.map(lambda members: _struck(rows, made, near, members), parts):
                np.minimum.at(stands, asked, firsts)
            staying = start + np.flatnonzero(stands[start:end] == np.arange(start, end))
            _settle(rows, made, staying, near, stands)
            tell(end)
    return stands


def _cut(members: Whole, start: int, end: int, stands: Whole) -> tuple[Whole, Whole]:
    """Those of a cell that are in the slice, and those before it that are kept."""
    before, behind = np.searchsorted(members, (start, end))
    earlier = members[:before]
    return members[before:behind], earlier[stands[earlier] == earlier]


def _struck(rows: Rows, made: Sketch, near: tuple[int, float], members: tuple[Whole, Whole]) -> tuple[Whole, Whole]:
    """Rows of a cell that are near to one that it keeps, and the first of those for each.

    Args:
        near: the most bits that may differ; the least cosine.
        members: rows of the slice; those before it that are kept.
    """
    (most, threshold), (asked, kept) = near, members
    queries, held = (np.ascontiguousarray(made.bits[some].T) for some in members)
    left, first = np.full(len(asked), CHUNK), np.full(len(asked), len(rows))
    state, found = np.zeros(2, np.int64), np.empty((3, FOUND), np.int64)
    while state[0] < len(kept):
        count = strike(queries, held, most, left, state, found)
        close = rows.cosines(asked[found[0, :count]], kept[found[1, :count]]) >= threshold - SLACK
        queried, others = found[0, :count][close], found[1, :count][close]
        np.minimum.at(first, queried, kept[others])
        left[queried] = 0
    return asked[left == 0], first[left == 0]


def _settle(rows: Rows, made: Sketch, staying: Whole, near: tuple[int, float], stands: Whole) -> None:
    """Those of a slice that nothing before it stands for, among each other."""
    most, threshold = near
    cells = made.nearest[staying]
    full = cells[:, 0] < made.cells
    staying, cells = staying[full], np.ascontiguousarray(cells[full])
    sizes = np.bincount(cells.ravel(), minlength=made.cells)
    room = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    kept = np.empty((WORDS + 1, int(room[-1])), np.uint64)
    fill = np.zeros(made.cells + CHUNK, np.int64)
    own = np.empty(len(staying), np.int64)
    some = np.ascontiguousarray(rows.take(staying)), np.ascontiguousarray(made.bits[staying].T), cells
    keep_first(some, (most, np.float32(threshold - SLACK)), room, kept, fill, own)
    stands[staying] = staying[own]
