"""Splits of a dataset: which side a persona, and all that was written for it, is on."""

import re
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from personahub.errors import UsageError

_NAME = re.compile(r"[A-Za-z]\w{0,31}", re.ASCII)  # it goes into names of files


@dataclass(frozen=True)
class Splits:
    """Args:
    shares: of each split, by its name; together 1.
    """

    shares: dict[str, float]

    def of(self, personas: pa.Array) -> npt.NDArray[np.int64]:
        """For each id of a persona the number of its split.

        An id is a hash of the persona's text, so it is its place between 0 and 1: the same in every hub, whatever else
        is exported, and one persona is on one side only.
        """
        raw = bytes.fromhex("".join(personas.to_pylist()))
        place = np.frombuffer(raw, ">u8").reshape(-1, 2)[:, 0] / 2.0**64
        ends = np.array(list(accumulate(self.shares.values()))[:-1])
        return np.searchsorted(ends, place, side="right")


def splits(said: str | None) -> Splits:
    """What "train=0.9,test=0.1" means; all in "train" for None.

    Raises:
        UsageError: it means nothing.
    """
    if said is None:
        return Splits({"train": 1.0})
    shares: dict[str, float] = {}
    for word in said.split(","):
        name, _, share = word.strip().partition("=")
        if not _NAME.fullmatch(name) or name in shares:
            raise UsageError(f"splits: {name[:80]!r} is no name for a split, or is there twice; say train=0.9,test=0.1")
        try:
            shares[name] = float(share)
        except ValueError:
            raise UsageError(f"splits: {share[:80]!r} is no share; say train=0.9,test=0.1") from None
    if not all(0 < share <= 1 for share in shares.values()) or abs(sum(shares.values()) - 1) > 1e-6:
        raise UsageError(f"splits: the shares in {said[:80]!r} must be over 0 and together 1")
    return Splits(shares)
