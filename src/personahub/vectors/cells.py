"""Cells around centres that vectors gather at: two that are near share a cell if each is laid into a few.

(Spherical k-means; looking into several cells is the multi-probe of inverted files: Sivic, Zisserman: Video Google,
2003; Lv and others: Multi-probe LSH, 2007)
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from personahub.joins.compiled import Whole, compiled
from personahub.vectors.compare import Short
from personahub.vectors.rows import Block, fitting

NEAREST = 8  # cells that are noted of each vector
PER_ROOT = 0.4  # cells for the square root of the rows: laying out costs about as much as comparing
MOST = 60_000
_TRAINED = 64  # vectors for each cell
_ROUNDS = 8
_BLOCK = 4_096  # rows whose products with all centres are in memory at one time
_NONE = np.empty(0, np.int64)

Tell = Callable[[int, int], None]


class Readable(Protocol):
    """Rows that are picked by number."""

    @property
    def dim(self) -> int: ...

    def __len__(self) -> int: ...

    def take(self, rows: Whole) -> Block:
        """Shape (n, dim)."""
        ...


@dataclass(frozen=True)
class Layout:
    """Rows by cell, ascending: those of cell c are `rows[starts[c] : starts[c + 1]]`."""

    starts: Whole
    rows: Whole

    @classmethod
    def of(cls, nearest: Short, cells: int) -> "Layout":
        """Each row in all of its cells; those with a cell beyond the last are in none."""
        flat = nearest.ravel()
        order = np.argsort(flat, kind="stable")
        starts = np.concatenate([[0], np.cumsum(np.bincount(flat, minlength=cells + 1)[:cells])])
        return cls(starts.astype(np.int64), order[: starts[-1]] // nearest.shape[1])

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, cell: int) -> Whole:
        return self.rows[self.starts[cell] : self.starts[cell + 1]]


def enough(rows: int) -> int:
    """Cells for so many rows."""
    return int(min(max(PER_ROOT * rows**0.5, NEAREST), MOST))


def centres(
    rows: Readable,
    count: int,
    seed: int,
    tell: Tell = lambda _done, _total: None,
    *,
    trained: int = _TRAINED,
    rounds: int = _ROUNDS,
) -> Block:
    """Shape (count, dim), of unit length or empty, from a sample of the rows; some twice where these are fewer.

    Args:
        tell: hears how often they were moved, of how many times.
        trained: rows of the sample for each centre.
    """
    dice = np.random.default_rng(seed)
    some = rows.take(np.sort(dice.choice(len(rows), min(trained * count, len(rows)), replace=False)))
    some = some[fitting(some)]  # a row that is not is named when all are read
    if not len(some):
        return np.zeros((count, rows.dim), np.float32)
    found = np.resize(some[dice.choice(len(some), min(count, len(some)), replace=False)], (count, rows.dim))
    for done in range(rounds):
        tell(done, rounds)
        found = _moved(some, nearest(some, found), found)
    return found


def nearest(some: Block, around: Block) -> Whole:
    """The nearest centre of each, shape (n,)."""
    blocks = range(0, len(some), _BLOCK)
    return np.concatenate([_NONE, *((some[start : start + _BLOCK] @ around.T).argmax(axis=1) for start in blocks)])


def _moved(some: Block, cell: Whole, found: Block) -> Block:
    """Each centre to the mean direction of its cell; one that has none stays."""
    order = np.argsort(cell, kind="stable")
    held, starts = np.unique(cell[order], return_index=True)
    sums = np.add.reduceat(some[order], starts, axis=0)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    moved = found.copy()
    moved[held] = np.divide(sums, lengths, out=found[held], where=lengths > 0)
    return moved


def cells_of(block: Block, around: Block) -> Short:
    """The nearest cells of each vector, the nearest first, shape (n, NEAREST); an empty one gets len(around)."""
    found = np.empty((len(block), NEAREST), np.uint16)
    best = np.empty(NEAREST, np.float32)
    _pick(block @ around.T, best, found)
    found[~block.any(axis=1)] = len(around)
    return found


@compiled
def _pick(scores: Block, best: Block, found: Short) -> None:
    for row in range(len(scores)):
        best[:] = np.float32(-2)
        for cell in range(scores.shape[1]):
            score = scores[row, cell]
            if score <= best[NEAREST - 1]:
                continue
            place = NEAREST - 1
            while place > 0 and best[place - 1] < score:
                best[place] = best[place - 1]
                found[row, place] = found[row, place - 1]
                place -= 1
            best[place] = score
            found[row, place] = np.uint16(cell)


def meet_within(ones: Short, others: Short) -> Whole:
    """For each pair how many nearest cells of both must be looked into until they share one; NEAREST + 1 where none.

    Args:
        ones, others: shape (n, NEAREST).
    """
    at = np.arange(1, NEAREST + 1, dtype=np.uint8)
    deeper = np.maximum(at[:, None], at[None, :])
    shared = ones[:, :, None] == others[:, None, :]
    within = np.where(shared, deeper, np.uint8(NEAREST + 1)).min(axis=(1, 2), initial=NEAREST + 1)
    return np.asarray(within, np.int64)
