from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from personahub.stages.clusters import representatives


def of(pairs: list[tuple[int, int]], rows: int) -> list[int]:
    found: list[int] = representatives(np.array(pairs, np.int64).reshape(-1, 2), rows).tolist()
    return found


def plain(pairs: list[tuple[int, int]], rows: int) -> list[int]:
    label = list(range(rows))
    for _ in range(rows):
        for left, right in pairs:
            label[left] = label[right] = min(label[left], label[right])
    return label


def test_without_pairs_every_row_stands_for_itself() -> None:
    assert of([], 3) == [0, 1, 2]
    assert of([], 0) == []


def test_the_first_to_come_stays() -> None:
    assert of([(1, 3), (2, 4)], 5) == [0, 1, 2, 1, 2]


def test_pairs_join_through_others() -> None:
    assert of([(0, 1), (1, 2), (4, 3)], 5) == [0, 0, 0, 3, 3]


def test_a_long_chain_is_one_cluster() -> None:
    rows = 100_000
    chain = np.stack([np.arange(rows - 1), np.arange(1, rows)], axis=1)
    assert not representatives(chain, rows).any()
    assert not representatives(chain[::-1], rows).any()


def test_a_zigzag_of_large_and_small_numbers_is_one_cluster() -> None:
    order = [row for pair in zip(range(500), range(999, 499, -1), strict=True) for row in pair]
    assert set(of(list(pairwise(order)), 1_000)) == {0}


@given(
    st.integers(1, 30).flatmap(
        lambda rows: st.tuples(st.lists(st.tuples(*[st.integers(0, rows - 1)] * 2)), st.just(rows))
    )
)
def test_it_is_what_a_plain_search_finds_in_any_order(drawn: tuple[list[tuple[int, int]], int]) -> None:
    pairs, rows = drawn
    assert of(pairs, rows) == plain(pairs, rows) == of([(b, a) for a, b in reversed(pairs)], rows)
