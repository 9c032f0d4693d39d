"""Are two answers equal? First by what can be seen at once and never errs towards yes, then by math-verify."""

import re
from collections.abc import Iterable, Sequence
from enum import Enum

from personahub.evaluation import numbers
from personahub.evaluation.pool import Pool
from personahub.evaluation.verifying import DIFFERENT, EQUAL, MISSING, UNDECIDED

MOST_BYTES = 2048  # of an answer that is held against another
SECONDS = 2.0  # for one pair

_WORD = re.compile(r"[^\W\d_]{2,}(?:[ '-][^\W\d_]+)*")
_SEVERAL = re.compile(r"; ?|, (?:and |or )?|,? and | or |[\u3001]")
_BRACKETS = re.compile(r"[()\[\]{}\\|]")
_COMMAND = re.compile(r"\\[a-zA-Z]+")
_LETTER = re.compile(r"(?<![a-zA-Z])[a-zA-Z]{1,2}(?![a-zA-Z])")  # a variable or two; words are longer
_EQUATION = re.compile(r"(?<![<>!:\\])=")
_DIGITS = re.compile(r"[-+\d., ]*")


class Same(Enum):
    """Whether two answers are equal; what cannot be told is a result of its own."""

    YES = EQUAL
    NO = DIFFERENT
    UNDECIDED = UNDECIDED


def seen(first: str, second: str) -> Same:
    """What can be told at once, in flat time; UNDECIDED where it takes more.

    YES is said of the same text, the same exact number (a half is 0.5, 1/2, 50 % and \\frac12) with the same unit or
    with none on one side, and of several such in the same order.
    """
    if max(len(first.encode()), len(second.encode())) > MOST_BYTES:
        return Same.YES if first.strip() == second.strip() else Same.UNDECIDED
    one, other = numbers.normal(first), numbers.normal(second)
    if not one or not other:
        return Same.UNDECIDED
    if one == other:
        return Same.YES
    ones, others = _several(one), _several(other)
    if len(ones) == len(others) > 1:
        told = [_one(*pair) for pair in zip(ones, others, strict=True)]
        return Same.YES if all(same is Same.YES for same in told) else Same.UNDECIDED
    return _one(one, other)


def _one(first: str, second: str) -> Same:
    (one, unit), (other, another) = numbers.unit(first), numbers.unit(second)
    values = numbers.number(one), numbers.number(other)
    if None not in values:
        if values[0] == values[1]:
            return Same.UNDECIDED if unit and another and unit.rstrip("s") != another.rstrip("s") else Same.YES
        apart = unit == another and not numbers.meant(one) & numbers.meant(other)
        return Same.NO if apart else Same.UNDECIDED
    words = [bool(_WORD.fullmatch(text)) for text in (first, second)]
    if all(words):
        return Same.YES if first.casefold() == second.casefold() else Same.NO
    return Same.NO if any(words) and any(value is not None for value in values) else Same.UNDECIDED


def _several(text: str) -> list[str]:
    """What a list without brackets holds."""
    return [text] if _BRACKETS.search(text) else [part for part in _SEVERAL.split(text) if part]


class Grader:
    """Holds answers against each other; `with` ends its processes.

    Args:
        workers: processes of math-verify at a time.
    """

    def __init__(self, workers: int = 2) -> None:
        self._pool = Pool(workers, SECONDS)
        self.asked = 0  # pairs that were not seen at once

    @property
    def missing(self) -> bool:
        """Whether a pair was undecided for want of math-verify (the extra "math")."""
        return self._pool.missing

    def same(self, pairs: Sequence[tuple[str, str]]) -> list[Same]:
        """For each pair whether its answers are equal; the same in either order."""
        ordered = [(min(pair), max(pair)) for pair in pairs]
        told = {pair: seen(*pair) for pair in dict.fromkeys(ordered)}
        open_ = [pair for pair, same in told.items() if same is Same.UNDECIDED and _worth(pair)]
        self.asked += len(open_)
        for pair, said in zip(open_, self._pool.ask([_formulas(pair) for pair in open_]), strict=True):
            doubtful = said == MISSING or (said == EQUAL and _misled(pair))
            told[pair] = Same.UNDECIDED if doubtful else Same(said)
        return [told[pair] for pair in ordered]

    def __enter__(self) -> "Grader":
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.close()


def _worth(pair: Iterable[str]) -> bool:
    """Whether it may go to math-verify: short enough, and nothing empty."""
    return all(text.strip() and len(text.encode()) <= MOST_BYTES for text in pair)


def _misled(pair: tuple[str, str]) -> bool:
    """An equation is not one of its sides, an hour no minute, two answers not one: math-verify may say they are.

    Nor is a plain number equal to what holds variables, some of which it takes for units.
    """
    one, other = map(numbers.normal, pair)
    units = numbers.unit(one)[1].rstrip("s"), numbers.unit(other)[1].rstrip("s")
    equations = bool(_EQUATION.search(one)), bool(_EQUATION.search(other))
    listed = not (_BRACKETS.search(one) or _BRACKETS.search(other)) and len(_several(one)) != len(_several(other))
    letters = [bool(_LETTER.search(_COMMAND.sub(" ", numbers.unit(text)[0]))) for text in (one, other)]
    known = [numbers.number(numbers.unit(text)[0]) is not None for text in (one, other)]
    listed = listed or (known[0] and letters[1]) or (known[1] and letters[0])
    return listed or equations[0] != equations[1] or (all(units) and units[0] != units[1])


def _formulas(pair: tuple[str, str]) -> tuple[str, str]:
    one, other = map(_formula, pair)
    return one, other


def _formula(text: str) -> str:
    """Between the signs by which math-verify knows mathematics, where there are none and it is no plain number."""
    return text if "$" in text or "\\boxed" in text or _DIGITS.fullmatch(text) else f"${text.strip()}$"
