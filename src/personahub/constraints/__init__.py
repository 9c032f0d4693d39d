"""Constraints that a program can check: drawn for an instruction, said in it, and read from it again.

They stand at the end of the text, one a line under "Conditions:". Nothing else is kept of them, so they hold wherever
the text goes.
"""

import re
from collections.abc import Sequence

from personahub.constraints.base import Constraint, Draw
from personahub.constraints.form import FORM
from personahub.constraints.lengths import LENGTHS
from personahub.constraints.wording import WORDING

HEAD = "Conditions:"
MOST = 3  # for one instruction
KINDS = {kind.name: kind for kind in (*LENGTHS, *WORDING, *FORM)}

_BLOCK = re.compile(rf"\n\s*\n[*_#\s]*{HEAD}[*_]*[ \t]*\n((?:[ \t]*- .+(?:\n|\Z))+)\s*\Z")
_EXACT = 10**6


def draw(share: float, *fields: str) -> tuple[Constraint, ...]:
    """For that share of all fields one to MOST constraints that can be held together; for the others none.

    Args:
        fields: the same ones always get the same.
    """
    dice = Draw("constraints", *fields)
    if dice.below(_EXACT) >= share * _EXACT:
        return ()
    wanted, left, found = 1 + dice.below(MOST), list(KINDS.values()), list[Constraint]()
    while left and len(found) < wanted:
        kind = left[dice.below(len(left))]
        found.append(kind.drawn(dice))
        left = [other for other in left if other != kind and _together(kind.name, other.name)]
    return tuple(found)


def attached(text: str, constraints: Sequence[Constraint]) -> str:
    """An instruction with what its answer must hold to."""
    if not constraints:
        return text
    return "\n".join([text.rstrip(), "", HEAD, *(f"- {one.sentence}" for one in constraints)])


def parted(text: str) -> tuple[str, tuple[Constraint, ...]]:
    """An instruction without its constraints, and these; sentences that are none that can be checked are left out."""
    block = _BLOCK.search(text)
    if not block:
        return text, ()
    said = [line.strip()[2:] for line in block[1].splitlines() if line.strip()]
    read = [next(filter(None, (kind.read(line) for kind in KINDS.values())), None) for line in said]
    found = tuple(one for one in read if one)
    return (text[: block.start()].rstrip(), found) if found else (text, ())


def faults(text: str, answer: str) -> dict[str, str]:
    """By the name of each constraint of an instruction that an answer does not hold, what is wrong."""
    told = ((one.name, one.fault(answer)) for one in parted(text)[1])
    return {name: fault for name, fault in told if fault}


def _together(one: str, other: str) -> bool:
    return other not in KINDS[one].clashes and one not in KINDS[other].clashes
