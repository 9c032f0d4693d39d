"""Static vectors distilled from a sentence model, from a folder or the Hugging Face hub (model2vec)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from personahub.embedders.base import Vectors, digest, library, only, unit, weights
from personahub.errors import ModelError

_FAMILY = "model2vec"


@dataclass(frozen=True)
class Model2Vec:
    """Args:
    model: a StaticModel.
    """

    model: Any
    name: str
    fingerprint: str

    @classmethod
    def open(cls, name: str, options: Mapping[str, object]) -> "Model2Vec":
        """The model of "model2vec:FOLDER" or "model2vec:OWNER/NAME".

        Raises:
            UsageError: the package is not installed, or no model is named.
            ModelError: there is no such model.
        """
        only(options, _FAMILY)
        package = library("model2vec", _FAMILY)
        folder = weights(name, _FAMILY)
        try:
            model = package.StaticModel.from_pretrained(str(folder))
        except (OSError, ValueError, KeyError) as error:
            raise ModelError(f"{folder} holds no model that model2vec reads: {error}") from error
        return cls(model, f"{_FAMILY}:{name}", f"{_FAMILY}-{digest(folder)}")

    @property
    def dim(self) -> int:
        return int(self.model.dim)

    def embed(self, texts: Sequence[str]) -> Vectors:
        # processes of its own are no gain here, and none is left behind when this one is killed
        raw = self.model.encode(list(texts), use_multiprocessing=False) if texts else np.empty((0, self.dim))
        return unit(raw, texts, self.name)
