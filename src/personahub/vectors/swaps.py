"""A choice of few rows made to lie farther apart: one of them at a time for another, as long as that helps.

What is chosen one after the other never takes a row back, which of few rows costs some hundredths of the distance. To
find the best choice of all is hard for any number (Erkut: The discrete p-dispersion problem, 1990).
"""

import numpy as np
import numpy.typing as npt

from personahub.joins.compiled import Whole
from personahub.vectors.apart import Apart
from personahub.vectors.rows import Block, Rows
from personahub.vectors.spread import spread

WORK = 2 * 10**8  # cosines that are looked at again in one round, at most: rows times the square of how many are chosen
HELD = 2 * 10**7  # cosines that are held, at most
ROUNDS = 10
_FINE = 1e-6  # by which the mean cosine must fall for another row to be taken
_NONE = np.float32(-2)  # below any cosine

Flags = npt.NDArray[np.bool_]


def swapped(rows: Rows, found: Apart) -> Apart:
    """The choice with a mean distance of each to the nearest other that no swap of one row makes larger, or nearly so.

    It is given back as it is where the rows are many, or rows without a direction had to be chosen.
    """
    count, many = len(found.chosen), len(rows)
    if count < 2 or count >= many or many * count > HELD or many * count**2 > WORK or found.least <= 0:
        return found
    vectors = np.concatenate([block for _, block in rows.blocks()])
    barred: Flags = np.invert(vectors.any(axis=1), dtype=np.bool_)
    chosen, cosines = found.chosen.copy(), vectors @ vectors[found.chosen].T
    before = chosen.copy()
    for _ in range(ROUNDS):
        if not _round(vectors, barred, chosen, cosines):
            break
    if (chosen == before).all():
        return found
    return _told(vectors, barred, chosen, cosines)


def _round(vectors: Block, barred: Flags, chosen: Whole, cosines: Block) -> bool:
    """Look at each that is chosen once, those that lie nearest to another first; whether any was swapped.

    Args:
        cosines: of all rows with the chosen ones, shape (rows, chosen); kept up to date.
    """
    swaps = False
    own = _between(cosines, chosen)
    for place in np.argsort(-own.max(axis=1), kind="stable").tolist():
        others = np.arange(len(chosen)) != place
        near = cosines[:, others]
        nearest = _between(cosines, chosen)[others][:, others].max(axis=1, initial=_NONE)
        # the sum, were this row in the place: the others with it, and itself
        sums = np.maximum(near, nearest).sum(axis=1, dtype=np.float64) + near.max(axis=1)
        now = sums[chosen[place]]
        sums[barred] = sums[chosen] = np.inf
        best = int(sums.argmin())
        if sums[best] < now - _FINE * len(chosen):
            chosen[place], swaps = best, True
            cosines[:, place] = vectors @ vectors[best]
    return swaps


def _between(cosines: Block, chosen: Whole) -> Block:
    """Of the chosen ones with each other, less themselves; shape (chosen, chosen)."""
    own = cosines[chosen]
    np.fill_diagonal(own, _NONE)
    return own


def _told(vectors: Block, barred: Flags, chosen: Whole, cosines: Block) -> Apart:
    """In an order of which the first n lie far apart, too, and with what holds of them now."""
    order = spread(Rows(np.ascontiguousarray(vectors[chosen])), len(chosen), "cpu").chosen
    nearest = cosines.max(axis=1)
    least, reach = 1 - float(_between(cosines, chosen).max()), 1 - float(nearest[~barred].min())
    return Apart(chosen[order], least, reach)
