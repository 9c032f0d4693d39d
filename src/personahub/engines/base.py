"""The contract of an engine: the same work on every item, results in the order of the items."""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

In = TypeVar("In")
Out = TypeVar("Out")


class Engine(Protocol):
    def map(self, work: Callable[[In], Out], items: Iterable[In]) -> Iterator[Out]: ...
