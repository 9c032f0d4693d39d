"""How many are taken of each stratum, and which: in proportion, or as evenly as there are records for."""

import numpy as np
import numpy.typing as npt

from personahub.choosing.draw import Keys

Whole = npt.NDArray[np.int64]


def proportional(sizes: Whole, count: int) -> Whole:
    """Of each stratum its share of `count`, rounded so that the sum is right: what has lost most by it gets one more.

    (Largest remainders, as Hamilton proposed for seats of a house, 1792; of equal ones the larger stratum, then the
    first.)

    Args:
        sizes: records of each stratum.
        count: how many are wanted; all where there are fewer.
    """
    total = int(sizes.sum())
    count = min(count, total)
    if not total:
        return np.zeros(len(sizes), np.int64)
    # whole numbers of Python: a product of two large ones must not overflow
    parts = [divmod(int(size) * count, total) for size in sizes]
    quotas = np.array([whole for whole, _ in parts], np.int64)
    lost = sorted(range(len(parts)), key=lambda one: (-parts[one][1], -int(sizes[one]), one))
    quotas[lost[: count - int(quotas.sum())]] += 1
    return quotas


def even(sizes: Whole, count: int) -> Whole:
    """Of each stratum as many as of the others; what one is short of, the others give.

    The few that cannot be parted come from the largest strata, of equal ones the first.
    """
    count = min(count, int(sizes.sum()))
    order = np.argsort(-sizes, kind="stable")
    quotas = np.zeros(len(sizes), np.int64)
    left = count
    for done, one in enumerate(order[::-1].tolist()):  # the smallest first: what it is short of is known then
        quotas[one] = min(int(sizes[one]), left // (len(sizes) - done))
        left -= int(quotas[one])
    return quotas


def taken(strata: npt.NDArray[np.int32], keys: Keys, quotas: Whole) -> Whole:
    """The places of the records with the smallest keys in each stratum, as many as its quota says.

    They are in turns: the first n hold each stratum in its share, as nearly as n allows.
    """
    order = np.lexsort((keys, strata))
    starts = np.concatenate([[0], np.cumsum(np.bincount(strata, minlength=len(quotas)))])
    rank = np.arange(len(order)) - starts[strata[order]]
    some = rank < quotas[strata[order]]
    order, rank = order[some], rank[some]
    turn = (rank + 0.5) / quotas[strata[order]]
    places: Whole = order[np.lexsort((keys[order], turn))]
    return places
