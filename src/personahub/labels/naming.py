"""Names of groups of texts: the words that are more frequent within a group than outside.

Class-based TF-IDF: the frequency of a word in a group, times log(1 + A / f), where A is how many words a group has on
average and f how often the word is in all of them (Grootendorst: BERTopic, 2022, section 3.3).
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from personahub.attributes.languages import STOP_WORDS
from personahub.text import UNSPACED, words

WORDS = 3  # of a name
LEAST = 2  # texts of a group that must have a word
MOST_TERMS = 200_000  # in memory of one group; above it the rarest are dropped
TEXT_CHARS = 1_000  # of a text that are read

_TELLS_NOTHING = """
he she it they we you one person people individual someone somebody man woman persona interested interest who whose
this these those be been being was were will would can could may might do does did not no so than then there or but if
while when where which what how into about over under between through during after before because such also more most
other others another own same very just only out up new often many much some any all each both few likely possibly
particularly especially including like well works work working worked looking seeking focused focusing specializing
specialized specializes experienced passionate dedicated knowledgeable enjoys loves wants want make makes use uses using
way ways understanding knowledge strong deep various different always every year years time has had having himself
herself themselves them him us our your me
"""
_COMMON = frozenset(" ".join((*STOP_WORDS.values(), _TELLS_NOTHING)).split())
_DENSE = re.compile(UNSPACED)


@dataclass
class Naming:
    """Grows with the texts that are taken; `names` tells when all were.

    Args:
        groups: how many there are.
    """

    groups: int
    _texts: list[Counter[str]] = field(init=False)  # of each group, how many texts have a term

    def __post_init__(self) -> None:
        self._texts = [Counter() for _ in range(self.groups)]

    def take(self, texts: Iterable[str], groups: Sequence[int]) -> None:
        """Texts with the group of each; one of a group below 0 is in none."""
        for text, group in zip(texts, groups, strict=True):
            if group >= 0:
                held = self._texts[group]
                held.update(_terms(text[:TEXT_CHARS]))
                if len(held) > MOST_TERMS:
                    self._texts[group] = Counter(dict(held.most_common(MOST_TERMS // 2)))

    def names(self) -> list[str]:
        """Of each group, such as "nurse, patients, hospital"; no two are the same, and none is empty."""
        total: Counter[str] = Counter()
        for held in self._texts:
            total.update(held)
        average = sum(total.values()) / max(1, self.groups)
        taken: set[str] = set()
        return [_free(self._ranked(held, total, average), taken, number) for number, held in enumerate(self._texts, 1)]

    @staticmethod
    def _ranked(held: Counter[str], total: Counter[str], average: float) -> list[str]:
        """The terms of a group, those that tell most of it first; of equals in the order of the alphabet."""
        size = max(1, held.total())
        scores = {
            term: count / size * float(np.log1p(average / total[term])) * (1.5 if " " in term else 1)
            for term, count in held.items()
            if count >= LEAST
        } or dict.fromkeys(held, 1.0)
        return sorted(scores, key=lambda term: (-scores[term], term))[: 20 * WORDS]


def _terms(text: str) -> set[str]:
    """Words that tell something, and pairs of them that stand side by side; of Chinese and Japanese pairs alone."""
    found = words(text)
    terms = {word for word in found if _telling(word) and not _DENSE.match(word)}
    for one, two in pairwise(found):
        if _DENSE.match(one) and _DENSE.match(two):
            terms.add(one + two)
        elif one in terms and two in terms:
            terms.add(f"{one} {two}")
    return terms


def _telling(word: str) -> bool:
    return len(word) > 2 and word not in _COMMON and not word.isdigit()


def _free(ranked: Sequence[str], taken: set[str], number: int) -> str:
    """The first terms that do not repeat each other, and further ones until nobody has that name."""
    chosen: list[str] = []
    for term in ranked:
        if not any(_alike(term, other) for other in chosen):
            chosen.append(term)
        if len(chosen) >= WORDS and (name := ", ".join(chosen)) not in taken:
            taken.add(name)
            return name
    name = ", ".join(chosen) or "others"
    name = name if name not in taken else f"{name} ({number})"
    taken.add(name)
    return name


def _alike(one: str, other: str) -> bool:
    """Whether a word of one is in the other, as it is or in another form."""
    return any(a[:5] == b[:5] for a in one.split() for b in other.split())
