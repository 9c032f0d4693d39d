"""How similar two texts are, exactly, for pairs that are named."""

import os
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from personahub.joins.compiled import Whole, Words, compiled
from personahub.joins.hashing import KEYS, put_in_order
from personahub.joins.texts import Texts, is_ascii, texts_of
from personahub.joins.wordsets import Reading, Scratch, reading, scratch_for, set_of


class Similar(NamedTuple):
    """Of each pair: words in both, words in either; int64, shape (n,)."""

    shared: Whole
    either: Whole

    @property
    def shares(self) -> npt.NDArray[np.float64]:
        """The Jaccard similarity; 0.0 where both texts are without words: nothing is known to be shared."""
        return self.shared / np.maximum(self.either, 1)


def similar(texts: pa.Array, pairs: Whole, ngram: int = 1) -> Similar:
    """Of pairs of row numbers, shape (n, 2). All sets are in memory, eight bytes a word.

    Words are told apart by 64-bit hashes under a key drawn for the call.
    """
    key = np.frombuffer(os.urandom(8 * KEYS), np.uint64)
    held = texts_of(texts)
    how, scratch = reading(key.copy(), ngram, ascii_only=is_ascii(held)), scratch_for(held)
    ends = np.zeros(len(texts) + 1, np.int64)
    _sizes(held, how, scratch, ends)
    np.cumsum(ends, out=ends)
    words = np.empty(max(int(ends[-1]), 1), np.uint64)
    _sets(held, how, scratch, ends, words)
    shared = np.zeros(len(pairs), np.int64)
    _compare(np.ascontiguousarray(pairs), ends, words, shared)
    sizes = np.diff(ends)
    return Similar(shared, sizes[pairs[:, 0]] + sizes[pairs[:, 1]] - shared)


@compiled
def _sizes(texts: Texts, how: Reading, scratch: Scratch, sizes: Whole) -> None:
    for row in range(len(sizes) - 1):
        sizes[row + 1] = set_of(texts, row, how, scratch)


@compiled
def _sets(texts: Texts, how: Reading, scratch: Scratch, ends: Whole, words: Words) -> None:
    for row in range(len(ends) - 1):
        size = set_of(texts, row, how, scratch)
        put_in_order(scratch.words, size)
        for place in range(size):
            words[ends[row] + place] = scratch.words[place]


@compiled
def _compare(pairs: Whole, ends: Whole, words: Words, shared: Whole) -> None:
    for row in range(len(pairs)):
        one, two = ends[pairs[row, 0]], ends[pairs[row, 1]]
        one_end, two_end = ends[pairs[row, 0] + 1], ends[pairs[row, 1] + 1]
        while one < one_end and two < two_end:
            if words[one] == words[two]:
                shared[row] += 1
                one += 1
                two += 1
            elif words[one] < words[two]:
                one += 1
            else:
                two += 1
