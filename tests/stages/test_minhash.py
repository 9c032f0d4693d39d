import random

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from personahub.errors import UsageError
from personahub.stages.base import grams
from personahub.stages.clusters import representatives
from personahub.stages.jaccard import jaccard
from personahub.stages.minhash import MISSED, MinHash, candidates
from personahub.text import words

Keys = npt.NDArray[np.uint64]

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def batch(texts: list[str]) -> pa.RecordBatch:
    ids = [str(n) for n in range(len(texts))]
    return pa.RecordBatch.from_pydict({"id": pa.array(ids, pa.string()), "text": pa.array(texts, pa.string())})


def listed(keys: list[list[int] | None], size: int) -> pa.Array:
    return pa.array(keys, pa.list_(pa.uint64(), size))


def near_duplicates(texts: list[str], stage: MinHash) -> npt.NDArray[np.int64]:
    """The whole join: bands a batch at a time, candidates, exact similarity, clusters."""
    parts = [stage(batch(texts[start : start + 500]))["bands"] for start in range(0, len(texts), 500)]
    pairs = candidates(pa.chunked_array(parts))
    similar = jaccard(pa.array(texts, pa.string()), pairs, ngram=stage.ngram) >= stage.threshold
    return representatives(pairs[similar], len(texts))


def test_sixteen_bands_of_eight_miss_one_in_eight_thousand_at_the_threshold_of_the_paper() -> None:
    stage = MinHash()
    assert (stage.permutations, stage.threshold) == (128, 0.9)
    assert (stage.bands, stage.rows_per_band) == (16, 8)
    assert stage.miss_probability == pytest.approx((1 - 0.9**8) ** 16)
    assert stage.miss_probability < MISSED


@given(st.integers(1, 256), st.floats(0.05, 1.0))
def test_the_bands_fit_the_permutations_and_miss_few_where_that_is_possible(
    permutations: int, threshold: float
) -> None:
    stage = MinHash(permutations=permutations, threshold=threshold)
    assert 1 <= stage.bands * stage.rows_per_band <= permutations
    assert stage.miss_probability <= MISSED or stage.rows_per_band == 1


@pytest.mark.parametrize("settings", [{"threshold": 0.0}, {"threshold": 1.5}, {"permutations": 0}, {"ngram": 0}])
def test_a_setting_that_cannot_be_meant_is_a_usage_error(settings: dict[str, int]) -> None:
    with pytest.raises(UsageError):
        MinHash(**settings)


def test_bands_are_one_list_of_keys_a_row_and_null_without_words() -> None:
    made = MinHash()(batch(["A potter who paints tiles", "?!", ""]))
    assert made.schema.names == ["id", "bands"]
    assert made["bands"].type == pa.list_(pa.uint64(), 16)
    assert [row is None for row in made["bands"].to_pylist()] == [False, True, True]


def test_the_same_words_in_any_order_and_case_have_the_same_bands() -> None:
    first, second, other = MinHash()(batch(["A potter paints tiles", "tiles: a POTTER paints", "no word shared"]))[
        "bands"
    ]
    assert first == second
    assert not set(first.as_py()) & set(other.as_py())


def test_bands_do_not_depend_on_how_the_texts_are_batched() -> None:
    texts = [f"potter {n} paints tile {n % 7}" for n in range(5_000)]
    whole = MinHash()(batch(texts))["bands"]
    halves = [MinHash()(batch(texts[:1_234]))["bands"], MinHash()(batch(texts[1_234:]))["bands"]]
    assert pa.chunked_array(halves).combine_chunks().equals(whole)


def test_word_pairs_tell_orders_apart_that_single_words_do_not() -> None:
    texts = ["the potter greets the sailor", "the sailor greets the potter"]
    assert near_duplicates(texts, MinHash()).tolist() == [0, 0]
    assert near_duplicates(texts, MinHash(ngram=2)).tolist() == [0, 1]


def test_texts_without_words_are_nobodys_duplicates() -> None:
    assert near_duplicates(["!!!", "???", "", "...", "A potter", "A potter"], MinHash()).tolist() == [0, 1, 2, 3, 4, 4]


def test_no_texts_have_no_duplicates() -> None:
    assert near_duplicates([""], MinHash()).tolist() == [0]
    assert candidates(listed([], 2)).shape == (0, 2)


def test_up_to_nine_words_only_equal_sets_are_near() -> None:
    nine = "one two three four five six seven eight nine"
    texts = [nine, nine.removesuffix(" nine"), nine.replace("nine", "ten"), nine.upper()]
    assert near_duplicates(texts, MinHash()).tolist() == [0, 1, 2, 0]


