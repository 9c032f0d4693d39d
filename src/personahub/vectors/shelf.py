"""Vectors of a table's rows in a file, at the places of the rows: made once, and checked whenever they are read.

Beside it are marks, one for each part of PART rows: which of them are there, of which ids they are, and checksums. A
part is there when its mark fits it, so a call that was cut off goes on behind the last whole one, whatever the disk had
of both. Both files may be removed at any time; what is asked for is then made again.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from zlib import crc32

import numpy as np
import numpy.typing as npt

from personahub.errors import failing
from personahub.vectors.rows import Block

PART = 4_096  # rows

Flags = npt.NDArray[np.bool_]
Marks = npt.NDArray[np.void]
_MARK = np.dtype([("there", "u1", PART // 8), ("ids", "S16"), ("vectors", "<u4"), ("check", "<u4")])


@dataclass(frozen=True)
class Shelf:
    """One process writes at a time; a damaged part counts as not there.

    Args:
        path: without an ending.
        dim: of each vector.
    """

    path: Path
    dim: int

    def there(self, part: int, ids: list[str]) -> Flags:
        """Which rows of a part have their vector, shape (len(ids),).

        Args:
            ids: of its rows, in their order; a row whose id is another than it was has none.
        """
        with failing(self.file):
            mark = _read(self.marked, part, _MARK.itemsize)
            held = np.frombuffer(mark, _MARK)[0] if len(mark) == _MARK.itemsize else None
            if held is None or crc32(mark[:-4]) != held["check"]:
                return np.zeros(len(ids), np.bool_)
            flags = np.unpackbits(held["there"]).astype(np.bool_)
            whole = _read(self.file, part, self._size)
            as_it_was = not flags[len(ids) :].any() and _digest(ids, flags) == bytes(held["ids"]).ljust(16, b"\0")
            if not as_it_was or len(whole) != self._size or crc32(whole) != held["vectors"]:
                return np.zeros(len(ids), np.bool_)
            return flags[: len(ids)]

    def put(self, part: int, ids: list[str], there: Flags, fresh: Flags, vectors: Block) -> None:
        """Add the vectors of some rows of a part; `settle` waits until the disk has them.

        Args:
            there: which rows have theirs, as `there` said.
            fresh: of which rows `vectors` are.
        """
        with failing(self.file):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            body = self._with(part, there, fresh, vectors).data.cast("B")
            _write(self.file, part * self._size, body)
            flags = np.zeros(PART, np.bool_)
            flags[: len(ids)] = there | fresh
            mark = np.zeros(1, _MARK)
            mark["there"], mark["ids"] = np.packbits(flags), _digest(ids, flags)
            mark["vectors"] = crc32(body)
            mark["check"] = crc32(mark.tobytes()[:-4])
            _write(self.marked, part * _MARK.itemsize, mark.tobytes())

    def settle(self) -> None:
        """Wait until the disk has all that was put. A mark that it has before its vectors does not fit them."""
        with failing(self.file):
            for path in (self.file, self.marked):
                if path.exists():
                    with path.open("r+b") as file:
                        os.fsync(file.fileno())

    def mapped(self) -> Block:
        """All that is on it, shape (rows, dim), at the places of the rows; zeros where none was put."""
        if not self.file.exists():
            return np.zeros((0, self.dim), np.float32)
        return np.memmap(self.file, "<f4", "r").reshape(-1, self.dim)

    def marks(self) -> Marks:
        """Of each part `there`, `ids` and `vectors`, as they were marked; one that is damaged, or none, has nothing."""
        with failing(self.marked):
            held = self.marked.read_bytes() if self.marked.exists() else b""
        marks = np.frombuffer(held[: len(held) // _MARK.itemsize * _MARK.itemsize], _MARK).copy()
        for number in range(len(marks)):
            if crc32(held[number * _MARK.itemsize : (number + 1) * _MARK.itemsize - 4]) != marks[number]["check"]:
                marks[number] = np.zeros((), _MARK)
        return marks

    def state(self, parts: int) -> str:
        """A digest of how the first so many parts were last marked, whether or not they are still as they were then."""
        with failing(self.marked):
            held = self.file.stat().st_size if self.file.exists() else 0
            digest = blake2b(f"{self.dim} {min(held, parts * self._size)}".encode(), digest_size=16)
            if self.marked.exists():
                with self.marked.open("rb") as file:
                    digest.update(file.read(parts * _MARK.itemsize))
            return digest.hexdigest()

    def _with(self, part: int, there: Flags, fresh: Flags, vectors: Block) -> Block:
        """The vectors of a part, shape (PART, dim): what is on the disk, and these."""
        if len(fresh) == PART and fresh.all():
            return np.ascontiguousarray(vectors, "<f4")
        whole = np.zeros((PART, self.dim), "<f4")
        before = np.frombuffer(_read(self.file, part, self._size), "<f4") if there.any() else np.empty(0, "<f4")
        whole.ravel()[: len(before)] = before
        whole[: len(fresh)][fresh] = vectors
        return whole

    @property
    def file(self) -> Path:
        """That of the vectors."""
        return self.path.with_name(f"{self.path.name}.f32")  # a name may have a dot in it

    @property
    def marked(self) -> Path:
        """The file of the marks."""
        return self.path.with_name(f"{self.path.name}.marks")

    @property
    def _size(self) -> int:
        return 4 * self.dim * PART


def _digest(ids: list[str], flags: Flags) -> bytes:
    named = "".join(name for name, there in zip(ids, flags.tolist(), strict=False) if there)
    return blake2b(named.encode(), digest_size=16).digest()


def _read(path: Path, part: int, size: int) -> bytes:
    if not path.exists():
        return b""
    with path.open("rb") as file:
        file.seek(part * size)
        return file.read(size)


def _write(path: Path, at: int, data: bytes | memoryview) -> None:
    with path.open("r+b" if path.exists() else "w+b") as file:
        file.seek(at)
        file.write(data)


def damaged(path: Path, tell: Callable[[int], None] = lambda _: None) -> list[int]:
    """The parts of a shelf that are marked and do not read as they were put.

    Args:
        path: without an ending.
        tell: hears of bytes that were read.
    """
    file, marks = path.with_suffix(".f32"), path.with_suffix(".marks")
    found = []
    with failing(file):
        count = -(-marks.stat().st_size // _MARK.itemsize)
        # Written before its mark, so it has at least as many parts; each of PART rows.
        size = file.stat().st_size // max(count, 1) // (4 * PART) * (4 * PART) if file.exists() else 0
        for part in range(count):
            mark = _read(marks, part, _MARK.itemsize)
            if not any(mark):
                continue  # none was put
            whole = _read(file, part, size) if size else b""
            tell(len(whole))
            held = np.frombuffer(mark, _MARK)[0] if len(mark) == _MARK.itemsize else None
            if held is None or crc32(mark[:-4]) != held["check"] or crc32(whole) != held["vectors"]:
                found.append(part)
    return found
