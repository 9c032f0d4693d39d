"""Segments of an append-only log: what is in one survives a kill and a power cut, and a torn end is recognised.

A record is a mark, the length of its payload, a checksum, the 16-byte key and the payload. A write that was cut
off fails its checksum and is cut away when the segment is next opened to be written; damage in the middle loses
the record that it hit and no other, because the next mark is searched for.
"""

import mmap
import os
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from personahub.errors import HubError

KEY_BYTES = 16
MARK = b"\xf5PH1"
_HEAD = struct.Struct(f"<4sII{KEY_BYTES}s")  # mark, length, checksum of key and payload, key


@dataclass(frozen=True, slots=True)
class Record:
    key: bytes
    payload: bytes
    offset: int


@dataclass(frozen=True, slots=True)
class Found:
    """What a segment holds.

    Args:
        end: bytes up to the end of the last whole record.
        damaged: stretches between whole records that are none.
    """

    keys: list[bytes]
    offsets: list[int]
    end: int
    damaged: int


def packed(key: bytes, payload: bytes) -> bytes:
    return _HEAD.pack(MARK, len(payload), crc32(payload, crc32(key)), key) + payload


def record_at(data: bytes | memoryview | mmap.mmap, offset: int) -> Record | None:
    """The record that starts there; None where there is no whole one."""
    if offset + _HEAD.size > len(data):
        return None
    mark, length, checksum, key = _HEAD.unpack_from(data, offset)
    start = offset + _HEAD.size
    if mark != MARK or start + length > len(data):
        return None
    payload = bytes(data[start : start + length])
    return Record(key, payload, offset) if crc32(payload, crc32(key)) == checksum else None


def records(data: bytes | mmap.mmap) -> Iterator[Record]:
    """Every whole record, also behind damage."""
    offset = 0
    while offset >= 0:
        record = record_at(data, offset)
        if record:
            yield record
            offset += _HEAD.size + len(record.payload)
        else:
            offset = data.find(MARK, offset + 1)


def survey(data: bytes | mmap.mmap) -> Found:
    keys, offsets, end, damaged = [], [], 0, 0
    for record in records(data):
        damaged += record.offset > end
        keys.append(record.key)
        offsets.append(record.offset)
        end = record.offset + _HEAD.size + len(record.payload)
    return Found(keys, offsets, end, damaged)


def surveyed(path: Path) -> Found:
    """What a file of the log holds, in the memory of its keys; HubError where it cannot be read."""
    with _errors(path), path.open("rb") as file:
        if not os.fstat(file.fileno()).st_size:
            return Found([], [], 0, 0)
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return survey(data)


class Segment:
    """One file of the log.

    Args:
        writing: open it to be appended to, less a torn end.
    """

    def __init__(self, path: Path, *, writing: bool) -> None:
        self.path = path
        with _errors(path):
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND if writing else os.O_RDONLY
            self._file = os.open(path, flags | getattr(os, "O_CLOEXEC", 0), 0o644)
            self.size = os.fstat(self._file).st_size

    def survey(self) -> Found:
        with _errors(self.path):
            return survey(self.path.read_bytes())

    def cut(self, end: int) -> None:
        """Take away what stands behind the last whole record."""
        with _errors(self.path):
            os.ftruncate(self._file, end)
            self.size = end

    def append(self, rows: Sequence[tuple[bytes, bytes]]) -> list[int]:
        """Write key and payload of each and wait until the disk has them.

        Returns:
            where each record starts.

        Raises:
            HubError: the disk did not take them; none of them is there then.
        """
        offsets, at, pieces = [], self.size, []
        for key, payload in rows:
            offsets.append(at)
            pieces.append(packed(key, payload))
            at += len(pieces[-1])
        data = memoryview(b"".join(pieces))
        with _errors(self.path):
            try:
                while data:
                    data = data[os.write(self._file, data) :]
                _to_disk(self._file)
            except OSError:
                os.ftruncate(self._file, self.size)
                raise
        self.size = at
        return offsets

    def read(self, offset: int) -> Record | None:
        with _errors(self.path):
            head = os.pread(self._file, _HEAD.size + 4096, offset)
            if len(head) < _HEAD.size:
                return None
            length = _HEAD.unpack_from(head)[1]
            if _HEAD.size + length > len(head) and length < self.size:
                head = os.pread(self._file, _HEAD.size + length, offset)
        found = record_at(head, 0)
        return Record(found.key, found.payload, offset) if found else None

    def close(self) -> None:
        os.close(self._file)


def _to_disk(file: int) -> None:
    if hasattr(os, "fdatasync"):
        os.fdatasync(file)
    else:  # not on macOS
        os.fsync(file)


class _errors:  # noqa: N801 - reads as a statement
    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError):
            raise HubError(
                f"the journal {self._path} failed ({error.strerror}); free some disk, or look at it, and run the "
                "same command again"
            ) from error
