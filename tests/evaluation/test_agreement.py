"""How answers fall into groups, and how sure a share is."""

from itertools import permutations

import pytest

from personahub.evaluation.agreement import Agreement, agreement, pairs, wilson
from personahub.evaluation.grading import Same, seen


def _of(*answers: str | None) -> Agreement:
    return agreement(answers, {pair: seen(*pair) for pair in pairs(answers)})


def test_groups_are_of_answers_that_mean_the_same() -> None:
    assert _of("1/2", "0.5", "50%", "3") == Agreement("1/2", 3, 2, 3)
    assert _of("3", "4") == Agreement(None, 1, 0, 1)
    assert _of(None, None) == Agreement(None, 0, 0, 0)
    assert _of("3", None) == Agreement("3", 1, 1, 1)


def test_equal_to_one_that_is_equal_to_a_third_is_equal_to_it() -> None:
    for one, two, three in permutations(("a", "b", "c")):
        same = dict.fromkeys(pairs(("a", "b", "c")), Same.UNDECIDED)
        same[min(one, two), max(one, two)] = same[min(two, three), max(two, three)] = Same.YES
        assert agreement(("a", "b", "c"), same).agreed == 3


def test_what_is_undecided_counts_in_at_most_alone() -> None:
    same = {("a", "b"): Same.UNDECIDED, ("a", "c"): Same.NO, ("b", "c"): Same.NO}
    assert agreement(("a", "b", "c"), same) == Agreement(None, 1, 0, 2)


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),  # from the formula of Wilson (1927), worked out by hand in fractions
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (96, 100, 0.9016, 0.9843), (0, 0, 0.0, 1.0)],
)
def test_an_interval_holds_the_share(count: int, of: int, low: float, high: float) -> None:
    assert wilson(count, of) == pytest.approx((low, high), abs=1e-4)
