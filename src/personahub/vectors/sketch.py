"""What is kept in memory of every vector while near ones are looked for: its sign bits and its nearest cells.

64 bytes a vector; from a sample that is compared with all, how many cells must be looked into.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from personahub.joins.compiled import Whole, Words
from personahub.vectors.cells import NEAREST, cells_of, centres, enough, meet_within
from personahub.vectors.compare import FOUND, Short, strike
from personahub.vectors.rows import BLOCK, SLACK, Block, Rows
from personahub.vectors.signs import WORDS, most_apart, signs

SAMPLED = 16_384  # rows that are compared with all
_MEMBERS = 65_536  # rows that they are compared with at one time
_EACH = 8  # pairs of a sampled row with so many of them that count, about: many equal ones would hide the others
_TELLING = 1_000  # pairs in a sample from which a share of them is to be trusted
_CAREFUL = 3  # cells that are looked into at least where there are fewer
_COARSER = 4  # times fewer cells, where looking into NEAREST of them is not enough

Tell = Callable[[int], None]


@dataclass(frozen=True)
class Sketch:
    """Args:
    bits: shape (n, WORDS).
    nearest: shape (n, cells each).
    cells: how many there are; a row without a direction has this number for a cell.
    recall: share of the sampled pairs that are found; None where the sample has none.
    sampled: pairs in the sample.
    """

    bits: Words
    nearest: Short
    cells: int
    recall: float | None
    sampled: int


def sketch(rows: Rows, threshold: float, wanted: float, seed: int, workers: int, tell: Tell) -> Sketch:
    """Read all rows once, or again where cells turn out to be too many for the recall that is wanted."""
    bits, count = np.empty((len(rows), WORDS), np.uint64), enough(len(rows))
    ones = others = None
    while True:
        around = centres(rows, count, seed)
        nearest = _surveyed(rows, around, bits, workers, tell)
        if ones is None or others is None:
            full = np.flatnonzero(nearest[:, 0] < len(around))
            ones, others = sampled_pairs(rows, bits, full, threshold, seed, workers)
        within = meet_within(nearest[ones], nearest[others])
        probes = _enough_probes(within, wanted)
        if probes <= NEAREST or count <= NEAREST:
            probes = min(probes, NEAREST)
            recall = float((within <= probes).mean()) if len(within) else None
            return Sketch(bits, np.ascontiguousarray(nearest[:, :probes]), len(around), recall, len(within))
        count = max(count // _COARSER, NEAREST)


def _surveyed(rows: Rows, around: Block, bits: Words, workers: int, tell: Tell) -> Short:
    """The nearest cells of every row, shape (n, NEAREST); its sign bits go into `bits`."""
    nearest = np.empty((len(rows), NEAREST), np.uint16)

    def survey(start: int) -> int:
        block = rows.block(start, start + BLOCK)
        bits[start : start + BLOCK] = signs(block)
        nearest[start : start + BLOCK] = cells_of(block, around)
        return len(block)

    with ThreadPoolExecutor(workers) as pool:
        for done in pool.map(survey, range(0, len(rows), BLOCK)):
            tell(done)
    return nearest


def _enough_probes(within: Whole, wanted: float) -> int:
    """The fewest that find the share of these pairs that is wanted, with two standard deviations to spare."""
    least = 1 if len(within) >= _TELLING else _CAREFUL
    missed = len(within) - np.bincount(within, minlength=NEAREST + 2).cumsum()
    reached = missed + 2 * missed**0.5 <= (1 - wanted) * len(within)
    return max(int(reached.argmax()), least)


def sampled_pairs(
    rows: Rows, bits: Words, full: Whole, threshold: float, seed: int, workers: int
) -> tuple[Whole, Whole]:
    """Near pairs of some rows with any, found by comparing the bits of each of them with those of all.

    Args:
        full: rows that have a direction.
    """
    dice = np.random.default_rng(seed)
    some = np.sort(dice.choice(full, min(SAMPLED, len(full)), replace=False))
    queries = np.ascontiguousarray(bits[some].T)
    most = most_apart(threshold)

    def near(start: int) -> tuple[Whole, Whole]:
        members = np.ascontiguousarray(bits[start : start + _MEMBERS].T)
        left, kept = np.full(len(some), _EACH), [np.empty((2, 0), np.int64)]
        state, found = np.zeros(2, np.int64), np.empty((3, FOUND), np.int64)
        while state[0] < members.shape[1]:
            count = strike(queries, members, most, left, state, found)
            asked = found[0, :count]
            pairs = np.stack([some[asked], start + found[1, :count]])
            close = (pairs[0] != pairs[1]) & (rows.cosines(pairs[0], pairs[1]) >= threshold - SLACK)
            left = np.maximum(left - np.bincount(asked[close], minlength=len(left)), 0)
            kept.append(pairs[:, close])
        ones, others = np.concatenate(kept, axis=1)
        return ones, others

    with ThreadPoolExecutor(workers) as pool:
        parts = list(pool.map(near, range(0, len(rows), _MEMBERS)))
    return np.concatenate([ones for ones, _ in parts]), np.concatenate([others for _, others in parts])
