"""Vectors of unit length, in memory or in a mapped file, read in blocks and picked by number."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from personahub.errors import UsageError
from personahub.joins.compiled import Whole

Block = npt.NDArray[np.float32]
Held = npt.NDArray[np.float32] | npt.NDArray[np.float16]

BLOCK = 8_192  # rows that are read at one time
SLACK = 1e-6  # what rounding may take from a cosine: equal vectors are near at a threshold of 1
_OFF = 0.01  # that a length may be from 1, as it is after rounding to float16
_PICKED = 4_096  # pairs whose cosines are taken at one time


@dataclass(frozen=True)
class Rows:
    """Each has length 1, or 0 where there is nothing to compare: that one is near to none.

    Args:
        held: shape (m, dim), float32 or float16; a memory map where it is large.
        picked: the rows meant, by their number in `held`, in their order; None for all.
    """

    held: Held
    picked: Whole | None = None

    def __post_init__(self) -> None:
        if self.held.ndim != 2 or not self.held.shape[1] or self.held.dtype not in (np.float32, np.float16):
            raise UsageError(
                f"vectors have shape {self.held.shape} and type {self.held.dtype}; they are (rows, dim) of float32 or "
                "float16"
            )

    def __len__(self) -> int:
        return len(self.held) if self.picked is None else len(self.picked)

    @cached_property
    def dim(self) -> int:
        return int(self.held.shape[1])

    def block(self, start: int, stop: int) -> Block:
        """Rows from `start` up to `stop`, checked.

        Raises UsageError where one is neither of length 1 nor empty.
        """
        stop = min(stop, len(self))
        read = self._read(slice(start, stop)) if self.picked is None else self._read(self.picked[start:stop])
        lengths = np.einsum("ij,ij->i", read, read)
        fit = (abs(lengths - 1) <= 2 * _OFF) | (lengths == 0)
        if not fit.all():  # not a number is not near to 1 either
            row = start + int(np.argmin(fit))
            raise UsageError(
                f"vector {row} has length {lengths[row - start] ** 0.5:.3f}, and 1 is needed: divide by it"
            )
        return read

    def blocks(self, size: int = BLOCK) -> Iterator[tuple[int, Block]]:
        """All of them, each block with the number of its first row."""
        for start in range(0, len(self), size):
            yield start, self.block(start, start + size)

    def take(self, rows: Whole) -> Block:
        """Shape (n, dim)."""
        return self._read(rows if self.picked is None else self.picked[rows])

    def cosines(self, ones: Whole, others: Whole) -> Block:
        """Of each pair, shape (n,)."""
        found = np.empty(len(ones), np.float32)
        for start in range(0, len(ones), _PICKED):
            some = slice(start, start + _PICKED)
            found[some] = np.einsum("ij,ij->i", self.take(ones[some]), self.take(others[some]))
        return np.clip(found, -1, 1, out=found)

    def _read(self, rows: Any) -> Block:
        return np.asarray(self.held[rows], np.float32)


def fitting(block: Block) -> npt.NDArray[np.bool_]:
    """Which rows have length 1 or 0; what is not a number has neither."""
    lengths = np.einsum("ij,ij->i", block, block)
    fit: npt.NDArray[np.bool_] = (abs(lengths - 1) <= 2 * _OFF) | (lengths == 0)
    return fit