def test_one_word_in_ten_is_exactly_near_enough() -> None:
    nine = "one two three four five six seven eight nine"
    assert jaccard(pa.array([nine, nine + " ten"]), np.array([[0, 1]])).tolist() == [MinHash().threshold]


def planted(count: int) -> tuple[list[str], list[tuple[int, int]]]:
    """Texts of invented words, and for a third of them a near copy with one or two words changed."""
    dice = random.Random(0)
    vocabulary = ["".join(dice.choices(LETTERS, k=6)) for _ in range(3_000)]
    texts: list[str] = []
    pairs = []
    while len(texts) < count:
        told = dice.sample(vocabulary, dice.randint(4, 40))
        texts.append(" ".join(told))
        if dice.random() < 1 / 3:
            copy = [*told, *dice.sample(vocabulary, dice.randint(0, 2))][dice.randint(0, 1) :]
            dice.shuffle(copy)
            texts.append(" ".join(copy))
            one, two = set(told), set(copy)
            if len(one & two) >= 0.9 * len(one | two):
                pairs.append((len(texts) - 2, len(texts) - 1))
    return texts, pairs


def test_planted_near_duplicates_are_found_and_nothing_else_is() -> None:
    texts, pairs = planted(6_000)
    kept = near_duplicates(texts, MinHash())
    assert len(pairs) > 500
    assert sum(kept[one] == kept[two] for one, two in pairs) >= 0.99 * len(pairs)
    dropped = np.flatnonzero(kept != np.arange(len(kept)))
    similar = jaccard(pa.array(texts), np.stack([kept[dropped], dropped], axis=1))
    # A vocabulary of random words makes no chains, so here even the representative is a near duplicate.
    assert similar.min() >= 0.9


def test_rows_that_share_any_key_are_a_pair_once() -> None:
    keys = listed([[1, 10], [2, 20], [1, 20], [3, 30], [1, 10]], 2)
    assert candidates(keys).tolist() == [[0, 2], [0, 4], [1, 2]]


def test_a_row_without_bands_is_in_no_pair() -> None:
    keys = listed([None, [1, 10], None, [1, 11], [2, 10]], 2)
    assert candidates(keys).tolist() == [[1, 3], [1, 4]]


def test_sliced_bands_count_their_own_rows() -> None:
    keys = listed([[9, 9], [9, 9], [1, 2], None, [1, 3]], 2)
    assert candidates(keys.slice(2)).tolist() == [[0, 2]]


def test_many_equal_rows_are_joined_by_few_pairs() -> None:
    keys = listed([[7, 8]] * 5_000, 2)
    pairs = candidates(keys)
    assert len(pairs) < 2 * 5_000
    assert set(representatives(pairs, 5_000)) == {0}


def test_a_large_group_makes_a_bounded_number_of_pairs_and_stays_together() -> None:
    keys = listed([[7, n] for n in range(3_000)], 2)
    pairs = candidates(keys)
    assert len(pairs) <= 18 * 3_000
    assert set(representatives(pairs, 3_000)) == {0}


@given(st.lists(st.lists(st.integers(0, 4), min_size=3, max_size=3), max_size=40))
def test_candidates_are_what_a_plain_search_finds_among_different_rows(keys: list[list[int]]) -> None:
    pairs = {tuple(pair) for pair in candidates(listed(list(keys), 3)).tolist()}
    assert all(left < right for left, right in pairs)
    firsts = {tuple(key): row for row, key in reversed(list(enumerate(keys)))}
    rows = sorted(firsts.values())
    for place, left in enumerate(rows):
        for right in rows[place + 1 :]:
            shared = any(a == b for a, b in zip(keys[left], keys[right], strict=True))
            assert ((left, right) in pairs) == shared
    assert all((firsts[tuple(key)], row) in pairs for row, key in enumerate(keys) if firsts[tuple(key)] != row)


@given(st.lists(st.text(alphabet="ab \u4e2d!", max_size=8), max_size=12), st.integers(1, 3))
def test_grams_are_counted_as_words_are(texts: list[str], ngram: int) -> None:
    found = grams(pa.array(texts, pa.string()), ngram)
    counts = [len(words(text)) for text in texts]
    assert found.counts.tolist() == [max(count - ngram + 1, 1) if count else 0 for count in counts]
    assert len(found.hashes) == found.counts.sum()
