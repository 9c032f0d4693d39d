"""A short text from a persona's world, for a template of the user's own."""

import re

from personahub.models.offline.dice import Dice
from personahub.models.offline.grammar import capital, with_article
from personahub.models.offline.subject import subject
from personahub.models.offline.vocabulary import phrases

_REQUEST = re.compile(r"question|instruction|request|prompt|user|query|task|message", re.IGNORECASE)
_RIDDLE = re.compile(r"riddle|puzzle|brain", re.IGNORECASE)


def paragraph(persona: str, label: str, *, seed: int) -> str:
    """Three or four sentences of the kind the label names: a riddle, a request, or else a plain paragraph."""
    kind = "riddle" if _RIDDLE.search(label) else "request" if _REQUEST.search(label) else "paragraph"
    dice = Dice("prose", str(seed), label, persona)
    about = subject(persona, dice)
    role = with_article(about.role or dice.pick(about.field.careers))
    slots = {
        "a_role": role,
        "A_role": capital(role),
        "k": dice.pick(about.topics),
        "t": dice.pick(about.field.topics),
        "things": dice.pick(about.field.things),
        "place": dice.pick(about.field.places),
    }
    rows = phrases("prose")[kind]
    said = [dice.pick(rows["opening"]), *dice.sample(rows["middle"], 2)]
    sentences = [f"{capital(pattern.format_map(slots))}." for pattern in said]
    return " ".join([*sentences, dice.pick(rows["end"]).format_map(slots)])
