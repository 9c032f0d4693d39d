"""How similar two texts are: the exact Jaccard similarity of their sets of word n-grams."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from personahub.stages.base import grams

_TERMS = 2_000_000  # grams looked up at one time: some 100 MB


def jaccard(
    texts: pa.Array | pa.ChunkedArray, pairs: npt.NDArray[np.int64], *, ngram: int = 1
) -> npt.NDArray[np.float64]:
    """For each pair of row numbers, words in both texts over words in either; shape (n,) for pairs (n, 2).

    0.0 where both texts are without words: nothing is known to be shared. Words are compared by 64-bit
    hashes; two of a million different words agree by chance once in thirty million runs.
    """
    if not len(pairs):
        return np.empty(0, np.float64)
    used, places = np.unique(pairs, return_inverse=True)
    column = texts.take(pa.array(used))
    sets = _sets(column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column, ngram)
    left, right = places.reshape(-1, 2).T
    # The smaller set is looked up in the larger one.
    less = np.where(sets.sizes[left] <= sets.sizes[right], left, right)
    both = _in_both(sets, less, left + right - less)
    either = sets.sizes[left] + sets.sizes[right] - both
    shares: npt.NDArray[np.float64] = both / np.maximum(either, 1)
    return shares


@dataclass(frozen=True, slots=True)
class _Sets:
    """The sets of some texts as one sorted array of row * width + gram, and the size of each."""

    entries: npt.NDArray[np.int64]
    sizes: npt.NDArray[np.int64]
    width: int


def _sets(texts: pa.Array, ngram: int) -> _Sets:
    found = grams(texts, ngram)
    distinct, gram = np.unique(found.hashes, return_inverse=True)
    width = max(len(distinct), 1)
    entries = np.unique(np.repeat(np.arange(len(texts)), found.counts) * width + gram)
    return _Sets(entries, np.bincount(entries // width, minlength=len(texts)), width)


def _in_both(sets: _Sets, asked: npt.NDArray[np.int64], other: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    starts = np.cumsum(sets.sizes) - sets.sizes
    ends = np.cumsum(sets.sizes[asked])
    both = np.zeros(len(asked), np.int64)
    start = 0
    while start < len(asked):
        done = ends[start - 1] if start else 0
        stop = max(int(np.searchsorted(ends, done + _TERMS, side="right")), start + 1)
        lengths = sets.sizes[asked[start:stop]]
        pair = np.repeat(np.arange(start, stop), lengths)
        within = np.arange(len(pair)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        wanted = sets.entries[starts[asked[pair]] + within] + (other[pair] - asked[pair]) * sets.width
        place = np.minimum(np.searchsorted(sets.entries, wanted), len(sets.entries) - 1)
        hit = sets.entries[place] == wanted
        both[start:stop] = np.bincount(pair[hit] - start, minlength=stop - start)
        start = stop
    return both
