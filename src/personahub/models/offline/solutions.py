"""Worked answers to problems, and programs that compute them, right or wrong at a rate that is known.

A solver knows nothing but the text. Of a problem that the offline writer made it finds the right answer; of any other
it makes one up, always the same. Whether it slips, and how, is drawn from the text and the seed; a wrong answer is the
right one and 1, 2, 3, 4 or 5 more, each as likely, so two that slip agree once in five times.
"""

import re
from fractions import Fraction

from personahub.models.offline.asked import Asked, asked
from personahub.models.offline.dice import Dice
from personahub.models.offline.solving import DAYS, Value

SLIPS = 5
_DRAWN = 1_000_000  # steps of a rate

_STEPS = (
    "First, what is given: {numbers}.",
    "The numbers in the problem are {numbers}.",
    "Let me write down what is known: {numbers}.",
)
_ASKED = ("What is asked: {question}", "The question is: {question}", "To be found: {question}")
_CHECKS = (
    "Putting these together, step by step, and checking each against the text, gives {shown}.",
    "Working through the conditions in their order leads to {shown}.",
    "Each condition is used once; the result is {shown}.",
)
_QUESTION = re.compile(r"[^.?!]*\?")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_SHOWN = 12  # numbers that a solution repeats


def solution(text: str, label: str, seed: int, wrong: float = 0.0) -> str:
    """A worked answer that ends in the label and the answer.

    Args:
        wrong: how often it slips, from 0 to 1.
    """
    dice = Dice("solution", str(seed), text)
    answer = slipped(right(text), _slip(dice, wrong))
    shown = _shown(answer, dice)
    numbers = _NUMBER.findall(text)[:_SHOWN]
    question = (_QUESTION.findall(text) or [text[-200:]])[-1].strip()
    lines = [
        dice.pick(_STEPS).format(numbers=", ".join(numbers) or "no numbers"),
        dice.pick(_ASKED).format(question=question),
        dice.pick(_CHECKS).format(shown=shown),
        f"{label}: {shown}" if label else shown,
    ]
    return "\n".join(lines)


def program(text: str, seed: int, wrong: float = 0.0) -> str:
    """Python in a fence, whose last line is an expression with the answer as its value."""
    dice = Dice("program", str(seed), text)
    slip, known = _slip(dice, wrong), _known(text)
    given = f"answer = {slipped(right(text), slip)!r}\nanswer"
    code = given if known is None or slip else known[0].program
    return f"The numbers go into a small function, and the last line calls it.\n\n```python\n{code}\n```"


def right(text: str) -> Value:
    """What a solver finds that does not slip."""
    known = _known(text)
    return known[1] if known else Dice("answer", text).between(2, 99)


def slipped(value: Value, slip: int) -> Value:
    """So much more; of days of the week, so many later."""
    if not slip:
        return value
    if value in DAYS:
        return DAYS[(DAYS.index(str(value)) + slip) % len(DAYS)]
    more = Fraction(value) + slip
    return int(more) if more.denominator == 1 else str(more)


def _slip(dice: Dice, wrong: float) -> int:
    slips = dice.below(_DRAWN) < wrong * _DRAWN
    return 1 + dice.below(SLIPS) if slips else 0


def _known(text: str) -> tuple[Asked, Value] | None:
    found = asked(text)
    try:
        return (found, found.answer) if found else None
    except (ArithmeticError, IndexError, ValueError):
        return None


def _shown(answer: Value, dice: Dice) -> str:
    """As solvers write it, in one of several ways that mean the same."""
    form = dice.below(4)
    if isinstance(answer, int):
        return (str(answer), f"{answer:,}", f"$\\boxed{{{answer}}}$", f"**{answer}**")[form]
    if "/" in answer:
        top, _, bottom = answer.partition("/")
        return (answer, f"$\\frac{{{top}}}{{{bottom}}}$", f"$\\boxed{{\\dfrac{{{top}}}{{{bottom}}}}}$", answer)[form]
    return (answer, f"**{answer}**", answer, answer)[form]
