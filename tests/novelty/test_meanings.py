"""Vectors that come one after another: every near one before is found, in memory that is bounded."""

import numpy as np
import pytest

from personahub.joins.met import NONE
from personahub.novelty.base import Block, Names
from personahub.novelty.meanings import Meanings


def _vectors(count: int, seed: int) -> Block:
    """Some that are near to some before them."""
    draw = np.random.default_rng(seed)
    made = draw.normal(size=(count, 24)).astype(np.float32)
    for row in range(1, count, 2):
        made[row] = made[draw.integers(row)] + draw.normal(size=24).astype(np.float32) * draw.choice([0.1, 0.3, 0.5])
    unit: Block = made / np.linalg.norm(made, axis=1, keepdims=True)
    return unit


def _names(first: int, count: int) -> Names:
    return np.stack([np.arange(first, first + count), np.full(count, 7)], axis=1).astype(np.uint64)


@pytest.mark.parametrize("seed", range(3))
def test_every_near_vector_before_is_found_and_no_other(seed: int) -> None:
    vectors, stay, wanted = _vectors(900, seed), list[int](), list[int]()
    for row in range(len(vectors)):
        cosines = vectors[stay] @ vectors[row] if stay else np.empty(0)
        near = np.flatnonzero(cosines >= 0.9)
        wanted.append(int(near[0]) if len(near) else NONE)
        if not len(near):
            stay.append(row)
    meanings, found = Meanings(0.9, 1 << 30), list[int]()
    for start, end in ((0, 1), (1, 300), (300, 900)):
        met = meanings.meet(vectors[start:end], _names(start, end - start))
        found += met.near.tolist()
        told = met.near != NONE
        others = meanings.names(met.near[told])[:, 0].astype(np.int64)
        exact = (vectors[start:end][told] * vectors[others]).sum(axis=1)
        assert met.scores[told] == pytest.approx(exact, abs=1e-5)
    assert found == wanted
    assert meanings.count == len(stay)


def test_a_vector_that_is_there_knows_itself_and_a_look_takes_nothing_in() -> None:
    vectors, meanings = _vectors(1, 0), Meanings(0.9, 1 << 30)
    assert meanings.look(vectors, _names(0, 1)).near.tolist() == [NONE]
    meanings.meet(vectors, _names(0, 1))
    assert meanings.meet(vectors, _names(0, 1)).own.tolist() == [0]
    assert meanings.look(vectors, _names(5, 1)).near.tolist() == [0]
    assert meanings.count == 1


def test_the_older_half_is_forgotten_where_memory_is_short() -> None:
    draw = np.random.default_rng(3).normal(size=(6000, 64)).astype(np.float32)
    vectors: Block = draw / np.linalg.norm(draw, axis=1, keepdims=True)
    meanings = Meanings(0.9, 1 << 20)
    for start in range(0, len(vectors), 300):
        assert (meanings.meet(vectors[start : start + 300], _names(start, 300)).near == NONE).all()
    assert meanings.count == 6000
    assert meanings.forgotten > 0
    again = meanings.look(vectors[[5999, 0]], _names(9000, 2))
    assert again.near.tolist() == [5999, NONE]
