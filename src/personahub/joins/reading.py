"""The texts, read from the first to the last by several threads, each at a desk of its own."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import chain, islice
from queue import SimpleQueue

import numpy as np
import pyarrow as pa

from personahub.errors import HubError, UsageError
from personahub.joins.compiled import Words
from personahub.joins.keys import Keying, Keys, keys_for
from personahub.joins.passes import HEAD, Desk, Shortlist
from personahub.joins.spool import Stage
from personahub.joins.texts import Texts, is_ascii, texts_of
from personahub.joins.wordsets import Scratch, reading, scratch_for

LONGEST = 4 << 20  # bytes of a text
SLICE = 1 << 14  # rows read at one step
SEGMENT = 1 << 13  # slices, 134 million rows, after which it is marked how far a reading is
_AHEAD = 2  # slices that wait for each thread


Parts = Callable[[], Iterable[pa.Array]]  # one with a method `behind(row)`, too, can be read from a row on
Tell = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Source:
    """The texts, how many there are, and who hears how many were read: in which phase, of how many in all readings."""

    parts: Parts
    rows: int
    tell: Tell
    times: int = 1
    time: int = 0

    def read(self, phase: str, rows: int) -> None:
        self.tell(phase, self.time * self.rows + rows, self.times * self.rows)


@dataclass
class Worker:
    """One thread's desk, which grows with the longest text, and its rows on their way to the disk."""

    key: Words
    ngram: int
    keying: Keying
    stages: list[Stage] = field(default_factory=list)
    check: int = 0
    _scratch: Scratch | None = None
    _keys: Keys | None = None
    _found: Shortlist | None = None

    def read(self, column: pa.Array) -> tuple[Texts, Desk]:
        texts = texts_of(column)
        longest = int(np.diff(texts.offsets).max(initial=0))
        if longest > LONGEST:
            raise UsageError(f"a text of {longest:,} bytes; cut those above {LONGEST:,} first")
        needed = scratch_for(texts)
        if self._scratch is None or self._keys is None or len(self._scratch.text) < len(needed.text):
            self._scratch, self._keys = needed, keys_for(len(needed.words))
        how = reading(self.key, self.ngram, ascii_only=is_ascii(texts))
        return texts, Desk(how, self._scratch, self.keying, self._keys)

    def shortlist(self, rows: int, desk: Desk) -> Shortlist:
        """Empty, and with room for the sums of so many rows and for all that one row may give."""
        size, keys = len(desk.scratch.words), len(desk.keys.made)
        found = self._found
        if found is None or found.lacking.shape[1] < max(rows, size) or found.keyed.shape[1] < keys:
            self._found = found = Shortlist(
                np.empty((3, max(rows, SLICE, size)), np.uint64),
                np.empty((3, max(SLICE, keys)), np.uint64),
                np.empty(max(4 * SLICE, size + HEAD), np.uint64),
                np.zeros(4, np.uint64),
            )
        found.counts[:] = 0
        return found


Work = Callable[[Worker, int, pa.Array], None]


def sliced(parts: Iterable[pa.Array], rows: int, start: int = 0, first: int = 0) -> Iterator[tuple[int, pa.Array]]:
    """The id of the first and the texts, few at one time; from `start`, up to so many rows of all.

    Args:
        first: the id of the first text of the parts.
    """
    for part in parts:
        last = min(len(part), rows - first)
        for place in range(max(start - first, 0), last, SLICE):
            yield first + place, part.slice(place, min(SLICE, last - place))
        first += len(part)
        if first >= rows:
            return


def sliced_from(parts: Parts, rows: int, start: int) -> Iterator[tuple[int, pa.Array]]:
    """The same, without reading what stands before where that can be done."""
    behind = getattr(parts, "behind", None)
    return sliced(behind(start), rows, start, start) if callable(behind) else sliced(parts(), rows, start)


def read_all(
    source: Source, phase: str, workers: list[Worker], work: Work, begun: dict[str, int]
) -> Iterator[dict[str, int]]:
    """Every slice of the texts to a worker that is free.

    Args:
        begun: what was given last, where some are read already.

    Yields:
        how many `rows` are read and the `check` over all of their sets, after every SEGMENT and at the end, when all
        of what was found of them is in the spools.

    Raises:
        HubError: there are not as many rows as were told.
    """
    free: SimpleQueue[Worker] = SimpleQueue()
    for worker in workers:
        free.put(worker)

    def one(first: int, column: pa.Array) -> int:
        worker = free.get()
        try:
            work(worker, first, column)
        finally:
            free.put(worker)
        return first + len(column)

    seen, check = begun.get("rows", 0), begun.get("check", 0)
    # one row more than was told of is read, and no further
    slices = sliced_from(source.parts, source.rows + 1, seen)
    with ThreadPoolExecutor(len(workers)) as pool:
        try:
            while some := list(islice(slices, 1)):
                for done in _handed_out(pool, one, chain(some, islice(slices, SEGMENT - 1)), _AHEAD * len(workers)):
                    seen = done
                    source.read(phase, seen)
                for stage in [stage for worker in workers for stage in worker.stages]:
                    stage.flush()
                yield {"rows": seen, "check": (check + sum(worker.check for worker in workers)) % 2**64}
        finally:
            pool.shutdown(cancel_futures=True)
    if seen != source.rows:
        there = "more" if seen > source.rows else f"{seen:,}"
        raise HubError(f"{source.rows:,} texts were told of, and there are {there}")


def _handed_out(
    pool: ThreadPoolExecutor, one: Callable[[int, pa.Array], int], slices: Iterable[tuple[int, pa.Array]], ahead: int
) -> Iterator[int]:
    """How many rows are done, as far as that is known."""
    seen = 0
    waiting: set[Future[int]] = set()
    for first, column in slices:
        waiting.add(pool.submit(one, first, column))
        if len(waiting) > ahead:
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            seen = max(seen, *(future.result() for future in done))
            yield seen
    yield max([seen, *(future.result() for future in waiting)])
