"""Who would write, need, enjoy or dispute a text: one sentence each."""

from personahub.models.offline.dice import Dice
from personahub.models.offline.grammar import capital, with_article
from personahub.models.offline.keyphrases import Gist, gist
from personahub.models.offline.languages import language
from personahub.models.offline.vocabulary import Field, fields, lexicon, phrases

ANGLES = ("write", "work", "like", "dislike")
_TRIES = 20  # throws before two people may be the same after all


def people(text: str, count: int, *, coarse: bool, seed: int) -> list[str]:
    """Descriptions of `count` people around the text."""
    about = gist(text)
    dice = Dice("people", str(seed), str(coarse), str(len(text)), text[:4_000])
    speaks = None if about.english else language(text)
    near = [fields().all[number] for number in about.fields] or dice.sample(fields().all, 3)
    angles = dice.sample(ANGLES, len(ANGLES))
    found: list[str] = []
    for number in range(count):
        for _ in range(_TRIES):
            made = _general(near, dice) if coarse else _specific(about, near, angles[number % len(angles)], dice)
            if speaks:
                made = f"{speaks}-speaking {made}"
            if made not in found:
                break
        found.append(made)
    return [capital(with_article(made)) for made in found]


def called(person: str, dice: Dice) -> str:
    """The person with what tells them apart, and no article: "stubborn crop scientist"."""
    who = phrases("people")["who"]
    if dice.below(3) == 0:
        return person
    if dice.below(2) and lexicon()["no_career"].isdisjoint(person.split()) and " in " not in person:
        return f"{dice.pick(who['career'])} {person}"
    return f"{dice.pick(who['character'])} {person}"


def _specific(about: Gist, near: list[Field], angle: str, dice: Dice) -> str:
    tables = phrases("people")
    field = near[0] if dice.below(3) else dice.pick(near)
    topic, second = _topics(about, field, dice)
    everyday = angle in ("like", "dislike") and dice.below(3) == 0
    person = dice.pick(tables["who"]["everyday"] if everyday else field.people)
    clause = dice.pick(tables[angle]["clause"]).format(k=topic)
    ending = dice.below(4)
    if ending == 2 and not everyday and clause.startswith("who"):
        # No word on the career before the person, lest the two contradict each other.
        return f"{person} {clause}, {dice.pick(tables['who']['experience'])}"
    who = called(person, dice)
    if ending == 0:
        where = f" at {dice.pick(field.places)}" if not everyday and angle == "work" and " a " not in who else ""
        return f"{who}{where} {clause}"
    if ending == 1:
        return f"{who} {dice.pick(tables['who']['setting'])} {clause}"
    return f"{who} {_joined(clause, dice.pick(tables['detail']['detail']).format(k2=second))}"


def _joined(clause: str, detail: str) -> str:
    return f"{clause} {detail}" if clause.startswith("who") else f"{clause} {detail.replace('and ', 'who also ', 1)}"


def _topics(about: Gist, field: Field, dice: Dice) -> tuple[str, str]:
    """What the sentence turns on, out of the text where it gives something, and a second thing."""
    own = list(about.topics)
    first = own.pop(0 if dice.below(2) else dice.below(len(own))) if own else dice.pick(field.topics)
    rest = own if own and dice.below(2) else [topic for topic in field.topics if topic != first]
    return first, dice.pick(rest)


def _general(near: list[Field], dice: Dice) -> str:
    field = near[0] if dice.below(3) else dice.pick(near)
    clause = dice.pick(phrases("people")["coarse"]["clause"]).format(k=dice.pick(field.topics))
    return f"{dice.pick(field.people)} {clause}"
