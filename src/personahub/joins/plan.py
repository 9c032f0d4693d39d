"""Which keys a set gets, so that every two sets near enough share one: all arithmetic in whole numbers.

J(A, B) >= t exactly when the words in one of the two only number d <= (|A| + |B|)(1 - t)/(1 + t). A band is a range of
sizes of the larger set; it says how many words may differ at most, and which of these schemes makes keys there:

- CUT: words are cut by hash into l + q groups, and every q of them make a key. At most l words differ, so at least q
  groups agree (PartEnum: Arasu, Ganti, Kaushik 2006).
- RARE: of the words in one fixed order, rare ones first, every k among the first n - o + k make a key, where o is how
  many two sets must share at least: the first k of those shared stand there in both (prefix filtering with k-words
  keys: Bayardo, Ma, Srikant 2007; Wang, Li, Feng 2012).
- LEAST: of all words in some random order, that of a set which comes first; several orders make a key. Near sets share
  one with a high probability and not always (`minhash.py`). For all sizes, where it is asked for.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import cache, partial
from math import comb
from typing import NamedTuple

import numpy as np

from personahub.errors import UsageError
from personahub.joins.compiled import Shorts, Whole, compiled

CUT, RARE, LEAST = 0, 1, 2
LARGEST = 2**24 - 1  # words of a set
_FINEST = 10**9  # denominator of a threshold, so that products with sizes stay within 63 bits
_KEYS = 64  # of groups, that a set gets from one band where groups are combined at all
_RARE_KEYS = 160  # of rare words, from the largest sets of a band
_SELECTIVE = 8  # words in a key that nearly no unlike texts share by chance
_ENOUGH = 6
_COMBINED = 4  # groups or words to a key, at most


class Plan(NamedTuple):
    """What compiled loops know of it.

    Args:
        over: numerator of the threshold.
        under: its denominator.
        bands: int64, shape (n, 6): first and last size of the larger set, words that may differ, scheme,
            groups or words shared at least, groups or words combined to a key. Of LEAST: the last two are the number
            of keys, and of orders to a key.
        single: size from which a set less one word is looked for by its sum.
        orders: of all words, for LEAST; uint32, shape (2, n), as `minhash.put_least` has them.
    """

    over: int
    under: int
    bands: Whole
    single: int
    orders: Shorts


@dataclass(frozen=True)
class Threshold:
    """A Jaccard similarity as the fraction that its decimal digits say: 0.9 is nine tenths."""

    exact: Fraction

    @classmethod
    def of(cls, value: float | str | Decimal | Fraction) -> "Threshold":
        try:
            exact = value if isinstance(value, Fraction) else Fraction(Decimal(str(value)))
        except (InvalidOperation, ValueError, OverflowError) as error:
            raise UsageError(f"threshold is {value}; name a decimal number such as 0.9") from error
        if not 0 < exact <= 1:
            raise UsageError(f"threshold is {value}; a Jaccard similarity lies above 0 and up to 1")
        if exact.denominator > _FINEST:
            raise UsageError(f"threshold is {value}; nine decimals are the most that are kept exact")
        return cls(exact)

    def differ(self, total: int) -> int:
        """Words in one only, at most, of two sets with `total` words together."""
        over, under = self.exact.numerator, self.exact.denominator
        return total * (under - over) // (under + over)

    def largest(self, size: int) -> int:
        """Size of the largest set that may be near to one of `size`."""
        return size * self.exact.denominator // self.exact.numerator

    def shared(self, size: int) -> int:
        """Words that a set of `size` and one no larger have in common at least."""
        return -(-size * self.exact.numerator // self.exact.denominator)

    def apart(self, size: int) -> int:
        """Words that may differ at most where the larger set has `size`; as even or odd as both sizes together."""
        even = self.differ(2 * size) // 2 * 2
        odd = (self.differ(2 * size - 1) + 1) // 2 * 2 - 1
        return max(even, odd, 0)

    @property
    def plan(self) -> Plan:
        return _plan_of(self)


def next_size(holds: Callable[[int], bool], start: int = 1) -> int:
    """The first size from `start` for which a rule holds that holds for every larger one; LARGEST + 1 if none."""
    low, high = start, LARGEST + 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low


@cache
def _plan_of(threshold: Threshold) -> Plan:
    over, under = threshold.exact.numerator, threshold.exact.denominator
    single = next_size(lambda size: (size - 1) * under >= size * over)
    rows = [_row(threshold, *band) for band in _bands(threshold)]
    return Plan(over, under, np.array(rows, np.int64).reshape(-1, 6), single, np.empty((2, 0), np.uint32))


def _bands(threshold: Threshold) -> list[tuple[int, int]]:
    """Ranges of sizes in which as many words may differ; wider where those are narrower than what is near to a size."""
    found = []
    low = next_size(lambda size: threshold.apart(size) >= 2)
    while low <= LARGEST:
        same = threshold.apart(low)
        after = next_size(partial(_more_apart, threshold, same), low)
        high = max(after - 1, min(threshold.largest(low), LARGEST))
        found.append((low, high))
        low = high + 1
    return found


def _more_apart(threshold: Threshold, than: int, size: int) -> bool:
    return threshold.apart(size) > than


def _row(threshold: Threshold, low: int, high: int) -> tuple[int, int, int, int, int, int]:
    differ, shared = threshold.apart(high), threshold.shared(low)
    cuts = [count for count in range(1, _COMBINED + 1) if count == 1 or comb(differ + count, count) <= _KEYS]
    words = {count: low * count / (differ + count) for count in cuts}
    enough = [count for count in cuts if words[count] >= _SELECTIVE] or [cuts[-1]]
    if words[enough[0]] >= _ENOUGH:
        return low, high, differ, CUT, differ, enough[0]
    beyond = high - threshold.shared(high)
    rare = [count for count in range(1, min(_COMBINED, shared) + 1) if comb(beyond + count, count) <= _RARE_KEYS]
    return low, high, differ, RARE, shared, max(rare, default=1)


@compiled
def may_differ(plan: Plan, total: int) -> int:
    return total * (plan.under - plan.over) // (plan.under + plan.over)
