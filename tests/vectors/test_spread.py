"""The most diverse rows, against choosing them one at a time."""

import numpy as np
import pytest

from personahub.vectors import spread as module
from personahub.vectors.rows import Rows
from personahub.vectors.spread import spread
from tests.vectors.made import crowded, unit


def _one_at_a_time(vectors: np.ndarray, keep: int) -> list[int]:
    chosen = [0]
    nearest = vectors @ vectors[0]
    while len(chosen) < keep:
        nearest[chosen] = np.inf
        chosen.append(int(np.argmin(nearest)))
        nearest = np.maximum(nearest, vectors @ vectors[chosen[-1]])
    return chosen


@pytest.mark.parametrize("keep", [1, 2, 30, 700])
def test_it_is_what_choosing_one_at_a_time_gives(keep: int) -> None:
    vectors = crowded(3_000, 24, seed=1)
    found = spread(Rows(vectors), keep, "cpu")
    assert found.chosen.tolist() == _one_at_a_time(vectors, keep)


def test_it_is_so_too_where_most_rows_are_in_no_pool() -> None:
    vectors = crowded(module._POOL + 4_000, 12, seed=2)
    found = spread(Rows(vectors), 300, "cpu")
    assert found.chosen.tolist() == _one_at_a_time(vectors, 300)


def test_each_row_is_told_its_nearest_that_stays() -> None:
    vectors = crowded(2_000, 24, seed=3)
    found = spread(Rows(vectors), 50, "cpu")
    cosines = vectors @ vectors[found.chosen].T
    assert np.allclose(found.cosines, cosines.max(axis=1), atol=1e-5)
    assert (found.chosen[cosines.argmax(axis=1)] == found.stands).mean() > 0.999
    assert (found.stands[found.chosen] == found.chosen).all()


def test_more_than_there_are_is_all_and_equal_ones_come_last() -> None:
    vectors = np.repeat(np.eye(6, dtype=np.float32), 50, axis=0)
    assert sorted(spread(Rows(vectors), 1_000, "cpu").chosen.tolist()) == list(range(300))
    found = spread(Rows(vectors), 20, "cpu").chosen
    assert len(set(found.tolist())) == 20
    assert set((found[:6] // 50).tolist()) == set(range(6))


def test_rows_without_a_direction_are_chosen_when_nothing_else_is_left() -> None:
    vectors = unit(np.concatenate([np.zeros((3, 5)), np.eye(5)]))
    found = spread(Rows(vectors), 5, "cpu")
    assert sorted(found.chosen.tolist()) == [3, 4, 5, 6, 7]
    assert set(found.stands[:3].tolist()) <= {3, 4, 5, 6, 7}
    assert len(spread(Rows(vectors), 7, "cpu").chosen) == 7
    assert spread(Rows(np.zeros((0, 4), np.float32)), 3, "cpu").chosen.tolist() == []
