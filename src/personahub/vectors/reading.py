"""What lies on a shelf, read a piece at a time: nothing of the file is mapped, so that memory stays what it is."""

import os
import weakref
from time import sleep
from zlib import crc32

import numpy as np

from personahub.errors import failing
from personahub.joins.compiled import Whole
from personahub.vectors.rows import Block, fitting
from personahub.vectors.shelf import PART, Flags, Marks, Shelf

POWER = PART.bit_length() - 1
_PATIENCE = (0.0, 0.02, 0.2)  # seconds for another process between its vectors and its mark

_NONE = np.empty(0, np.int64)


class Reading:
    """Vectors as they were marked when this was made; what has come since is not seen.

    Another process may write meanwhile: a part that it is at counts as not there.

    Args:
        rows: of the table; what lies behind the parts that they take is left out.
    """

    def __init__(self, shelf: Shelf, rows: int | None = None) -> None:
        self._shelf = shelf
        self._marks: Marks = shelf.marks()[: None if rows is None else -(-rows // PART)]
        self._checked = np.zeros(len(self._marks), np.bool_)
        self._whole = np.zeros(len(self._marks), np.bool_)
        self._file = -1
        self.damaged = False  # whether a part was read that is not as it was written
        if shelf.file.exists():
            with failing(shelf.file):
                self._file = os.open(shelf.file, os.O_RDONLY)
            weakref.finalize(self, os.close, self._file)

    @property
    def dim(self) -> int:
        return self._shelf.dim

    @property
    def parts(self) -> int:
        return len(self._marks)

    @property
    def count(self) -> int:
        """Vectors that are there."""
        return int(np.bitwise_count(self._marks["there"]).sum())

    @property
    def sums(self) -> Whole:
        """The checksum of each part; -1 where there is none."""
        return np.where(self._marks["there"].any(axis=1), self._marks["vectors"].astype(np.int64), -1)

    def __len__(self) -> int:
        return PART * len(self._marks)

    def there(self, part: int) -> Whole:
        """Numbers of the rows of a part that have a vector."""
        return part * PART + np.flatnonzero(np.unpackbits(self._marks[part]["there"]))

    def has(self, rows: Whole) -> Flags:
        """Which of these rows have a vector."""
        within = rows < len(self)
        some = rows[within]
        byte = self._marks["there"][some >> POWER, (some & (PART - 1)) >> 3]
        there = np.zeros(len(rows), np.bool_)
        there[within] = (byte >> (7 - (some & 7)).astype(np.uint8)) & 1
        return there

    def part(self, part: int) -> tuple[Whole, Block]:
        """Rows of a part that have a vector and a direction, and their vectors; none where it is damaged.

        It is checked when it is read first.
        """
        rows = self.there(part)
        for seconds in _PATIENCE if len(rows) else ():
            sleep(seconds)
            held = self._read(part * PART, PART)
            if self._checked[part] or crc32(held.data) == self._marks[part]["vectors"]:
                self._checked[part] = True
                return self._directed(part, rows, held if len(rows) == PART else held[rows - part * PART])
        self.damaged = self.damaged or len(rows) > 0
        return _NONE, np.empty((0, self.dim), np.float32)

    def sound(self, rows: Whole) -> bool:
        """Whether the parts of these rows are as they were written; each part is looked at once."""
        parts = np.unique(rows >> POWER)
        for part in parts[~self._checked[parts]].tolist():
            self.part(part)
        return bool(self._checked[parts].all())

    def take(self, rows: Whole) -> Block:
        """Vectors of rows by their numbers, ascending, as they lie there, shape (n, dim)."""
        found = np.zeros((len(rows), self.dim), "<f4")
        view, size = found.view(np.uint8).reshape(-1).data, 4 * self.dim
        begins = np.flatnonzero(np.diff(rows, prepend=-2) != 1)
        runs = list(zip(begins.tolist(), [*begins[1:].tolist(), len(rows)], strict=True))
        with failing(self._shelf.file):
            if hasattr(os, "posix_fadvise"):  # the disk reads all at a time: a tenth of the time of one after the other
                for first, end in runs:
                    os.posix_fadvise(self._file, int(rows[first]) * size, (end - first) * size, os.POSIX_FADV_WILLNEED)
            for first, end in runs:
                os.preadv(self._file, [view[first * size : end * size]], int(rows[first]) * size)
        return found

    def _directed(self, part: int, rows: Whole, vectors: Block) -> tuple[Whole, Block]:
        """Those that have a direction; where all have, that is not looked at again."""
        if not self._whole[part]:
            full = fitting(vectors) & vectors.any(axis=1)
            self._whole[part] = full.all()
            if not full.all():
                return rows[full], vectors[full]
        return rows, vectors

    def _read(self, first: int, rows: int) -> Block:
        found = np.zeros((rows, self.dim), "<f4")
        with failing(self._shelf.file):
            os.preadv(self._file, [found.data], first * 4 * self.dim)
        return found
