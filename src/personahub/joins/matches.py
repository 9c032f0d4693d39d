"""Rows that agree, found a partition at a time: equal sets, and sets that lack one word."""

import numpy as np

from personahub.joins.compiled import Whole, Words, compiled, whole
from personahub.joins.filters import Share, marked, put, spread
from personahub.joins.hashing import SECOND
from personahub.joins.passes import ID

_PLACE = np.uint64(17)  # a partition is the upper bits of a sum, so its place in a table is of those below


def table_for(rows: int) -> Whole:
    """Empty places, a power of two, at most half of them to be filled."""
    return np.full(1 << max(2 * rows - 1, 1).bit_length(), -1, np.int64)


@compiled
def _place(key: np.uint64, table: Whole) -> int:
    return whole(key >> _PLACE) & (len(table) - 1)


@compiled
def collapse(sums: Words, tables: tuple[Whole, Whole], equal: Words) -> int:
    """Of equal sets the one with the smallest id stands for all; how many others there are, in `equal`.

    Args:
        sums: shape (2, n): sum; second sum and id.
        tables: an empty table; one number for each row.
        equal: shape (2, n): id of one that goes, id of the one it is equal to.
    """
    rows = sums.shape[1]
    table, leader = tables
    for row in range(rows):
        place = _place(sums[0, row], table)
        while table[place] >= 0 and not _same(sums, table[place], row):
            place = (place + 1) & (len(table) - 1)
        leader[row] = place
        held = table[place]
        if held < 0 or (sums[1, row] & ID) < (sums[1, held] & ID):
            table[place] = row
    count = 0
    for row in range(rows):
        held = table[leader[row]]
        if held != row:
            equal[0, count] = sums[1, row] & ID
            equal[1, count] = sums[1, held] & ID
            count += 1
    return count


@compiled
def put_sums(sums: Words, gone: Words, share: Share, singles: Words) -> None:
    """The sums of those that stay into a filter."""
    for row in range(sums.shape[1]):
        if not marked(gone, whole(sums[1, row] & ID)):
            put(singles, spread(sums[0, row], share))


@compiled
def _same(sums: Words, one: int, two: int) -> bool:
    return bool(sums[0, one] == sums[0, two] and (sums[1, one] ^ sums[1, two]) >> SECOND == np.uint64(0))


@compiled
def lack_one(sums: Words, gone: Words, lacking: Words, table: Whole, found: Words) -> int:
    """Sets that are another less one word: pairs into `found`, shape (3, n), as `write_pair` has them.

    Args:
        lacking: shape (3, m): sum of a set less one word; second sum and id; size.

    Returns:
        How many there are; where `found` is too short, they are counted and not written.
    """
    for row in range(lacking.shape[1]):
        place = _place(lacking[0, row], table)
        while table[place] >= 0:
            place = (place + 1) & (len(table) - 1)
        table[place] = row
    count = 0
    for row in range(sums.shape[1]):
        place = _place(sums[0, row], table)
        while table[place] >= 0:
            other = table[place]
            place = (place + 1) & (len(table) - 1)
            if lacking[0, other] == sums[0, row] and (lacking[1, other] ^ sums[1, row]) >> SECOND == np.uint64(0):
                if marked(gone, whole(sums[1, row] & ID)):
                    continue
                if count < found.shape[1]:
                    size = lacking[2, other]
                    ids = sums[1, row] & ID, lacking[1, other] & ID
                    write_pair(found[:, count], ids, size - np.uint64(1), size)
                count += 1
    return count


@compiled
def write_pair(pair: Words, ids: tuple[np.uint64, np.uint64], shared: np.uint64, either: np.uint64) -> None:
    """The smaller id, the larger one, words in both over words in either."""
    pair[0] = min(ids[0], ids[1])
    pair[1] = max(ids[0], ids[1])
    pair[2] = (shared << np.uint64(32)) | either
