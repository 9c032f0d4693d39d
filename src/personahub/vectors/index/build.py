"""An index of the vectors on a shelf: cells, codes, and from a sample how many of them must be looked into.

In memory are some 70 bytes a vector.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from personahub.joins.compiled import Whole
from personahub.vectors.cells import centres, nearest
from personahub.vectors.index.codes import Codes, encoded, turn
from personahub.vectors.index.file import Index, Tables, write
from personahub.vectors.index.sample import Sample, measured
from personahub.vectors.reading import Reading
from personahub.vectors.rows import Block

_LEAST, _MOST = 16, 16_384  # cells
_TRAINING = 0.3  # share of the time that finding the centres takes, about

Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class _Part:
    rows: Whole
    cell: npt.NDArray[np.uint16]
    codes: Codes
    scores: Block


def build(reading: Reading, path: Path, tell: Tell = lambda _done, _total: None, *, workers: int = 2) -> Index:
    """Put an index of all vectors down at a path, and open it.

    Args:
        tell: hears how many rows are done, of how many; finding the centres counts as some.
    """
    total, seed = reading.count, 0
    ahead = int(total * _TRAINING / (1 - _TRAINING))
    around = centres(_There(reading), _cells(total), seed, lambda done, of: tell(ahead * done // of, ahead + total))
    onto, sample = turn(reading.dim), Sample.of(reading, seed)

    def code(part: int) -> _Part:
        rows, vectors = reading.part(part)
        cell = nearest(vectors, around)
        return _Part(rows, cell.astype(np.uint16), encoded(vectors, around[cell], onto), sample.vectors @ vectors.T)

    rows, cell = np.empty(total, np.int64), np.empty(total, np.uint16)
    codes = Codes(
        np.empty((total, onto.shape[1] // 64), np.uint64), np.empty(total, np.float32), np.empty(total, np.float32)
    )
    parts, done = np.full(reading.parts, -1, np.int64), 0
    with ThreadPoolExecutor(workers) as pool:
        for number, part in enumerate(_ahead(pool, code, reading.parts, workers)):
            some = slice(done, done + len(part.rows))
            rows[some], cell[some] = part.rows, part.cell
            codes.bits[some], codes.scale[some], codes.shift[some] = part.codes.bits, part.codes.scale, part.codes.shift
            sample.see(part.rows, part.scores)
            done += len(part.rows)
            parts[number] = reading.sums[number] if len(part.rows) else -1
            tell(ahead + done, ahead + total)
    rows, cell = rows[:done], cell[:done]
    codes = Codes(codes.bits[:done], codes.scale[:done], codes.shift[:done])
    starts = np.concatenate([[0], np.cumsum(np.bincount(cell, minlength=len(around)))]).astype(np.int64)
    tables = Tables(around, around @ onto, onto, starts, parts, {"probes": [(0, 1)], "depth": 1})
    trial = path.with_name(f".{path.name}.trial")
    write(trial, tables, cell, rows, codes)
    try:
        told = {**measured(sample, Index(trial), cell, rows), "rows": done}
    finally:
        trial.unlink(missing_ok=True)
    write(path, Tables(around, around @ onto, onto, starts, parts, told), cell, rows, codes)
    return Index(path)


def _cells(rows: int) -> int:
    return int(min(max(rows**0.5, _LEAST), _MOST))


def _ahead(pool: ThreadPoolExecutor, code: Callable[[int], _Part], parts: int, workers: int) -> Iterator[_Part]:
    """Of all parts in their order, never more than a few ahead of what is taken."""
    waiting = [pool.submit(code, part) for part in range(min(2 * workers, parts))]
    for part in range(parts):
        yield waiting[part % (2 * workers)].result()
        if part + 2 * workers < parts:
            waiting[part % (2 * workers)] = pool.submit(code, part + 2 * workers)


class _There:
    """The vectors that are there, numbered without gaps."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._rows = np.concatenate([np.empty(0, np.int64), *(reading.there(part) for part in range(reading.parts))])

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def dim(self) -> int:
        return self._reading.dim

    def take(self, rows: Whole) -> Block:
        return self._reading.take(self._rows[rows])
