"""Scores and comparisons by a rule that is known, so that what comes of them can be told in advance.

A text has one point more than the least for every twenty of its words, up to the most; of two texts that of more words
is better. At a rate that is given the judge says the opposite, or takes what stands first whatever it is.
"""

import re
from collections.abc import Sequence

import orjson

from personahub.models.offline.dice import Dice
from personahub.models.offline.manner import Manner

WORDS = 20  # for a point

_DRAWN = 1_000_000  # steps of a rate
_BETWEEN = re.compile(r"\n>>>[ \t]*\n(?:[^\n]*\n){1,4}?<<<[ \t]*\n")
_REASONS = (
    "It says what it has to say in {words} words, from {first!r} on.",
    "With {words} words, and a beginning such as {first!r}, this is what it deserves.",
    "The passage that begins with {first!r} decides; {words} words in all.",
)


def scores(given: str, scale: tuple[int, int], criteria: Sequence[str], seed: int, manner: Manner) -> str:
    """The score of each criterion for the last of the blocks that are given, as JSON."""
    text = _BETWEEN.split(given)[-1]
    least, most = scale
    told = {}
    for name in criteria:
        dice = Dice("judge", name, str(seed), text)
        score = min(most, least + _words(text) // WORDS)
        if dice.below(_DRAWN) < manner.wrong * _DRAWN:
            score = least + most - score
        told[name] = {"reason": _reason(text, dice), "score": score}
    return orjson.dumps(told).decode()


def better(given: str, seed: int, manner: Manner) -> str:
    """Which of the last two blocks is better, A or B, as JSON."""
    blocks = ["", "", *_BETWEEN.split(given)]
    first, second = blocks[-2:]
    dice = Dice("compare", str(seed), first, second)
    more = _words(first) - _words(second)
    said = "A" if more > 0 else "B" if more < 0 else "tie"
    if dice.below(_DRAWN) < manner.wrong * _DRAWN:
        said = {"A": "B", "B": "A", "tie": "A"}[said]
    if dice.below(_DRAWN) < manner.first * _DRAWN:
        said = "A"
    return orjson.dumps({"reason": _reason(second if said == "B" else first, dice), "better": said}).decode()


def _words(text: str) -> int:
    return len(text.split())


def _reason(text: str, dice: Dice) -> str:
    plain = text.encode("utf-8", "replace").decode()
    return dice.pick(_REASONS).format(words=_words(text), first=" ".join(plain.split()[:4]))
