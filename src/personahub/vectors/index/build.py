"""An index of the vectors on a shelf: cells, codes, and from a sample how many of them must be looked into.

In memory are some 70 bytes a vector.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from personahub.joins.compiled import Whole
from personahub.vectors.cells import centres, nearest
from personahub.vectors.index.codes import Codes, encoded, turn
from personahub.vectors.index.file import Index, Tables, write
from personahub.vectors.index.sample import SPARE, Sample, measured
from personahub.vectors.index.search import RECORD, TEXT
from personahub.vectors.reading import Reading
from personahub.vectors.rows import Block

_LEAST, _MOST = 16, 16_384  # cells
_SEED = 0
_TRAINING = 0.3  # share of the time that finding the centres takes, about

Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class _Made:
    """Args:
    rows: numbers of the vectors, ascending.
    cell: of each.
    parts: checksum of each part of the shelf they are of; -1 where it has none that are whole.
    """

    rows: Whole
    cell: npt.NDArray[np.uint16]
    codes: Codes
    parts: Whole


def build(reading: Reading, path: Path, tell: Tell = lambda _done, _total: None, *, workers: int = 2) -> Index:
    """Put an index of all vectors down at a path, and open it.

    Args:
        tell: hears how many rows are done, of how many; finding the centres counts as some.
    """
    total = reading.count
    ahead = int(total * _TRAINING / (1 - _TRAINING))
    around = centres(_There(reading), _cells(total), _SEED, lambda done, of: tell(ahead * done // of, ahead + total))
    onto, records = turn(reading.dim), Sample.of(reading, _SEED)
    samples = {RECORD: records, TEXT: records.blends()}
    made = _coded(reading, around, onto, samples, lambda done: tell(ahead + done, ahead + total), workers)
    starts = np.concatenate([[0], np.cumsum(np.bincount(made.cell, minlength=len(around)))]).astype(np.int64)
    told: dict[str, object] = {}
    tables = Tables(around, around @ onto, onto, starts, made.parts, told)
    trial = path.with_name(f".{path.name}.trial")
    try:
        write(trial, tables, made.cell, made.rows, made.codes)
        begun = Index(trial)
        for kind, sample in samples.items():
            told[kind] = measured(sample, begun, made.cell, made.rows, SPARE if kind == TEXT else 1)
    finally:
        trial.unlink(missing_ok=True)
    write(path, tables, made.cell, made.rows, made.codes)
    return Index(path)


def _coded(
    reading: Reading,
    around: Block,
    onto: Block,
    samples: Mapping[str, Sample],
    tell: Callable[[int], None],
    workers: int,
) -> _Made:
    def code(part: int) -> tuple[_Made, list[Block]]:
        rows, vectors = reading.part(part)
        cell = nearest(vectors, around)
        of = reading.sums[part : part + 1] if len(rows) else np.full(1, -1)
        made = _Made(rows, cell.astype(np.uint16), encoded(vectors, around[cell], onto), of)
        return made, [sample.vectors @ vectors.T for sample in samples.values()]

    total, words = reading.count, onto.shape[1] // 64
    numbers = np.empty(total, np.float32), np.empty(total, np.float32)
    codes = Codes(np.empty((total, words), np.uint64), *numbers)
    whole = _Made(np.empty(total, np.int64), np.empty(total, np.uint16), codes, np.empty(reading.parts, np.int64))
    done = 0
    with ThreadPoolExecutor(workers) as pool:
        for number, (part, scores) in enumerate(_ahead(pool, code, reading.parts, 2 * workers)):
            some = slice(done, done + len(part.rows))
            whole.rows[some], whole.cell[some], whole.parts[number] = part.rows, part.cell, part.parts[0]
            codes.bits[some], codes.scale[some], codes.shift[some] = part.codes.bits, part.codes.scale, part.codes.shift
            for sample, some_scores in zip(samples.values(), scores, strict=True):
                sample.see(part.rows, some_scores)
            done += len(part.rows)
            tell(done)
    return _Made(
        whole.rows[:done],
        whole.cell[:done],
        Codes(codes.bits[:done], codes.scale[:done], codes.shift[:done]),
        whole.parts,
    )


def _cells(rows: int) -> int:
    return int(min(max(rows**0.5, _LEAST), _MOST))


def _ahead(
    pool: ThreadPoolExecutor, code: Callable[[int], tuple[_Made, list[Block]]], parts: int, most: int
) -> Iterator[tuple[_Made, list[Block]]]:
    """Of all parts in their order, never more than so many ahead of what is taken."""
    waiting = deque(pool.submit(code, part) for part in range(min(most, parts)))
    for part in range(parts):
        yield waiting.popleft().result()
        if part + most < parts:
            waiting.append(pool.submit(code, part + most))


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
