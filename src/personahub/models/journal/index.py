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

MERGED = 8  # indexes of this many segments become one, so that a look-up searches few files
ENDING = ".keys"

_ENTRY = 16  # bytes: of a key and of where it stands


@dataclass(frozen=True)
class Index:
    """Args:
    first, last: the segments it covers.
    keys: (n,) uint64, sorted, mapped from the file; of equal ones the newest last.
    places: (n, 2) uint32, segment and offset of each, behind the keys in the file: a search touches few pages.
    """

    first: int
    last: int
    keys: NDArray[np.uint64]
    places: NDArray[np.uint32]
    mapped: mmap.mmap | None = None

    def find(self, keys: NDArray[np.uint64]) -> list[tuple[int, int, int]]:
        """(position in `keys`, segment, offset) of every entry that may be one of these; oldest first.

        Args:
            keys: (n,) uint64, the first eight bytes of each key.
        """
        left = np.searchsorted(self.keys, keys, "left")
        hits = np.flatnonzero(left < len(self.keys))
        hits = hits[self.keys[left[hits]] == keys[hits]]
        found = []
        for hit in hits.tolist():
            at = int(left[hit])
            while at < len(self.keys) and self.keys[at] == keys[hit]:
                found.append((hit, int(self.places[at, 0]), int(self.places[at, 1])))
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
    places = np.empty((len(keys), 2), np.uint32)
    places[:, 0], places[:, 1] = segment, offsets
    return _sorted(segment, segment, short(keys), places)


def load(folder: Path) -> list[Index]:
    """The indexes that are there and whole, oldest first; of two that cover the same the wider."""
    found: list[Index] = []
    for path in sorted(folder.glob(f"*{ENDING}")):
        first, _, last = path.stem.partition("-")
        if path.stat().st_size % _ENTRY or not (first.isdigit() and last.isdigit()):
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
    keys, places = (np.concatenate(some) for some in zip(*((one.keys, one.places) for one in tail), strict=True))
    joined = saved(folder, _sorted(tail[0].first, tail[-1].last, keys, places))
    for index in tail:
        _path(folder, index).unlink(missing_ok=True)
    return [*indexes[:-MERGED], joined]


def saved(folder: Path, index: Index) -> Index:
    """The same, on the disk and mapped from there."""
    path = _path(folder, index)
    draft = path.with_suffix(f".{os.getpid()}")
    with draft.open("wb") as file:
        index.keys.tofile(file)
        index.places.tofile(file)
    draft.replace(path)
    return _mapped(path, index.first, index.last)


def covered(indexes: Iterable[Index]) -> set[int]:
    return {segment for index in indexes for segment in range(index.first, index.last + 1)}


def _sorted(first: int, last: int, keys: NDArray[np.uint64], places: NDArray[np.uint32]) -> Index:
    # Stable, so that of equal keys the newest stays last.
    order = np.argsort(keys, kind="stable")
    return Index(first, last, keys[order], places[order])


def _mapped(path: Path, first: int, last: int) -> Index:
    count = path.stat().st_size // _ENTRY
    if not count:
        return Index(first, last, np.empty(0, np.uint64), np.empty((0, 2), np.uint32))
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    places = np.frombuffer(mapped, "<u4", 2 * count, 8 * count).reshape(count, 2)
    return Index(first, last, np.frombuffer(mapped, "<u8", count), places, mapped)


def _path(folder: Path, index: Index) -> Path:
    return folder / f"{index.first:06}-{index.last:06}{ENDING}"
