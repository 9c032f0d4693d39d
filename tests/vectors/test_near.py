"""Pairs of vectors at a cosine, against brute force."""

from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personahub.errors import UsageError
from personahub.vectors.near import Near
from personahub.vectors.rows import SLACK, Rows
from personahub.vectors.signs import MISSED, most_apart, signs
from personahub.vectors.sketch import sketch
from personahub.vectors.slices import starred
from tests.vectors.made import brute, components, crowded, star, told, unit

CLOSE = 5e-6  # to a threshold: rounding decides


@st.composite
def _small(draw: st.DrawFn) -> tuple[np.ndarray, float]:
    rows, dim = draw(st.integers(0, 30)), draw(st.integers(1, 9))
    numbers = st.sampled_from([0.0, 1.0, -1.0, 0.5, 3.0, -0.1])
    flat = draw(st.lists(numbers, min_size=rows * dim, max_size=rows * dim))
    return unit(np.array(flat).reshape(rows, dim)), draw(st.sampled_from([0.3, 0.5, 0.75, 0.9, 0.99, 1.0]))


@settings(max_examples=300, deadline=None)
@given(_small())
def test_few_vectors_are_compared_exactly(case: tuple[np.ndarray, float]) -> None:
    vectors, threshold = case
    expected = brute(vectors, threshold)
    unsure = {pair for pair, cosine in brute(vectors, threshold - CLOSE).items() if abs(cosine - threshold) < CLOSE}
    near = Near(threshold, device="cpu")
    found, search, count = told(near, vectors)
    assert count == len(found)
    assert set(found) - unsure == set(expected) - unsure
    assert all(abs(found[pair] - expected[pair]) < 1e-5 for pair in set(found) & set(expected))
    assert search.recall == 1
    if not unsure:
        assert near.linked(Rows(vectors))[0].tolist() == components(len(vectors), expected)
        assert near.starred(Rows(vectors))[0].tolist() == star(len(vectors), expected)


@pytest.mark.parametrize("threshold", [0.7, 0.8, 0.9, 0.97])
@pytest.mark.parametrize("dim", [48, 384])
def test_in_cells_nearly_every_pair_is_found_and_none_that_is_not_near(dim: int, threshold: float) -> None:
    vectors = crowded(4_000, dim, seed=dim)
    expected = brute(vectors, threshold)
    found, search, count = told(Near(threshold, few=0), vectors)
    assert len(expected) > 100
    assert count == len(found)
    wrong = [pair for pair in found if found[pair] < threshold - SLACK]
    assert not wrong
    assert set(found) <= set(brute(vectors, threshold - CLOSE))
    assert len(set(found) & set(expected)) >= 0.995 * len(expected)
    assert search.recall is not None
    assert search.recall >= 0.995
    assert search.sampled >= 0.5 * len(expected)


def test_in_cells_links_and_stars_follow_from_the_pairs() -> None:
    vectors = crowded(4_000, 64, seed=5)
    near = Near(0.9, recall=1.0, few=0)
    pairs, _, _ = told(near, vectors)
    linked, kept = near.linked(Rows(vectors))[0], near.starred(Rows(vectors))[0]
    assert linked.tolist() == components(len(vectors), pairs)
    assert kept.tolist() == star(len(vectors), pairs)
    assert (kept == np.arange(len(vectors))).sum() >= (linked == np.arange(len(vectors))).sum()


def test_a_star_over_several_slices_is_that_over_one() -> None:
    rows = Rows(crowded(4_000, 64, seed=6))
    made = sketch(rows, 0.85, 0.995, 0, 2, lambda _: None)
    whole, parts = (starred(rows, made, 0.85, 2, lambda _: None, most) for most in (4_000, 700))
    assert parts.tolist() == whole.tolist()
    assert (whole != np.arange(4_000)).sum() > 100


def test_workers_change_nothing() -> None:
    vectors = crowded(4_000, 64, seed=7)
    for look in ("linked", "starred"):
        one, three = (getattr(Near(0.9, few=0, workers=workers), look)(Rows(vectors)) for workers in (1, 3))
        assert one[0].tolist() == three[0].tolist()
        assert one[1] == three[1]


@pytest.mark.parametrize("few", [0, 20_000])
def test_ten_thousand_equal_vectors_are_one(few: int) -> None:
    vectors = np.concatenate([np.repeat(crowded(1, 32, seed=1), 10_000, axis=0), crowded(500, 32, seed=2, copies=0)])
    for look in ("linked", "starred"):
        stands = getattr(Near(1.0, few=few), look)(Rows(vectors))[0]
        assert not stands[:10_000].any()
        assert (stands[10_000:] == np.arange(10_000, 10_500)).all()


