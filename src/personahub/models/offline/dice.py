"""Choices that look free and repeat exactly: a hash of what was asked, spent digit by digit."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")

_ENOUGH = 1 << 64  # below this the digits left would no longer be even over the sides of a throw


class Dice:
    """Thrown in the same order for the same fields, they fall the same way."""

    __slots__ = ("_digest", "_left")

    def __init__(self, *fields: str) -> None:
        self._digest = blake2b("\0".join(fields).encode("utf-8", "surrogatepass")).digest()
        self._left = int.from_bytes(self._digest, "little")

    def below(self, sides: int) -> int:
        """A whole number from 0 to sides - 1."""
        if self._left < _ENOUGH:
            self._roll_on()
        self._left, side = divmod(self._left, sides)
        return side

    def between(self, least: int, most: int) -> int:
        """A whole number from least to most, both included."""
        return least + self.below(most - least + 1)

    def pick(self, choices: Sequence[T]) -> T:
        # As `below` does it: most throws are picks.
        if self._left < _ENOUGH:
            self._roll_on()
        self._left, side = divmod(self._left, len(choices))
        return choices[side]

    def sample(self, choices: Sequence[T], count: int) -> list[T]:
        """`count` different places of the choices, in the order thrown; all of them where there are fewer."""
        left = list(choices)
        return [left.pop(self.below(len(left))) for _ in range(min(count, len(left)))]

    def _roll_on(self) -> None:
        self._digest = blake2b(self._digest).digest()
        self._left = int.from_bytes(self._digest, "little")
