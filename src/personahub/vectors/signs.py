"""On which side of random planes a vector lies, as bits: how many differ tells the angle between two.

A plane through the origin parts two vectors with a probability of their angle over pi, whatever the vectors are
(Charikar: Similarity estimation techniques from rounding algorithms, 2002).
"""

from functools import cache
from math import acos, comb, pi

import numpy as np

from personahub.joins.compiled import Whole, Words, compiled, ones
from personahub.vectors.rows import Block

WORDS = 6
BITS = 64 * WORDS
MISSED = 1e-4  # of the pairs that are exactly at the threshold; of nearer ones, fewer
CHUNK = 512  # vectors whose bits stay in the nearest cache


@cache
def planes(dim: int, count: int = BITS) -> Block:
    """Shape (dim, count), the same for all.

    They are at right angles to each other as far as there is room: that is more even.
    """
    dice = np.random.default_rng(dim)
    turns = [np.linalg.qr(dice.standard_normal((dim, dim)))[0] for _ in range(-(-count // dim))]
    return np.ascontiguousarray(np.concatenate(turns, axis=1)[:, :count].astype(np.float32))


def signs(block: Block) -> Words:
    """Shape (n, WORDS)."""
    return np.packbits(block @ planes(block.shape[1]) > 0, axis=1).view(np.uint64)


def most_apart(threshold: float) -> int:
    """How many bits of two vectors differ at most, but for MISSED of the pairs whose cosine is the threshold."""
    parted = acos(min(max(threshold, -1.0), 1.0)) / pi
    missed = 1.0
    for bits in range(BITS):
        missed -= comb(BITS, bits) * parted**bits * (1 - parted) ** (BITS - bits)
        if missed <= MISSED:
            return bits
    return BITS


@compiled
def least_apart(bits: Words, query: int, members: Words, span: tuple[int, int], apart: Whole) -> int:
    """How many bits differ between one vector and each of up to CHUNK others, into `apart`; the smallest of these.

    Args:
        bits: shape (WORDS, n); `query` is a column.
        members: shape (WORDS, m); `span` is from which column to before which.
    """
    first, end = span
    one, two, three = bits[0, query], bits[1, query], bits[2, query]
    four, five, six = bits[3, query], bits[4, query], bits[5, query]
    # each word of all as an array of its own, from its start: only then are eight of them compared at a time
    words1, words2, words3 = members[0, first:end], members[1, first:end], members[2, first:end]
    words4, words5, words6 = members[3, first:end], members[4, first:end], members[5, first:end]
    least = BITS
    for at in range(end - first):
        count = (
            ones(one ^ words1[at])
            + ones(two ^ words2[at])
            + ones(three ^ words3[at])
            + ones(four ^ words4[at])
            + ones(five ^ words5[at])
            + ones(six ^ words6[at])
        )
        apart[at] = count
        least = min(least, count)
    return least
