"""The exact join finds what brute force finds; `benchmarks/near_duplicates_proof.py` asks for more of the same."""

import os
import random
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personahub.joins.near import Near
from tests.joins.sets import compared, joined

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks" / "proof"))

from counting import counted, near, sets_of
from scripts import records

CASES = int(os.environ.get("PERSONAHUB_CASES", "150"))
KEY = bytes(range(40))
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # thousands of small folders
WORDS = ("a", "A", "b", "\u00e9", "e\u0301", "\u00df", "SS", "\u0130", "i\u0307", "\u0131", "I", "\u4e2d\u56fd")
SEPARATORS = st.sampled_from([" ", " ", " ", "", "'", "\u2019", "_", "\u0301", "\U0001f600", "-", "\n", "\u200d"])
TYPED = st.lists(st.tuples(st.one_of(st.sampled_from(WORDS), st.integers(0, 30).map(str)), SEPARATORS), max_size=12)


@st.composite
def copied(draw: st.DrawFn) -> list[str]:
    """Copies of one record of up to 200 words, each less some words and with some others."""
    dice = random.Random(draw(st.integers(0, 2**32)))
    known = draw(st.sampled_from([3, 20, 100, 1_000, 10_000]))
    length = draw(st.integers(0, 200) | st.integers(0, 30))
    shared = [dice.randrange(known) for _ in range(length)]
    texts = []
    for _ in range(draw(st.integers(1, 14))):
        gone = draw(st.sampled_from([0, 0, 1, 2, 3, length // 20, length // 8]))
        places = set(dice.sample(range(length), min(gone, length)))
        told = [word for place, word in enumerate(shared) if place not in places]
        told += [dice.randrange(known) for _ in range(draw(st.sampled_from([0, 0, 1, 2, 3, length // 20])))]
        if draw(st.booleans()):
            dice.shuffle(told)
        texts.append(" ".join(f"{WORDS[word % len(WORDS)]}{word}" for word in told))
    return texts


TEXTS = st.one_of(copied(), st.lists(TYPED.map(lambda told: "".join(map("".join, told))), max_size=12))
THRESHOLDS = st.one_of(
    st.sampled_from(["0.7", "0.75", "0.8", "0.85", "0.9", "0.95", "1"]),
    st.integers(700, 1_000).map(lambda share: str(share / 1_000)),
    st.integers(200, 700).map(lambda share: str(share / 1_000)),
)


@settings(max_examples=CASES, deadline=None)
@given(TEXTS, THRESHOLDS, st.integers(1, 3))
def test_no_counter_example_is_found(texts: list[str], threshold: str, ngram: int) -> None:
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        assert joined(Near(threshold, ngram, key=KEY), texts, Path(folder)) == compared(texts, threshold, ngram)


@pytest.fixture(scope="module")
def texts() -> list[str]:
    return records(2_500)


@pytest.mark.parametrize("ngram", [1, 2, 3])
def test_every_pair_that_brute_force_counts_is_found_and_no_other(texts: list[str], ngram: int, tmp_path: Path) -> None:
    pairs = counted(sets_of(texts, ngram), 7, 10)
    for threshold in ("0.7", "0.8", "0.9", "1"):
        truth = near(pairs, len(texts), *Fraction(threshold).as_integer_ratio())
        equal, found = joined(Near(threshold, ngram), texts, tmp_path / threshold, 1_000)
        assert len(truth.equal) > 30
        assert equal == [tuple(row) for row in truth.equal.tolist()]
        assert found == [tuple(row) for row in truth.pairs.tolist()]


def test_counting_agrees_with_sets_of_strings(texts: list[str]) -> None:
    some = texts[:400]
    for ngram in (1, 2, 3):
        equal, pairs = compared(some, "0.7", ngram)
        truth = near(counted(sets_of(some, ngram), 7, 10), len(some), 7, 10)
        assert (equal, pairs) == (
            [tuple(row) for row in truth.equal.tolist()],
            [tuple(r) for r in truth.pairs.tolist()],
        )


def test_the_records_have_every_size_and_pairs_at_every_threshold(texts: list[str]) -> None:
    sets = sets_of(texts, 1)
    assert {0, 1, 2} <= set(sets.sizes.tolist())
    assert 150 < sets.sizes.max() <= 300
    pairs = counted(sets, 7, 10)
    assert np.histogram(pairs[:, 2] / pairs[:, 3], np.arange(0.7, 1.01, 0.05))[0].min() > 20
