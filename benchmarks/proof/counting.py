"""Near pairs by counting what every two records have in common: no key, no filter, no pair left out.

What A and B share is the sum over all words of [in A][in B]. The sum is made for every pair but those whose sizes alone
say that they are not near (the smaller over the larger is no less than their similarity), and nothing but the sum
decides: common words by a product of matrices of zeros and ones, every other word from the list of the records that
have it; each word is in exactly one of the two. All numbers are whole and below 2^24, where float32 is exact. It shares
nothing with `personahub.joins` but the definition of a word, `personahub.text.words`.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from personahub.text import words

Numbers = npt.NDArray[np.int64]
Counts = npt.NDArray[np.float32]

_COMMON = 256  # a word in more than one of so many records is common
_BLOCK = 256  # records that are compared with all others at one time
_EXACT = 2**24


@dataclass(frozen=True)
class Sets:
    """The set of record r is `grams[offsets[r] : offsets[r + 1]]`, each gram once; `kinds` grams in all."""

    grams: Numbers
    offsets: Numbers
    kinds: int

    @property
    def sizes(self) -> Numbers:
        return np.diff(self.offsets)

    def taken(self, order: Numbers) -> "Sets":
        """Those records in that order."""
        sizes = self.sizes[order]
        offsets = np.concatenate([[0], np.cumsum(sizes)])
        within = np.arange(offsets[-1]) - np.repeat(offsets[:-1], sizes)
        return Sets(self.grams[np.repeat(self.offsets[order], sizes) + within], offsets, self.kinds)

    @property
    def rows(self) -> Numbers:
        return np.repeat(np.arange(len(self.sizes)), self.sizes)


@dataclass(frozen=True)
class Near:
    """Equal records (id, the first that is equal to it) and near pairs among the others (two ids, shared, either)."""

    equal: Numbers
    pairs: Numbers


def sets_of(texts: Iterable[str], ngram: int) -> Sets:
    """Sets of word n-grams; a text of fewer words has one gram, which is all of them."""
    known: dict[str, int] = {}
    lists = [[known.setdefault(word, len(known) + 1) for word in words(text)] for text in texts]
    counts = np.array([len(found) for found in lists])
    flat = np.array([number for found in lists for number in found], np.int64)
    kept = np.where(counts > 0, np.maximum(counts - ngram + 1, 1), 0)
    row = np.repeat(np.arange(len(counts)), kept)
    place = np.arange(len(row)) - (np.cumsum(kept) - kept)[row] + (np.cumsum(counts) - counts)[row]
    end = np.cumsum(counts)[row]
    base = len(known) + 1
    assert base**ngram < 2**63
    gram = np.zeros(len(row), np.int64)
    for step in range(ngram):
        # words count from 1, so 0 stands for one that is not there
        gram = gram * base + np.where(place + step < end, flat[np.minimum(place + step, len(flat) - 1)], 0)
    kinds, gram = np.unique(gram, return_inverse=True)
    entries = np.unique(row * len(kinds) + gram)
    sizes = np.bincount(entries // len(kinds), minlength=len(counts))
    return Sets(entries % len(kinds), np.concatenate([[0], np.cumsum(sizes)]), len(kinds))


def counted(sets: Sets, over: int, under: int) -> Numbers:
    """Every pair of similarity >= over / under: two ids, the smaller first, words in both, in either; shape (n, 4)."""
    order = np.argsort(sets.sizes, kind="stable")
    found = _counted(sets.taken(order), over, under)
    ids = np.sort(order[found[:, :2]], axis=1)
    return np.concatenate([ids, found[:, 2:]], axis=1)


def _counted(sets: Sets, over: int, under: int) -> Numbers:
    """The same for sets in the order of their sizes."""
    uses = np.bincount(sets.grams, minlength=sets.kinds)
    common = uses > len(sets.sizes) // _COMMON
    dense = np.zeros((len(sets.sizes), int(common.sum())), np.float32)
    often = common[sets.grams]
    dense[sets.rows[often], (np.cumsum(common) - 1)[sets.grams[often]]] = 1
    lists = _Lists.of(sets, ~often)
    sizes = sets.sizes.astype(np.float32)
    assert (over + under) * 2 * sizes.max(initial=0) < _EXACT
    found = []
    for start in range(0, len(sizes), _BLOCK):
        end = min(start + _BLOCK, len(sizes))
        last = int(np.searchsorted(sets.sizes, sets.sizes[end - 1] * under // over, "right"))
        shared = dense[start:end] @ dense[start:last].T
        lists.add(shared, start, end)
        # s / (a + b - s) >= over / under, in whole numbers
        near = shared * np.float32(over + under) - np.float32(over) * sizes[start:last]
        one, two = np.nonzero(near >= np.float32(over) * sizes[start:end, None])
        wanted = (two > one) & (sizes[start + one] > 0)
        one, two = one[wanted], two[wanted]
        both = shared[one, two].astype(np.int64)
        one, two = one + start, two + start
        found.append(np.stack([one, two, both, sets.sizes[one] + sets.sizes[two] - both], axis=1))
    return np.concatenate(found)


@dataclass(frozen=True)
class _Lists:
    """For each word that is not common the records that have it, and for each record those words."""

    holders: Numbers
    starts: Numbers
    words: Numbers
    offsets: Numbers

    @classmethod
    def of(cls, sets: Sets, rare: npt.NDArray[np.bool_]) -> "_Lists":
        rows, grams = sets.rows[rare], sets.grams[rare]
        order = np.argsort(grams, kind="stable")
        starts = np.searchsorted(grams[order], np.arange(sets.kinds + 1))
        offsets = np.searchsorted(rows, np.arange(len(sets.sizes) + 1))
        return cls(rows[order], starts, grams, offsets)

    def add(self, shared: Counts, start: int, end: int) -> None:
        """One to shared[r - start, s - start] for each word that the records r and s both have, s from `start`."""
        mine = self.words[self.offsets[start] : self.offsets[end]]
        rows = np.repeat(np.arange(end - start), np.diff(self.offsets[start : end + 1]))
        lengths = self.starts[mine + 1] - self.starts[mine]
        entry = np.repeat(np.arange(len(mine)), lengths)
        place = np.arange(len(entry)) - (np.cumsum(lengths) - lengths)[entry]
        other = self.holders[self.starts[mine[entry]] + place] - start
        after = (other >= 0) & (other < shared.shape[1])
        codes, counts = np.unique(rows[entry[after]] * shared.shape[1] + other[after], return_counts=True)
        shared.reshape(-1)[codes] += counts


def near(found: Numbers, rows: int, over: int, under: int) -> Near:
    """Of what was counted at a threshold no higher: the form that the join has, where equal records are one."""
    found = found[found[:, 2] * under >= found[:, 3] * over]
    same = found[:, 2] == found[:, 3]
    first = np.arange(rows)
    np.minimum.at(first, found[same, 1], found[same, 0])  # every two that are equal are there
    gone = np.flatnonzero(first != np.arange(rows))
    stay = (first[found[:, 0]] == found[:, 0]) & (first[found[:, 1]] == found[:, 1])
    pairs = found[~same & stay]
    return Near(np.stack([gone, first[gone]], axis=1), pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))])
