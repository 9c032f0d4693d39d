"""What was made for a question stays for the next one like it; whoever asks while it is being made waits for it."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import TypeVar, cast

T = TypeVar("T")


@dataclass
class Memory:
    """Args:
    each: how many of a kind stay, the newest; the first part of a key names its kind.
    """

    each: int
    _held: dict[tuple[Hashable, ...], object] = field(default_factory=dict)
    _making: dict[tuple[Hashable, ...], Lock] = field(default_factory=dict)
    _turn: Lock = field(default_factory=Lock)

    def __contains__(self, key: tuple[Hashable, ...]) -> bool:
        return key in self._held

    def of(self, key: tuple[Hashable, ...], make: Callable[[], T]) -> T:
        """What is held under a key, made now where it is not; where that fails, the next who asks tries again."""
        with self._turn:
            if key in self._held:
                self._held[key] = self._held.pop(key)
                return cast("T", self._held[key])
            making = self._making.setdefault(key, Lock())
        with making:
            if key in self._held:
                return cast("T", self._held[key])
            try:
                made = make()
                self._keep(key, made)
            finally:
                self._making.pop(key, None)
        return made

    def _keep(self, key: tuple[Hashable, ...], made: object) -> None:
        with self._turn:
            self._held[key] = made
            same = [one for one in self._held if one[0] == key[0]]
            for old in same[: -self.each]:
                del self._held[old]
