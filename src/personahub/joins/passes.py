"""The two readings of the texts: sums of every set to the disk, then what may be near to what."""

from typing import NamedTuple

import numpy as np

from personahub.joins.compiled import Whole, Words, compiled, whole
from personahub.joins.filters import Share, expect, mark, marked, may_hold, put, spread, within
from personahub.joins.hashing import SECOND, mixed, put_in_order, second_hash
from personahub.joins.keys import BUCKETS, Keying, Keys, has_keys, keys_of, sketch_of
from personahub.joins.texts import Texts
from personahub.joins.wordsets import Reading, Scratch, set_of

ID = np.uint64((1 << 40) - 1)  # the lower bits, where an id stands; the upper ones belong to a second sum or a size
_ABOVE = ~ID
HEAD = 2  # words before those of a set in the store: its id and its size


class Desk(NamedTuple):
    """What one thread needs to read sets and to make their keys."""

    how: Reading
    scratch: Scratch
    keying: Keying
    keys: Keys


class Shortlist(NamedTuple):
    """What the second reading finds, until it goes to the disk.

    Args:
        lacking: sums of sets less one word, shape (3, n): sum, second sum and id, size.
        keyed: shape (3, n): key, size and place in `sets`, sketch.
        sets: id, size and sorted words of each set that got into `keyed`.
        counts: rows in each, and a check over all sets.
    """

    lacking: Words
    keyed: Words
    sets: Words
    counts: Words


@compiled
def survey(texts: Texts, desk: Desk, uses: Whole, told: Whole) -> None:
    """Counts how often words are used, by bucket; and into `told` what all sets together would get.

    Args:
        told: keys; how many sets get any; the words of those; words of sets that may lack one.
    """
    for row in range(len(texts.offsets) - 1):
        size = set_of(texts, row, desk.how, desk.scratch)
        for place in range(size):
            uses[whole(desk.scratch.words[place] >> np.uint64(64 - BUCKETS))] += 1
        if has_keys(desk.keying.plan, size):
            told[0] += keys_of(desk.scratch.words, size, desk.keying, desk.keys)
            told[1] += 1
            told[2] += size
        if size >= desk.keying.plan.single:
            told[3] += size


@compiled
def sum_sets(
    texts: Texts, first: int, desk: Desk, bits: tuple[Words, Words, Words], share: Share, out: Shortlist
) -> None:
    """Sum, and second sum with id, of every set of the share into `out.lacking`; keys that come again into a filter.

    Args:
        bits: records that are equal to an earlier one, as far as that is known; a filter of keys, empty where none
            are wanted; a filter of those that come again.
    """
    gone, seen, twice = bits
    words = desk.scratch.words
    count = whole(0)
    for row in range(len(texts.offsets) - 1):
        size = set_of(texts, row, desk.how, desk.scratch)
        if size == 0:
            continue
        total, second = sums_of(words, size, desk.how.key)
        held = np.uint64(first + row)
        out.counts[3] += mixed(total ^ mixed(held))
        if marked(gone, first + row):
            continue
        if within(total, share):
            out.lacking[0, count] = total
            out.lacking[1, count] = with_id(second, held)
            count += 1
        if len(seen) > 0 and has_keys(desk.keying.plan, size):
            _put_keys(size, desk, seen, twice, share)
    out.counts[0] = count


@compiled
def _put_keys(size: int, desk: Desk, seen: Words, twice: Words, share: Share) -> None:
    made = _own_keys(size, desk, share)
    for place in range(made):
        expect(seen, spread(desk.keys.made[place], share))
    for place in range(made):
        if put(seen, spread(desk.keys.made[place], share)):
            put(twice, spread(desk.keys.made[place], share))


@compiled
def _own_keys(size: int, desk: Desk, share: Share) -> int:
    """The keys of a set that belong to the share, at the front; how many they are."""
    made = keys_of(desk.scratch.words, size, desk.keying, desk.keys)
    if share.bits == np.uint64(0):
        return made
    own = 0
    for place in range(made):
        if within(desk.keys.made[place], share):
            desk.keys.made[own] = desk.keys.made[place]
            own += 1
    return own


