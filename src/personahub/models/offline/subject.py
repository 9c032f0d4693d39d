"""Whom a persona describes: what they are, their field, and what they are about."""

import re
from dataclasses import dataclass
from functools import cache

from personahub.models.offline.dice import Dice
from personahub.models.offline.keyphrases import gist
from personahub.models.offline.vocabulary import Field, fields, lexicon, phrases

LOOKED_AT = 400  # characters; a role stands at the front
LONGEST_ROLE = 4  # words; longer ones make every sentence they stand in clumsy

_ROLE = re.compile(
    r"\W*(?:(?:I am|I'm|an?|the|one)\s+)*(?P<role>[A-Za-z\u00c0-\u024f' -]{3,60}?)"
    r"(?=[,.;:()/]|$|\s+(?:who|whose|whom|that|which|with|without|from|in|into|of|at|for|on|to|by|as|and|or|after|near|under|"
    r"during|between|within|is|was|has|had|interested|focus\w*|speciali\w+|responsible|looking|working|seeking|passionate|"
    r"concerned|involved|fascinated|sceptical|skeptical|experienced|likely|possibly|particularly|tasked|trying|dealing|"
    r"known|dedicated|striving|living|based|preparing|recovering|studying|aiming|eager|keen|tired|turned|running|"
    r"researching|transitioning|using|aspiring|exploring|training|determined|committed|skilled|renowned|willing|hoping|scheduled|struggling|specifically|especially|teaching|advocating|leading|currently|residing|employed)\b)",
    re.IGNORECASE,
)
_PEOPLE_ENDING = re.compile(
    r"(?:[^aeiou]ers|ors|ists|ians|eers|men|women|people|ants|ees|nurses|kids|fans|leagues|students)$"
)


@dataclass(frozen=True, slots=True)
class Subject:
    """Args:
    role: without article, "commodities analyst"; None where the persona does not begin with one.
    topics: noun phrases of its own, or of its field where it has none.
    """

    role: str | None
    field: Field
    topics: tuple[str, ...]


def subject(persona: str, dice: Dice) -> Subject:
    found = _ROLE.match(persona[:LOOKED_AT]) if persona.count(" ", 0, LOOKED_AT) > 2 else None
    about = gist(persona, topics_from=found.end() if found else 0)
    field = fields().all[about.fields[0]] if about.fields else dice.pick(fields().all)
    own = tuple(topic for topic in about.topics if _is_topic(topic))
    return Subject(_role(found["role"]) if found else None, field, own[:2] or field.topics)


def _role(found: str) -> str | None:
    words = [word if _keeps_its_case(word) else word.lower() for word in found.split()]
    if (
        not 0 < len(words) <= LONGEST_ROLE
        or words[-1] in lexicon()["vague_roles"] | lexicon()["adjectives"]
        or words[-1].endswith("s")
        or "'" in found
    ):
        return None
    return " ".join(words)


def _keeps_its_case(word: str) -> bool:
    return word.lower() in lexicon()["proper"] or any(map(str.isupper, word[1:]))


def _is_topic(topic: str) -> bool:
    noun = topic.rsplit(" ", 1)[-1]
    return noun not in _scenery() and not _PEOPLE_ENDING.search(noun)


@cache
def _scenery() -> frozenset[str]:
    """Nouns that only say where somebody lives or how they pass the time."""
    tables = phrases("people")
    said = " ".join((*tables["who"]["setting"], *tables["who"]["experience"], *tables["leisure"]["hobby"]))
    nouns = set(re.findall(r"[a-z]+", said))
    return frozenset(
        nouns | {f"{noun}s" for noun in nouns} | {"cities", "families", "deadlines", "evenings", "holidays"}
    )
