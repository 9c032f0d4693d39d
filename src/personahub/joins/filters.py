"""Bloom filters whose bits for a key stand in one 64-bit word: one wait for memory a question, safe among threads.

What was put in is always found; what was not is found by chance (1 in 200 at 16 bits a key, 1 in 20 at 6), which
costs a row on the disk and never a wrong answer. (Putze, Sanders, Singler: Cache-, hash- and space-efficient Bloom
filters, 2009)
"""

from typing import NamedTuple

import numpy as np

from personahub.joins.compiled import Words, compiled, fetch, high, set_bits, whole

_ONE = np.uint64(1)
_SIX = np.uint64(63)
_LOW = np.uint64(8)  # bits that the share of a pass may take of a key's place


class Share(NamedTuple):
    """The keys that one pass is for: those whose upper `bits` bits, 8 at most, are `number`."""

    bits: np.uint64
    number: np.uint64

    @classmethod
    def of(cls, bits: int, number: int) -> "Share":
        return cls(np.uint64(bits), np.uint64(number))


@compiled
def within(key: np.uint64, share: Share) -> bool:
    return bool((key >> _ONE) >> (_SIX - share.bits) == share.number)


@compiled
def spread(key: np.uint64, share: Share) -> np.uint64:
    """A key as filters take it: those of a share are spread over all of the filter."""
    return key << share.bits


@compiled
def _mask(key: np.uint64) -> np.uint64:
    key >>= _LOW
    return (
        (_ONE << (key & _SIX))
        | (_ONE << ((key >> np.uint64(6)) & _SIX))
        | (_ONE << ((key >> np.uint64(12)) & _SIX))
        | (_ONE << ((key >> np.uint64(18)) & _SIX))
    )


@compiled
def word_of(bits: Words, key: np.uint64) -> int:
    """The one that has a key's bits; of larger keys it is no earlier one."""
    return whole(high(key, np.uint64(len(bits))))


@compiled
def put(bits: Words, key: np.uint64) -> bool:
    """Whether it may have been there before; of threads that put the same key at once, one is told it was not."""
    mask = _mask(key)
    return bool(set_bits(bits, word_of(bits, key), mask) & mask == mask)


@compiled
def expect(bits: Words, key: np.uint64) -> None:
    """What `may_hold` will look at is on its way from memory."""
    fetch(bits, word_of(bits, key))


@compiled
def may_hold(bits: Words, key: np.uint64) -> bool:
    mask = _mask(key)
    return bool(bits[word_of(bits, key)] & mask == mask)


@compiled
def mark(bits: Words, place: int) -> None:
    set_bits(bits, place >> 6, _ONE << np.uint64(place & 63))


@compiled
def marked(bits: Words, place: int) -> bool:
    return bool((bits[place >> 6] >> np.uint64(place & 63)) & _ONE)
