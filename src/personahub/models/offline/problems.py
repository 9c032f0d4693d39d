"""A math problem out of a persona's world, with its right answer."""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType

from personahub.models.offline import counting, quantities, shapes, unknowns
from personahub.models.offline.dice import Dice
from personahub.models.offline.scene import Problem, Scene, scene

Family = Callable[[Scene, Dice], tuple[str, int] | tuple[str, Fraction] | tuple[str, str]]

_MEMBERS: tuple[Family, ...] = (
    quantities.resale,
    quantities.price_changes,
    quantities.shared_work,
    quantities.meeting,
    quantities.mixture,
    quantities.mean_without_extremes,
    quantities.variance,
    quantities.weighted_shares,
    quantities.invoice,
    unknowns.two_kinds,
    unknowns.two_prices,
    unknowns.rectangle_sides,
    unknowns.best_price,
    unknowns.fence,
    unknowns.two_products,
    unknowns.rising_days,
    unknowns.growth,
    unknowns.ages,
    shapes.triangle,
    shapes.cones,
    shapes.by_the_canal,
    shapes.border,
    shapes.grid_paths,
    counting.committee,
    counting.seating,
    counting.same_colour,
    counting.flagged,
    counting.raffle,
    counting.remainders,
    counting.next_together,
    counting.layouts,
    counting.doubling_remainder,
    counting.tiling,
    counting.coprime_numbers,
)
FAMILIES: Mapping[str, Family] = MappingProxyType({family.__name__: family for family in _MEMBERS})


GEOMETRY = tuple(family.__name__ for family in _MEMBERS if family.__module__ == shapes.__name__)


def problem(persona: str, seed: int, families: Sequence[str] = tuple(FAMILIES)) -> Problem:
    """The problem of this persona and seed; another seed most often gives one of another family."""
    dice = Dice("problem", str(seed), persona)
    return of_family(dice.pick(families), persona, dice)


def of_family(family: str, persona: str, dice: Dice) -> Problem:
    text, answer = FAMILIES[family](scene(persona, dice), dice)
    return Problem(text, answer, family)
