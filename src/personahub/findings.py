"""What a look over a hub finds wrong: where, what, and what to do about it."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be.

    Args:
        place: the part of the hub, such as "personas.lance" or "vectors/text-1a2b".
        problem: one plain sentence.
        cure: what to do next, as one plain sentence.
        mend: for what is made from other things and can be made again: does so, or removes it so that it is made
            again when it is next needed. None where something would be lost.
        harmless: nothing is wrong, it only takes room: what a process that was killed had not finished.
    """

    place: str
    problem: str
    cure: str
    mend: Callable[[], None] | None = field(default=None, repr=False, compare=False)
    harmless: bool = False
