"""What a model was like when it was first asked, on the disk: another one behind the same name is noticed by that.

A server may load another model under a name, and vectors of both would be compared with each other. So a few texts of
ours are asked for first, and again by every process that asks for more; they must have the vectors that they had. Not
exactly: replicas and kinds of processors round differently, and batches too.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import orjson

from personahub.embedders.base import Vectors
from personahub.errors import HubError, ModelError, failing
from personahub.models.wire.folder import put
from personahub.text import content_id

PROBES = (
    "A night nurse in a small town who plays chess with her patients",
    "def mean(values): return sum(values) / len(values)",
    "Der Zug nach Lissabon fährt heute zwei Stunden später ab.",
    "一位研究古代陶器的年轻考古学家",
)
# An int8 copy of a model has at least 0.986 to the model (docs/decisions/0015); another model has next to nothing.
SAME = 0.98


@dataclass(frozen=True)
class First:
    """Args:
    name: of the model, with what was asked of it.
    probes: vectors of PROBES, shape (len(PROBES), dim), of unit length.
    """

    name: str
    probes: Vectors

    @property
    def dim(self) -> int:
        return int(self.probes.shape[1])

    @cached_property
    def fingerprint(self) -> str:
        """Of what was seen first, so that it is the same for as long as that is remembered."""
        return f"openai-{content_id(self.name, self.probes.astype('<f4').tobytes().hex())}"

    def check(self, now: Vectors, path: Path | None) -> None:
        """Raise ModelError where it is not what it was."""
        least = float(np.einsum("ij,ij->i", self.probes, now).min()) if now.shape == self.probes.shape else -1.0
        if least < SAME:
            what = f"cosine {least:.2f}" if least >= 0 else f"{now.shape[1]} numbers instead of {self.dim}"
            cure = f"; to make all vectors anew with it, at its price, remove {path}" if path else ""
            raise ModelError(
                f"{self.name} is not the model that it was when this hub first asked it ({what} for the same text): "
                f"vectors of both cannot be compared. Give it another name where it is served{cure}"
            )


def remembered(path: Path, name: str) -> First | None:
    """None where it was never asked.

    Raises HubError where that cannot be read.
    """
    if not path.exists():
        return None
    with failing(path):
        data = path.read_bytes()
    try:
        found = orjson.loads(data)
        probes = np.frombuffer(b64decode(found["probes"], validate=True), "<f4").reshape(len(PROBES), -1)
    except (ValueError, KeyError, TypeError) as error:
        raise HubError(f"{path} cannot be read; remove it, and vectors by {name} are made anew") from error
    return First(name, probes)


def remember(path: Path, first: First) -> None:
    """On the disk when this returns, whole or not at all."""
    with failing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    told: Mapping[str, object] = {
        "model": first.name,
        "dim": first.dim,
        "probes": b64encode(first.probes.astype("<f4").tobytes()).decode(),
    }
    put(path, orjson.dumps(told))
