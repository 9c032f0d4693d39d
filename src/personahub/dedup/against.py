"""Rows that share a run of words with rows of other files, such as a test set: they leave, with the place of the other.

A run, and not a similarity of sets: a question of a test set that stands in a long page makes a small share of it, and
is known by the model that reads the page. Thirteen words are what GPT-3 was cleaned by (Brown and others 2020, C).
"""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from personahub.dedup.likeness import short
from personahub.dedup.rows import Fault, Rows, Scanned
from personahub.errors import SourceError
from personahub.sources.base import Broken, File

CONTAMINATED = "contaminated"


@dataclass(frozen=True)
class Others:
    """The files whose runs no row may have.

    Args:
        files: how each is read, and the name of its text.
        overlap: words of a run.
        memory: bytes that the runs may take.
    """

    files: tuple[tuple[File, Rows, str], ...]
    overlap: int
    memory: int


class Against:
    """What is asked of the rows of other files: made, it has read them.

    Raises SourceError where one cannot be read, and UsageError where the runs need more memory than they may take.
    """

    def __init__(self, others: Others) -> None:
        from personahub.joins.overlap import Runs  # noqa: PLC0415 - a third of a second for its compiler

        self._runs = Runs(others.overlap, others.memory)
        self._overlap = others.overlap
        self._names = [file.name for file, _, _ in others.files]
        self._firsts: list[int] = []
        numbers: list[np.ndarray[tuple[int], np.dtype[np.int64]]] = []
        for file, rows, text in others.files:
            self._firsts.append(self._runs.texts)
            try:
                for some in rows.scan(file, text, ""):
                    self._runs.add(short(some.texts))
                    numbers.append(some.numbers)
            except Broken as broken:
                raise SourceError(f"{file.name} cannot be compared against: {broken.detail}") from broken
        self._numbers = np.concatenate([np.empty(0, np.int64), *numbers])

    def __call__(self, some: Scanned) -> Scanned:
        """Those that share no run; the others are faults."""
        others = self._runs.shared(short(some.texts))
        gone = others >= 0
        if not gone.any():
            return some
        faults = [
            Fault(number, CONTAMINATED, f"it shares {self._overlap} words in a row with {self._place(other)}")
            for number, other in zip(some.numbers[gone].tolist(), others[gone].tolist(), strict=True)
        ]
        good = some.good.copy()
        good[np.flatnonzero(good)[gone]] = False
        return replace(
            some,
            texts=some.texts.filter(pa.array(~gone)),
            numbers=some.numbers[~gone],
            values=None if some.values is None else some.values[~gone],
            good=good,
            faults=sorted([*some.faults, *faults], key=lambda fault: fault.number),
        )

    def _place(self, other: int) -> str:
        file = int(np.searchsorted(self._firsts, other, side="right")) - 1
        return f"{self._names[file]}:{self._numbers[other]}"
