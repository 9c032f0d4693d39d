import unicodedata

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from personahub.joins.texts import texts_of
from personahub.joins.wordsets import distinct, scratch_for, sets
from personahub.text import words
from tests.joins.sets import grams

KEY = np.arange(1, 6, dtype=np.uint64) * np.uint64(0x9E37_79B9_7F4A_7C15)
NASTY = (
    "aAzZ09_'\u2019 .-\n\t\x00\u00e9\u00c9e\u0301\u0323\u0302\u00df\u1e9e\u4e2d\u56fd\u30f3\u30fc\u30fb\u3099\u304b"
    "\uac00\uac01\u1100\u1161\u11a8\u0130\u0131I\u0307\u03a3\u03c2\u03c3\ufb03\ufb01\u0345\u1fb3\u0149\u0390\uff21"
    "\uff11\U0001d504\U00010400\U0001f600\u212b\u03a9\u2126\u00b5\u0e01\u0e48\u0915\u094d\u093c\u0958\u05d0\u05b0\u0640"
    "\u064b\u00b2\u00bd\ufffd"
)
TEXTS = st.one_of(
    st.text(alphabet=NASTY, max_size=40),
    st.text(alphabet="aB9_' ", max_size=200),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    st.lists(st.text(alphabet=NASTY, max_size=20), max_size=12).map(" ".join),
)


def hashes(texts: list[str], ngram: int = 1) -> list[set[int]]:
    return [set(found.tolist()) for found in sets(pa.array(texts, pa.string()), KEY, ngram)]


def agree(texts: list[str], ngram: int) -> None:
    """Equal grams have equal hashes and others have others, over all of the texts."""
    plain, found = [grams(text, ngram) for text in texts], hashes(texts, ngram)
    assert [len(one) for one in found] == [len(one) for one in plain]
    for one in range(len(texts)):
        for two in range(one):
            assert len(found[one] & found[two]) == len(plain[one] & plain[two])


@settings(max_examples=1_500, deadline=None)
@given(st.lists(TEXTS, min_size=10, max_size=20), st.sampled_from([1, 1, 1, 2, 3]))
def test_sets_are_those_of_the_words(texts: list[str], ngram: int) -> None:
    split = [" ".join(words(text)) for text in texts]
    agree([*texts, *(text for text in split if words(text) == text.split(" "))], ngram)


def test_every_character_is_what_it_is_to_the_definition_of_a_word() -> None:
    points = [point for point in range(0x110000) if not 0xD800 <= point < 0xE000 and known(point)]
    for start in range(0, len(points), 4096):
        texts = [f"a{chr(point)}b" for point in points[start : start + 4096]]
        for text, found in zip(texts, hashes(texts), strict=True):
            assert len(found) == len(set(words(text))), text


def known(point: int) -> bool:
    """Private and unassigned characters are all alike: one of them in 97 is looked at."""
    return unicodedata.category(chr(point)) not in {"Co", "Cn"} or point % 97 == 0


def test_the_borders_of_64_bytes_are_none() -> None:
    for size in range(58, 72):
        agree(["a" * size + tail for tail in ("'b", "' b", " 'b", "'", "''b", "b'c d", "'b'c'd")], 1)


def test_slices_nulls_and_long_offsets_are_read() -> None:
    for kind in (pa.string(), pa.large_string(), pa.string_view()):
        column = pa.array(["left out", "a potter", None, "", "\u00c9mile", "left out"], kind).slice(1, 4)
        found = [set(one.tolist()) for one in sets(column, KEY)]
        assert found == hashes(["a potter", "", "", "\u00e9mile"])
    assert list(sets(pa.array([], pa.string()), KEY)) == []


def test_another_key_gives_other_hashes() -> None:
    text = pa.array(["a potter"])
    (one,), (two,) = sets(text, KEY), sets(text, KEY + np.uint64(1))
    assert not set(one.tolist()) & set(two.tolist())


@given(st.lists(st.integers(0, 40) | st.integers(0, 2**64 - 1), min_size=65, max_size=400))
def test_many_words_are_kept_once_each_in_their_order(told: list[int]) -> None:
    scratch = scratch_for(texts_of(pa.array(["x" * 1_000])))
    scratch.words[: len(told)] = told
    kept = distinct(scratch, len(told))
    assert scratch.words[:kept].tolist() == list(dict.fromkeys(told))


def test_long_texts_have_their_sets() -> None:
    text = " ".join(f"word{n % 3_000}" for n in range(9_000))
    assert [len(found) for found in hashes([text, text + " more"])] == [3_000, 3_001]
