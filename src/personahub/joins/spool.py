"""Columns of 64-bit numbers on the disk, in partitions: one file, written from front to back, each block checked.

A block is `columns` stretches of as many rows, of one partition. Where the blocks are stands in a second file, which
is written when the first is on the disk and takes its name last: a spool is there whole or not at all.
"""

import os
from array import array
from collections.abc import Iterator
from pathlib import Path
from threading import Lock

import numpy as np

from personahub.errors import HubError, failing
from personahub.joins.compiled import Whole, Words, compiled, whole
from personahub.joins.hashing import folded
from personahub.joins.mapped import Mapped
from personahub.joins.room import Room, to_disk

_SALT = np.uint64(0xD6E8_FEB8_6659_FD93)
_HEADER = 128  # bytes before the numbers of a list
_LIST = 4  # partition, offset, rows, checksum


class Damaged(HubError):  # noqa: N818 - says what is so
    """A block is not what was written; `path` is the file it stands in."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is damaged; run the same command again, and look at the disk if this comes back")
        self.path = path


class Spool:
    """A file of blocks that threads write at the same time.

    Args:
        path: without its ending.
        columns: numbers in a row.
        room: what may be written yet.
        size: bytes of a file that was marked, to go on behind; else it is begun. From then on, of what is in it.
    """

    def __init__(self, path: Path, columns: int, room: Room, size: int = 0) -> None:
        self.path = path.with_suffix(".blocks")
        self.columns = columns
        self._list = path.with_suffix(".list.npy")
        self._room = room
        self._lock = Lock()
        self._blocks = array("Q", Blocks(path, columns).before(size).reshape(-1).tolist() if size else [])
        self.size = size
        with failing(self.path):
            self._listed = self._list.stat().st_size if size else 0  # bytes of the list
            room.give(self.path.stat().st_size - size if size else 0)
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
            os.ftruncate(self._file, size)

    def append(self, flat: Words, partition: int = 0) -> int:
        """Put down one block, its columns one behind the other; the number of 64-bit words before it."""
        checked = int(checksum(flat))
        self._room.take(flat.nbytes)
        with self._lock:
            offset = self.size
            self.size += flat.nbytes
            self._blocks.extend((partition, offset, len(flat) // self.columns, checked))
        self._write(flat, offset)
        return offset // 8

    def _write(self, flat: Words, offset: int) -> None:
        view = flat.data.cast("B") if len(flat) else memoryview(b"")
        with failing(self.path):
            while view:
                written = os.pwrite(self._file, view, offset)
                view, offset = view[written:], offset + written

    def append_each(self, flat: Words, borders: Whole, partition: int) -> None:
        """Put down blocks of consecutive partitions, the first of them named, one behind the other.

        Args:
            borders: where each begins in `flat`, and where the last one ends; those of nothing are left out.
        """
        listed = np.zeros((len(borders) - 1, _LIST), np.uint64)
        listed[:, 0] = np.arange(partition, partition + len(listed))
        listed[:, 2] = np.diff(borders) // self.columns
        _check_each(flat, borders, listed[:, 3])
        self._room.take(flat.nbytes)
        with self._lock:
            offset = self.size
            self.size += flat.nbytes
            listed[:, 1] = offset + 8 * borders[:-1]
            self._blocks.frombytes(listed[listed[:, 2] > 0].tobytes())
        self._write(flat, offset)

    def close(self) -> "Blocks":
        """Wait until the disk has it all; from here on it is there."""
        self.mark()
        self.abandon()
        return Blocks(self.path.with_suffix(""), self.columns)

    def mark(self) -> int:
        """Wait until the disk has what was written, and where it stands; how many bytes that is."""
        if self._file < 0:
            return self.size
        rows = np.array(self._blocks, np.uint64).reshape(-1, _LIST)
        rows = rows[np.lexsort((rows[:, 1], rows[:, 0]))]
        with failing(self.path):
            beside = self._list.with_suffix(".new")
            with beside.open("wb") as file:
                self._room.take(8 * (rows.size + 1) + _HEADER - self._listed)
                self._listed = 8 * (rows.size + 1) + _HEADER
                np.save(file, np.append(rows, np.uint64(checksum(rows.reshape(-1)))))
                file.flush()
                to_disk(self._file, file.fileno())
            beside.replace(self._list)
        return self.size

    def abandon(self) -> None:
        """Let go of the file, whatever is in it."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


