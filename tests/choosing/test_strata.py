"""The arithmetic of strata."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from personahub.choosing.strata import even, proportional, taken

SIZES = st.lists(st.integers(0, 10**12), min_size=0, max_size=40).map(lambda sizes: np.array(sizes, np.int64))
COUNTS = st.integers(0, 10**13)
SMALL = st.lists(st.integers(0, 30), min_size=1, max_size=8)


@given(SIZES, COUNTS)
def test_both_ways_take_what_is_wanted_and_from_no_stratum_more_than_it_has(sizes: np.ndarray, count: int) -> None:
    for quotas in (proportional(sizes, count), even(sizes, count)):
        assert int(quotas.sum()) == min(count, int(sizes.sum()))
        assert ((quotas >= 0) & (quotas <= sizes)).all()


@given(SIZES, COUNTS)
def test_a_share_is_rounded_up_or_down_and_not_farther(sizes: np.ndarray, count: int) -> None:
    total = int(sizes.sum())
    for size, quota in zip(sizes.tolist(), proportional(sizes, count).tolist(), strict=True):
        exact = size * min(count, total)
        assert exact - total < quota * total < exact + total or quota * total == exact


@given(SIZES, COUNTS)
def test_even_ones_differ_by_one_at_most_where_a_stratum_has_enough(sizes: np.ndarray, count: int) -> None:
    quotas = even(sizes, count)
    most = int(quotas.max(initial=0))
    assert all(quota >= most - 1 for size, quota in zip(sizes.tolist(), quotas.tolist(), strict=True) if quota < size)


@given(SMALL, st.integers(0, 60), st.integers(0, 2**32 - 1))
def test_what_is_taken_has_the_smallest_keys_of_each_stratum(sizes: list[int], count: int, seed: int) -> None:
    dice = np.random.default_rng(seed)
    strata = dice.permutation(np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)).astype(np.int32)
    keys = dice.permutation(len(strata)).astype(np.uint64)
    quotas = even(np.array(sizes, np.int64), count)
    places = taken(strata, keys, quotas)
    assert len(set(places.tolist())) == len(places)
    for stratum, quota in enumerate(quotas.tolist()):
        mine = np.flatnonzero(strata == stratum)
        wanted = set(mine[np.argsort(keys[mine])][:quota].tolist())
        assert wanted == {place for place in places.tolist() if strata[place] == stratum}


def test_the_first_of_them_hold_each_stratum_in_its_share() -> None:
    strata = np.repeat(np.arange(3, dtype=np.int32), [600, 300, 100])
    keys = np.random.default_rng(0).permutation(1_000).astype(np.uint64)
    places = taken(strata, keys, proportional(np.array([600, 300, 100]), 200))
    assert np.bincount(strata[places[:20]], minlength=3).tolist() == [12, 6, 2]


def test_of_what_cannot_be_parted_the_one_that_lost_most_gets_it() -> None:
    assert proportional(np.array([10, 10, 10]), 10).tolist() == [4, 3, 3]
    assert proportional(np.array([1, 99]), 10).tolist() == [0, 10]
    assert even(np.array([1, 99, 50]), 10).tolist() == [1, 5, 4]
