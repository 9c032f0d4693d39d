"""Rows of files as a search for near duplicates sees them, whatever kind the files are of."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from personahub.sources.base import Columns, File

Keep = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that cannot be compared, or the rest of a file that cannot be read.

    Args:
        number: line of a JSONL file, row of a table; from 1.
    """

    number: int
    reason: str
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Scanned:
    """Some rows of a file.

    Args:
        texts: of the rows that have one.
        numbers: of those; int64.
        values: what they are ranked by; float64, nan where there is none; or None.
        good: for each row whether it has a text.
        faults: what is wrong with the others.
    """

    texts: pa.Array
    numbers: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64] | None
    good: Keep
    faults: list[Fault] = field(default_factory=list)


class Rows(Protocol):
    """The files of one kind, read in their order; `suffixes` end the name of an output."""

    @property
    def nothing(self) -> str:
        """What is said of a file without any row."""
        ...

    @property
    def suffixes(self) -> tuple[str, ...]: ...

    def columns(self, file: File) -> Columns:
        """Those of the file, by its first rows; none where it has no row. Broken where none can be read."""
        ...

    def check(self, files: Sequence[File]) -> None:
        """Raise SourceError where their rows cannot go to one file."""
        ...

    def scan(self, file: File, text: str, by: str) -> Iterator[Scanned]:
        """Every row, with the fields of these names; Broken where the file cannot be read any further."""
        ...

    def copy(self, files: Sequence[File], keep: "Kept", output: Path) -> None:
        """Write the rows that are kept, as they are, to a new file that is on the disk when this returns."""
        ...


class Kept(Protocol):
    """Which rows are written: asked for as many as come next."""

    def __call__(self, rows: int) -> Keep: ...
