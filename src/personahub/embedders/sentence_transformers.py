"""Sentence models of the sentence-transformers library, from a folder or the Hugging Face hub; needs torch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from personahub.embedders.base import Vectors, digest, library, only, unit, weights
from personahub.errors import ModelError

_KIND = "sentence-transformers"
_BATCH = 32  # texts; longer ones pad all of a batch


@dataclass(frozen=True)
class SentenceTransformers:
    """Args:
    model: a SentenceTransformer; it takes a GPU by itself where there is one.
    """

    model: Any
    name: str
    fingerprint: str

    @classmethod
    def open(cls, name: str, options: Mapping[str, object]) -> "SentenceTransformers":
        """The model of "sentence-transformers:FOLDER" or "sentence-transformers:OWNER/NAME".

        Raises:
            UsageError: the package is not installed, or no model is named.
            ModelError: there is no such model.
        """
        only(options, _KIND)
        package = library("sentence_transformers", _KIND)
        folder = weights(name, _KIND)
        try:
            model = package.SentenceTransformer(str(folder))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{folder} holds no model that sentence-transformers reads: {error}") from error
        return cls(model, f"{_KIND}:{name}", f"{_KIND}-{digest(folder)}")

    @cached_property
    def dim(self) -> int:
        return len(self._encode(["a"])[0])

    def embed(self, texts: Sequence[str]) -> Vectors:
        raw = self._encode(list(texts)) if texts else np.empty((0, self.dim))
        return unit(raw, texts, self.name)

    def _encode(self, texts: list[str]) -> Any:
        return self.model.encode(texts, batch_size=_BATCH, show_progress_bar=False, convert_to_numpy=True)
