"""The two readings of the texts: sums of every set to the disk, then what may be near to what."""

from typing import NamedTuple

import numpy as np

from personahub.joins.compiled import Whole, Words, compiled, whole
from personahub.joins.filters import expect, marked, may_hold, put
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
def survey(texts: Texts, desk: Desk, uses: Whole) -> int:
    """Counts how often words are used, by bucket; how many keys all sets together would get."""
    total = 0
    for row in range(len(texts.offsets) - 1):
        size = set_of(texts, row, desk.how, desk.scratch)
        for place in range(size):
            uses[whole(desk.scratch.words[place] >> np.uint64(64 - BUCKETS))] += 1
        if has_keys(desk.keying.plan, size):
            total += keys_of(desk.scratch.words, size, desk.keying, desk.keys)
    return total


@compiled
def sum_sets(texts: Texts, first: int, desk: Desk, seen: Words, twice: Words, out: Shortlist) -> None:
    """Sum, and second sum with id, of every set into `out.lacking`; keys that come again into `twice`."""
    words = desk.scratch.words
    count = whole(0)
    for row in range(len(texts.offsets) - 1):
        size = set_of(texts, row, desk.how, desk.scratch)
        if size == 0:
            continue
        total, second = _sums(words, size, desk.how.key)
        held = np.uint64(first + row)
        out.lacking[0, count] = total
        out.lacking[1, count] = (second & _ABOVE) | held
        count += 1
        out.counts[3] += mixed(total ^ mixed(held))
        if has_keys(desk.keying.plan, size):
            made = keys_of(words, size, desk.keying, desk.keys)
            for place in range(made):
                expect(seen, desk.keys.made[place])
            for place in range(made):
                if put(seen, desk.keys.made[place]):
                    put(twice, desk.keys.made[place])
    out.counts[0] = count


@compiled
def shortlist(
    texts: Texts, start: int, first: int, desk: Desk, bits: tuple[Words, Words, Words], out: Shortlist
) -> int:
    """What may be near to another, from row `start`; the row to go on with when there is room again.

    Args:
        bits: records that are equal to an earlier one; a filter of sums; a filter of keys that come again.
    """
    words = desk.scratch.words
    gone, singles, twice = bits
    plan = desk.keying.plan
    for row in range(start, len(texts.offsets) - 1):
        size = set_of(texts, row, desk.how, desk.scratch)
        if size == 0:
            continue
        if _is_full(out, size, len(desk.keys.made)):
            return row
        total, second = _sums(words, size, desk.how.key)
        held = np.uint64(first + row)
        out.counts[3] += mixed(total ^ mixed(held))
        if marked(gone, first + row):
            continue
        _expect_lacking(words, size if size >= plan.single else 0, total, singles)
        if has_keys(plan, size):
            _keep_keyed(size, held, desk, twice, out)
        if size >= plan.single:
            _keep_lacking(size, held, (total, second), desk, singles, out)
    return len(texts.offsets) - 1


@compiled
def _is_full(out: Shortlist, size: int, keys: int) -> bool:
    return (
        whole(out.counts[0]) + size > out.lacking.shape[1]
        or whole(out.counts[1]) + keys > out.keyed.shape[1]
        or whole(out.counts[2]) + size + HEAD > len(out.sets)
    )


@compiled
def _sums(words: Words, size: int, key: Words) -> tuple[np.uint64, np.uint64]:
    total, second = np.uint64(0), np.uint64(0)
    for place in range(size):
        total += words[place]
        second += second_hash(words[place], key)
    return total, second


@compiled
def _expect_lacking(words: Words, size: int, total: np.uint64, singles: Words) -> None:
    for place in range(size):
        expect(singles, total - words[place])


@compiled
def _keep_lacking(
    size: int, held: np.uint64, sums: tuple[np.uint64, np.uint64], desk: Desk, singles: Words, out: Shortlist
) -> None:
    words = desk.scratch.words
    total, second = sums
    for place in range(size):
        if may_hold(singles, total - words[place]):
            at = whole(out.counts[0])
            out.lacking[0, at] = total - words[place]
            out.lacking[1, at] = ((second - second_hash(words[place], desk.how.key)) & _ABOVE) | held
            out.lacking[2, at] = size
            out.counts[0] += np.uint64(1)


@compiled
def _keep_keyed(size: int, held: np.uint64, desk: Desk, twice: Words, out: Shortlist) -> None:
    words = desk.scratch.words
    before = out.counts[1]
    at = whole(before)
    base = whole(out.counts[2])
    for place in range(keys_of(words, size, desk.keying, desk.keys)):
        key = desk.keys.made[place]
        if may_hold(twice, key):
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
