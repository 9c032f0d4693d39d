"""Cosines of all vectors of one block with all of another, on this machine's processor or on a GPU."""

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol, cast

import numpy as np

from personahub.errors import UsageError
from personahub.joins.compiled import Whole
from personahub.vectors.rows import Block

Hits = tuple[Whole, Whole, Block]


class Products(Protocol):
    """Blocks are (n, dim) and (m, dim) of float32."""

    def near(self, block: Block, others: Block, least: float) -> Hits:
        """Each pair whose cosine is at least that: row in the one and row in the other, in their order, and cosine."""
        ...

    def first(self, block: Block, others: Block, least: float) -> Whole:
        """For each row of the one the first of the others at such a cosine, or -1; shape (n,)."""
        ...

    def nearest(self, block: Block, others: Block) -> tuple[Block, Whole]:
        """For each row of the one the largest cosine and of which of the others it is; shape (n,) each."""
        ...

    def largest(self, block: Block, others: Block) -> Block:
        """For each row of the one the largest cosine, shape (n,): quicker than with which of the others it is."""
        ...


def products(device: str) -> Products:
    """Those of "cpu", of a device that torch knows, such as "cuda" or "torch:cpu", or of the best there is ("auto").

    Raises UsageError where a device is asked for that is not there.
    """
    if device == "auto":
        device = "cuda" if find_spec("torch") and _torch().cuda.is_available() else "cpu"
    return Processor() if device == "cpu" else Torch(device.removeprefix("torch:"))


@dataclass(frozen=True)
class Processor:
    """numpy's."""

    def near(self, block: Block, others: Block, least: float) -> Hits:
        scores = block @ others.T
        ones, twos = np.nonzero(scores >= np.float32(least))
        return ones, twos, scores[ones, twos]

    def first(self, block: Block, others: Block, least: float) -> Whole:
        close = block @ others.T >= np.float32(least)
        return np.where(close.any(axis=1), close.argmax(axis=1), -1)

    def nearest(self, block: Block, others: Block) -> tuple[Block, Whole]:
        scores = block @ others.T
        places = scores.argmax(axis=1)
        return scores[np.arange(len(block)), places], places

    def largest(self, block: Block, others: Block) -> Block:
        highest: Block = (block @ others.T).max(axis=1)
        return highest


@dataclass(frozen=True)
class Torch:
    """torch's, in full float32: what is found differs from the processor's by rounding only."""

    device: str

    def __post_init__(self) -> None:
        try:
            _torch().empty(1, device=self.device)
        except (RuntimeError, AssertionError) as error:
            raise UsageError(f"torch has no device {self.device!r} here; take 'cpu'") from error

    def near(self, block: Block, others: Block, least: float) -> Hits:
        scores = self._scores(block, others)
        ones, twos = (scores >= least).nonzero(as_tuple=True)
        return _back(ones), _back(twos), cast("Block", _back(scores[ones, twos]))

    def first(self, block: Block, others: Block, least: float) -> Whole:
        close = self._scores(block, others) >= least
        places = close.to(_torch().uint8).argmax(dim=1)
        return np.where(_back(close.any(dim=1)), _back(places), -1)

    def nearest(self, block: Block, others: Block) -> tuple[Block, Whole]:
        scores, places = self._scores(block, others).max(dim=1)
        return cast("Block", _back(scores)), _back(places)

    def largest(self, block: Block, others: Block) -> Block:
        return cast("Block", _back(self._scores(block, others).amax(dim=1)))

    def _scores(self, block: Block, others: Block) -> Any:
        # without a copy of what is only read: torch warns of arrays that may not be written to
        ones, twos = (_torch().tensor(some, device=self.device) for some in (block, others))
        return ones @ twos.T


def _torch() -> Any:
    try:
        return import_module("torch")
    except ImportError as error:
        raise UsageError("this device needs torch: pip install torch") from error


def _back(tensor: Any) -> Whole:
    return cast("Whole", tensor.cpu().numpy())
