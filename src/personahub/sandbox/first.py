"""Several sandboxes as one: a program that the first cannot run is run by the next."""

from collections.abc import Sequence
from dataclasses import dataclass

from personahub.sandbox.base import UNSUPPORTED, Limits, Outcome, Program, Sandbox


@dataclass(frozen=True)
class First:
    """Args:
    among: the quickest first.
    """

    among: Sequence[Sandbox]

    @property
    def name(self) -> str:
        return "+".join(one.name for one in self.among)

    def run(self, program: Program, limits: Limits = Limits()) -> Outcome:  # noqa: B008 - it never changes
        found = Outcome(stopped=UNSUPPORTED)
        for one in self.among:
            found = one.run(program, limits)
            if found.stopped != UNSUPPORTED:
                break
        return found

    def close(self) -> None:
        for one in self.among:
            one.close()
