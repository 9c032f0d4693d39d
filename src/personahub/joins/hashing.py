"""Keyed 64-bit hashes of words, of their n-grams, and sums of those that name a set.

A hash multiplies the halves of sixteen bytes of a word, each hidden by a secret, and folds the product of 128 bits
(the scheme of wyhash). Without the key nobody can aim at a collision; by chance, two of a million different words
share a hash once in 37 million runs. A set is named by the sum of its hashes and 24 bits of the sum of second hashes
made from them: two of a billion different sets share both once in 600 million runs.
"""

import numpy as np

from personahub.joins.compiled import Bytes, Words, compiled, high, load8

KEYS = 5  # 64-bit numbers in a key
SECOND = np.uint64(40)  # the bits of a second sum stand above this many, which hold an id
_BYTE = np.uint64(8)
_ALL = np.uint64(0xFFFF_FFFF_FFFF_FFFF)
_ODD = np.uint64(0x9E37_79B9_7F4A_7C15)  # 2^64 over the golden ratio
_HALF = np.uint64(32)
_FEW = 48  # words that are sorted by insertion


@compiled
def folded(one: np.uint64, two: np.uint64) -> np.uint64:
    return np.uint64(high(one, two) ^ (one * two))


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
    """Of the bytes from start to end; up to sixteen bytes behind the end are read and left out."""
    value = key[0] ^ (np.uint64(end - start) * _ODD)
    while end - start > 16:
        value = folded(value ^ load8(text, start), key[1] ^ load8(text, start + 8))
        start += 16
    one = min(end - start, 8)
    two = end - start - one
    first = load8(text, start) & (_ALL >> np.uint64(64 - 8 * one))
    second = load8(text, start + 8) & (_ALL >> np.uint64((64 - 8 * two) & 63)) * np.uint64(two > 0)
    return mixed(folded(value ^ first, key[2] ^ second))


@compiled
def gram_hash(words: Words, start: int, end: int, key: Words) -> np.uint64:
    """Of the words from start to end, in their order."""
    value = np.uint64(end - start) * _ODD
    for place in range(start, end):
        value = folded(value ^ words[place], key[3] ^ value)
    return mixed(value)


@compiled
def put_in_order(words: Words, count: int) -> None:
    """Sorted where they stand: few by insertion, many by a heap."""
    if count <= _FEW:
        for place in range(1, count):
            word, at = words[place], place
            while at and words[at - 1] > word:
                words[at] = words[at - 1]
                at -= 1
            words[at] = word
        return
    for start in range(count // 2 - 1, -1, -1):
        _sink(words, start, count)
    for end in range(count - 1, 0, -1):
        words[0], words[end] = words[end], words[0]
        _sink(words, 0, end)


@compiled
def _sink(words: Words, place: int, end: int) -> None:
    word = words[place]
    below = 2 * place + 1
    while below < end:
        below += below + 1 < end and words[below] < words[below + 1]
        if words[below] <= word:
            break
        words[place] = words[below]
        place, below = below, 2 * below + 1
    words[place] = word


@compiled
def lower_bound(values: Words, wanted: np.uint64, low: int, high: int) -> int:
    """The first place from `low` on, `high` where there is none, whose number is not below the one wanted."""
    while low < high:
        middle = (low + high) // 2
        if values[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def second_hash(value: np.uint64, key: Words) -> np.uint64:
    return folded(value ^ key[3], key[4])
