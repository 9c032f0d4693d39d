"""Unit vectors that lie as sentence embeddings do, with copies planted at known cosines.

All share a direction, topics within themes share more, and what is left has a falling spectrum; sizes of topics fall
as words do. At a million: mean cosine of two at random 0.12, of a vector and its nearest 0.56 in the median (the file
that `write` makes is measured by `benchmarks/meaning.py shape`).
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Block = npt.NDArray[np.float32]

_PART = 1 << 16
_COMMON, _THEME, _TOPIC = 0.12, 0.13, 0.22  # of a vector's squared length
_NEAREST, _FARTHEST = 0.99, 0.84  # cosines of copies


@dataclass(frozen=True)
class Vectors:
    """Args:
    copied: share of the rows that are a copy of an earlier one.
    """

    rows: int
    dim: int = 384
    seed: int = 1
    copied: float = 0.05

    def write(self, path: Path) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """Rows of float32 one after the other; what was planted: (n, 2) of original and copy, and their cosines."""
        dice = np.random.default_rng(self.seed)
        whole = np.memmap(path, np.float32, "w+", shape=(self.rows, self.dim))
        spectrum = (np.arange(self.dim) + 10.0) ** -0.35
        turn = np.linalg.qr(dice.standard_normal((self.dim, self.dim)))[0]
        left = (spectrum[:, None] * turn).astype(np.float32)
        common = _unit(dice.standard_normal((1, self.dim)).astype(np.float32))
        themes = _unit(dice.standard_normal((200, self.dim)).astype(np.float32) @ left)
        topics = _unit(dice.standard_normal((20_000, self.dim)).astype(np.float32) @ left)
        theme_of = dice.integers(0, len(themes), len(topics))
        share = 1 / (np.arange(len(topics)) + 20.0) ** 0.8
        share /= share.sum()
        planted, cosines = [], []
        for start in range(0, self.rows, _PART):
            count = min(_PART, self.rows - start)
            topic = dice.choice(len(topics), count, p=share)
            rest = _unit(dice.standard_normal((count, self.dim), np.float32) @ left)
            block = _COMMON**0.5 * common + _THEME**0.5 * themes[theme_of[topic]] + _TOPIC**0.5 * topics[topic]
            block = _unit(block + (1 - _COMMON - _THEME - _TOPIC) ** 0.5 * rest)
            copies = np.flatnonzero(dice.random(count) < self.copied) if start else np.empty(0, np.int64)
            originals = dice.integers(0, max(start, 1), len(copies))
            at = dice.uniform(_FARTHEST, _NEAREST, len(copies))
            block[copies] = _at(whole[originals], block[copies], at)
            whole[start : start + count] = block
            planted.append(np.stack([originals, start + copies], axis=1))
            cosines.append(at)
        whole.flush()
        return np.concatenate(planted), np.concatenate(cosines)


def _unit(block: Block) -> Block:
    return np.asarray(block / np.linalg.norm(block, axis=1, keepdims=True), np.float32)


def _at(block: Block, other: Block, cosines: npt.NDArray[np.float64]) -> Block:
    """Vectors at these cosines to those of the block, away from it towards the other."""
    away = _unit(other - np.einsum("ij,ij->i", block, other)[:, None] * block)
    return _unit((cosines[:, None] * block + np.sqrt(1 - cosines**2)[:, None] * away).astype(np.float32))
