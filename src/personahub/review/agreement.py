"""How far reviewers agree beyond chance: Krippendorff's alpha.

K. Krippendorff, Content Analysis, 2004, chapter 11: alpha = 1 - observed disagreement / expected disagreement, over all
pairs of values that two reviewers gave to one record; 1 where all agree, 0 where they agree as often as by chance.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from personahub.review.questions import CHOICE, RATING, Question
from personahub.store.judged import DISCARDED, SUBMITTED, Judgement

NOMINAL, INTERVAL = "nominal", "interval"


@dataclass(frozen=True)
class Agreement:
    """Args:
    alpha: None where no record has two values, or all values are one.
    records: that have at least two values.
    """

    name: str
    scale: str
    alpha: float | None
    records: int


def alpha(units: Sequence[Sequence[float]], scale: str) -> float | None:
    """Args:
    units: the values that each record was given.
    scale: NOMINAL, where values are the same or not, or INTERVAL, where their distance counts.
    """
    paired = [np.asarray(values, np.float64) for values in units if len(values) > 1]
    if not paired:
        return None
    every = np.concatenate(paired)
    expected = _apart(every, scale) / (len(every) - 1)
    if expected == 0:
        return None
    observed = sum(_apart(values, scale) / (len(values) - 1) for values in paired)
    return 1 - float(observed) / float(expected)


def agreements(asked: Sequence[Question], said: Sequence[Judgement]) -> list[Agreement]:
    """Of the verdict, and of each question whose answers can be compared as numbers or as values."""
    told = [one for one in said if one.status in (SUBMITTED, DISCARDED)]
    found = [_agreement("status", NOMINAL, [(one.record, one.status) for one in told])]
    for question in asked:
        if question.kind in (RATING, CHOICE):
            scale = INTERVAL if question.kind == RATING else NOMINAL
            given = [(one.record, one.answers[question.name]) for one in told if question.name in one.answers]
            found.append(_agreement(question.name, scale, given))
    return found


def _agreement(name: str, scale: str, given: Sequence[tuple[str, object]]) -> Agreement:
    codes: dict[object, int] = {}
    units: dict[str, list[float]] = {}
    for record, value in given:
        number = value if scale == INTERVAL and isinstance(value, int) else codes.setdefault(value, len(codes))
        units.setdefault(record, []).append(float(number))
    paired: Mapping[str, list[float]] = {record: values for record, values in units.items() if len(values) > 1}
    return Agreement(name, scale, alpha(list(paired.values()), scale), len(paired))


def _apart(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]], scale: str) -> float:
    """The sum of the distances of all ordered pairs."""
    if scale == INTERVAL:
        return float(2 * len(values) * (values**2).sum() - 2 * values.sum() ** 2)
    _, counts = np.unique(values, return_counts=True)
    return float(len(values) ** 2 - (counts**2).sum())
