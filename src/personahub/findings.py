"""What a look over a hub finds wrong: where, what, and what to do about it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be.

    Args:
        place: the part of the hub, such as "personas.lance" or "vectors/text-1a2b".
        problem: one plain sentence.
        cure: what to do next, as one plain sentence.
        derived: it can be made again from what is there, so that removing it loses nothing.
    """

    place: str
    problem: str
    cure: str
    derived: bool = False
