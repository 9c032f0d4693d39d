import random
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personahub.errors import UsageError
from personahub.joins.compiled import Words
from personahub.joins.forest import linked
from personahub.joins.keys import Keying, keys_for, keys_of
from personahub.joins.minhash import MISSED, MinHash
from personahub.joins.near import Near
from personahub.joins.plan import Threshold
from tests.joins.sets import compared, joined, parts_of

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks" / "proof"))

from counting import counted, near, sets_of

KEY = bytes(range(40))


def cut(threshold: float | str, permutations: int = 128) -> MinHash:
    return MinHash(Threshold.of(threshold).exact, permutations)


def test_sixteen_bands_of_eight_miss_one_in_eight_thousand_at_the_threshold_of_the_paper() -> None:
    stage = cut(0.9)
    assert (stage.bands, stage.rows) == (16, 8)
    assert stage.miss_probability == pytest.approx((1 - 0.9**8) ** 16)
    assert stage.miss_probability < MISSED


@given(st.integers(1, 256), st.integers(50, 1_000))
def test_the_bands_fit_the_permutations_and_miss_few_where_that_is_possible(permutations: int, share: int) -> None:
    stage = cut(str(share / 1_000), permutations)
    assert 1 <= stage.bands * stage.rows <= permutations
    assert stage.miss_probability <= MISSED or stage.rows == 1


def test_a_setting_that_cannot_be_meant_is_a_usage_error() -> None:
    for permutations in (0, 1_025):
        with pytest.raises(UsageError, match="permutations"):
            Near(permutations=permutations)
    with pytest.raises(UsageError, match="exact or minhash"):
        Near(method="guess")  # type: ignore[arg-type]


def keys(stage: MinHash, sets: Words) -> Words:
    """Of sets of as many words each, shape (sets, words)."""
    how, room = Keying(stage.plan, np.zeros(1, np.uint8)), keys_for(sets.shape[1])
    made = np.empty((len(sets), stage.bands), np.uint64)
    for row, words in enumerate(sets):
        assert keys_of(words, len(words), how, room) == stage.bands
        made[row] = room.made[: stage.bands]
    return made


def missed(stage: MinHash, shared: int, alone: int, pairs: int) -> float:
    """The share of random pairs that have no key together: so many words in both, so many in each only."""
    dice = np.random.default_rng(11)
    drawn = dice.integers(0, 2**64, (pairs, shared + 2 * alone), np.uint64)
    left, right = drawn[:, : shared + alone].copy(), np.delete(drawn, np.s_[shared : shared + alone], 1).copy()
    return float((keys(stage, left) != keys(stage, right)).all(1).mean())


@pytest.mark.parametrize(
    ("threshold", "permutations", "shared", "alone", "pairs"),
    [
        ("0.9", 128, 18, 1, 100_000),  # at the threshold: 12 in 100,000
        ("0.3", 16, 6, 7, 40_000),  # at the threshold, with as few as miss 1 in 300
        ("0.3", 16, 60, 70, 20_000),
        ("0.9", 128, 16, 2, 20_000),  # below it, at 0.8: 5 %
        ("0.9", 128, 160, 20, 5_000),
        ("0.9", 128, 6, 2, 20_000),  # at 0.6: 76 %
        ("0.5", 128, 1, 4, 20_000),  # at one ninth
        ("0.8", 256, 30, 10, 20_000),  # at 0.6
        ("0.7", 1_024, 3, 3, 5_000),  # at a third
    ],
)
def test_pairs_are_missed_as_often_as_is_told(
    threshold: str, permutations: int, shared: int, alone: int, pairs: int
) -> None:
    stage, similar = cut(threshold, permutations), shared / (shared + 2 * alone)
    told = (1 - similar**stage.rows) ** stage.bands
    if similar == pytest.approx(float(threshold)):
        assert told == pytest.approx(stage.miss_probability)
    error = (told * (1 - told) / pairs) ** 0.5
    assert abs(missed(stage, shared, alone, pairs) - told) < 4 * error


def texts(count: int, seed: int = 1) -> list[str]:
    """Of 1 to 300 words, a third of them a copy with some words changed."""
    dice = random.Random(seed)
    made: list[list[int]] = []
    for _ in range(count):
        told = [int(20_000 ** dice.random()) for _ in range(round(300 ** dice.random()))]
        if made and dice.random() < 1 / 3:
            told = list(dice.choice(made))
            for _ in range(dice.choice([0, 1, 1, 2, len(told) // 20, len(told) // 8])):
                told[dice.randrange(len(told))] = dice.randrange(20_000)
        made.append(told)
    return [" ".join(f"w{word}" for word in told) for told in made]


@pytest.mark.parametrize(("threshold", "ngram"), [("0.9", 1), ("0.8", 1), ("0.5", 1), ("0.7", 2), ("1", 1)])
def test_what_is_found_is_near_and_nearly_all_of_it(tmp_path: Path, threshold: str, ngram: int) -> None:
    some = texts(1_500)
    equal, pairs = joined(Near(threshold, ngram, method="minhash"), some, tmp_path)
    part = Fraction(threshold).as_integer_ratio()
    truth = near(counted(sets_of(some, ngram), *part), len(some), *part)
    wanted = {tuple(row) for row in truth.pairs.tolist()}
    assert equal == [tuple(row) for row in truth.equal.tolist()]
    assert set(pairs) <= wanted
    assert len(pairs) >= (1 - 5 * MISSED) * len(wanted) - 1


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(0, 12), max_size=14), max_size=12), st.sampled_from(["0.5", "0.8", "0.9"]))
def test_nothing_is_found_that_is_not_near(told: list[list[int]], threshold: str) -> None:
    some = [" ".join(f"w{word}" for word in words) for words in told]
    with tempfile.TemporaryDirectory() as folder:
        equal, pairs = joined(Near(threshold, method="minhash", permutations=16), some, Path(folder))
    wanted_equal, wanted = compared(some, threshold)
    assert equal == wanted_equal
    assert set(pairs) <= set(wanted)


def test_workers_memory_and_parts_change_no_result(tmp_path: Path) -> None:
    some = texts(3_000)
    first = joined(Near(key=KEY, method="minhash"), some, tmp_path / "a")
    assert len(first[1]) > 100
    others = [
        joined(Near(workers=1, memory_limit=1, key=KEY, method="minhash"), some, tmp_path / "b", 1_000),
        joined(Near(workers=3, memory_limit=10**6, key=KEY, method="minhash"), some, tmp_path / "c", 333),
    ]
    assert others == [first] * 2


def test_links_connect_what_pairs_connect(tmp_path: Path) -> None:
    some = texts(2_000)
    kept = []
    for give in ("pairs", "links"):
        join = Near(key=KEY, method="minhash", give=give)
        kept.append(linked(join(parts_of(some, 500), rows=len(some), folder=tmp_path / give)).tolist())
    assert kept[0] == kept[1]


def test_a_folder_of_one_method_is_not_gone_on_with_by_the_other(tmp_path: Path) -> None:
    words = [f"w{n}" for n in range(20)]
    some = [" ".join(words[:18]), " ".join(words[:19]), " ".join(words)]
    Near(key=KEY, method="minhash", permutations=1)(parts_of(some, 3), rows=3, folder=tmp_path)
    assert joined(Near(key=KEY), some, tmp_path) == compared(some, "0.9")
