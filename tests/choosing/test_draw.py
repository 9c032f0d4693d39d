"""Dice that come from ids."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from personahub.choosing.draw import highest, keys, smallest
from personahub.text import content_id

IDS = pa.array([content_id(str(number)) for number in range(20_000)])


def test_a_key_is_that_of_the_id_and_the_seed_wherever_it_stands() -> None:
    forth, back = keys(IDS, 3), keys(IDS.take(pa.array(range(19_999, -1, -1))), 3)
    assert (forth == back[::-1]).all()
    assert (keys(IDS, 4) != forth).all()


def test_keys_are_spread_evenly_and_seeds_draw_apart() -> None:
    one, other = keys(IDS, 0), keys(IDS, 1)
    drawn, again = (set(smallest(some, 2_000).tolist()) for some in (one, other))
    assert 120 < len(drawn & again) < 280  # of 2,000 each among 20,000, by chance 200
    heights = np.bincount((one >> np.uint64(61)).astype(np.int64), minlength=8)
    assert heights.min() > 2_300
    assert heights.max() < 2_700


@given(st.lists(st.integers(0, 9), max_size=60), st.integers(0, 70))
def test_smallest_are_those_of_a_stable_sort(values: list[int], count: int) -> None:
    some = np.array(values, np.uint64)
    assert smallest(some, count).tolist() == np.argsort(some, kind="stable")[:count].tolist()


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 99)), max_size=60), st.integers(0, 70))
def test_highest_are_those_of_a_sort_by_score_and_key(values: list[tuple[int, int]], count: int) -> None:
    scores = np.array([score for score, _ in values], np.float32)
    ties = np.array([key for _, key in values], np.uint64)
    wanted = sorted(range(len(values)), key=lambda one: (-values[one][0], values[one][1], one))[:count]
    assert highest(scores, ties, count).tolist() == wanted


def test_a_larger_draw_holds_a_smaller_one() -> None:
    some = keys(IDS, 5)
    assert smallest(some, 500)[:100].tolist() == smallest(some, 100).tolist()
