import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from personahub.stages.jaccard import jaccard
from personahub.text import words


def of(one: str, two: str, ngram: int = 1) -> float:
    return float(jaccard(pa.array([one, two]), np.array([[0, 1]]), ngram=ngram)[0])


def plain(one: str, two: str, ngram: int) -> float:
    sets = []
    for text in (one, two):
        found = words(text)
        size = min(ngram, len(found)) or 1
        sets.append({tuple(found[n : n + size]) for n in range(len(found) - size + 1)} if found else set())
    either = sets[0] | sets[1]
    return len(sets[0] & sets[1]) / len(either) if either else 0.0


def test_shared_words_are_counted_over_all_words() -> None:
    assert of("a potter paints tiles", "a potter sells tiles") == pytest.approx(3 / 5)


def test_repeated_words_count_once() -> None:
    assert of("tile tile tile potter", "potter tile") == 1.0


def test_case_and_punctuation_do_not_count() -> None:
    assert of("A Potter, painting!", "a potter painting") == 1.0


def test_texts_without_words_share_nothing() -> None:
    assert of("!!!", "!!!") == 0.0
    assert of("", "a potter") == 0.0


def test_chinese_is_compared_by_character() -> None:
    assert of("\u4e00\u4f4d\u5f8b\u5e08", "\u4e00\u4f4d\u533b\u5e08") == pytest.approx(3 / 5)


def test_no_pairs_have_no_similarity() -> None:
    assert jaccard(pa.array(["a"]), np.empty((0, 2), np.int64)).shape == (0,)


def test_a_text_is_equal_to_itself() -> None:
    assert jaccard(pa.array(["b c", "a potter"]), np.array([[1, 1]])).tolist() == [1.0]


def test_texts_may_come_in_chunks() -> None:
    texts = pa.chunked_array([["a b"], ["c d", "a b"]])
    assert jaccard(texts, np.array([[0, 2], [0, 1], [2, 1]])).tolist() == [1.0, 0.0, 0.0]


def test_more_grams_than_are_looked_up_at_one_time_give_the_same_answer() -> None:
    long = " ".join(f"w{n}" for n in range(30_000))
    texts = pa.array([long, long + " one more", "w1 w2"])
    pairs = np.array([[0, 1]] * 80 + [[1, 2]] * 80 + [[0, 2]])
    found = jaccard(texts, pairs)
    assert found[:80] == pytest.approx(30_000 / 30_002)
    assert found[80:160] == pytest.approx(2 / 30_002)
    assert found[160] == pytest.approx(2 / 30_000)


@given(st.lists(st.text(alphabet="abc \u4e2d'", max_size=12), min_size=1, max_size=6), st.integers(1, 3))
def test_it_is_what_plain_sets_give(texts: list[str], ngram: int) -> None:
    pairs = [(i, j) for i in range(len(texts)) for j in range(len(texts))]
    found = jaccard(pa.array(texts), np.array(pairs), ngram=ngram)
    assert found.tolist() == pytest.approx([plain(texts[i], texts[j], ngram) for i, j in pairs])
