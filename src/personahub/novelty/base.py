"""The options that say how what is made is held against what is there."""

from typing import TypedDict

import numpy as np
import numpy.typing as npt

Block = npt.NDArray[np.float32]
Names = npt.NDArray[np.uint64]


class Comparing(TypedDict, total=False):
    """`personahub.options.COMPARING` has what each means, and its default."""

    compare: str | None
    threshold: float
    embedder: str
    stop_when_saturated: float | None
    window: int
    memory_limit: str
