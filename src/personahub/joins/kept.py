"""Sets as they are kept, with a check each, so that any of them can be read by itself."""

import numpy as np

from personahub.joins.compiled import Words, compiled, whole
from personahub.joins.filters import marked
from personahub.joins.hashing import SECOND, folded, mixed, put_in_order
from personahub.joins.keys import keys_of, sketch_of
from personahub.joins.passes import HEAD, Desk, Shortlist, is_full, sums_of, with_id
from personahub.joins.texts import Texts
from personahub.joins.wordsets import set_of

_SALT = np.uint64(0xA076_1D64_78BD_642F)


@compiled
def lay_sets(texts: Texts, place: tuple[int, int], desk: Desk, gone: Words, out: Shortlist) -> int:
    """Sets, with their keys and sums, from a row on; the row to go on with when there is room again.

    Args:
        place: the row to start with, and the id of the first.
        gone: marks of records that are left out; empty where none is.
        out: `sets` gets id, size, sorted words and a check of each; `keyed` key, place in `sets` and id; `lacking` its
            sum, and second sum with id.
    """
    words = desk.scratch.words
    start, first = place
    for row in range(start, len(texts.offsets) - 1):
        size = set_of(texts, row, desk.how, desk.scratch)
        if size == 0:
            continue
        if is_full(out, size + 1, len(desk.keys.made)):
            return row
        total, second = sums_of(words, size, desk.how.key)
        held = np.uint64(first + row)
        out.counts[3] += mixed(total ^ mixed(held))
        if len(gone) > 0 and marked(gone, first + row):
            continue
        out.lacking[0, whole(out.counts[0])] = total
        out.lacking[1, whole(out.counts[0])] = with_id(second, held)
        out.counts[0] += np.uint64(1)
        _lay(size, held, desk, out)
    return len(texts.offsets) - 1


@compiled
def _lay(size: int, held: np.uint64, desk: Desk, out: Shortlist) -> None:
    words = desk.scratch.words
    at, base = whole(out.counts[1]), whole(out.counts[2])
    made = keys_of(words, size, desk.keying, desk.keys)
    kept = 0
    for place in range(made):
        key = desk.keys.made[place]
        before = 0
        while before < kept and out.keyed[0, at + before] != key:
            before += 1
        if before == kept:
            out.keyed[0, at + kept] = key
            out.keyed[1, at + kept] = np.uint64(base)
            out.keyed[2, at + kept] = held
            kept += 1
    put_in_order(words, size)
    out.sets[base] = held
    out.sets[base + 1] = size
    for place in range(size):
        out.sets[base + HEAD + place] = words[place]
    out.sets[base + HEAD + size] = _check(out.sets, base, size)
    out.counts[1] += np.uint64(kept)
    out.counts[2] += np.uint64(size + HEAD + 1)


@compiled
def _check(sets: Words, base: int, size: int) -> np.uint64:
    value = _SALT
    for place in range(base, base + HEAD + size):
        value = folded(value ^ sets[place], _SALT) + np.uint64(place - base)
    return value


@compiled
def describe(rows: Words, store: Words, described: Words) -> bool:
    """Key and place as what is compared has them: key; size and place; sketch. False where a set is not whole."""
    for row in range(rows.shape[1]):
        place = whole(rows[1, row])
        if place + HEAD >= len(store) or store[place + 1] >= np.uint64(len(store) - place - HEAD):
            return False
        size = whole(store[place + 1])
        if store[place + HEAD + size] != _check(store, place, size):
            return False
        described[0, row] = rows[0, row]
        described[1, row] = (np.uint64(size) << SECOND) | rows[1, row]
        described[2, row] = sketch_of(store[place + HEAD : place + HEAD + size], size)
    return True
