"""What a problem of the offline writer asks: its family, told by words that only that one has, and its numbers."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from inspect import getsource
from types import MappingProxyType

from personahub.models.offline import solving
from personahub.models.offline.solving import DAYS, Solver, Value

MANY = 10_000  # the largest number of a problem; of one that counts ways it is FEW
FEW = 500

_COUNTED = ("committee", "grid_paths", "seating", "raffle", "doubling_remainder", "tiling")
_WITH_NOTHING = ("price_changes", "remainders", "next_together")
_NUMBER = re.compile(r"\d+(?:,\d{3})*")


@dataclass(frozen=True, slots=True)
class Asked:
    """Args:
    numbers: what the family's solver takes.
    """

    solver: Solver
    numbers: tuple[int, ...]

    @property
    def answer(self) -> Value:
        """Raises ArithmeticError, IndexError or ValueError where the numbers are of no problem."""
        return self.solver(*self.numbers)

    @property
    def program(self) -> str:
        """Python that computes it: its last line is an expression whose value is the answer."""
        return f"{_source(self.solver)}\n\n\n{self.solver.__name__}({', '.join(map(str, self.numbers))})"


def asked(text: str) -> Asked | None:
    """What a text asks; None where it is no problem of the offline writer."""
    for family, cue in _CUES.items():
        if cue in text:
            numbers = _READ.get(family, _last)(text, _TAKES.get(family, 0))
            return Asked(getattr(solving, family), tuple(numbers)) if _plausible(family, numbers) else None
    return None


def _plausible(family: str, numbers: Sequence[int]) -> bool:
    """Whether they may be of a problem that was made here: others could take a solver any time."""
    least, most = 0 if family in _WITH_NOTHING else 1, FEW if family in _COUNTED else MANY
    return bool(numbers) and all(least <= number <= most for number in numbers)


def _last(text: str, count: int) -> Sequence[int]:
    """The last so many numbers, as those of a name come first; nothing where there are fewer."""
    found = [int(number.replace(",", "")) for number in _NUMBER.findall(text)]
    return found[-count:] if len(found) >= count else []


def _days_and_counts(text: str, _: int) -> Sequence[int]:
    return _last(text.partition(" were used on each of ")[2], 0)


def _days(text: str, _: int) -> Sequence[int]:
    today = next((place for place, day in enumerate(DAYS) if f"Today, a {day}" in text), 0)
    return [today, *found] if (found := _last(text.partition("every")[2], 3)) else []


def _rows(text: str, _: int) -> Sequence[int]:
    return _last(re.sub(r"\bnone\b", "0", text), 7)


def _first_of(start: str, places: Sequence[int]) -> Callable[[str, int], Sequence[int]]:
    """Those at these places among the numbers behind some words."""

    def read(text: str, _: int) -> Sequence[int]:
        found = _last(text.partition(start)[2], 0)
        return [found[place] for place in places] if len(found) > max(places) else []

    return read


def _ends(text: str, _: int) -> Sequence[int]:
    found = _last(text.partition("has ")[2], 0)
    return [found[0], found[-1]] if found else []


_CUES: Mapping[str, str] = MappingProxyType(
    {
        "resale": "are spoiled; the others are sold",
        "price_changes": "raises the price of a set of",
        "shared_work": "Both start together and work side by side",
        "meeting": "to hand over and sets out along a road",
        "mixture": "How many litres of the stronger one",
        "mean_without_extremes": "What is the mean of the remaining days?",
        "variance": "What is the variance of these numbers",
        "weighted_shares": "does the largest share hold than the smallest",
        "invoice": "writes a bill for",
        "two_kinds": "How many large boxes are there?",
        "two_prices": "does one ticket cost?",
        "rectangle_sides": "A cord around the whole floor",
        "best_price": "brings the largest weekly profit?",
        "fence": "metres of fence for a rectangular yard",
        "two_products": "and only finished pieces can be sold",
        "rising_days": "On which day does the total first pass",
        "growth": "after how many whole months would it first be more than",
        "ages": "labelled with a riddle",
        "triangle": "fills a triangular space with sides of",
        "cones": "How many complete candles does the pot give?",
        "by_the_canal": "How many metres long is the shortest way",
        "border": "square at the corners",
        "grid_paths": "whose streets form a square grid",
        "committee": "How many different committees are possible?",
        "seating": "would it take to try every permitted order once?",
        "same_colour": "that all three dots have the same colour?",
        "flagged": "What is the probability that it really is faulty?",
        "raffle": "is expected on average?",
        "remainders": "of which there are fewer than",
        "next_together": "On which day of the week will they next all fall together?",
        "layouts": "would count as different?",
        "doubling_remainder": "every single one is replaced by",
        "tiling": "How many different patterns from left to right",
        "coprime_numbers": "whose number has no factor above 1 in common with",
    }
)
# How many numbers a solver takes, where that does not change from one problem to the next.
_TAKES: Mapping[str, int] = MappingProxyType(
    {
        family: count
        for count, families in {
            2: "rectangle_sides seating",
            3: "shared_work rising_days growth ages by_the_canal same_colour flagged doubling_remainder",
            4: "meeting mixture mean_without_extremes two_kinds best_price triangle cones grid_paths committee tiling",
            5: "resale price_changes weighted_shares invoice border",
            6: "two_prices raffle",
            8: "two_products",
        }.items()
        for family in families.split()
    }
)
_READ: Mapping[str, Callable[[str, int], Sequence[int]]] = MappingProxyType(
    {
        "variance": _days_and_counts,
        "fence": _ends,
        "remainders": _rows,
        "next_together": _days,
        "layouts": _first_of("arranges ", (0, 1)),
        "coprime_numbers": _first_of(" from 1 to ", (0, 2)),
    }
)


@cache
def _source(solver: Solver) -> str:
    """Of a solver, with what it calls."""
    source = getsource(solver)
    called = [getsource(one) for one in (solving.lowest, solving.choose, solving.root) if f"{one.__name__}(" in source]
    plain = "\n\n".join([*called, source]).replace(" -> Value", "").strip()
    return f"DAYS = {list(DAYS)}\n\n\n{plain}" if "DAYS" in plain else plain
