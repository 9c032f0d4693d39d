"""Dice that come from the ids: the same seed draws the same records, wherever they lie and whatever lies beside them.

A record's key is a hash of its id and the seed; those with the smallest keys are drawn. So a larger draw holds a
smaller one, and records that come later take the place of few.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Keys = npt.NDArray[np.uint64]
Whole = npt.NDArray[np.int64]


def keys(ids: pa.Array, seed: int) -> Keys:
    """One for each id of 32 hexadecimal digits.

    (The mixing steps are those of splitmix64: Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014)
    """
    halves = np.frombuffer(bytes.fromhex("".join(ids.to_pylist())), "<u8").reshape(-1, 2)
    salt = _mixed(np.array([seed % 2**64], np.uint64))
    return _mixed(halves[:, 0] ^ _mixed(halves[:, 1] ^ salt))


def smallest(of: Keys, count: int) -> Whole:
    """The places of so many smallest keys, the smallest first; of equal ones the first."""
    some = np.arange(len(of))
    if count < len(of):
        edge = np.partition(of, count)[count]
        some = np.flatnonzero(of <= edge)
    return some[np.argsort(of[some], kind="stable")][:count]


def highest(scores: npt.NDArray[np.float32], ties: Keys, count: int) -> Whole:
    """The places of so many highest scores, the highest first; of equal ones that with the smallest key."""
    some = np.arange(len(scores))
    if 0 < count < len(scores):
        edge = np.partition(scores, len(scores) - count)[len(scores) - count]
        some = np.flatnonzero(scores >= edge)
    return some[np.lexsort((ties[some], -scores[some]))][:count]


def _mixed(words: Keys) -> Keys:
    words = words + np.uint64(0x9E3779B97F4A7C15)
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))
