"""Where each key of the finished segments stands: sorted arrays in files, searched for many keys at once.

The files only repeat what the log says: one that is missing or does not fit is made anew from the log.
"""

import mmap
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

MERGED = 16  # indexes of this many segments become one, so that a look-up searches few files

ENTRY = np.dtype([("key", "<u8"), ("segment", "<u4"), ("offset", "<u4")])


@dataclass(frozen=True)
class Index:
    """Args:
    first, last: the segments it covers.
    entries: (n,) of ENTRY, sorted by key, mapped from the file; of equal keys the newest last.
    """

    first: int
    last: int
    entries: NDArray[np.void]
    mapped: mmap.mmap | None = None

    def find(self, keys: NDArray[np.uint64]) -> list[tuple[int, int, int]]:
        """(position in `keys`, segment, offset) of every entry that may be one of these; oldest first.

        Args:
            keys: (n,) uint64, the first eight bytes of each key.
        """
        column = self.entries["key"]
        left = np.searchsorted(column, keys, "left")
        hits = np.flatnonzero(left < len(column))
        hits = hits[column[left[hits]] == keys[hits]]
        found = []
        for hit in hits.tolist():
            at = int(left[hit])
            while at < len(column) and column[at] == keys[hit]:
                found.append((hit, int(self.entries["segment"][at]), int(self.entries["offset"][at])))
                at += 1
        if self.mapped and hasattr(mmap, "MADV_DONTNEED"):
            # The pages stay in the system's cache, but are not counted as this process's memory for ever.
            self.mapped.madvise(mmap.MADV_DONTNEED)
        return found


def short(keys: Sequence[bytes]) -> NDArray[np.uint64]:
    """The first eight bytes of each key as numbers."""
    return np.frombuffer(b"".join(key[:8] for key in keys), "<u8")


def made(segment: int, keys: Sequence[bytes], offsets: Sequence[int]) -> Index:
    """The index of one segment, in memory."""
    entries = np.empty(len(keys), ENTRY)
    entries["key"], entries["segment"], entries["offset"] = short(keys), segment, offsets
    return Index(segment, segment, _sorted(entries))


def load(folder: Path) -> list[Index]:
    """The indexes that are there and whole, oldest first; of two that cover the same the wider."""
    found: list[Index] = []
    for path in sorted(folder.glob("*.idx")):
        first, _, last = path.stem.partition("-")
        if path.stat().st_size % ENTRY.itemsize or not (first.isdigit() and last.isdigit()):
            continue
        index = _mapped(path, int(first), int(last))
        if found and found[-1].last >= index.last:
            continue
        if found and found[-1].first == index.first:
            found.pop()
        found.append(index)
    return found


def merged(folder: Path, indexes: list[Index]) -> list[Index]:
    """The same with the last MERGED single ones as one, where there are so many."""
    tail = indexes[-MERGED:]
    if len(tail) < MERGED or any(index.first != index.last for index in tail):
        return indexes
    entries = _sorted(np.concatenate([index.entries for index in tail]))
    joined = saved(folder, Index(tail[0].first, tail[-1].last, entries))
    for index in tail:
        _path(folder, index).unlink(missing_ok=True)
    return [*indexes[:-MERGED], joined]


def saved(folder: Path, index: Index) -> Index:
    """The same, on the disk and mapped from there."""
    path = _path(folder, index)
    draft = path.with_suffix(f".{os.getpid()}")
    index.entries.tofile(draft)
    draft.replace(path)
    return _mapped(path, index.first, index.last)


def covered(indexes: Iterable[Index]) -> set[int]:
    return {segment for index in indexes for segment in range(index.first, index.last + 1)}


def _sorted(entries: NDArray[np.void]) -> NDArray[np.void]:
    # Stable, so that of equal keys the newest stays last.
    return entries[np.argsort(entries["key"], kind="stable")]


def _mapped(path: Path, first: int, last: int) -> Index:
    with path.open("rb") as file:
        if not path.stat().st_size:
            return Index(first, last, np.empty(0, ENTRY))
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return Index(first, last, np.frombuffer(mapped, ENTRY), mapped)


def _path(folder: Path, index: Index) -> Path:
    return folder / f"{index.first:06}-{index.last:06}.idx"
