"""A sandbox that is opened by the first program: who may have none to run needs none."""

import threading
from collections.abc import Callable

from personahub.sandbox.base import Limits, Outcome, Program, Sandbox


class Later:
    """Args:
    make: opens it; what it raises comes out of `run`.
    """

    def __init__(self, make: Callable[[], Sandbox]) -> None:
        self._make = make
        self._made: Sandbox | None = None
        self._opening = threading.Lock()

    @property
    def name(self) -> str:
        return self._opened().name

    def run(self, program: Program, limits: Limits = Limits()) -> Outcome:  # noqa: B008 - it never changes
        return self._opened().run(program, limits)

    def close(self) -> None:
        if self._made:
            self._made.close()

    def _opened(self) -> Sandbox:
        with self._opening:
            self._made = self._made or self._make()
            return self._made
