"""The file of an index: centres, and cell by cell the codes of the vectors that lie in it, each piece with a checksum.

    8 bytes   MAGIC
    8 bytes   length of the head
    head      what is told of it, as JSON, with the place of each table
    tables    centres, centres turned, planes, starts, checksums of cells, checksums of the shelf's parts
    4 bytes   checksum of all until here
    cells     of each its bits, word by word, its scales, its shifts, and the numbers of its rows

It is written whole or not at all, and may be removed at any time.
"""

import os
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt
import orjson

from personahub.errors import failing
from personahub.joins.compiled import Shorts, Whole, Words
from personahub.vectors.index.codes import Codes
from personahub.vectors.reading import announce
from personahub.vectors.rows import Block

MAGIC = b"PHCELLS1"
_MOST_HEAD = 1 << 20
_TABLES = {"centres": "<f4", "sides": "<f4", "planes": "<f4", "starts": "<i8", "checks": "<u4", "parts": "<i8"}


class Damaged(Exception):  # noqa: N818 - says what is so; it is caught where an index is used
    """What is read is not what was written."""


@dataclass(frozen=True)
class Tables:
    """Args:
    centres: shape (cells, dim); `sides` the same on the planes.
    planes: what vectors are turned onto, shape (dim, planes).
    starts: before how many vectors each cell begins, and how many there are; shape (cells + 1,).
    parts: checksum of each part of the shelf that was read; -1 of one that was not.
    told: what the choice of probes came from.
    """

    centres: Block
    sides: Block
    planes: Block
    starts: Whole
    parts: Whole
    told: Mapping[str, Any]

    @property
    def words(self) -> int:
        return int(self.planes.shape[1]) // 64

    def __len__(self) -> int:
        return len(self.centres)


@dataclass(frozen=True)
class Some:
    """Vectors of a few cells, as `codes.scan` takes them."""

    spans: Whole
    bits: Words
    numbers: Block
    rows: Shorts


class Room:
    """Memory that cells are read into again and again: to get it anew from the system takes as long as to read them."""

    def __init__(self) -> None:
        self._held = np.empty(0, np.uint8)

    def of(self, vectors: int, words: int) -> tuple[Words, Block, Shorts]:
        """For the bits, the numbers and the rows of so many vectors."""
        bits, numbers = 8 * words * vectors, 8 * vectors
        if len(self._held) < bits + numbers + 4 * vectors:
            self._held = np.empty(bits + numbers + 4 * vectors, np.uint8)
        rows = self._held[bits + numbers : bits + numbers + 4 * vectors]
        return self._held[:bits].view("<u8"), self._held[bits : bits + numbers].view("<f4"), rows.view("<u4")


class Index:
    """A whole index, open for reading. Raises Damaged where it is none."""

    def __init__(self, path: Path) -> None:
        with failing(path):
            self._file = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._file)
        self.tables, self._checks, self._begin = _read(self._file)
        self._checked = np.zeros(len(self.tables), np.bool_)

    def cells(self, some: Sequence[int], room: "Room | None" = None) -> Some:
        """Raises Damaged where one is not what was written; each is looked at once.

        Args:
            room: what they are read into; it holds until the next ones are.
        """
        starts, words = self.tables.starts, self.tables.words
        sizes = [int(starts[cell + 1] - starts[cell]) for cell in some]
        spans = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int64)
        total = int(spans[-1])
        found = Some(spans, *(room or Room()).of(total, words))
        views = [one.view(np.uint8).data for one in (found.bits, found.numbers, found.rows)]
        widths = (8 * words, 8, 4)
        places = [self._begin + sum(widths) * int(starts[cell]) for cell in some]
        announce(self._file, [(at, sum(widths) * size) for at, size in zip(places, sizes, strict=True)])
        for cell, at, first, size in zip(some, places, spans.tolist(), sizes, strict=False):
            pieces = [view[width * first : width * (first + size)] for view, width in zip(views, widths, strict=True)]
            read = os.preadv(self._file, pieces, at) if size else 0
            if read != sum(widths) * size:
                raise Damaged
            if not self._checked[cell]:
                if _sum(pieces) != self._checks[cell]:
                    raise Damaged
                self._checked[cell] = True
        return found


def write(path: Path, tables: Tables, cell: npt.NDArray[np.uint16], rows: Whole, codes: Codes) -> None:
    """Put an index down.

    Args:
        tables: whose `starts` fit the cells.
        cell: of each vector.
        rows: its number, ascending.
    """
    order = np.argsort(cell, kind="stable")
    checks = np.array([_sum(piece) for piece in _pieces(tables, order, rows, codes)], "<u4")
    held = {**vars(tables), "checks": checks}
    arrays = {name: np.ascontiguousarray(held[name], kind) for name, kind in _TABLES.items()}
    head = orjson.dumps({"told": tables.told, "shapes": {name: one.shape for name, one in arrays.items()}})
    front = [MAGIC, len(head).to_bytes(8, "little"), head, *(one.tobytes() for one in arrays.values())]
    with failing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.new")
        with draft.open("wb") as file:
            for piece in [*front, _sum(front).to_bytes(4, "little")]:
                file.write(piece)
            for pieces in _pieces(tables, order, rows, codes):
                for piece in pieces:
                    file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)


def damaged(path: Path, tell: Callable[[int], None] = lambda _: None) -> bool:
    """Whether it is not what was written; all of it is read.

    Args:
        tell: hears of bytes that were read.
    """
    try:
        index = Index(path)
        for cell in range(len(index.tables)):
            tell(sum(one.nbytes for one in vars(index.cells([cell])).values()))
    except Damaged:
        return True
    return False


def _pieces(tables: Tables, order: Whole, rows: Whole, codes: Codes) -> Iterator[list[bytes]]:
    """Of each cell what stands in the file."""
    for first, end in zip(tables.starts[:-1].tolist(), tables.starts[1:].tolist(), strict=True):
        some = order[first:end]
        yield [
            np.ascontiguousarray(codes.bits[some].T).tobytes(),
            codes.scale[some].tobytes() + codes.shift[some].tobytes(),
            rows[some].astype("<u4").tobytes(),
        ]


def _sum(pieces: Sequence[bytes | memoryview]) -> int:
    total = 0
    for piece in pieces:
        total = crc32(piece, total)
    return total


def _read(file: int) -> tuple[Tables, npt.NDArray[np.uint32], int]:
    front = os.pread(file, 16, 0)
    length = int.from_bytes(front[8:], "little")
    if front[:8] != MAGIC or length > _MOST_HEAD:
        raise Damaged
    head = os.pread(file, length, 16)
    try:
        said = orjson.loads(head)
        shapes = {name: tuple(map(int, said["shapes"][name])) for name in _TABLES}
        sizes = {name: np.dtype(kind).itemsize * int(np.prod(shapes[name])) for name, kind in _TABLES.items()}
        told = dict(said["told"])
    except (ValueError, KeyError, TypeError) as error:
        raise Damaged from error
    begin = 16 + length + sum(sizes.values()) + 4
    if begin > os.fstat(file).st_size:
        raise Damaged
    body = os.pread(file, begin - 16 - length, 16 + length)
    if crc32(body[:-4], _sum([front, head])) != int.from_bytes(body[-4:], "little"):
        raise Damaged
    found, at = {}, 0
    for name, kind in _TABLES.items():
        found[name] = np.frombuffer(body[at : at + sizes[name]], kind).reshape(shapes[name])
        at += sizes[name]
    checks = found.pop("checks")
    return Tables(**found, told=told), checks, begin