class Blocks:
    """A spool that is closed. Raises Damaged where a block is not what was written."""

    def __init__(self, path: Path, columns: int) -> None:
        self.path = path.with_suffix(".blocks")
        self.columns = columns
        self._list = path.with_suffix(".list.npy")
        try:
            # a header that is damaged must not be read as one
            held = np.fromfile(self._list, np.uint64, offset=_HEADER)
        except OSError:
            held = np.zeros(0, np.uint64)
        if len(held) % _LIST != 1 or int(checksum(held[:-1])) != int(held[-1]):
            raise Damaged(self._list)
        self._rows = held[:-1].reshape(-1, _LIST)

    @property
    def listed(self) -> Words:
        """Partition, offset in bytes, rows and checksum of every block, in the order of the partitions."""
        found: Words = self._rows
        return found

    @property
    def rows(self) -> int:
        return int(self._rows[:, 2].sum())

    def before(self, size: int) -> Words:
        """Partition, offset, rows and checksum of the blocks in so many bytes."""
        found: Words = self._rows[self._rows[:, 1] < np.uint64(size)]
        return found

    def read(self, partition: int) -> Words:
        """All rows of one partition, shape (columns, rows)."""
        first, end = np.searchsorted(self._rows[:, 0], np.array([partition, partition + 1], np.uint64))
        mine = self._rows[first:end]
        held = np.empty((self.columns, int(mine[:, 2].sum())), np.uint64)
        at = 0
        for block in self._each(mine):
            rows = len(block) // self.columns
            held[:, at : at + rows] = block.reshape(self.columns, rows)
            at += rows
        return held

    def column(self) -> Words:
        """All numbers of a spool of one column."""
        held = np.empty(self.rows, np.uint64)
        for _ in self._each(self._rows, held):
            pass
        return held

    def __iter__(self) -> Iterator[Words]:
        """Every block, shape (columns, rows), as they were written of each partition."""
        for block in self._each(self._rows):
            yield block.reshape(self.columns, -1)

    def flat(self) -> Words:
        """The whole file as one column, mapped and not read, once every block of it was found whole."""
        for _ in self._each(self._rows):
            pass
        return self.mapped().data if len(self._rows) else np.frombuffer(bytes(8), np.uint64)

    def mapped(self) -> Mapped:
        """The whole file, of which nothing was read or checked; Damaged where it is too short."""
        data = np.asarray(np.memmap(self.path, np.uint64, "r")) if len(self._rows) else np.zeros(0, np.uint64)
        size = self.rows * self.columns
        if len(data) < size:
            raise Damaged(self.path)
        return Mapped(self.path, data[:size], self._rows)

    def remove(self) -> None:
        self._list.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)

    def _each(self, rows: Words, into: Words | None = None) -> Iterator[Words]:
        """Blocks, one behind the other in `into` where it is given."""
        at = 0
        with failing(self.path), self.path.open("rb", buffering=0) as file:
            for _, offset, count, checked in rows.tolist():
                words = count * self.columns
                block = np.empty(words, np.uint64) if into is None else into[at : at + words]
                at += words
                file.seek(offset)
                if file.readinto(block.data.cast("B")) != block.nbytes or int(checksum(block)) != checked:
                    raise Damaged(self.path)
                yield block


class Stage:
    """Rows of one thread on their way into a spool, laid by partition when there are many.

    Args:
        shift: the partition of a row is its first number, less this many of its lower bits.
    """

    def __init__(self, spool: Spool, partitions: int, shift: int, rows: int) -> None:
        self._spool = spool
        self._shift = np.uint64(shift)
        self._held = np.empty((spool.columns, rows), np.uint64)
        self._laid = np.empty(spool.columns * rows, np.uint64)
        self._starts = np.zeros(partitions + 1, np.int64)
        self._next = np.zeros(partitions, np.int64)
        self._count = 0

    def add(self, rows: Words) -> None:
        """Rows of shape (columns, n)."""
        taken = 0
        while taken < rows.shape[1]:
            many = min(rows.shape[1] - taken, self._held.shape[1] - self._count)
            self._held[:, self._count : self._count + many] = rows[:, taken : taken + many]
            self._count += many
            taken += many
            if self._count == self._held.shape[1]:
                self.flush()

    def flush(self) -> None:
        _lay(self._held, self._count, self._shift, self._starts, self._next, self._laid)
        for partition, start in enumerate(self._starts[:-1].tolist()):
            end = int(self._starts[partition + 1])
            if end > start:
                self._spool.append(self._laid[start * self._spool.columns : end * self._spool.columns], partition)
        self._count = 0


@compiled
def _lay(held: Words, count: int, shift: np.uint64, starts: Whole, at: Whole, laid: Words) -> None:
    starts[:] = 0
    parts = len(starts) - 1
    for row in range(count):
        starts[whole(held[0, row] >> shift) + 1] += 1
    for part in range(parts):
        starts[part + 1] += starts[part]
        at[part] = starts[part]
    columns = held.shape[0]
    for row in range(count):
        part = whole(held[0, row] >> shift)
        rows = starts[part + 1] - starts[part]
        place = starts[part] * columns + at[part] - starts[part]
        for column in range(columns):
            laid[place + column * rows] = held[column, row]
        at[part] += 1


@compiled
def _check_each(flat: Words, borders: Whole, checks: Words) -> None:
    for block in range(len(checks)):
        checks[block] = checksum(flat[borders[block] : borders[block + 1]])


@compiled
def checksum(block: Words) -> np.uint64:
    """64 bits that follow from every bit and its place; four lanes, so that the disk is what is waited for."""
    one, two, three, four = _SALT, _SALT + np.uint64(1), _SALT + np.uint64(2), _SALT + np.uint64(3)
    whole = len(block) // 4 * 4
    for place in range(0, whole, 4):
        one = folded(one ^ block[place], _SALT)
        two = folded(two ^ block[place + 1], _SALT)
        three = folded(three ^ block[place + 2], _SALT)
        four = folded(four ^ block[place + 3], _SALT)
    for place in range(whole, len(block)):
        one = folded(one ^ block[place], _SALT)
    one = folded(one ^ two, _SALT) + np.uint64(len(block))
    return folded(one ^ folded(three ^ four, _SALT), _SALT)
