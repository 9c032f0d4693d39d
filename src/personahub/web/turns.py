"""Whose turn it is: what somebody waits for is answered at once, what is nice to know one after the other behind it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Condition, Event
from time import monotonic

BEHIND = "u=7"  # the urgency by which a page says that nobody waits: https://www.rfc-editor.org/rfc/rfc9218#section-4.1
_LONGEST = 1.0  # seconds that it lets others go before: an export takes minutes
_LOOK = 0.05  # seconds after which it is looked again whether somebody still wants it


class Gone(Exception):  # noqa: N818 - says what is so
    """Nobody wants the answer any more."""


@dataclass
class Turns:
    """Those of one server; several threads take them.

    Args:
        since: when somebody last had an answer, seconds of `monotonic`.
    """

    since: float = field(default_factory=monotonic)
    _change: Condition = field(default_factory=Condition)
    _ahead: int = 0
    _busy: bool = False

    @contextmanager
    def ahead(self) -> Iterator[None]:
        with self._change:
            self._ahead += 1
        try:
            yield
        finally:
            with self._change:
                self._ahead -= 1
                self.since = monotonic()
                self._change.notify_all()

    @contextmanager
    def behind(self, gone: Event, calm: float = 0.0) -> Iterator[None]:
        """When nobody waits for anything.

        Args:
            calm: seconds for which nobody has, however long that takes; 0: others go before for _LONGEST at most.

        Raises Gone where that came true before its turn did.
        """
        with self._change:
            end = monotonic() + _LONGEST
            while self._busy or self._others(calm, end):
                if gone.is_set():
                    raise Gone
                self._change.wait(_LOOK)
            if gone.is_set():
                raise Gone
            self._busy = True
        try:
            yield
        finally:
            with self._change:
                self._busy = False
                self._change.notify_all()

    def _others(self, calm: float, end: float) -> bool:
        """Whether others go before."""
        now = monotonic()
        if calm:
            return self._ahead > 0 or now - self.since < calm
        return self._ahead > 0 and now < end
