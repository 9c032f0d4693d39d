"""The keys of a set, as its plan says; two sets near enough, by two words or more, share one."""

from typing import NamedTuple

import numpy as np

from personahub.joins.compiled import Bytes, Shorts, Whole, Words, compiled, whole
from personahub.joins.hashing import mixed, put_in_order
from personahub.joins.minhash import MOST, put_bands, put_least
from personahub.joins.plan import CUT, LEAST, Plan

_STEP = np.uint64(0x9E37_79B9_7F4A_7C15)
_HALF = np.uint64(32)
BUCKETS = 20  # bits of a word's hash that say where its uses are counted


class Keying(NamedTuple):
    """How keys are made.

    Args:
        common: for each bucket of words, the bits of how often they were seen; uint8, shape (2^BUCKETS,).
    """

    plan: Plan
    common: Bytes


class Keys(NamedTuple):
    """What one thread writes while it makes keys.

    Args:
        made: the keys.
        sums: of the groups that words are cut into.
        ranked: words, rare ones first.
        chosen: which groups or words make the key at hand.
        levels: where words of each commonness go.
        least: places of the words that come first in each of many orders.
    """

    made: Words
    sums: Words
    ranked: Words
    chosen: Whole
    levels: Whole
    least: Shorts


def keys_for(words: int) -> Keys:
    """Room for the keys of sets of up to so many words."""
    return Keys(
        np.zeros(6 * words + MOST, np.uint64),
        np.zeros(2 * words + 512, np.uint64),
        np.zeros(words + 1, np.uint64),
        np.zeros(8, np.int64),
        np.zeros(66, np.int64),
        np.zeros(MOST, np.uint32),
    )


@compiled
def has_keys(plan: Plan, size: int) -> bool:
    return len(plan.bands) > 0 and size * plan.under // plan.over >= plan.bands[0, 0]


@compiled
def keys_of(words: Words, size: int, how: Keying, out: Keys) -> int:
    """How many there are, in `out.made`; a set may get the same one twice. The order of the words may change."""
    plan, bands = how.plan, how.plan.bands
    largest = size * plan.under // plan.over
    low, high = 0, len(bands)
    while low < high:
        middle = (low + high) // 2
        if bands[middle, 1] < size:
            low = middle + 1
        else:
            high = middle
    count = 0
    ranked = False
    while low < len(bands) and bands[low, 0] <= largest:
        if bands[low, 3] == CUT:
            count = _cut(words, size, low, bands[low], out, count)
        elif bands[low, 3] == LEAST:
            put_least(words, size, plan.orders, out.least)
            count = put_bands(out.least, bands[low, 4], bands[low, 5], out.made, count)
        else:
            if not ranked:
                put_in_order(words, size)
                _rank(words, size, how.common, out)
                ranked = True
            count = _rare(size, low, plan, out, count)
        low += 1
    return count


@compiled
def _cut(words: Words, size: int, band: int, row: Whole, out: Keys, count: int) -> int:
    groups = row[4] + row[5]
    out.sums[:groups] = np.uint64(0)
    for place in range(size):
        out.sums[whole((words[place] >> _HALF) * np.uint64(groups) >> _HALF)] += words[place]
    return _combine(out.sums, (row[5], groups), (np.uint64(band + 1) * _STEP, np.uint64(1)), out, count)


@compiled
def _rare(size: int, band: int, plan: Plan, out: Keys, count: int) -> int:
    shared, combined = plan.bands[band, 4], plan.bands[band, 5]
    own = (size * plan.over + plan.under - 1) // plan.under
    first = min(size, size - max(shared, own) + combined)
    return _combine(out.ranked, (combined, first), (np.uint64(band + 1) * _STEP, np.uint64(0)), out, count)


@compiled
def _combine(values: Words, of: tuple[int, int], salts: tuple[np.uint64, np.uint64], out: Keys, count: int) -> int:
    """A key for each choice of so many values among the first; with a step of 1 it also says which were chosen."""
    combined, among = of
    salt, step = salts
    chosen = out.chosen
    for place in range(combined):
        chosen[place] = place
    if among < combined:
        return count
    while True:
        salt += step
        value = salt
        for place in range(combined):
            value += values[chosen[place]]
        out.made[count] = mixed(value)
        count += 1
        last = combined - 1
        while last >= 0 and chosen[last] == among - combined + last:
            last -= 1
        if last < 0:
            return count
        chosen[last] += 1
        for place in range(last + 1, combined):
            chosen[place] = chosen[place - 1] + 1


@compiled
def _rank(words: Words, size: int, common: Bytes, out: Keys) -> None:
    """Sorted words in the order of how common they are, those as common as each other in that of their hashes."""
    starts = out.levels
    starts[:] = 0
    shift = np.uint64(64 - BUCKETS)
    for place in range(size):
        starts[common[whole(words[place] >> shift)] + 1] += 1
    for level in range(64):
        starts[level + 1] += starts[level]
    for place in range(size):
        level = common[whole(words[place] >> shift)]
        out.ranked[starts[level]] = words[place]
        starts[level] += 1


@compiled
def sketch_of(words: Words, size: int) -> np.uint64:
    """64 bits, each the parity of how many words fall on it: two sets differ in at least as many words as bits."""
    value = np.uint64(0)
    for place in range(size):
        value ^= np.uint64(1) << (words[place] & np.uint64(63))
    return value
