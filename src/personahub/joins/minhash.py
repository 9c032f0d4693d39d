"""Keys that near sets share with a known probability: MinHash, cut into bands. (paper, section 2.3)

All words are put in some random order; that two sets have the same first word in it is as probable as their Jaccard
similarity (Broder 1997). The first words of one set in r such orders make a key, and b keys are made. Sets of
similarity s share at least one with probability 1 - (1 - s^r)^b (Leskovec, Rajaraman, Ullman: Mining of Massive
Datasets, 3.4). Keys only nominate; who shares one is compared word by word.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

import numpy as np

from personahub.errors import UsageError
from personahub.joins.compiled import Shorts, Words, compiled
from personahub.joins.hashing import mixed
from personahub.joins.plan import LARGEST, LEAST, Plan, Threshold

PERMUTATIONS = 128  # paper, section 2.3
MOST = 1_024
MISSED = 0.001  # of the pairs exactly at the threshold: what the number of keys is chosen for
_STEP = 0x9E37_79B9_7F4A_7C15
_HALF = np.uint64(32)
_LAST = np.uint32(0xFFFF_FFFF)


@dataclass(frozen=True)
class MinHash(Threshold):
    """A threshold whose keys are made of so many random orders of all words.

    Raises UsageError where a setting cannot be meant.
    """

    permutations: int = PERMUTATIONS

    @classmethod
    def at(cls, threshold: float | str | Decimal | Fraction, permutations: int) -> "MinHash":
        return cls(Threshold.of(threshold).exact, permutations)

    def __post_init__(self) -> None:
        if not 1 <= self.permutations <= MOST:
            raise UsageError(f"permutations is {self.permutations}; it lies between 1 and {MOST:,}")

    @cached_property
    def rows(self) -> int:
        """Orders to a key: as many as miss at most MISSED at the threshold, so few are compared in vain; else 1."""
        for rows in range(self.permutations, 1, -1):
            if self._missed(rows) <= MISSED:
                return rows
        return 1

    @property
    def bands(self) -> int:
        return self.permutations // self.rows

    @property
    def miss_probability(self) -> float:
        """Of a pair exactly at the threshold; 0.00012 for 128 permutations at 0.9, which makes 16 bands of 8."""
        return self._missed(self.rows)

    def _missed(self, rows: int) -> float:
        return float((1 - float(self.exact) ** rows) ** (self.permutations // rows))

    @cached_property
    def plan(self) -> Plan:
        """Keys for every set, and nothing looked for by its sum."""
        over, under = self.exact.numerator, self.exact.denominator
        row = [1, LARGEST, 0, LEAST, self.bands, self.rows]
        return Plan(over, under, np.array([row], np.int64), LARGEST + 1, _orders(self.bands * self.rows))


def _orders(count: int) -> Shorts:
    made = [[int(mixed(np.uint64(_STEP * number % 2**64))) >> 32 for number in range(1, 2 * count + 1)]]
    orders = np.array(made, np.uint32).reshape(2, count)
    orders[0] |= 1  # odd, so that no two words change places with the same one
    return orders


@compiled
def put_least(words: Words, size: int, orders: Shorts, least: Shorts) -> None:
    """For each order the place in it of the word that comes first.

    Args:
        orders: the upper half x of a word's hash, which is as good as random, stands at a x + b modulo 2^32
            (Dietzfelbinger and others 1997): a, odd, and b for each. Two words that share a place, one pair in 2^32,
            make sets seem more alike and never less.
    """
    count = orders.shape[1]
    for order in range(count):
        least[order] = _LAST
    for place in range(size):
        word = np.uint32(words[place] >> _HALF)
        for order in range(count):
            least[order] = min(least[order], np.uint32(orders[0, order] * word + orders[1, order]))


@compiled
def put_bands(least: Shorts, bands: int, rows: int, made: Words, count: int) -> int:
    """A key for each band behind the `count` that are there; how many there are then."""
    for band in range(bands):
        value = np.uint64(band + 1)
        for place in range(band * rows, band * rows + rows):
            value = (value + np.uint64(least[place])) * np.uint64(_STEP)
        made[count + band] = mixed(value)
    return count + bands
