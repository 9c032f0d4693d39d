"""What a person in a conversation says next."""

import re

from personahub.models.offline.dice import Dice
from personahub.models.offline.subject import subject

END = "END"
_FOLLOWING = (
    "That helps with {a}. What would you do about {b} when money is short?",
    "I tried something like that last year and {a} got worse. What did I miss?",
    "Can you say that again for somebody who has never heard of {a}?",
    "Fine, but who has to agree to it before I start with {b}?",
    "How long does the part with {a} take, and what can wait?",
    "Suppose {b} fails on the first day. What is the next thing to try?",
    "Please make that shorter, and put {a} first.",
    "What do people who work on {b} usually get wrong here?",
)
_OPENING = (
    "Do you have a minute? I keep running into trouble with {a}.",
    "You know more about {b} than I do. How do you handle {a}?",
    "I heard that you changed the way you deal with {a}. Why?",
)
_MARK = re.compile(r"^\[\d+\] ", re.MULTILINE)
_ENOUGH = 2  # messages of theirs before they may have all they came for


def turn(given: str, seed: int) -> str:
    """The next message, or END.

    Args:
        given: who they are, and what was said, each message with its number in brackets.
    """
    said = len(_MARK.findall(given))
    dice = Dice("turn", str(seed), given)
    if said >= 2 * _ENOUGH and dice.below(4) == 0:
        return END
    about = subject(given[:400], dice)
    patterns = _FOLLOWING if said else _OPENING
    # from the same beginning one after another, so that nobody asks the same twice
    place = (Dice("turns", str(seed), given[:200]).below(len(patterns)) + said // 2) % len(patterns)
    return patterns[place].format(a=dice.pick(about.topics), b=dice.pick(about.field.topics))
