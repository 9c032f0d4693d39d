"""Texts that come one after another: what is near to one before is told, whatever the size and the memory."""

import random
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest

from personahub.joins.compiled import Words
from personahub.joins.growing import Growing
from personahub.joins.met import NONE
from personahub.text import words

Scores = npt.NDArray[np.float64]


def _named(first: int, count: int) -> Words:
    return np.stack([np.arange(first, first + count), np.full(count, 7)], axis=1).astype(np.uint64)


def _texts(count: int, seed: int) -> list[str]:
    """Some that are like some before them, by all degrees."""
    draw = random.Random(seed)
    pool = [f"w{number}" for number in range(300)]
    made: list[list[str]] = []
    for _ in range(count):
        if made and draw.random() < 0.5:
            text = list(draw.choice(made))
            for _ in range(draw.randrange(5)):
                text[draw.randrange(len(text))] = draw.choice(pool)
        else:
            text = draw.choices(pool, k=draw.choice([1, 2, 5, 12, 30, 80]))
        made.append(text)
    return [" ".join(text) for text in made]


def _first_near(texts: list[str], threshold: float) -> Iterator[int]:
    """The plain way: each against all that stay before it."""
    stay: list[tuple[int, set[str]]] = []
    for text in texts:
        mine = set(words(text))
        near = next((number for number, one in stay if len(mine & one) >= threshold * len(mine | one) - 1e-12), NONE)
        if near == NONE:
            stay.append((len(stay), mine))
        yield near


def _check_scores(texts: list[str], scores: Scores, others: list[str]) -> None:
    """Of those that are near to one before them, exactly."""
    near = [(set(words(text)), score) for text, score in zip(texts, scores.tolist(), strict=True) if score]
    for (mine, score), other in zip(near, others, strict=True):
        theirs = set(words(other))
        assert score == pytest.approx(len(mine & theirs) / len(mine | theirs))


@pytest.mark.parametrize("threshold", [0.5, 0.8, 0.9, 1.0])
@pytest.mark.parametrize("seed", range(3))
def test_every_near_text_before_is_found_and_no_other(threshold: float, seed: int) -> None:
    texts = _texts(1500, seed)
    growing, found, start = Growing(threshold, 1 << 30), [], 0
    draw = random.Random(seed)
    while start < len(texts):
        some = texts[start : start + draw.choice([1, 3, 400])]
        looked = growing.look(pa.array(some[:1]), _named(start, 1))
        met = growing.meet(pa.array(some), _named(start, len(some)))
        assert looked.near[0] == met.near[0]
        found += met.near.tolist()
        told = met.near[met.near != NONE]
        assert (growing.names(told)[:, 1] == 7).all()
        _check_scores(some, met.scores, [texts[number] for number in growing.names(told)[:, 0].tolist()])
        start += len(some)
    assert found == list(_first_near(texts, threshold))
    assert growing.count == found.count(NONE)


def test_a_text_that_is_there_knows_itself_and_what_stood_before_it() -> None:
    growing = Growing(0.9, 1 << 30)
    texts = pa.array(["one two three", "four five six", "seven eight nine"])
    names = _named(0, 3)
    growing.meet(texts, names)
    again = growing.meet(texts, names)
    assert again.own.tolist() == [0, 1, 2]
    assert again.near.tolist() == [NONE] * 3
    other = growing.meet(pa.array(["three two one"]), _named(9, 1))
    assert (other.near.tolist(), other.own.tolist()) == ([0], [NONE])


def test_memory_stays_below_what_is_allowed_and_the_newest_are_known() -> None:
    allowed = 1 << 20
    growing = Growing(0.9, allowed)
    texts = [" ".join(f"{number}x{word}" for word in range(30)) for number in range(20_000)]
    for start in range(0, len(texts), 500):
        some = pa.array(texts[start : start + 500])
        assert growing.meet(some, _named(start, 500)).near.tolist() == [NONE] * 500
        assert growing.bytes <= allowed
    assert growing.count == len(texts)
    assert growing.forgotten > 0
    last = growing.meet(pa.array([texts[-1], texts[0]]), _named(90_001, 2))
    assert last.near.tolist() == [len(texts) - 1, NONE]


def test_texts_without_words_are_near_to_nothing() -> None:
    growing = Growing(0.9, 1 << 30)
    assert growing.meet(pa.array(["", "...", "..."]), _named(0, 3)).near.tolist() == [NONE] * 3


def test_ten_thousand_copies_cost_what_one_does() -> None:
    growing = Growing(0.9, 1 << 30)
    growing.meet(pa.array(["the same words again"] * 10_000), _named(0, 10_000))
    assert growing.count == 1


def test_a_text_that_is_too_long_is_near_to_nothing_and_breaks_nothing() -> None:
    growing = Growing(0.9, 1 << 30)
    long = "word " * (1 << 20)
    assert growing.meet(pa.array([long, long, "a b", "b a"]), _named(0, 4)).near.tolist() == [NONE, NONE, NONE, 0]
