"""Rows that lie far apart, against choosing them one at a time, and against what it says of itself."""

import numpy as np
import pytest

from personahub.vectors.apart import apart
from personahub.vectors.rows import Rows
from personahub.vectors.spread import spread
from tests.vectors.made import crowded, unit

ROUNDING = 1e-5


def _nearest_others(vectors: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    cosines = vectors[chosen] @ vectors[chosen].T
    np.fill_diagonal(cosines, -1)
    return np.asarray(1 - cosines.max(axis=1))


@pytest.mark.parametrize("keep", [1, 2, 30, 300, 2_999])
def test_no_two_are_nearer_and_no_other_is_farther_than_it_says(keep: int) -> None:
    vectors = crowded(3_000, 24, seed=1)
    found = apart(Rows(vectors), keep, device="cpu")
    assert len(set(found.chosen.tolist())) == keep
    if keep > 1:
        assert _nearest_others(vectors, found.chosen).min() >= found.least - ROUNDING
    reached = 1 - (vectors @ vectors[found.chosen].T).max(axis=1)
    assert reached.max() <= found.reach + ROUNDING


@pytest.mark.parametrize("keep", [40, 400])
def test_it_is_as_spread_as_choosing_one_at_a_time_and_far_more_than_at_random(keep: int) -> None:
    vectors = crowded(4_000, 32, seed=2)
    found = _nearest_others(vectors, apart(Rows(vectors), keep, device="cpu").chosen).mean()
    one_at_a_time = _nearest_others(vectors, spread(Rows(vectors), keep, "cpu").chosen).mean()
    at_random = _nearest_others(vectors, np.random.default_rng(0).choice(4_000, keep, replace=False)).mean()
    assert found > 0.95 * one_at_a_time
    assert found > 1.3 * at_random


def test_the_first_of_them_lie_farther_apart_than_all() -> None:
    vectors = crowded(3_000, 24, seed=3)
    chosen = apart(Rows(vectors), 600, device="cpu").chosen
    assert _nearest_others(vectors, chosen[:60]).min() > 1.1 * _nearest_others(vectors, chosen).min()


def test_the_same_seed_chooses_the_same_and_another_seed_another() -> None:
    vectors = crowded(2_000, 16, seed=4)
    one, same, other = (apart(Rows(vectors), 100, seed=seed, device="cpu").chosen for seed in (7, 7, 8))
    assert one.tolist() == same.tolist()
    assert set(one.tolist()) != set(other.tolist())


def test_picked_rows_are_told_by_their_place() -> None:
    vectors = crowded(1_000, 16, seed=5)
    picked = np.arange(0, 1_000, 3)
    found = apart(Rows(vectors, picked), 50, device="cpu").chosen
    alone = apart(Rows(np.ascontiguousarray(vectors[picked])), 50, device="cpu").chosen
    assert found.tolist() == alone.tolist()


def test_what_is_the_same_comes_last_and_what_has_no_direction_after_it() -> None:
    some = unit(np.random.default_rng(6).standard_normal((20, 8)))
    vectors = np.concatenate([some, some, some, np.zeros((5, 8))]).astype(np.float32)
    found = apart(Rows(vectors), 63, device="cpu")
    assert sorted(found.chosen[:20] % 20) == list(range(20))
    assert all(row < 60 for row in found.chosen[:60])
    assert all(row >= 60 for row in found.chosen[60:])
    assert (found.least, len(set(found.chosen.tolist()))) == (0.0, 63)


def test_tight_heaps_far_from_each_other_each_get_their_first_before_any_gets_a_second() -> None:
    dice = np.random.default_rng(7)
    heaps = unit(dice.standard_normal((12, 64)))
    vectors = unit(heaps[np.arange(6_000) % 12] + 1e-3 * dice.standard_normal((6_000, 64)))
    chosen = apart(Rows(vectors), 100, device="cpu").chosen
    assert len(set((chosen[:12] % 12).tolist())) == 12
    assert len(set(chosen.tolist())) == 100


@pytest.mark.parametrize(("rows", "keep"), [(0, 5), (1, 5), (5, 5), (5, 9)])
def test_of_few_rows_all_are_chosen(rows: int, keep: int) -> None:
    vectors = unit(np.random.default_rng(8).standard_normal((rows, 8)))
    assert sorted(apart(Rows(vectors), keep, device="cpu").chosen.tolist()) == list(range(rows))


def test_vectors_without_any_direction_are_chosen_too() -> None:
    assert len(apart(Rows(np.zeros((9, 4), np.float32)), 4, device="cpu").chosen) == 4
