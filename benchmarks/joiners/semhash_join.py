"""semhash: nearest neighbours of vectors. Its own model is a download, so vectors are sums of random
ones, one for each word.

Two sets of n words at a Jaccard similarity of s have a cosine of 2 s / (1 + s) then, less chance: 0.947 for 0.9.
"""

from collections.abc import Sequence

import numpy as np
from finding import Groups, Job, drive
from semhash import SemHash  # type: ignore[import-not-found]  # in its own venv

DIMENSIONS = 256
COSINE = 2 * 0.9 / 1.9


class Words:
    """Of each word signs that follow from it."""

    def __init__(self) -> None:
        self._known: dict[str, np.ndarray] = {}
        self._dice = np.random.default_rng(1)

    def encode(self, inputs: Sequence[str] | str, **_: object) -> np.ndarray:
        given = [inputs] if isinstance(inputs, str) else inputs
        return np.stack([sum(self._of(word) for word in set(text.split())) for text in given])

    def _of(self, word: str) -> np.ndarray:
        if word not in self._known:
            self._known[word] = self._dice.choice(np.array([-1, 1], np.float32), DIMENSIONS)
        return self._known[word]


def find(job: Job) -> np.ndarray:
    texts = job.strings()
    told = SemHash.from_records(
        [{"id": str(number), "text": text} for number, text in enumerate(texts)], ["text"], Words()
    )
    result = told.self_deduplicate(threshold=COSINE)
    groups = Groups(len(texts))
    for gone in result.filtered:
        groups.join(int(gone.record["id"]), int(gone.duplicate_of["id"]))
    return groups.numbers()


if __name__ == "__main__":
    drive(find)
