"""The contract of a verifier: what it looks at, in which stages, and what it finds wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Fault:
    """Args:
    stage: the first that does not hold; those before it hold.
    why: in a sentence, for people.
    """

    stage: str
    why: str


class Verifier(Protocol):
    """A frozen dataclass. It may be called from several threads at once."""

    @property
    def name(self) -> str:
        """Of what it verifies, as in the reason of a verdict: "tool" of "tool:schema"."""
        ...

    @property
    def table(self) -> str:
        """Whose records it looks at: "samples" or "solutions"."""
        ...

    @property
    def stages(self) -> tuple[str, ...]:
        """What is looked at, in this order."""
        ...

    def takes(self, row: Row) -> bool:
        """Whether this is a record of its kind.

        Args:
            row: `text`, `task` and `template` of the record; of a solution also `sample`, the text that it answers.
        """
        ...

    def fault(self, row: Row) -> Fault | None:
        """What is wrong with a record that it takes; None where all stages hold."""
        ...