@compiled
def mark_gone(equal: Words, gone: Words) -> None:
    """Rows of id and another: a mark for each id."""
    for row in range(equal.shape[1]):
        mark(gone, whole(equal[0, row]))


@compiled
def shortlist(
    texts: Texts, place: tuple[int, int], desk: Desk, bits: tuple[Words, Words, Words], share: Share, out: Shortlist
) -> int:
    """What may be near to another, by a key or sum of the share; the row to go on with when there is room again.

    Args:
        place: the row to start with, and the id of the first.
        bits: records that are equal to an earlier one; a filter of sums; a filter of keys that come again.
    """
    words = desk.scratch.words
    gone, singles, twice = bits
    start, first = place
    plan = desk.keying.plan
    for row in range(start, len(texts.offsets) - 1):
        size = set_of(texts, row, desk.how, desk.scratch)
        if size == 0:
            continue
        if is_full(out, size, len(desk.keys.made)):
            return row
        total, second = sums_of(words, size, desk.how.key)
        held = np.uint64(first + row)
        out.counts[3] += mixed(total ^ mixed(held))
        if marked(gone, first + row):
            continue
        _expect_lacking(words, size if size >= plan.single else 0, total, singles, share)
        if has_keys(plan, size):
            _keep_keyed(size, held, desk, twice, share, out)
        if size >= plan.single:
            _keep_lacking((size, held, total, second), desk, singles, share, out)
    return len(texts.offsets) - 1


@compiled
def is_full(out: Shortlist, size: int, keys: int) -> bool:
    return (
        whole(out.counts[0]) + size > out.lacking.shape[1]
        or whole(out.counts[1]) + keys > out.keyed.shape[1]
        or whole(out.counts[2]) + size + HEAD > len(out.sets)
    )


@compiled
def sums_of(words: Words, size: int, key: Words) -> tuple[np.uint64, np.uint64]:
    total, second = np.uint64(0), np.uint64(0)
    for place in range(size):
        total += words[place]
        second += second_hash(words[place], key)
    return total, second


@compiled
def with_id(second: np.uint64, held: np.uint64) -> np.uint64:
    return (second & _ABOVE) | held


@compiled
def _expect_lacking(words: Words, size: int, total: np.uint64, singles: Words, share: Share) -> None:
    for place in range(size):
        if within(total - words[place], share):
            expect(singles, spread(total - words[place], share))


@compiled
def _keep_lacking(
    of: tuple[int, np.uint64, np.uint64, np.uint64], desk: Desk, singles: Words, share: Share, out: Shortlist
) -> None:
    words = desk.scratch.words
    size, held, total, second = of
    for place in range(size):
        less = total - words[place]
        if within(less, share) and may_hold(singles, spread(less, share)):
            at = whole(out.counts[0])
            out.lacking[0, at] = less
            out.lacking[1, at] = with_id(second - second_hash(words[place], desk.how.key), held)
            out.lacking[2, at] = size
            out.counts[0] += np.uint64(1)


@compiled
def _keep_keyed(size: int, held: np.uint64, desk: Desk, twice: Words, share: Share, out: Shortlist) -> None:
    words = desk.scratch.words
    before = out.counts[1]
    at = whole(before)
    base = whole(out.counts[2])
    for place in range(_own_keys(size, desk, share)):
        key = desk.keys.made[place]
        if may_hold(twice, spread(key, share)):
            out.keyed[0, at] = key
            out.keyed[1, at] = (np.uint64(size) << SECOND) | np.uint64(base)
            at += 1
    if at == whole(before):
        return
    put_in_order(words, size)
    sketch = sketch_of(words, size)
    for place in range(whole(before), at):
        out.keyed[2, place] = sketch
    out.counts[1] = np.uint64(at)
    out.sets[base] = held
    out.sets[base + 1] = size
    for place in range(size):
        out.sets[base + HEAD + place] = words[place]
    out.counts[2] += np.uint64(size + HEAD)
