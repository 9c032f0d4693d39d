"""How much of what comes is new: in all, and lately."""

from collections import deque
from dataclasses import dataclass, field

LEAST = 50  # records of a run that came to its end, below which their share of new ones says nothing


@dataclass
class Shares:
    """Args:
    window: the last so many are lately.
    least: the share of new ones below which nothing more is asked; None to go on whatever it is.
    """

    window: int
    least: float | None = None
    new: int = 0
    known: int = 0
    _last: deque[bool] = field(default_factory=deque)

    def add(self, *, new: bool) -> None:
        self.recall(new=new)
        self.new += new
        self.known += not new

    def recall(self, *, new: bool) -> None:
        """One that came in an earlier call."""
        if len(self._last) == self.window:
            self._last.popleft()
        self._last.append(new)

    @property
    def lately(self) -> float | None:
        """The share of new ones; None where nothing has come."""
        return sum(self._last) / len(self._last) if self._last else None

    @property
    def saturated(self) -> str:
        """Why to end, when a whole window has come; "" as long as there is no reason."""
        return self._below(self.window)

    @property
    def all_saturated(self) -> str:
        """The same where all has come that will."""
        return self._below(min(self.window, LEAST))

    def _below(self, needed: int) -> str:
        share = self.lately
        if self.least is None or share is None or len(self._last) < needed or share >= self.least:
            return ""
        return f"of the last {len(self._last):,} records {share:.1%} were new, and {self.least:.1%} were asked for"
