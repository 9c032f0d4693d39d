"""Questions that sound foolish and are cunning, and articles: patterns filled with what a persona is about."""

from personahub.models.offline.dice import Dice
from personahub.models.offline.grammar import capital, with_article
from personahub.models.offline.subject import subject
from personahub.models.offline.vocabulary import phrases

PARAGRAPHS = 4
SENTENCES = 5  # of a paragraph


def slip(persona: str, seed: int, *, chinese: bool = False) -> str:
    """One question on a flawed line of thought."""
    dice = Dice("slip", str(seed), persona)
    patterns = phrases("slips")["chinese" if chinese else "english"]
    if chinese:
        slots = {name: dice.pick(patterns[name]) for name in ("job", "thing", "place")}
        return f"{dice.pick(patterns['before'])},{dice.pick(patterns['question']).format_map(slots)}"
    return f"{dice.pick(patterns['before'])} {dice.pick(patterns['question'])}".format_map(_slots(persona, dice))


def essay(persona: str, seed: int, *, to_read: bool = False) -> str:
    """A title, an empty line, and paragraphs.

    Args:
        to_read: for the persona, and not by it.
    """
    dice = Dice("reading" if to_read else "essay", str(seed), persona)
    slots, patterns = _slots(persona, dice), phrases("essays")["essay"]
    body = dice.sample(patterns["sentence"], PARAGRAPHS * SENTENCES)
    paragraphs = [
        [dice.pick(patterns["opening"]), *body[:SENTENCES]],
        *(body[start : start + SENTENCES] for start in range(SENTENCES, len(body) - SENTENCES, SENTENCES)),
        [*body[-SENTENCES:], dice.pick(patterns["end"])],
    ]
    said = ["  ".join(f"{capital(one.format_map(slots))}." for one in some).replace("  ", " ") for some in paragraphs]
    return "\n\n".join([capital(dice.pick(patterns["title"]).format_map(slots)), *said])


def _slots(persona: str, dice: Dice) -> dict[str, str]:
    about = subject(persona, dice)
    role = about.role or dice.pick(about.field.careers)
    first, *rest = dice.sample(about.field.topics, 3)
    return {
        "role": role,
        "a_role": with_article(role),
        "k": dice.pick(about.topics),
        "t": first,
        "u": rest[0] if rest else first,
        "things": dice.pick(about.field.things),
        "place": dice.pick(about.field.places),
        "people": dice.pick(about.field.people),
        "n": str(dice.between(2, 40)),
    }
