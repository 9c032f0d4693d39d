"""Sets that share a key, compared with each other; where many share one, they get further keys first."""

from collections.abc import Callable
from dataclasses import dataclass
from math import comb

import numpy as np

from personahub.joins.compiled import Whole, Words, compiled, ones, whole
from personahub.joins.hashing import SECOND, mixed
from personahub.joins.matches import write_pair
from personahub.joins.passes import HEAD, ID
from personahub.joins.plan import Plan, Threshold, may_differ

CROWD = 2_048  # sets that share a key, up to which each is compared with each
_DEEPEST = 6  # times that those which share a key are told apart by another
_GAIN = 4  # times fewer comparisons that further keys must leave
_CHOICES = 64  # keys for a set at one time
_GROUPS = 512  # that words are cut into, at most
_FOUND = 1 << 16  # pairs that are handed on at one time


@dataclass(frozen=True)
class Comparing:
    """What near means, and whether every pair is wanted or only as many as connect what is near."""

    threshold: Threshold
    linking: bool
    least: int = 2  # words in which two differ, of those that are wanted


def compare_all(keyed: Words, how: Comparing, store: Words, tell: Callable[[Words], None], depth: int = 0) -> None:
    """Near pairs, shape (3, n) as `write_pair` has them; a pair may come again.

    Args:
        keyed: shape (3, n): key; size and place in the store; sketch.
        how: whether every pair is wanted, of two words or more where one word is found by sums, or only those that
            connect what is near.
    """
    rows = np.ascontiguousarray(keyed[:, np.lexsort((keyed[1], keyed[0]))])
    edges = np.flatnonzero(np.concatenate([[True], rows[0, 1:] != rows[0, :-1], [True]]))
    for start, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True) if rows.shape[1] > CROWD else ():
        if end - start > CROWD and _told_apart(rows[:, start:end], how, store, tell, depth):
            rows[0, start:end] = np.arange(end - start)  # compared already: none shares a key with another
    found, state = np.empty((3, _FOUND), np.uint64), np.array([0, 0, 0, 0, how.least])
    forest = np.arange(rows.shape[1] if how.linking else 0)
    while state[0] < rows.shape[1]:
        tell(found[:, : compare(rows, state, how.threshold.plan, store, forest, found)])


def _told_apart(rows: Words, how: Comparing, store: Words, tell: Callable[[Words], None], depth: int) -> bool:
    """Compare sets that share a key by further keys, cut anew; False where that would not help."""
    differ = how.threshold.apart(int(rows[1, -1] >> SECOND))
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
        compare_all(again, how, store, tell, depth + 1)
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
def compare(keyed: Words, state: Whole, plan: Plan, store: Words, forest: Whole, found: Words) -> int:
    """Sets that share a key and are near; how many were written into `found`.

    Args:
        keyed: shape (3, n), sorted by key and size: key; size and place in the store; sketch.
        state: the two rows to go on with, of which the first is n when all is done; where those that share its key
            end; how many of these are not connected yet; words in which two differ at least.
        forest: for each row one that it is connected with, at first itself; or empty, where every pair is wanted.
    """
    rows = keyed.shape[1]
    count = 0
    while state[0] < rows:
        if state[0] == state[2]:
            _next_run(keyed, state)
        if state[3] > 1 and state[1] < state[2]:
            if count == found.shape[1]:
                return count
            count += _compare_next(keyed, state, plan, store, forest, found[:, count])
        elif state[3] > 1:
            state[0] += 1
            state[1] = state[0] + 1
        else:
            state[0] = state[2]
    return count


@compiled
def _next_run(keyed: Words, state: Whole) -> None:
    first = state[0]
    end = first + 1
    while end < keyed.shape[1] and keyed[0, end] == keyed[0, first]:
        end += 1
    state[1], state[2], state[3] = first + 1, end, end - first


@compiled
def _compare_next(keyed: Words, state: Whole, plan: Plan, store: Words, forest: Whole, pair: Words) -> int:
    """On to the next row that is near to the first, which is 1, or to the end of those that may be, which is 0."""
    one = state[0]
    size = whole(keyed[1, one] >> SECOND)
    largest = size * plan.under // plan.over
    linking = len(forest) > 0
    for two in range(state[1], state[2]):
        other = whole(keyed[1, two] >> SECOND)
        if other > largest:
            break
        if ones(keyed[2, one] ^ keyed[2, two]) > may_differ(plan, size + other):
            continue
        if linking and _root(forest, one) == _root(forest, two):
            continue
        if _verified((keyed[1, one] & ID, keyed[1, two] & ID), plan, store, state[4], pair):
            state[1] = two + 1
            if linking:
                forest[_root(forest, two)] = _root(forest, one)
                state[3] -= 1
            return 1
    state[1] = state[2]
    return 0


@compiled
def _root(forest: Whole, row: int) -> int:
    while forest[row] != row:
        forest[row] = forest[forest[row]]
        row = forest[row]
    return row


@compiled
def _verified(places: tuple[np.uint64, np.uint64], plan: Plan, store: Words, least: int, pair: Words) -> bool:
    """Whether two sets in the store are near and differ in so many words at least; then `pair` is written."""
    left, right = whole(places[0]), whole(places[1])
    own, other = whole(store[left + 1]), whole(store[right + 1])
    most = may_differ(plan, own + other)
    first, second, apart = 0, 0, 0
    while first < own and second < other and apart <= most:
        here, there = store[left + HEAD + first], store[right + HEAD + second]
        first += here <= there
        second += there <= here
        apart += here != there
    apart += own - first + other - second
    if apart > most or apart < least:
        return False
    shared = (own + other - apart) // 2
    write_pair(pair, (store[left], store[right]), np.uint64(shared), np.uint64(own + other - shared))
    return True
