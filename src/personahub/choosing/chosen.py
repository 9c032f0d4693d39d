"""What was chosen of the records that fit; and the two ways that look at nothing but ids and columns."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from personahub.choosing.choice import Choice
from personahub.choosing.draw import smallest
from personahub.choosing.fitting import Fitting, Whole
from personahub.choosing.strata import even, proportional, taken
from personahub.events import Usage
from personahub.selections import Scores

_LISTED = 40  # strata, the largest


@dataclass(frozen=True)
class Chosen:
    """Args:
    fit: the records that it was chosen from.
    places: in those, in the order in which they were chosen.
    scores: of each, where it has one.
    counts, notes: what a person should know of it.
    """

    fit: Fitting
    places: Whole
    scores: Scores | None = None
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    usage: Usage = field(default_factory=Usage)


def at_random(choice: Choice, fit: Fitting) -> Chosen:
    return Chosen(fit, smallest(fit.keys, choice.number(len(fit.rows))))


def stratified(choice: Choice, fit: Fitting) -> Chosen:
    """Of each stratum its share, or as many as of the others."""
    sizes = np.bincount(fit.strata, minlength=len(fit.names))
    quotas = (even if choice.even else proportional)(sizes, choice.number(len(fit.rows)))
    largest = np.lexsort((np.arange(len(sizes)), -sizes))[:_LISTED].tolist()
    counts = {
        f"{said} by {' and '.join(choice.stratify)}": {fit.names[one]: int(of[one]) for one in largest}
        for said, of in (("fit", sizes), ("chosen", quotas))
    }
    short = int(np.count_nonzero((quotas == 0) & (sizes > 0)))
    notes = [f"{short:,} of {len(sizes):,} strata are too small to have a share."] if short else []
    notes += [f"Of {len(sizes):,} strata the {_LISTED} largest are shown."] if len(sizes) > _LISTED else []
    return Chosen(fit, taken(fit.strata, fit.keys, quotas), counts=counts, notes=tuple(notes))
