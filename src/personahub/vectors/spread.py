"""The n rows that lie farthest apart: each next one is the farthest from all that were chosen.

(Gonzalez: Clustering to minimize the maximum intercluster distance, 1985: no choice of n rows has all others at less
than half the distance.) The order is that of choosing one at a time, but rows are compared with many chosen ones at a
time: what is known of a row can only come nearer, so the farthest few settle among themselves, until one that is not
among them could be farther.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from personahub.joins.compiled import Whole
from personahub.vectors.products import Products, products
from personahub.vectors.rows import Block, Rows

_POOL = 8_192  # rows that settle among themselves
_SIDE = 4_096  # rows of a block that is multiplied with those just chosen
_EMPTY = np.float32(2)  # nearer than any: a row without a direction is chosen when all others are


@dataclass(frozen=True)
class Spread:
    """Args:
    chosen: rows in the order in which they were chosen.
    stands: for each row the nearest that was chosen, the first of equals; its own where it was chosen itself.
    cosines: between the two, float32.
    """

    chosen: Whole
    stands: Whole
    cosines: Block


def spread(rows: Rows, keep: int, device: str = "auto", tell: Callable[[int, int], None] = lambda *_: None) -> Spread:
    """Choose `keep` rows, or all where there are fewer; the first row is the first.

    Memory is 16 bytes a row and 300 MB; each row is multiplied with each that is chosen, so 10,000 of a million take
    as long as 10 billion cosines do.

    Args:
        tell: hears how many are chosen, of how many.
    """
    on, count = products(device), len(rows)
    stands, nearest = np.zeros(count, np.int64), np.full(count, -2, np.float32)
    for start, block in rows.blocks():
        nearest[start : start + len(block)][~block.any(axis=1)] = _EMPTY
    chosen = np.empty(0, np.int64)
    if keep and count:
        chosen = np.argmin(nearest, keepdims=True).astype(np.int64)
        stands[:] = chosen[0]
        _approach(rows, chosen, on, nearest, stands)
    while 0 < len(chosen) < min(keep, count):
        more = _farthest(rows, nearest, chosen, min(keep, count) - len(chosen))
        _approach(rows, more, on, nearest, stands)
        chosen = np.concatenate([chosen, more])
        tell(len(chosen), min(keep, count))
    stands[chosen] = chosen
    return Spread(chosen, stands, np.where(nearest == _EMPTY, 0, np.clip(nearest, -1, 1)).astype(np.float32))


def _farthest(rows: Rows, nearest: Block, chosen: Whole, most: int) -> Whole:
    """The next to be chosen, in their order, as far as that can be told from the farthest rows alone."""
    own = nearest[chosen]
    nearest[chosen] = np.inf
    pool = _lowest(nearest, _POOL)
    pool = pool[nearest[pool] < np.inf]
    nearest[chosen] = own
    beyond = np.ones(len(nearest), np.bool_)
    beyond[pool] = beyond[chosen] = False
    limit = nearest[beyond].min(initial=np.inf)
    vectors = rows.take(pool)
    cosines = vectors @ vectors.T
    known = nearest[pool].copy()
    found: list[int] = []
    while len(found) < min(most, len(pool)):
        place = int(np.argmin(known))
        if found and known[place] > limit:
            break
        found.append(place)
        np.maximum(known, cosines[place], out=known)
        known[found] = np.inf
    return pool[found]


def _lowest(nearest: Block, count: int) -> Whole:
    """The rows of the lowest values, ascending by row; of equal ones at the edge the first."""
    if len(nearest) <= count:
        return np.arange(len(nearest))
    edge = np.partition(nearest, count - 1)[count - 1]
    below = np.flatnonzero(nearest < edge)
    return np.sort(np.concatenate([below, np.flatnonzero(nearest == edge)[: count - len(below)]]))


def _approach(rows: Rows, more: Whole, on: Products, nearest: Block, stands: Whole) -> None:
    """What is known of every row, with some more that are chosen."""
    for first in range(0, len(more), _SIDE):
        some = more[first : first + _SIDE]
        others = rows.take(some)
        for start, block in rows.blocks(_SIDE):
            known = nearest[start : start + len(block)]
            cosines, places = on.nearest(block, others)
            closer = cosines > known
            known[closer] = cosines[closer]
            stands[start : start + len(block)][closer] = some[places[closer]]
