"""One vector a word piece, and their mean: quick on any processor, and blind to the order of words (WordLlama).

The package brings its 256 dimensions of the vocabulary of Llama 2 with it, so it works where nothing can be fetched.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from personahub.embedders.base import Vectors, digest, library, only, unit
from personahub.errors import UsageError

_WHERE = (
    "it comes with personahub on Linux and Windows (x86-64) and macOS, for Python 3.11 to 3.13; elsewhere a C compiler "
    "builds it"
)
MOST_CHARS = 65_536  # of a text that count
_OF_WORDS = 8  # digits of a fingerprint, its last, that tell of the word pieces
_AT_ONCE = 1 << 20  # characters whose word pieces are in memory at one time: a kilobyte each


class Static:
    """Args:
    model: WordLlama's, with `tokenizer` and `embedding`.
    fingerprint: of its files.
    """

    def __init__(self, model: Any, fingerprint: str) -> None:
        self._model = model
        self._model.tokenizer.no_padding()
        self._fingerprint = fingerprint

    @classmethod
    def open(cls, name: str, options: Mapping[str, object]) -> "Static":
        """The one that the package brings with it, "static".

        Raises UsageError where the package is not installed, or another is named.
        """
        only(options, "static")
        if name:
            raise UsageError(f"there is one embedder 'static'; leave out {name!r}")
        package = library("wordllama", "embed", _WHERE)
        folder = Path(str(package.__file__)).parent
        # it looks for its own files where it keeps downloads unless it is told where they are
        model = package.WordLlama.load(cache_dir=str(folder), disable_download=True)
        return cls(model, f"static-{digest(folder / 'weights')}{digest(folder / 'tokenizers')[:_OF_WORDS]}")

    @property
    def name(self) -> str:
        return "static"

    @property
    def dim(self) -> int:
        return int(self._model.embedding.shape[1])

    @property
    def fingerprint(self) -> str:
        return self._fingerprint

    def was(self, fingerprint: str) -> bool:
        # what an interpreter had compiled counted in the last digits: another one in each environment
        return fingerprint[:-_OF_WORDS] == self._fingerprint[:-_OF_WORDS]

    def embed(self, texts: Sequence[str]) -> Vectors:
        parts = [self._means(some) for some in _portions([text[:MOST_CHARS] for text in texts])]
        return unit(np.concatenate([np.empty((0, self.dim)), *parts]), texts, self.name)

    def _means(self, texts: list[str]) -> Vectors:
        found = [coded.ids for coded in self._model.tokenizer.encode_batch_fast(texts, add_special_tokens=False)]
        counts = np.fromiter(map(len, found), np.int64, len(found))
        pieces = np.fromiter((piece for some in found for piece in some), np.int64, int(counts.sum()))
        table = self._model.embedding
        means = np.zeros((len(texts), self.dim), np.float32)
        full = counts > 0
        starts = (np.cumsum(counts) - counts)[full]
        if len(starts):
            means[full] = np.add.reduceat(table[np.minimum(pieces, len(table) - 1)], starts, axis=0)
        return means  # a sum has the direction of the mean


def _portions(texts: list[str]) -> Iterator[list[str]]:
    some: list[str] = []
    held = 0
    for text in texts:
        if held + len(text) > _AT_ONCE:
            yield some
            some, held = [], 0
        some.append(text)
        held += len(text)
    if some:
        yield some
