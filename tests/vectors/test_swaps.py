"""Choices that are made to lie farther apart, against every single swap, and against what they say of themselves."""

import numpy as np
import pytest

from personahub.vectors.apart import Apart, apart
from personahub.vectors.rows import Rows
from personahub.vectors.swaps import HELD, swapped
from tests.vectors.made import crowded

ROUNDING = 1e-5


def _mean(vectors: np.ndarray, chosen: np.ndarray) -> float:
    cosines = vectors[chosen] @ vectors[chosen].T
    np.fill_diagonal(cosines, -2)
    return float((1 - cosines.max(axis=1)).mean())


@pytest.mark.parametrize(("seed", "keep"), [(0, 2), (1, 7), (2, 30)])
def test_no_other_row_in_the_place_of_one_makes_it_lie_farther_apart(seed: int, keep: int) -> None:
    vectors = crowded(400, 16, seed=seed)
    before = apart(Rows(vectors), keep, device="cpu")
    found = swapped(Rows(vectors), before)
    assert len(set(found.chosen.tolist())) == keep
    mean = _mean(vectors, found.chosen)
    assert mean >= _mean(vectors, before.chosen)
    others = np.setdiff1d(np.arange(len(vectors)), found.chosen)
    for place in range(keep):
        for row in others.tolist():
            swap = found.chosen.copy()
            swap[place] = row
            assert _mean(vectors, swap) <= mean + ROUNDING


def test_a_choice_at_random_comes_to_lie_as_far_apart_as_one_that_was_chosen_for_it() -> None:
    vectors = crowded(2_000, 24, seed=3)
    chosen = np.random.default_rng(0).choice(2_000, 20, replace=False)
    found = swapped(Rows(vectors), Apart(chosen, 0.01, 2.0))
    assert _mean(vectors, found.chosen) > 0.97 * _mean(vectors, apart(Rows(vectors), 20, device="cpu").chosen)


def test_it_says_how_near_two_of_them_are_and_how_far_any_other_is() -> None:
    vectors = crowded(500, 16, seed=4)
    found = swapped(Rows(vectors), apart(Rows(vectors), 12, device="cpu"))
    cosines = vectors @ vectors[found.chosen].T
    assert abs((1 - cosines.max(axis=1)).max() - found.reach) < ROUNDING
    own = cosines[found.chosen]
    np.fill_diagonal(own, -2)
    assert abs(1 - own.max() - found.least) < ROUNDING


def test_rows_without_a_direction_are_not_taken() -> None:
    vectors = crowded(300, 16, seed=5)
    vectors[::3] = 0
    found = swapped(Rows(vectors), apart(Rows(vectors), 9, device="cpu"))
    assert vectors[found.chosen].any(axis=1).all()


def test_many_rows_and_all_rows_stay_as_they_were_chosen() -> None:
    few = crowded(20, 16, seed=6)
    every = apart(Rows(few), 20, device="cpu")
    assert swapped(Rows(few), every) is every
    many = np.zeros((2, 16), np.float32)
    rows = Rows(np.broadcast_to(many[0], (HELD // 2, 16)))
    found = Apart(np.arange(3), 0.5, 1.0)
    assert swapped(rows, found) is found
