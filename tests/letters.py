"""An embedder that counts letters: quick, and its cosines can be told from the texts."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from personahub.embedders.base import Vectors, unit

LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Letters:
    """Args:
    state: of what it is made; another is another embedder of the same name.
    seen: every text that it was asked for.
    """

    state: str = "1"
    name: str = "letters"
    seen: list[str] = field(default_factory=list, compare=False)

    @property
    def dim(self) -> int:
        return len(LETTERS)

    @property
    def fingerprint(self) -> str:
        return f"{self.name}-{self.state}"

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.seen.extend(texts)
        counts = np.array([[text.casefold().count(letter) for letter in LETTERS] for text in texts], np.float64)
        return unit(counts.reshape(-1, self.dim), texts, self.name)
