"""Rows that agree, found a partition at a time: equal sets, sets that lack one word, sets that share a key."""

import numpy as np

from personahub.joins.compiled import Whole, Words, compiled, ones
from personahub.joins.filters import mark, marked, put
from personahub.joins.hashing import SECOND
from personahub.joins.passes import HEAD, ID
from personahub.joins.plan import Plan, may_differ

_PLACE = np.uint64(17)  # a partition is the upper bits of a sum, so its place in a table is of those below


def table_for(rows: int) -> Whole:
    """Empty places, a power of two, at most half of them to be filled."""
    return np.full(1 << max(2 * rows - 1, 1).bit_length(), -1, np.int64)


@compiled
def _place(key: np.uint64, table: Whole) -> int:
    return np.int64(key >> _PLACE) & (len(table) - 1)


@compiled
def collapse(sums: Words, tables: tuple[Whole, Whole], gone: Words, equal: Words) -> int:
    """Of equal sets the one with the smallest id stands for all; how many others there are, in `equal`.

    Args:
        sums: shape (2, n): sum; second sum and id.
        tables: an empty table; one number for each row.
        gone: gets a mark for each of the others.
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
            mark(gone, np.int64(sums[1, row] & ID))
            count += 1
    return count


@compiled
def put_sums(sums: Words, gone: Words, singles: Words) -> None:
    """The sums of those that stay into a filter."""
    for row in range(sums.shape[1]):
        if not marked(gone, np.int64(sums[1, row] & ID)):
            put(singles, sums[0, row])


@compiled
def _same(sums: Words, one: int, two: int) -> bool:
    return sums[0, one] == sums[0, two] and (sums[1, one] ^ sums[1, two]) >> SECOND == np.uint64(0)


@compiled
def lack_one(sums: Words, gone: Words, lacking: Words, table: Whole, found: Words) -> int:
    """Sets that are another less one word: pairs into `found`, shape (3, n), as rows of `pair_row`.

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
                if marked(gone, np.int64(sums[1, row] & ID)):
                    continue
                if count < found.shape[1]:
                    size = lacking[2, other]
                    pair_row(found, count, sums[1, row] & ID, lacking[1, other] & ID, size - np.uint64(1), size)
                count += 1
    return count


@compiled
def pair_row(found: Words, at: int, one: np.uint64, two: np.uint64, shared: np.uint64, either: np.uint64) -> None:
    """The smaller id, the larger one, words in both over words in either."""
    found[0, at] = min(one, two)
    found[1, at] = max(one, two)
    found[2, at] = (shared << np.uint64(32)) | either


@compiled
def compare(keyed: Words, state: Whole, plan: Plan, store: Words, found: Words) -> int:
    """Sets that share a key and differ in two words or more, near enough; how many were written into `found`.

    Args:
        keyed: shape (3, n), sorted by key and size: key; size and place in the store; sketch.
        state: the two rows to go on with; the first is n when all is done.
    """
    rows = keyed.shape[1]
    count = 0
    one, two = state[0], state[1]
    while one < rows:
        size = np.int64(keyed[1, one] >> SECOND)
        largest = size * plan.under // plan.over
        while two < rows and keyed[0, two] == keyed[0, one]:
            other = np.int64(keyed[1, two] >> SECOND)
            if other > largest:
                break
            if ones(keyed[2, one] ^ keyed[2, two]) <= may_differ(plan, size + other):
                if count == found.shape[1]:
                    state[0], state[1] = one, two
                    return count
                count += _verified(keyed[1, one] & ID, keyed[1, two] & ID, plan, store, found, count)
            two += 1
        one += 1
        two = one + 1
    state[0] = rows
    return count


@compiled
def _verified(one: np.uint64, two: np.uint64, plan: Plan, store: Words, found: Words, at: int) -> int:
    """1 and the row, where the two sets in the store are near by two words or more."""
    left, right = np.int64(one), np.int64(two)
    own, other = np.int64(store[left + 1]), np.int64(store[right + 1])
    most = may_differ(plan, own + other)
    first, second, apart = 0, 0, 0
    while first < own and second < other and apart <= most:
        here, there = store[left + HEAD + first], store[right + HEAD + second]
        first += here <= there
        second += there <= here
        apart += here != there
    apart += own - first + other - second
    if apart > most or apart < 2:
        return 0
    shared = (own + other - apart) // 2
    pair_row(found, at, store[left], store[right], np.uint64(shared), np.uint64(own + other - shared))
    return 1
