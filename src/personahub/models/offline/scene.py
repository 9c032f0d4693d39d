"""What a problem is set in: who does something, with what, and on what occasion."""

from dataclasses import dataclass
from fractions import Fraction

from personahub.models.offline.dice import Dice
from personahub.models.offline.grammar import capital, with_article
from personahub.models.offline.subject import subject

_OPENINGS = (
    "While working on {topic}, {who}",
    "At {place}, {who}",
    "To raise money for a project on {topic}, {who}",
    "For an open day on {topic}, {who}",
    "In a busy week devoted to {topic}, {who}",
    "One evening at {place}, {who}",
    "For a workshop on {topic} at {place}, {who}",
    "After a long talk about {topic}, {who}",
    "With a deadline for {topic} coming closer, {who}",
)
_CURRENCIES = ("dollars", "euros", "pounds")
_HELPERS = ("a cousin", "an apprentice", "a neighbour", "a new colleague", "a friend", "a retired volunteer")


@dataclass(frozen=True, slots=True)
class Problem:
    """Args:
    family: the name of the kind of problem it is.
    """

    text: str
    answer: int | Fraction | str
    family: str


@dataclass(frozen=True, slots=True)
class Scene:
    """Args:
    opening: the beginning of a sentence up to its subject; a verb in the third person follows.
    role: the subject with "the".
    helper: somebody else, with an article.
    """

    opening: str
    role: str
    helper: str
    things: str
    place: str
    money: str


def scene(persona: str, dice: Dice) -> Scene:
    about = subject(persona, dice)
    role = about.role or dice.pick(about.field.careers)
    place = dice.pick(about.field.places)
    opening = dice.pick(_OPENINGS).format(topic=dice.pick(about.topics), place=place, who=with_article(role))
    return Scene(
        capital(opening),
        f"the {role}",
        dice.pick(_HELPERS),
        dice.pick(about.field.things),
        place,
        dice.pick(_CURRENCIES),
    )
