"""A reply to an instruction that keeps its constraints, or on purpose breaks one of them."""

import json
from collections.abc import Sequence

from personahub.constraints import parted
from personahub.constraints.base import Constraint, Value
from personahub.models.offline.dice import Dice
from personahub.models.offline.replies import (
    ASIDE,
    ENDING_QUESTION,
    KEYWORDS,
    MORE,
    OPENINGS,
    STEPS,
    TITLES,
    TONGUES,
)
from personahub.models.offline.subject import subject
from personahub.text import words

_EXACT = 10**6
_LISTS = ("bullets", "numbered", "sections", "paragraphs")
_TERSE = "terse"  # in place of a constraint that asks for many words, where that is the one to be broken
_ROOM = 10  # words above the least that are asked for

Held = dict[str, tuple[Value, ...]]


def broken(message: str, seed: int, rate: float) -> Constraint | None:
    """The constraint of an instruction that the reply breaks at this rate of broken ones; None for none."""
    constraints = parted(message)[1]
    dice = Dice("broken", str(seed), message)
    if not constraints or dice.below(_EXACT) >= rate * _EXACT:
        return None
    return dice.pick(constraints)


def response(message: str, seed: int, rate: float = 0.0) -> str:
    """A reply, in form right and in content plausible.

    Args:
        rate: of replies to instructions with constraints in which one is broken.
    """
    asked, constraints = parted(message)
    left = broken(message, seed, rate)
    dice = Dice("response", str(seed), message)
    held: Held = {one.name: one.values for one in constraints if one != left}
    if left and left.name == "words_least":
        held[_TERSE] = ()
    return _written(asked, held, _spoilt(left, held) if left else "", dice)


def _written(asked: str, held: Held, spoilt: str, dice: Dice) -> str:
    topic = dice.pick(subject(asked[:2000], dice).topics).replace(",", "")
    first = _first(topic, held, spoilt, dice)
    if "json" in held:
        said = [first, *(one.format(topic=topic) for one in (MORE if "words_most" in held else STEPS))]
        return json.dumps(dict(zip(map(str, held["json"]), said, strict=False)), ensure_ascii=False)
    text = _outside(_pieces(topic, first, held, dice), held)
    return text.lower() if "lower_case" in held else text


def _spoilt(left: Constraint, held: Held) -> str:
    """What is said so that a constraint fails that else might hold by chance."""
    foreign, count = "language" in held, int(left.values[0]) if left.kind.slots and left.name.endswith("most") else 0
    return {
        "words_most": (" 1" if foreign else " and on") * count,
        "sentences_most": (" 1." if foreign else ". Note it") * (count + 1),
        "forbidden": f" which is {left.values[0] if left.values else ''} so",
        "no_commas": ", 1" if foreign else ", as ever",
        "lower_case": " at HOME",
    }.get(left.name, "")


def _first(topic: str, held: Held, spoilt: str, dice: Dice) -> str:
    """One sentence that has all the words that are asked for."""
    if "language" in held:
        said, stop = TONGUES[str(held["language"][0])][0][:-1], TONGUES[str(held["language"][0])][0][-1]
        return f"{said}{_blanks(held, '')}{spoilt}{stop}"
    said = dice.pick(OPENINGS).format(topic=topic)
    for name in ("keyword", "keyword_often"):
        if name in held:
            word, *times = held[name]
            said += KEYWORDS.format(words=" and ".join([f"the {word}"] * int(times[0] if times else 1)))
    return f"{said}{_blanks(held, ASIDE)}{spoilt}."


def _blanks(held: Held, before: str) -> str:
    return before + " ".join(["[name]", "[date]", "[place]"][: int(held["blanks"][0])]) if "blanks" in held else ""


def _pieces(topic: str, first: str, held: Held, dice: Dice) -> str:
    pool = _more(held, topic)
    name = next((one for one in _LISTS if one in held), "")
    count = int(held[name][0]) - (name == "paragraphs") if name else 1
    said = [dice.pick(pool) for _ in range(count)] if name else [] if _short(held) else dice.sample(pool, 3)
    extra: list[str] = []
    if "words_least" in held:
        wanted = int(held["words_least"][0]) + _ROOM
        while len(words(" ".join([first, *said, *extra]))) < wanted:
            extra.append(pool[len(extra) % len(pool)])
    tail = [str(held["ends"][0])] if "ends" in held else [ENDING_QUESTION] if "question" in held else []
    if name == "paragraphs":
        blocks = [first, *said]
        blocks[-1] = " ".join([blocks[-1], *extra, *tail])
        return "\n\n".join(blocks)
    if name:
        marks = {"bullets": "- {}", "numbered": "{n}. {}", "sections": "## " + TITLES + " {n}\n\n{}"}[name]
        lines = [marks.format(one, n=number + 1) for number, one in enumerate(said)]
        between = "\n\n" if name == "sections" else "\n"
        return between.join(["\n\n".join([" ".join([first, *extra]), ""]) + "".join(lines[:1]), *lines[1:], *tail])
    return " ".join([first, *said, *extra, *tail])


def _more(held: Held, topic: str) -> Sequence[str]:
    if "language" in held:
        return ("...",) if _TERSE in held else TONGUES[str(held["language"][0])]
    return [one.format(topic=topic) for one in (MORE if held.keys() & {"words_most", _TERSE} else STEPS)]


def _short(held: Held) -> bool:
    return "sentences_most" in held or "words_most" in held


def _outside(text: str, held: Held) -> str:
    if "begins" in held:
        text = f"{held['begins'][0]} {text}"
    if "title" in held:
        text = f"<<{TITLES}>>\n{text}"
    if "postscript" in held:
        text = f"{text}\nP.S. Ask again when more is known"
    return f'"{text}"' if "quoted" in held else text
