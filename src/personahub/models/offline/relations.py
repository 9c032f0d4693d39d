"""Who stands close to a persona, in different circles of a life, each described so that it stands alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from personahub.models.offline.dice import Dice
from personahub.models.offline.grammar import capital, with_article
from personahub.models.offline.subject import subject
from personahub.models.offline.vocabulary import Field, fields, phrases


@dataclass(frozen=True, slots=True)
class Relative:
    relation: str
    persona: str


@cache
def circles(field: str) -> tuple[tuple[tuple[str, tuple[str, ...]], ...], ...]:
    """The circles of somebody in that field, those of the field itself first, each as (relation, patterns)."""
    known = {one.name for one in fields().all}
    tables = {tuple(name.split()): tuple(rows.items()) for name, rows in phrases("relations").items()}
    own = [rows for names, rows in tables.items() if field in names]
    return (*own, *(rows for names, rows in tables.items() if not known.issuperset(names)))


def relatives(persona: str, count: int, *, seed: int) -> list[Relative]:
    """People around the persona, each in another relation, the circles taking turns; fewer where relations run out."""
    dice = Dice("relations", str(seed), persona)
    about = subject(persona, dice)
    made: dict[str, str] = {}
    left = [list(rows) for rows in circles(about.field.name)]
    while len(made) < count and left:
        for rows in dice.sample(left, len(left)):
            relation, patterns = rows.pop(dice.below(len(rows)))
            if relation not in made and len(made) < count:
                made[relation] = _described(dice.pick(patterns), about.field, dice.pick(about.topics), dice)
        left = [rows for rows in left if rows]
    return [Relative(relation, text) for relation, text in made.items()]


def _described(pattern: str, field: Field, topic: str, dice: Dice) -> str:
    other = dice.pick(fields().all)
    slots = _slots(field, topic, other, dice)
    return capital(with_article(pattern.format_map(slots)))


def _slots(field: Field, topic: str, other: Field, dice: Dice) -> Mapping[str, str]:
    leisure, who = phrases("people")["leisure"], phrases("people")["who"]
    person, stranger = dice.pick(field.people), dice.pick(other.careers)
    return {
        "k": topic,
        "area": field.area,
        "elsewhere": other.area,
        "t": dice.pick([name for name in field.topics if name != topic]),
        "o": dice.pick(other.topics),
        "person": person,
        "a_person": _of_list(person),
        "other": stranger,
        "an_other": _of_list(stranger),
        "setting": dice.pick(who["setting"]),
        "hobby": dice.pick(leisure["hobby"]),
        "job": dice.pick(leisure["job"]),
        "trait": dice.pick(leisure["trait"]),
    }


@lru_cache(2**12)
def _of_list(person: str) -> str:
    """With an article; the lists hold some hundred people."""
    return with_article(person)
