"""What texts tell of the people they describe, without an LLM: by rules, and by vectors where these know nothing."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from personahub.attributes.names import ATTRIBUTES
from personahub.attributes.reading import Told
from personahub.attributes.rules import LIKELY, told
from personahub.attributes.vocabulary import digest, prototypes
from personahub.embedders.base import Embedder
from personahub.stages.base import texts_of

VERSION = 1  # goes up when the same text is told otherwise by the same word lists

# A cosine to the nearest prototype, and how far the next domain lies behind, at which a vector tells a domain; from
# the odd lines of benchmarks/labels.
NEAR, AHEAD = 0.25, 0.04
NEAREST = 0.4  # 3 of 7 that vectors alone told were right, there


@dataclass(frozen=True)
class AttributesOf:
    """`text` in; a column each attribute out, null where nothing is known well enough.

    Args:
        names: of ATTRIBUTES.
        least: how sure a value must be, from 0 to 1; a word that settles it has 0.9, the vectors 0.4.
        embedder: for the domain of a text that has no word of the lists; None for rules alone.
    """

    names: tuple[str, ...] = ATTRIBUTES
    least: float = LIKELY
    embedder: Embedder | None = field(default=None, repr=False)

    @property
    def fingerprint(self) -> str:
        """The same where the same text is told the same."""
        by = self.embedder.fingerprint if self.embedder else "rules alone"
        return f"rules v{VERSION} {digest()} {by} {self.least:g}"

    def __call__(self, rows: pa.RecordBatch) -> pa.RecordBatch:
        texts = texts_of(rows)
        found = dict(told(texts))
        if "domain" in self.names and self.embedder and self.least <= NEAREST:
            found["domain"] = self._by_vectors(texts, found["domain"])
        columns = [found[name].least(self.least) for name in self.names]
        return pa.RecordBatch.from_arrays(columns, names=list(self.names))

    def _by_vectors(self, texts: pa.Array, said: Told) -> Told:
        """With the domain of the nearest prototype where the rules are not sure."""
        unsure = np.flatnonzero(said.sure < max(self.least, NEAREST))
        if not len(unsure) or self.embedder is None:
            return said
        vectors = self.embedder.embed(texts.take(pa.array(unsure)).to_pylist())
        near, names = self._prototypes
        scores = np.maximum.reduceat(vectors @ near.T, np.flatnonzero(np.append(True, names[1:] != names[:-1])), axis=1)
        order = np.argsort(-scores, axis=1)[:, :2]
        first, second = np.take_along_axis(scores, order, axis=1).T
        clear = (first >= NEAR) & (first - second >= AHEAD)
        domains = np.array(list(dict.fromkeys(names.tolist())), object)[order[:, 0]]
        values, sure = np.array(said.values.to_pylist(), object), said.sure.copy()
        values[unsure[clear]], sure[unsure[clear]] = domains[clear], NEAREST
        return Told(pa.array(values, pa.string()), sure)

    @cached_property
    def _prototypes(self) -> tuple[npt.NDArray[np.float32], npt.NDArray[Any]]:
        """Vectors of the typical texts, and the domain of each, those of one domain side by side."""
        domains, texts = zip(*prototypes(), strict=True)
        assert self.embedder is not None  # noqa: S101 - only asked where there is one
        return self.embedder.embed(list(texts)), np.array(domains)
