"""What follows from who stands for whom: which records go, how large clusters are, how similar two texts are."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ids = npt.NDArray[np.uint32] | npt.NDArray[np.uint64]
Positions = npt.NDArray[np.int64]

LARGEST = 1000  # clusters that are known by their size

_BLOCK = 65_536  # records of which it is looked up at one time whether they stay
_GOING = 4_096  # that are given at one time


def going(stands: Ids, most: int = _GOING) -> Iterator[tuple[Positions, Positions]]:
    """The positions of records that go, in their order and some at a time, and of those that stay in their place.

    Args:
        most: given at one time.
    """
    for start in range(0, len(stands), _BLOCK):
        others = stands[start : start + _BLOCK].astype(np.int64)
        gone = np.flatnonzero(others != start + np.arange(len(others)))
        for place in range(0, len(gone), most):
            some = gone[place : place + most]
            yield start + some, others[some]


def largest(stands: Ids, most: int = LARGEST) -> tuple[Positions, Positions]:
    """Of the clusters with the most members the records that stay, and how many members each has, the largest first.

    It takes 4 bytes a record.
    """
    others = np.zeros(len(stands), np.uint32)
    for _, heads in going(stands):
        found, counts = np.unique(heads, return_counts=True)
        others[found] += counts.astype(np.uint32)
    best, sizes = np.empty(0, np.int64), np.empty(0, np.int64)
    for start in range(0, len(others), _BLOCK):
        block = others[start : start + _BLOCK]
        heads = np.flatnonzero(block)
        best, sizes = np.append(best, start + heads), np.append(sizes, block[heads] + 1)
        order = np.argsort(-sizes, kind="stable")[:most]
        best, sizes = best[order], sizes[order]
    return best, sizes


def shares(left: pa.ChunkedArray, right: pa.ChunkedArray, ngram: int) -> npt.NDArray[np.float64]:
    """How similar each text on the left is to the one beside it."""
    from personahub.joins.similar import similar  # noqa: PLC0415 - a third of a second for its compiler

    texts = pa.chunked_array([*left.chunks, *right.chunks], left.type).combine_chunks()
    texts = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    return similar(texts, np.arange(2 * len(left)).reshape(2, -1).T, ngram).shares
