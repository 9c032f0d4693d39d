"""How often the server was asked what, and what it gave."""

from collections import Counter


class Tally:
    """Counts by key; some 100 bytes for each different one."""

    def __init__(self) -> None:
        self._requests = self._answered = self._answered_distinct = 0
        self._in_flight = self._most_in_flight = 0
        self._seen: dict[bytes, int] = {}  # twice the number of requests, and one more once it was answered
        self._faults: Counter[str] = Counter()
        self._texts: Counter[bytes] = Counter()  # how often each was given its vector

    def arrives(self, key: bytes) -> int:
        """How often it was asked before."""
        self._requests += 1
        self._in_flight += 1
        self._most_in_flight = max(self._most_in_flight, self._in_flight)
        state = self._seen.get(key, 0)
        self._seen[key] = state + 2
        return state >> 1

    def fails(self, kind: str) -> None:
        self._faults[kind] += 1

    def leaves(self, key: bytes | None, whole: bool) -> None:
        """A request is over.

        Args:
            key: None where what it got was no right answer.
            whole: whether that was written to its end.
        """
        self._in_flight -= 1
        if key is not None and whole:
            self._answered += 1
            state = self._seen[key]
            if not state & 1:
                self._seen[key] = state | 1
                self._answered_distinct += 1

    def embedded(self, texts: tuple[bytes, ...], key: bytes, whole: bool) -> None:
        """A request for vectors of some texts is over, and got them."""
        self.leaves(key, whole)
        if whole:
            self._texts.update(texts)

    def told(self) -> dict[str, int | dict[str, int]]:
        """The counts by name."""
        distinct = len(self._seen)
        return {
            "requests": self._requests,
            "distinct": distinct,
            "repeated": self._requests - distinct,
            "answered": self._answered,
            "answered_distinct": self._answered_distinct,
            "answered_twice": self._answered - self._answered_distinct,
            "faults": dict(sorted(self._faults.items())),
            "in_flight": self._in_flight,
            "most_in_flight": self._most_in_flight,
            **({"texts": self._texts.total(), "texts_distinct": len(self._texts)} if self._texts else {}),
        }
