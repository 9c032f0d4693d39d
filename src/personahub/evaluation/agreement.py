"""Answers of several solvers to one problem: which are the same, how many agree, and how sure a share of them is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt

from personahub.evaluation.grading import Same

Z = 1.96  # of an interval that holds the true share 95 times in 100


@dataclass(frozen=True, slots=True)
class Agreement:
    """Args:
    answer: what the largest group says, as its first member wrote it; None where two groups are as large.
    agreed: members of the largest group.
    margin: how many more than the next group has.
    at_most: members it would have if every pair that is undecided were equal.
    """

    answer: str | None
    agreed: int
    margin: int
    at_most: int


def pairs(answers: Sequence[str | None]) -> list[tuple[str, str]]:
    """Those that have to be held against each other: of each two that are not the same text."""
    return list(combinations(dict.fromkeys(answer for answer in answers if answer is not None), 2))


def agreement(answers: Sequence[str | None], same: Mapping[tuple[str, str], Same]) -> Agreement:
    """How solvers agree; one without an answer agrees with nobody.

    Args:
        same: of each of their `pairs`, whether it is equal.
    """
    said = [answer for answer in answers if answer is not None]
    if not said:
        return Agreement(None, 0, 0, 0)
    groups = _groups(said, [pair for pair, told in same.items() if told is Same.YES])
    loose = _groups(said, [pair for pair, told in same.items() if told is not Same.NO])
    sizes = sorted((len(group) for group in groups), reverse=True)
    largest = max(groups, key=len)
    margin = sizes[0] - (sizes[1] if len(sizes) > 1 else 0)
    return Agreement(largest[0] if margin else None, sizes[0], margin, max(map(len, loose)))


def _groups(said: Sequence[str], equal: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Equal to one that is equal to a third is equal to that too."""
    stands = {answer: answer for answer in said}

    def top(answer: str) -> str:
        while stands[answer] != answer:
            answer = stands[answer]
        return answer

    for one, other in equal:
        if one in stands and other in stands:
            stands[top(other)] = top(one)
    groups: dict[str, list[str]] = {}
    for answer in said:
        groups.setdefault(top(answer), []).append(answer)
    return list(groups.values())


def wilson(count: int, of: int) -> tuple[float, float]:
    """The interval that holds a share 95 times in 100, of which `count` of `of` were seen (E. B. Wilson, 1927)."""
    if not of:
        return 0.0, 1.0
    share, spread = count / of, Z * Z / of
    middle = (share + spread / 2) / (1 + spread)
    half = Z / (1 + spread) * sqrt(share * (1 - share) / of + spread / (4 * of))
    return max(0.0, middle - half), min(1.0, middle + half)
