"""The keys of very many sets on the disk, in order, so that those of a few more are looked up where they stand.

A layer is a spool of key and place, laid into small buckets by the upper bits of the keys, and a filter of its keys.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from personahub.joins.compiled import Bytes, Whole, Words, compiled, whole
from personahub.joins.filters import may_hold, put, word_of
from personahub.joins.folder import Folder
from personahub.joins.hashing import lower_bound
from personahub.joins.mapped import Mapped
from personahub.joins.spool import Damaged, checksum

_BUCKET = 128  # rows
_PER_KEY = 16  # bits of a filter: one that is not there costs less than a look into a bucket
_CHECKED = 512  # words of a filter that are checked together: 4 KiB
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
            rows = rows[:, np.argsort(rows[0], kind="stable")]  # some that are in order, one behind the other
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
        spool = self._place.spool(self.names[1], 1)
        spool.append_each(self._filter, np.append(np.arange(0, len(self._filter), _CHECKED), len(self._filter)), 0)
        self._place.leave(spool)


@dataclass(frozen=True)
class Layer:
    """A layer as it lies on the disk, mapped: what is read of it is checked.

    Args:
        buckets: every bucket: its keys in order, then as many places.
        filter: of all keys, in blocks.
        bits: upper bits of a key that are the number of its bucket.
    """

    buckets: Mapped
    filter: Mapped
    bits: int

    @classmethod
    def of(cls, place: Folder, name: str) -> "Layer":
        buckets, filter_ = place.blocks(name, 2), place.blocks(name.replace("layer", "filter"), 1)
        return cls(buckets.mapped(), filter_.mapped(), int(name.rsplit("-", 1)[1]))

    @property
    def rows(self) -> int:
        return int(self.buckets.listed[:, 2].sum())

    def find(self, keys: Words) -> Words:
        """The rows of these keys, which are sorted and each there once, shape (2, n)."""
        held = np.zeros(len(keys), np.uint8)
        if not _may_hold(keys, self.filter.data, self.filter.listed, held):
            raise Damaged(self.filter.path)
        keys = np.take(keys, np.flatnonzero(held))
        rows = np.empty(len(keys), np.int64)
        if not _look_up(keys, np.uint64(_ALL_BITS - self.bits), self.buckets.data, self.buckets.listed, rows):
            raise Damaged(self.buckets.path)
        found = np.empty((2, 0), np.uint64)
        found = np.empty((2, _find(keys, rows, self.buckets.data, self.buckets.listed, found)), np.uint64)
        _find(keys, rows, self.buckets.data, self.buckets.listed, found)
        return found

    def read(self, partition: int, bits: int) -> Words:
        """All rows whose keys begin with so many bits that are `partition`."""
        each = 1 << (self.bits - bits)
        listed = self.buckets.listed
        first, end = np.searchsorted(listed[:, 0], np.array([partition * each, (partition + 1) * each], np.uint64))
        rows = np.empty((2, int(listed[first:end, 2].sum())), np.uint64)
        if not _gather(self.buckets.data, listed[first:end], rows):
            raise Damaged(self.buckets.path)
        return rows


def starts(ordered: Words) -> npt.NDArray[np.bool_]:
    """Where another number stands than before."""
    first = np.ones(len(ordered), np.bool_)
    first[1:] = ordered[1:] != ordered[:-1]
    return first


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
def _may_hold(keys: Words, bits: Words, listed: Words, held: Bytes) -> bool:
    """Marks the sorted keys that a filter may hold; False where a block that was looked at is not whole."""
    block = whole(-1)
    for place in range(len(keys)):
        own = word_of(bits, keys[place]) // _CHECKED
        if own != block:
            block = own
            if checksum(bits[block * _CHECKED : min((block + 1) * _CHECKED, len(bits))]) != listed[block, 3]:
                return False
        held[place] = may_hold(bits, keys[place])
    return True


@compiled
def _look_up(keys: Words, shift: np.uint64, data: Words, listed: Words, rows: Whole) -> bool:
    """Where in the list the bucket of each sorted key stands, or -1; False where one of them is not whole."""
    row, last = whole(0), whole(-1)
    for place in range(len(keys)):
        bucket = keys[place] >> shift
        end = min(whole(bucket) + 1, len(listed))  # before it are no more than its number says
        row = lower_bound(listed[:, 0], bucket, row, end)
        rows[place] = row if row < len(listed) and listed[row, 0] == bucket else -1
        if rows[place] > last:
            last = row
            if not _is_whole(data, listed[row]):
                return False
    return True


@compiled
def _is_whole(data: Words, bucket: Words) -> bool:
    start = whole(bucket[1]) // 8
    return bool(checksum(data[start : start + 2 * whole(bucket[2])]) == bucket[3])


@compiled
def _gather(data: Words, listed: Words, rows: Words) -> bool:
    """All rows of some buckets; False where one is not whole."""
    at = 0
    for row in range(len(listed)):
        if not _is_whole(data, listed[row]):
            return False
        start, count = whole(listed[row, 1]) // 8, whole(listed[row, 2])
        for place in range(count):
            rows[0, at + place] = data[start + place]
            rows[1, at + place] = data[start + count + place]
        at += count
    return True


@compiled
def _find(keys: Words, rows: Whole, data: Words, listed: Words, found: Words) -> int:
    """How many rows there are, written where `found` has room for them."""
    total = 0
    for at in range(len(keys)):
        if rows[at] < 0:
            continue
        start, count = whole(listed[rows[at], 1]) // 8, whole(listed[rows[at], 2])
        low = lower_bound(data, keys[at], start, start + count)
        while low < start + count and data[low] == keys[at]:
            if total < found.shape[1]:
                found[0, total] = keys[at]
                found[1, total] = data[low + count]
            total += 1
            low += 1
    return total
