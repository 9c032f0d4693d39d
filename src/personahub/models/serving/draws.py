"""What happens to a request by chance, drawn from what was asked: the same run meets the same faults."""

import math
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from statistics import NormalDist
from typing import TypeVar

from personahub.models.serving.manners import OF_THE_KEY, PASSING, STANDING, Manners, rates

T = TypeVar("T")

_NORMAL = NormalDist()


class Draws:
    """All of it follows from the fault seed, the key of the question, and how often that was asked before."""

    def __init__(self, manners: Manners) -> None:
        shares = rates(manners.faults)
        self._each = _ladder(shares, (*PASSING, *STANDING))
        self._of_the_key = _ladder(shares, OF_THE_KEY)
        self._seed = str(manners.fault_seed).encode()
        self._mean = manners.latency_ms / 1000
        self._sigma = manners.latency_sigma

    def of_the_key(self, key: bytes) -> str | None:
        """A fault that this question always meets."""
        return _found(self._of_the_key, self._unit(b"key", key, 0)) if self._of_the_key else None

    def each(self, key: bytes, before: int) -> str | None:
        """A fault of this one request."""
        return _found(self._each, self._unit(b"each", key, before)) if self._each else None

    def seconds(self, key: bytes, before: int) -> float:
        """How long an answer takes: log-normal with the mean that was asked for, whatever its sigma."""
        if not self._mean or not self._sigma:
            return self._mean
        normal = _NORMAL.inv_cdf(self._unit(b"latency", key, before))
        return self._mean * math.exp(self._sigma * normal - self._sigma**2 / 2)

    def _unit(self, purpose: bytes, key: bytes, before: int) -> float:
        """Evenly between 0 and 1, and neither."""
        said = blake2b(key + before.to_bytes(8, "little"), digest_size=8, key=self._seed, person=purpose).digest()
        # 52 bits: with one more the half above the largest would round to 1.
        return ((int.from_bytes(said, "little") >> 12) + 0.5) / 2**52


def _ladder(shares: Mapping[str, float], kinds: Sequence[str]) -> tuple[tuple[float, str], ...]:
    """The kinds that occur, each with the sum of the shares up to its own."""
    steps, sum_of_shares = [], 0.0
    for kind in kinds:
        if shares.get(kind):
            sum_of_shares += shares[kind]
            steps.append((sum_of_shares, kind))
    return tuple(steps)


def _found(ladder: tuple[tuple[float, str], ...], place: float) -> str | None:
    for end, kind in ladder:
        if place < end:
            return kind
    return None


class Throws:
    """Numbers that follow from a seed, one after the other."""

    def __init__(self, seed: bytes) -> None:
        self._digest = seed

    def below(self, sides: int) -> int:
        """A whole number from 0 to sides - 1."""
        self._digest = blake2b(self._digest).digest()
        return int.from_bytes(self._digest, "little") % sides

    def pick(self, choices: Sequence[T]) -> T:
        return choices[self.below(len(choices))]
