"""Keyed 64-bit hashes of words, of their n-grams, and sums of those that name a set.

A hash multiplies eight bytes of a word with a secret and folds the product of 128 bits (the scheme of wyhash and
umash). Without the key nobody can aim at a collision; by chance, two of a million different words share a hash once
in 37 million runs. A set is named by the sum of its hashes and 24 bits of the sum of second hashes made from them:
two of a billion different sets share both once in 600 million runs.
"""

import numpy as np

from personahub.joins.compiled import Bytes, Words, compiled, high, load8

KEYS = 5  # 64-bit numbers in a key
SECOND = np.uint64(40)  # the bits of a second sum stand above this many, which hold an id
_BYTE = np.uint64(8)
_ALL = np.uint64(0xFFFF_FFFF_FFFF_FFFF)
_ODD = np.uint64(0x9E37_79B9_7F4A_7C15)  # 2^64 over the golden ratio
_HALF = np.uint64(32)


@compiled
def folded(one: np.uint64, two: np.uint64) -> np.uint64:
    return high(one, two) ^ (one * two)


@compiled
def mixed(value: np.uint64) -> np.uint64:
    """A bijection in which every bit of the result depends on every bit of the value."""
    value ^= value >> _HALF
    value *= _ODD
    value ^= value >> _HALF
    value *= _ODD
    return value ^ (value >> _HALF)


@compiled
def word_hash(text: Bytes, start: int, end: int, key: Words) -> np.uint64:
    """Of the bytes from start to end; up to seven bytes behind the end are read and left out."""
    value = key[0] ^ (np.uint64(end - start) * _ODD)
    while end - start > 8:
        value = folded(value ^ load8(text, start), key[1])
        start += 8
    last = load8(text, start) & (_ALL >> (_BYTE * np.uint64(8 - (end - start))))
    return mixed(folded(value ^ last, key[2]))


@compiled
def gram_hash(words: Words, start: int, end: int, key: Words) -> np.uint64:
    """Of the words from start to end, in their order."""
    value = np.uint64(end - start) * _ODD
    for place in range(start, end):
        value = folded(value ^ words[place], key[3] ^ value)
    return mixed(value)


@compiled
def second_hash(value: np.uint64, key: Words) -> np.uint64:
    return folded(value ^ key[3], key[4])
