"""Sets that share a key, compared with each other; where many share one, they get further keys first."""

from collections.abc import Callable
from math import comb

import numpy as np

from personahub.joins.compiled import Whole, Words, compiled, ones, whole
from personahub.joins.hashing import SECOND, mixed
from personahub.joins.matches import pair_row
from personahub.joins.passes import HEAD, ID
from personahub.joins.plan import Plan, Threshold, may_differ

CROWD = 2_048  # sets that share a key, up to which each is compared with each
_DEEPEST = 6  # times that those which share a key are told apart by another
_GAIN = 4  # times fewer comparisons that further keys must leave
_CHOICES = 64  # keys for a set at one time
_GROUPS = 512  # that words are cut into, at most
_FOUND = 1 << 16  # pairs that are handed on at one time


def compare_all(
    keyed: Words, threshold: Threshold, store: Words, tell: Callable[[Words], None], depth: int = 0
) -> None:
    """Near pairs that differ in two words or more, shape (3, n) as rows of `pair_row`; a pair may come again.

    Args:
        keyed: shape (3, n): key; size and place in the store; sketch.
    """
    rows = np.ascontiguousarray(keyed[:, np.lexsort((keyed[1], keyed[0]))])
    edges = np.flatnonzero(np.concatenate([[True], rows[0, 1:] != rows[0, :-1], [True]]))
    for start, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True) if rows.shape[1] > CROWD else ():
        if end - start > CROWD and _told_apart(rows[:, start:end], threshold, store, tell, depth):
            rows[0, start:end] = np.arange(end - start)  # compared already: none shares a key with another
    found, state = np.empty((3, _FOUND), np.uint64), np.array([0, 1])
    while state[0] < rows.shape[1]:
        tell(found[:, : compare(rows, state, threshold.plan, store, found)])


def _told_apart(rows: Words, threshold: Threshold, store: Words, tell: Callable[[Words], None], depth: int) -> bool:
    """Compare sets that share a key by further keys, cut anew; False where that would not help."""
    differ = threshold.apart(int(rows[1, -1] >> SECOND))
    combined = max((count for count in range(1, 5) if comb(differ + count, count) <= _CHOICES), default=0)
    least = int(rows[1, 0] >> SECOND)
    if depth == _DEEPEST or not combined or differ + combined > min(_GROUPS, least):
        return False
    sums, again = np.empty(differ + combined, np.uint64), rows.copy()
    choices = [np.array([differ + combined, combined, choice, depth]) for choice in range(comb(len(sums), combined))]
    spent = 0
    for choice in choices:
        recut(rows, store, choice, sums, again[0])
        _, shared = np.unique_counts(again[0])
        spent += int((shared.astype(np.int64) ** 2).sum())
        if spent > rows.shape[1] ** 2 // _GAIN:
            return False
    for choice in choices:
        recut(rows, store, choice, sums, again[0])
        compare_all(again, threshold, store, tell, depth + 1)
    return True


@compiled
def recut(rows: Words, store: Words, how: Whole, sums: Words, keys: Words) -> None:
    """The key of each set by one choice of groups, cut as at no other depth.

    Args:
        how: groups, how many of them are chosen, which choice of them, depth.
    """
    groups, combined = how[0], how[1]
    salt = mixed(np.uint64(how[3] + 1))
    for row in range(rows.shape[1]):
        place = whole(rows[1, row] & ID)
        sums[:] = np.uint64(0)
        for at in range(place + HEAD, place + HEAD + whole(store[place + 1])):
            sums[whole((mixed(store[at] ^ salt) >> np.uint64(32)) * np.uint64(groups) >> np.uint64(32))] += store[at]
        value = np.uint64(how[2] + 1) * salt
        left, rest = combined, how[2]
        for group in range(groups):
            # choices in their order: those with this group come first
            others = groups - group - 1
            first = 1 if left else 0
            for step in range(left - 1):
                first = first * (others - step) // (step + 1)
            if left and rest < first:
                value += sums[group]
                left -= 1
            else:
                rest -= first
        keys[row] = mixed(value)


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
        size = whole(keyed[1, one] >> SECOND)
        largest = size * plan.under // plan.over
        while two < rows and keyed[0, two] == keyed[0, one]:
            other = whole(keyed[1, two] >> SECOND)
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
    left, right = whole(one), whole(two)
    own, other = whole(store[left + 1]), whole(store[right + 1])
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
