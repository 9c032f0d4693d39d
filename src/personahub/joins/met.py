"""What is told of texts or vectors that are held against those before them."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

NONE = -1

Numbers = npt.NDArray[np.int64]


class Met(NamedTuple):
    """Of each the first one before it that is near to it, and itself where it is there already.

    Args:
        near: numbers of those that were taken in, NONE where there is none; int64, shape (n,).
        own: likewise.
        scores: similarity to the near one; float64, shape (n,).
    """

    near: Numbers
    own: Numbers
    scores: npt.NDArray[np.float64]

    def of(self, rows: slice) -> "Met":
        """Those of some of them, to be read and written."""
        return Met(self.near[rows], self.own[rows], self.scores[rows])
