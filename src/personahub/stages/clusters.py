"""Which row stands for which: pairs of equals joined into clusters, the first to come kept."""

import numpy as np
import numpy.typing as npt


def representatives(pairs: npt.NDArray[np.int64], rows: int) -> npt.NDArray[np.int64]:
    """For each of `rows` rows the smallest row number of its cluster, its own where it is kept; shape (rows,), int64.

    A cluster is all that pairs connect, directly or through others (single linkage), so a row and its
    representative need not be a pair themselves. The order of `pairs`, shape (n, 2), does not matter.
    """
    parent = np.arange(rows)
    left, right = pairs.reshape(-1, 2).T
    while True:
        low, high = np.minimum(parent[left], parent[right]), np.maximum(parent[left], parent[right])
        apart = low != high
        if not apart.any():
            return parent
        left, right, low, high = left[apart], right[apart], low[apart], high[apart]
        # Parents only ever get smaller, so no circle can form, and the last root is the smallest row.
        np.minimum.at(parent, high, low)
        parent = _flat(parent)


def _flat(parent: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    while not np.array_equal(parent, above := parent[parent]):
        parent = above
    return parent
