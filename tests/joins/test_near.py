import random
import tempfile
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personahub.errors import HubError, UsageError
from personahub.joins import compare
from personahub.joins.near import Near
from tests.joins.sets import compared, joined, parts_of, told

KEY = bytes(range(40))
THRESHOLDS = st.sampled_from(["0.5", "0.55", "0.6", "0.7", "0.75", "0.8", "0.85", "0.9", "0.9", "0.95", "1.0"])


@st.composite
def corpora(draw: st.DrawFn) -> list[str]:
    """Sets of 0 to 200 words around one that most share nearly whole, and others; some in other scripts."""
    dice = random.Random(draw(st.integers(0, 2**32)))
    known, length = (
        draw(st.sampled_from([4, 30, 200, 5_000])),
        draw(st.sampled_from([1, 2, 3, 10, 19, 20, 30, 60, 200])),
    )
    shared = [dice.randrange(known) for _ in range(length)]
    texts: list[str] = []
    for _ in range(draw(st.sampled_from([1, 5, 15, 40]))):
        kind = dice.random()
        lost = dice.choice([0, 0.02, 0.05, 0.2])
        found = [word for word in shared if dice.random() >= lost]
        found += [dice.randrange(known) for _ in range(dice.choice([0, 0, 1, 2, 3]))]
        if kind < 0.1:
            found = []
        elif kind < 0.3:
            found = [dice.randrange(known) for _ in range(dice.randrange(length + 1))]
        text = " ".join(
            ("\u00c9t\u00e9" if word % 7 == 0 else "\u4e2d" if word % 11 == 0 else "W") + str(word) for word in found
        )
        texts.append(dice.choice(texts) if texts and kind > 0.9 else text)
    return texts


@settings(max_examples=200, deadline=None)
@given(corpora(), THRESHOLDS, st.sampled_from([1, 1, 1, 2, 3]), st.sampled_from([1, 7, 100]), st.sampled_from([1, 2]))
def test_every_near_pair_is_found_and_no_other(
    texts: list[str], threshold: str, ngram: int, part: int, workers: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        near = Near(threshold, ngram, workers, key=KEY)
        assert joined(near, texts, Path(folder), part) == compared(texts, threshold, ngram)


@settings(max_examples=60, deadline=None)
@given(corpora(), THRESHOLDS)
def test_crowds_that_share_a_key_are_compared_whole(texts: list[str], threshold: str) -> None:
    crowd, compare.CROWD = compare.CROWD, 2
    try:
        with tempfile.TemporaryDirectory() as folder:
            assert joined(Near(threshold, key=KEY), texts, Path(folder)) == compared(texts, threshold)
    finally:
        compare.CROWD = crowd


def many(rows: int, seed: int = 1) -> list[str]:
    dice = random.Random(seed)
    texts: list[str] = []
    for _ in range(rows):
        found = [f"w{int(3_000 ** dice.random())}" for _ in range(dice.randrange(12, 24))]
        if texts and dice.random() < 0.3:
            found = texts[dice.randrange(len(texts))].split()
            for _ in range(dice.randrange(4)):
                found[dice.randrange(len(found))] = f"w{dice.randrange(3_000)}"
        texts.append(" ".join(found))
    return texts


def test_workers_parts_memory_and_keys_change_no_result(tmp_path: Path) -> None:
    texts = many(5_000)
    first = joined(Near(key=KEY), texts, tmp_path / "a")
    assert len(first[1]) > 100
    others = [
        joined(Near(workers=1, memory_limit=1), texts, tmp_path / "b", 1_000),
        joined(Near(workers=3, memory_limit=10**6), texts, tmp_path / "c", 5_000),
        joined(Near(workers=2, memory_limit=10**5), texts, tmp_path / "d", 333),
    ]
    assert others == [first] * 3


def test_records_without_words_are_nobodys_duplicates(tmp_path: Path) -> None:
    assert joined(Near(), ["", "!!!", "", " "], tmp_path) == ([], [])
    assert joined(Near(), [], tmp_path) == ([], [])


def test_equal_records_give_no_pairs_among_each_other(tmp_path: Path) -> None:
    equal, pairs = joined(Near(), ["a potter"] * 300 + ["Potter, a"] * 300, tmp_path)
    assert equal == [(number, 0) for number in range(1, 600)]
    assert pairs == []


def test_a_pair_just_at_the_threshold_is_near_and_one_below_is_not(tmp_path: Path) -> None:
    shared = [f"w{n}" for n in range(18)]
    texts = [" ".join([*shared, *more]) for more in (["x"], ["y"], ["p", "q"], [])]
    assert joined(Near("0.9"), texts, tmp_path)[1] == [(0, 1, 18, 20), (0, 3, 18, 19), (1, 3, 18, 19), (2, 3, 18, 20)]
    assert joined(Near("0.900000001"), texts, tmp_path)[1] == [(0, 3, 18, 19), (1, 3, 18, 19)]


def test_a_folder_is_gone_on_with_for_the_same_and_begun_again_for_others(tmp_path: Path) -> None:
    texts = many(200)
    Near(0.9)(parts_of(texts, 50), rows=200, folder=tmp_path)

    def none() -> list[pa.Array]:
        raise AssertionError

    assert told(Near(0.9)(none, rows=200, folder=tmp_path)) == compared(texts, "0.9")
    assert joined(Near(0.8), texts, tmp_path) == compared(texts, "0.8")
    assert not tmp_path.exists()


def test_what_is_read_is_told(tmp_path: Path) -> None:
    heard: list[tuple[str, int]] = []
    texts = parts_of(many(40_000), 10_000)
    Near()(texts, rows=40_000, folder=tmp_path, tell=lambda phase, rows, _all: heard.append((phase, rows)))
    assert heard == sorted(heard, key=lambda one: (one[0] != "sums", one[1]))
    assert {("sums", 40_000), ("probes", 80_000)} <= set(heard)


def test_files_of_others_stay_in_the_folder(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    Near()(parts_of(["a b"], 1), rows=1, folder=tmp_path).remove()
    assert [file.name for file in tmp_path.iterdir()] == ["notes.txt"]


def test_other_numbers_of_texts_than_told_and_texts_that_change_are_told(tmp_path: Path) -> None:
    for rows in (2, 4):
        with pytest.raises(HubError, match="texts were told of"):
            Near()(parts_of(["a", "b", "c"], 2), rows=rows, folder=tmp_path)
    calls = iter([["a b"], ["a b"], ["a c"]])
    with pytest.raises(HubError, match="changed while"):
        Near()(lambda: [pa.array(next(calls))], rows=1, folder=tmp_path / "changed")


def test_settings_that_cannot_be_meant_are_told(tmp_path: Path) -> None:
    for wrong in ({"ngram": 0}, {"workers": 0}, {"threshold": 0}, {"key": b"short"}):
        with pytest.raises(UsageError):
            Near(**wrong)
    with pytest.raises(UsageError, match="cut those"):
        Near()(lambda: [pa.array(["x" * (5 << 20)])], rows=1, folder=tmp_path)