@pytest.mark.parametrize("few", [0, 20_000])
@pytest.mark.parametrize("rows", [0, 1, 2])
def test_none_one_and_two_rows(rows: int, few: int) -> None:
    vectors = np.repeat(unit(np.ones((1, 8))), rows, axis=0)
    found, _, _ = told(Near(0.9, few=few), vectors)
    assert set(found) == ({(0, 1)} if rows == 2 else set())
    assert Near(0.9, few=few).linked(Rows(vectors))[0].tolist() == [0] * rows
    assert Near(0.9, few=few).starred(Rows(vectors))[0].tolist() == [0] * rows


@pytest.mark.parametrize("few", [0, 20_000])
def test_vectors_without_a_direction_are_near_to_none(few: int) -> None:
    vectors = crowded(3_000, 32, seed=3)
    vectors[::3] = 0
    for look in ("linked", "starred"):
        stands = getattr(Near(0.5 if few else 0.9, few=few), look)(Rows(vectors))[0]
        assert (stands[::3] == np.arange(0, 3_000, 3)).all()
        assert stands[1::3].tolist() != np.arange(1, 3_000, 3).tolist()
    assert not told(Near(0.9, few=few), np.zeros((200, 8), np.float32))[0]


@pytest.mark.parametrize("few", [0, 20_000])
@pytest.mark.parametrize("wrong", [np.nan, np.inf, 7.0])
def test_a_vector_that_is_not_of_unit_length_is_named(few: int, wrong: float) -> None:
    vectors = crowded(1_000, 16, seed=4)
    vectors[777, 3] = wrong
    with pytest.raises(UsageError, match="vector 777 has length"):
        Near(0.9, few=few).linked(Rows(vectors))


def test_what_cannot_be_meant_is_refused() -> None:
    for shape in ((4,), (4, 0), (2, 2, 2)):
        with pytest.raises(UsageError, match="shape"):
            Rows(np.zeros(shape, np.float32))
    with pytest.raises(UsageError, match="int64"):
        Rows(np.zeros((2, 2), np.int64))  # type: ignore[arg-type]
    for settings_ in ({"threshold": 0.0}, {"threshold": 1.1}, {"recall": 0.0}, {"workers": 0}):
        with pytest.raises(UsageError):
            Near(**settings_)
    with pytest.raises(UsageError, match="torch"):
        Near(device="moon").linked(Rows(np.eye(3, dtype=np.float32)))


def test_half_precision_and_picked_rows_are_read_as_they_are_meant() -> None:
    vectors = crowded(2_000, 64, seed=8)
    picked = np.arange(0, 2_000, 2)
    for few in (0, 20_000):
        whole = Near(0.9, few=few).linked(Rows(vectors[::2].copy()))[0]
        assert Near(0.9, few=few).linked(Rows(vectors, picked))[0].tolist() == whole.tolist()
    half, full = (told(Near(0.9), some)[0] for some in (vectors.astype(np.float16), vectors))
    assert all(abs(half[pair] - full[pair]) < 1e-3 for pair in set(half) & set(full))
    assert all(abs((half | full)[pair] - 0.9) < 1e-3 for pair in set(half) ^ set(full))


@pytest.mark.parametrize("threshold", [0.7, 0.9])
def test_so_many_bits_differ_as_the_angle_says(threshold: float) -> None:
    dice = np.random.default_rng(0)
    ones = unit(dice.standard_normal((20_000, 100)))
    away = dice.standard_normal((20_000, 100))
    square = unit(away - (away * ones).sum(axis=1, keepdims=True) * ones)
    others = unit(threshold * ones + (1 - threshold**2) ** 0.5 * square)
    apart = np.bitwise_count(signs(ones) ^ signs(others)).sum(axis=1)
    assert (apart > most_apart(threshold)).mean() < 3 * MISSED
    assert (apart > most_apart(threshold) - 20).mean() > 0.01, "a smaller number would do"


@pytest.mark.skipif(not find_spec("torch"), reason="torch is not installed")
def test_on_a_device_of_torch_the_same_is_found() -> None:
    vectors = crowded(5_000, 64, seed=9)
    for look in ("linked", "starred"):
        here, there = (getattr(Near(0.6, device=device), look)(Rows(vectors))[0] for device in ("cpu", "torch:cpu"))
        assert (here != there).sum() <= 2, "rounding at the threshold"
