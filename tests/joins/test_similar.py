import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from personahub.joins.similar import similar
from tests.joins.sets import grams

TEXTS = st.lists(st.text("aB é'字\u0301.", max_size=12), min_size=2, max_size=8)


@settings(max_examples=100, deadline=None)
@given(TEXTS, st.integers(1, 3))
def test_it_is_words_in_both_over_words_in_either(texts: list[str], ngram: int) -> None:
    pairs = np.array([[one, two] for one in range(len(texts)) for two in range(len(texts))])
    found = similar(pa.array(texts), pairs, ngram)
    sets = [grams(text, ngram) for text in texts]
    assert found.shared.tolist() == [len(sets[one] & sets[two]) for one, two in pairs.tolist()]
    assert found.either.tolist() == [len(sets[one] | sets[two]) for one, two in pairs.tolist()]


def test_no_words_are_like_nothing() -> None:
    assert similar(pa.array(["!!", "..", "a"]), np.array([[0, 1], [0, 2], [2, 2]])).shares.tolist() == [0.0, 0.0, 1.0]
