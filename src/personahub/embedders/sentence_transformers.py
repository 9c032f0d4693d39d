"""Sentence models of the sentence-transformers library, from a folder or the Hugging Face hub.

They run by torch; by onnxruntime or OpenVINO where that is named behind the model: "sentence-transformers:MODEL@onnx".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from personahub.embedders.base import Vectors, digest, library, only, unit, weights
from personahub.errors import ModelError, UsageError

BACKENDS = ("torch", "onnx", "openvino")

_KIND = "sentence-transformers"
_BATCH = 32  # texts, which the library takes in the order of their length; longer ones pad all of a batch


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
        """The model of "sentence-transformers:FOLDER" or "sentence-transformers:OWNER/NAME", maybe with "@onnx".

        Raises:
            UsageError: the package, or that of its backend, is not installed, or no model is named.
            ModelError: there is no such model.
        """
        only(options, _KIND)
        package = library("sentence_transformers", _KIND)
        place, _, backend = name.rpartition("@")
        if backend not in BACKENDS or not place:
            place, backend = name, BACKENDS[0]
        folder = weights(place, _KIND)
        named = digest(folder)
        try:
            model = package.SentenceTransformer(str(folder), backend=backend)
        except Exception as error:  # a backend that is not installed is one of no particular kind
            if isinstance(error, ImportError) or "pip install" in str(error):
                cure = f"pip install 'sentence-transformers[{backend}]'"
                raise UsageError(
                    f"{name} cannot run by {backend}, which is not installed as it needs: {cure}"
                ) from error
            raise ModelError(f"{folder} holds no model that sentence-transformers reads: {error}") from error
        by = "" if backend == BACKENDS[0] else f"-{backend}"
        return cls(model, f"{_KIND}:{name}", f"{_KIND}-{named}{by}")

    @cached_property
    def dim(self) -> int:
        return len(self._encoded(self.model.encode_document, ["a"])[0])

    def embed(self, texts: Sequence[str]) -> Vectors:
        """With the model's prompt for what is looked through, where it has one."""
        return self._made(self.model.encode_document, texts)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """With the model's prompt for what is looked for, where it has one."""
        return self._made(self.model.encode_query, texts)

    def _made(self, encode: Any, texts: Sequence[str]) -> Vectors:
        raw = self._encoded(encode, list(texts)) if texts else np.empty((0, self.dim))
        return unit(raw, texts, self.name)

    def _encoded(self, encode: Any, texts: list[str]) -> Any:
        return encode(texts, batch_size=_BATCH, show_progress_bar=False, convert_to_numpy=True)
