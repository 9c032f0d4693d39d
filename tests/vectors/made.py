"""Vectors to compare, and every pair of them by brute force."""

import numpy as np
import numpy.typing as npt

from personahub.vectors.near import Near, Search
from personahub.vectors.rows import SLACK, Held, Rows

Block = npt.NDArray[np.float32]
Pairs = dict[tuple[int, int], float]


def unit(raw: npt.NDArray[np.floating]) -> Block:
    lengths = np.linalg.norm(raw, axis=1, keepdims=True)
    return np.asarray(np.divide(raw, lengths, out=np.zeros_like(raw), where=lengths > 0), np.float32)


def crowded(rows: int, dim: int, seed: int, copies: float = 0.1) -> Block:
    """Vectors around topics, of which some are near an earlier one."""
    dice = np.random.default_rng(seed)
    topics = dice.standard_normal((max(rows // 200, 2), dim))
    made = unit(topics[dice.integers(0, len(topics), rows)] + 1.3 * dice.standard_normal((rows, dim)))
    for row in np.flatnonzero(dice.random(rows) < copies)[1:]:
        near = made[dice.integers(0, row)]
        made[row] = near + dice.uniform(0.05, 0.75) * unit(dice.standard_normal((1, dim)))[0]
    return unit(made)


def brute(vectors: Block, threshold: float) -> Pairs:
    """In double precision."""
    wide = vectors.astype(np.float64)
    found: Pairs = {}
    for start in range(0, len(wide), 1_000):
        cosines = wide[start : start + 1_000] @ wide.T
        ones, others = np.nonzero(np.triu(cosines >= threshold - SLACK, start + 1))
        names = zip((start + ones).tolist(), others.tolist(), strict=True)
        found.update(zip(names, cosines[ones, others].tolist(), strict=True))
    return found


def told(near: Near, vectors: Held) -> tuple[Pairs, Search, int]:
    """The pairs it hands on, how it looked, and how many it handed on."""
    found: Pairs = {}
    count = 0

    def take(ones: npt.NDArray[np.int64], others: npt.NDArray[np.int64], cosines: Block) -> None:
        nonlocal count
        count += len(ones)
        found.update(zip(zip(ones.tolist(), others.tolist(), strict=True), cosines.tolist(), strict=True))

    search = near.pairs(Rows(vectors), take)
    return found, search, count


def components(rows: int, pairs: Pairs) -> list[int]:
    stands = list(range(rows))
    for one, two in pairs:
        if stands[one] != stands[two]:
            low, high = sorted((stands[one], stands[two]))
            stands = [low if stand == high else stand for stand in stands]
    return stands


def star(rows: int, pairs: Pairs) -> list[int]:
    """Each in its turn stays unless it is near to one that stays."""
    stands = list(range(rows))
    for one, two in sorted(pairs):
        if stands[one] == one and stands[two] == two:
            stands[two] = one
    return stands
