"""The keys of very many sets on the disk, in order, so that those of a few more are looked up where they stand.

A layer is a spool of key and place, laid into small buckets by the upper bits of the keys, and a filter of its keys.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from personahub.joins.compiled import Bytes, Whole, Words, compiled, whole
from personahub.joins.filters import may_hold, put
from personahub.joins.folder import Folder
from personahub.joins.spool import Blocks, Damaged, checksum

_BUCKET = 128  # rows
_PER_KEY = 8  # bits of a filter
_FEW = 64  # times fewer keys than words of a filter, at which reading the filter would cost more than it saves
_ALL_BITS = 64


class Writing:
    """A layer that is being made, of partitions in any order, by several threads."""

    def __init__(self, place: Folder, number: int, rows: int, least: int) -> None:
        self._bits = max((rows // _BUCKET).bit_length(), least)
        self.names = [f"{kind}-{number}-{self._bits}" for kind in ("layer", "filter")]
        self._place = place
        self._spool = place.spool(self.names[0], 2)
        self._filter = np.zeros(rows * _PER_KEY // 64 + 1, np.uint64)

    def add(self, rows: Words, partition: int, bits: int) -> None:
        """All rows, shape (2, n), whose keys begin with so many bits that are `partition`."""
        if (rows[0, 1:] < rows[0, :-1]).any():
            rows = rows[:, np.argsort(rows[0])]
        many = 1 << (self._bits - bits)
        first = partition * many
        shift = np.uint64(_ALL_BITS - self._bits)
        borders = np.searchsorted(rows[0] >> shift, np.arange(first, first + many + 1, dtype=np.uint64))
        flat = np.empty(rows.size, np.uint64)
        _lay(rows, borders, flat)
        _put_all(rows[0], self._filter)
        self._spool.append_each(flat, 2 * borders, first)

    def close(self) -> None:
        """What was written is left to the disk."""
        self._place.leave(self._spool)
        self._place.keep(self.names[1], self._filter)


@dataclass(frozen=True)
class Layer:
    """A layer as it lies on the disk, mapped.

    Args:
        data: every bucket: its keys in order, then as many places.
        starts: of each bucket in `data`.
        counts: rows in each.
        checks: of each.
    """

    path: Path
    data: Words
    starts: Whole
    counts: Whole
    checks: Words

    @classmethod
    def of(cls, place: Folder, name: str) -> "Layer":
        blocks = Blocks(place.path / name, 2)
        listed = blocks.listed
        buckets = 1 << int(name.rsplit("-", 1)[1])
        starts, counts, checks = np.zeros(buckets, np.int64), np.zeros(buckets, np.int64), np.zeros(buckets, np.uint64)
        at = listed[:, 0].astype(np.int64)
        starts[at], counts[at], checks[at] = listed[:, 1] // 8, listed[:, 2], listed[:, 3]
        held = np.memmap(blocks.path, np.uint64, "r") if len(listed) else np.zeros(1, np.uint64)
        if len(held) < 2 * counts.sum():
            raise Damaged(blocks.path)
        return cls(blocks.path, np.asarray(held), starts, counts, checks)

    @property
    def rows(self) -> int:
        return int(self.counts.sum())

    @property
    def bits(self) -> int:
        return len(self.counts).bit_length() - 1

    def find(self, keys: Words, bits: Words) -> Words:
        """The rows of these keys, which are sorted and each there once, shape (2, n).

        Args:
            bits: the filter of this layer, or nothing.
        """
        if len(bits):
            held = np.zeros(len(keys), np.uint8)
            _may_hold(keys, bits, held)
            keys = keys[held == 1]
        shift = np.uint64(_ALL_BITS - self.bits)
        buckets = keys >> shift
        if _damaged(buckets[starts(buckets)], self.data, self.starts, self.counts, self.checks):
            raise Damaged(self.path)
        found = np.empty(
            (2, _find(keys, shift, self.data, self.starts, self.counts, np.empty((2, 0), np.uint64))), np.uint64
        )
        _find(keys, shift, self.data, self.starts, self.counts, found)
        return found

    def read(self, partition: int, bits: int) -> Words:
        """All rows whose keys begin with so many bits that are `partition`, checked."""
        each = 1 << (self.bits - bits)
        buckets = np.arange(partition * each, (partition + 1) * each, dtype=np.uint64)
        if _damaged(buckets, self.data, self.starts, self.counts, self.checks):
            raise Damaged(self.path)
        rows = [
            self.data[start : start + 2 * count].reshape(2, -1)
            for start, count in zip(self.starts[buckets].tolist(), self.counts[buckets].tolist(), strict=True)
        ]
        return np.concatenate(rows, axis=1)


def starts(ordered: Words) -> npt.NDArray[np.bool_]:
    """Where another number stands than before."""
    first = np.ones(len(ordered), np.bool_)
    first[1:] = ordered[1:] != ordered[:-1]
    return first


def filter_of(place: Folder, name: str, keys: int) -> Words:
    """That of a layer; nothing where it is not worth being read for so few keys."""
    held = place.blocks(name.replace("layer", "filter"), 1)
    return place.array(name.replace("layer", "filter")) if keys * _FEW > held.rows else np.zeros(0, np.uint64)


@compiled
def _lay(rows: Words, borders: Whole, flat: Words) -> None:
    for bucket in range(len(borders) - 1):
        start, end = borders[bucket], borders[bucket + 1]
        for place in range(start, end):
            flat[start + place] = rows[0, place]
            flat[end + place] = rows[1, place]


@compiled
def _put_all(keys: Words, bits: Words) -> None:
    for place in range(len(keys)):
        put(bits, keys[place])


@compiled
def _may_hold(keys: Words, bits: Words, held: Bytes) -> None:
    for place in range(len(keys)):
        held[place] = may_hold(bits, keys[place])


@compiled
def _damaged(buckets: Words, data: Words, starts: Whole, counts: Whole, checks: Words) -> bool:
    for at in range(len(buckets)):
        bucket = whole(buckets[at])
        start, count = starts[bucket], counts[bucket]
        if count and (start + 2 * count > len(data) or checksum(data[start : start + 2 * count]) != checks[bucket]):
            return True
    return False


@compiled
def _find(keys: Words, shift: np.uint64, data: Words, starts: Whole, counts: Whole, found: Words) -> int:
    """How many rows there are, written where `found` has room for them."""
    total = 0
    for at in range(len(keys)):
        bucket = whole(keys[at] >> shift)
        start, count = starts[bucket], counts[bucket]
        low, high = start, start + count
        while low < high:
            middle = (low + high) // 2
            if data[middle] < keys[at]:
                low = middle + 1
            else:
                high = middle
        while low < start + count and data[low] == keys[at]:
            if total < found.shape[1]:
                found[0, total] = keys[at]
                found[1, total] = data[low + count]
            total += 1
            low += 1
    return total
