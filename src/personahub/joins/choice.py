"""Which method finds near duplicates where that is left open: MinHash only where it saves much, for it misses some.

What both cost is in benchmarks/results/exact_or_minhash.md. At 0.9 and above the exact join is cheaper up to some
hundred words, and never dearer than twice. From 0.85 down MinHash takes half for texts of a sentence, a fifth for
those of a page and less for longer ones; half of a few microseconds is no reason to miss a pair, so short texts stay
exact. Where a key has fewer than three orders (0.5 with 128 permutations) it nominates so much that only texts of
several pages gain.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np

from personahub.joins.hashing import KEYS
from personahub.joins.minhash import MinHash
from personahub.joins.reading import Parts, sliced
from personahub.joins.wordsets import sets

LOW = Fraction(85, 100)  # thresholds up to which
LONG, LONGER = 50, 500  # words from which; the second where a key has less orders than is selective
SELECTIVE = 3
_TEXTS = 4_096  # that are read


@dataclass(frozen=True)
class Choice:
    """Args:
    words: in a set, on average over the first texts.
    """

    keys: MinHash
    words: float

    @property
    def method(self) -> Literal["exact", "minhash"]:
        saves = self.keys.exact <= LOW and self.words >= (LONG if self.keys.rows >= SELECTIVE else LONGER)
        return "minhash" if saves else "exact"

    @property
    def why(self) -> str:
        """A sentence for the one who left it open."""
        found = f"texts have {self.words:.0f} different words and the threshold is {float(self.keys.exact):g}"
        if self.method == "exact":
            return f"Every pair is found: {found}, where MinHash would save little."
        return f"By MinHash: {found}, where finding every pair takes several times as long."


def choice(keys: MinHash, parts: Parts, ngram: int) -> Choice:
    """From the first of the texts."""
    key = np.arange(1, KEYS + 1, dtype=np.uint64)
    sizes = [len(found) for _, column in sliced(parts(), _TEXTS) for found in sets(column, key, ngram)]
    return Choice(keys, sum(sizes) / max(len(sizes), 1))
