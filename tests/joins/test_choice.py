import pytest

from personahub.joins.choice import choice
from personahub.joins.minhash import MinHash
from personahub.joins.plan import Threshold
from tests.joins.sets import parts_of


@pytest.mark.parametrize(
    ("threshold", "words", "method"),
    [
        ("0.9", 20, "exact"),
        ("0.9", 2_000, "exact"),
        ("0.8", 20, "exact"),
        ("0.8", 100, "minhash"),
        ("0.5", 100, "exact"),
    ],
)
def test_minhash_is_chosen_where_it_saves_much(threshold: str, words: int, method: str) -> None:
    texts = [" ".join(f"w{number}" for number in range(words))] * 10
    chosen = choice(MinHash(Threshold.of(threshold).exact), parts_of(texts, 4), 1)
    assert (chosen.method, chosen.words) == (method, words)
    assert f"{words} different words" in chosen.why
    assert threshold in chosen.why


def test_grams_are_counted_and_no_texts_are_no_words() -> None:
    keys = MinHash(Threshold.of("0.8").exact)
    assert choice(keys, parts_of(["a b c d", "a b"], 1), 3).words == 1.5
    assert choice(keys, parts_of([], 1), 1).method == "exact"
