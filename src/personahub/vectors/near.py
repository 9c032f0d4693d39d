"""Every pair of vectors whose cosine is at least a threshold, or who stands for whom among them."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock

import numpy as np

from personahub.errors import UsageError
from personahub.joins.compiled import Whole
from personahub.vectors.cells import Layout
from personahub.vectors.compare import FOUND, close_pairs, flatten, link, settle
from personahub.vectors.products import products
from personahub.vectors.rows import SLACK, Block, Rows
from personahub.vectors.signs import most_apart
from personahub.vectors.sketch import Sketch, sketch
from personahub.vectors.slices import starred

FEW = 20_000  # rows
LOW = 0.65  # threshold below which bits tell too little, and all pairs are multiplied out as well
SIDE = 2_048  # rows of a block that is multiplied with another, of which all pairs may be near

Take = Callable[[Whole, Whole, Block], None]
Tell = Callable[[int, int], None]
_NONE = np.empty(0, np.int64)


@dataclass(frozen=True)
class Search:
    """How it was looked for.

    Args:
        recall: share of the pairs of a sample that were found; 1 where all pairs were multiplied out, None where the
            sample had no pair.
        sampled: pairs in the sample.
        probes: cells that each vector was looked for in; 0 where all pairs were multiplied out.
    """

    recall: float | None = 1.0
    sampled: int = 0
    probes: int = 0


@dataclass(frozen=True)
class Near:
    """Args:
    threshold: cosine from which two vectors are near, less rounding (SLACK).
    recall: share of the near pairs of a sample that must be found.
    workers: threads; they change no result.
    device: for products: "cpu", a device of torch, or "auto" for a GPU where torch sees one.
    few: rows up to which all pairs are multiplied out, which finds each.

    Raises UsageError where a setting cannot be meant.
    """

    threshold: float = 0.9
    recall: float = 0.995
    workers: int = 2
    device: str = "auto"
    seed: int = 0
    few: int = FEW

    def __post_init__(self) -> None:
        if not 0 < self.threshold <= 1:
            raise UsageError(f"threshold is {self.threshold}; a cosine from which vectors are near is above 0, up to 1")
        if not 0 < self.recall <= 1 or self.workers < 1:
            raise UsageError("recall is above 0 and up to 1, and workers count from 1")

    def pairs(self, rows: Rows, take: Take, tell: Tell = lambda _done, _total: None) -> Search:
        """Hand on each near pair once: the smaller row, the larger one, their cosine; in no particular order."""
        return self._each(rows, _NONE, take, tell)

    def linked(self, rows: Rows, tell: Tell = lambda _done, _total: None) -> tuple[Whole, Search]:
        """For each row the smallest that near pairs connect it with, directly or through others; its own if none."""
        forest = np.arange(len(rows))
        search = self._each(rows, forest, lambda ones, others, _: link(ones, others, forest), tell)
        flatten(forest)
        return forest, search

    def starred(self, rows: Rows, tell: Tell = lambda _done, _total: None) -> tuple[Whole, Search]:
        """For each row the first of those kept before that is near to it, its own where there is none: it is kept."""
        if self._plain(rows):
            return self._starred_plainly(rows, tell), Search()
        made = self._sketch(rows, tell)
        stands = starred(rows, made, self.threshold, self.workers, lambda done: tell(len(rows) + done, 2 * len(rows)))
        return stands, _search(made)

    def _plain(self, rows: Rows) -> bool:
        return len(rows) <= self.few or self.threshold < LOW

    def _sketch(self, rows: Rows, tell: Tell) -> Sketch:
        done = 0

        def heard(more: int) -> None:
            nonlocal done
            done = min(done + more, len(rows))
            tell(done, 2 * len(rows))

        return sketch(rows, self.threshold, self.recall, self.seed, self.workers, heard)

    def _each(self, rows: Rows, forest: Whole, take: Take, tell: Tell) -> Search:
        """Near pairs; only such as `forest` does not connect yet, where it is not empty."""
        if self._plain(rows):
            self._each_plainly(rows, take, tell)
            return Search()
        made = self._sketch(rows, tell)
        layout, lock = Layout.of(made.nearest, made.cells), Lock()
        most, done = most_apart(self.threshold), 0

        def over(cell: int) -> int:
            for ones, others in _close(made, layout, cell, most, forest):
                cosines = rows.cosines(ones, others)
                near = cosines >= self.threshold - SLACK
                with lock:
                    take(ones[near], others[near], cosines[near])
            return len(layout[cell])

        with ThreadPoolExecutor(self.workers) as pool:
            for members in pool.map(over, range(len(layout))):
                done += members
                tell(len(rows) + done * len(rows) // max(len(layout.rows), 1), 2 * len(rows))
        return _search(made)

    def _each_plainly(self, rows: Rows, take: Take, tell: Tell) -> None:
        on, least, done = products(self.device), self.threshold - SLACK, 0
        for start, block in rows.blocks(SIDE):
            for first in range(start, len(rows), SIDE):
                others = block if first == start else rows.block(first, first + SIDE)
                ones, twos, cosines = on.near(block, others, least)
                fresh = start + ones < first + twos
                take(start + ones[fresh], first + twos[fresh], np.clip(cosines[fresh], -1, 1))
            done = start + len(block)
            # what is left is a triangle
            tell(2 * len(rows) - 2 * (len(rows) - done) ** 2 // max(len(rows), 1), 2 * len(rows))

    def _starred_plainly(self, rows: Rows, tell: Tell) -> Whole:
        """Blocks in their turn against what is kept, and then against themselves: rows times those kept, no more."""
        on, least = products(self.device), self.threshold - SLACK
        stands = np.arange(len(rows))
        kept: list[Whole] = []
        for start, read in rows.blocks(SIDE):
            numbers, block = start + np.arange(len(read)), read
            for some in kept:
                first = on.first(block, rows.take(some), least)
                stands[numbers[first >= 0]] = some[first[first >= 0]]
                numbers, block = numbers[first < 0], block[first < 0]
                if not len(numbers):
                    break
            ones, twos, _ = on.near(block, block, least) if len(numbers) else (_NONE, _NONE, None)
            settle(numbers[ones[ones < twos]], numbers[twos[ones < twos]], stands)
            _keep(kept, numbers[stands[numbers] == numbers])
            tell(2 * (start + SIDE), 2 * len(rows))
        return stands


def _keep(kept: list[Whole], more: Whole) -> None:
    """In blocks of up to SIDE, so that what is multiplied is neither small nor large."""
    if kept and len(kept[-1]) + len(more) <= SIDE:
        kept[-1] = np.concatenate([kept[-1], more])
    elif len(more):
        kept.append(more)


def _search(made: Sketch) -> Search:
    return Search(made.recall, made.sampled, made.nearest.shape[1])


def _close(made: Sketch, layout: Layout, cell: int, most: int, forest: Whole) -> Iterator[tuple[Whole, Whole]]:
    members = layout[cell]
    bits = np.ascontiguousarray(made.bits[members].T)
    state, found = np.zeros(2, np.int64), np.empty((3, FOUND), np.int64)
    while state[0] < len(members):
        count = close_pairs((cell, most), (bits, members), made.nearest, forest, state, found)
        if count:
            yield found[0, :count].copy(), found[1, :count].copy()
