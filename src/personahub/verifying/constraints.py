"""Responses to instructions, held to the constraints that these say."""

from dataclasses import dataclass

from personahub.constraints import KINDS, faults, parted
from personahub.verifying.base import Fault, Row


@dataclass(frozen=True)
class Constraints:
    @property
    def name(self) -> str:
        return "constraint"

    @property
    def table(self) -> str:
        return "solutions"

    @property
    def stages(self) -> tuple[str, ...]:
        return tuple(KINDS)

    def takes(self, row: Row) -> bool:
        """Of whatever task it is: the instruction says what can be checked."""
        return bool(parted(row["sample"])[1])

    def fault(self, row: Row) -> Fault | None:
        """The first that does not hold, and in words all."""
        found = faults(row["sample"], row["text"])
        if not found:
            return None
        return Fault(next(iter(found)), "; ".join(f"{name}: {why}" for name, why in found.items()))
