"""What a prompt asks for, found in its wording alone: a reader of prompts sees nothing else."""

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

LOOKED_AT = 8_000  # characters of a prompt without a block in which its labels are sought
LABELS_WITHIN = 1_500  # characters before the persona in which labels stand as lines
MOST = 100  # people that one answer describes

_BLOCK = re.compile(r"^<<<[ \t]*\r?$", re.MULTILINE)
_BLOCK_END = re.compile(r">>>[ \t]*\r?(?:\n|$)")
_QUOTED = re.compile(r"[\"\u201c'`*]([A-Z][A-Za-z ]{0,30}?):[\"\u201d'`*]")
_UNQUOTED = re.compile(r"(?:^|[ (])([A-Z][a-z]+(?: [a-z]+)?):", re.MULTILINE)
_INPUT = re.compile(r"^[ \t#*]*([A-Z][\w ]{0,30}):\**[ \t]*", re.MULTILINE)
_FINAL = re.compile(r"\b(?:final )?answer$", re.IGNORECASE)
_LABEL_LINE = re.compile(r"^([^\W\d_][\w ]{0,24}): \S", re.MULTILINE)
_CRITERION = re.compile(r'^- "([a-z][a-z0-9_]*)": \{"reason": "\.\.\.", "score": \.\.\.\}', re.MULTILINE)
_SCALE = re.compile(r"whole number from (-?\d{1,4}) to (-?\d{1,4})")
_KEY = re.compile(r'^[-* ]*"([a-z_]+)":', re.MULTILINE)
# Examples show what is wanted and do not say it: labels in them are none of the answer's.
_SHOWN = re.compile(r"^Examples of what is wanted:\n.*^What you write is of the same kind", re.MULTILINE | re.DOTALL)
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_COUNT = re.compile(
    rf"\bexactly (\d{{1,3}}|{'|'.join(_NUMBERS)})\b"
    rf"|\b(\d{{1,3}}|{'|'.join(_NUMBERS)})(?: \w+)? (?:people|personas|persons)\b",
    re.IGNORECASE,
)
_COARSE = re.compile(r"\b(?:general|coarse|broad(?:ly)?)\b", re.IGNORECASE)
_FINE = re.compile(r"\b(?:specific(?:ally)?|fine|detailed|precise)\b", re.IGNORECASE)


class Wish(Enum):
    PEOPLE = "personas from a text"
    RELATIVES = "personas from a persona"
    PROBLEM = "a math problem"
    SOLUTION = "a worked answer"
    PROGRAM = "a program that computes an answer"
    SCORES = "scores by criteria"
    COMPARISON = "which of two is better"
    RESPONSE = "a reply to a message"
    TURN = "what somebody says next"
    LOGIC = "a logic puzzle"
    SPATIAL = "a spatial problem"
    SLIP = "a question that sounds foolish"
    ESSAY = "a text with a title"
    PROFILE = "a JSON value that fits a schema"
    PROSE = "a short text"
    ATTRIBUTES = "what is told of a person"
    TOOL = "the interface of a tool"
    CODE = "the code of a tool"
    CALL = "a call of a tool"
    CHARACTER = "a character of a game"


# What a label asks for, the first that fits.
_KINDS = {
    re.compile(r"\b(?:logic\w*|puzzle)\b", re.IGNORECASE): Wish.LOGIC,
    re.compile(r"\bspatial\b", re.IGNORECASE): Wish.SPATIAL,
    re.compile(r"\b(?:math\w*|problem)\b", re.IGNORECASE): Wish.PROBLEM,
    re.compile(r"^title$", re.IGNORECASE): Wish.ESSAY,
}


@dataclass(frozen=True, slots=True)
class Question:
    """Args:
    label: what the answer begins with, without its colon; "" where none was asked for; of attributes their names.
    given: the text or persona.
    asked: the instructions, where more than their label matters.
    """

    wish: Wish
    label: str
    given: str
    count: int
    coarse: bool
    chinese: bool = False
    asked: str = ""
    world: str = ""


def read(prompt: str) -> Question:
    """The question of a prompt; any string is one."""
    asked, marker, given = _parted(prompt)
    asked = _SHOWN.sub("", asked)
    wish, label, count, coarse = _understood(asked, marker)
    world = asked if wish is Wish.CHARACTER else ""
    return Question(wish, label, given.strip(), count, coarse, "Write in Chinese" in asked, asked, world)


# A run asks thousands of times in the same words.
@lru_cache(maxsize=64)
def _understood(asked: str, marker: str) -> tuple[Wish, str, int, bool]:
    if own := _of_uses(asked, marker):
        return *own, 1, False
    if "JSON object" in asked and (told := _of_an_object(asked)):
        return *told, 1, False
    if "JSON schema" in asked:
        return Wish.PROFILE, "", 1, False
    if "```python" in asked:
        return Wish.PROGRAM, "", 1, False
    if "Ruozhiba" in asked:
        return Wish.SLIP, next(iter(_QUOTED.findall(asked)), ""), 1, False
    wish, label = _wish(_QUOTED.findall(asked) or _UNQUOTED.findall(asked), marker)
    coarse = bool(_COARSE.search(asked)) and not _FINE.search(asked)
    return wish, label, _count(asked, 3 if wish is Wish.RELATIVES else 1), coarse


def _of_uses(asked: str, marker: str) -> tuple[Wish, str] | None:
    """Tools by the keys that are asked for, characters by the labels; None for all else."""
    keys = _KEY.findall(asked)
    if "function_name" in keys:
        return Wish.TOOL, ""
    if "calls" in keys:
        return Wish.CALL, ""
    if marker == "Interface" and "Python" in asked:
        return Wish.CODE, ""
    labels = _LABEL_LINE.findall(asked[-LABELS_WITHIN:])
    return (Wish.CHARACTER, "\n".join(labels)) if {"Name", "Class"} <= {*labels} or "\u540d\u5b57" in labels else None


def _of_an_object(asked: str) -> tuple[Wish, str] | None:
    """What an answer in JSON shall say, and its keys."""
    if '"better":' in asked:
        return Wish.COMPARISON, ""
    if (criteria := _CRITERION.findall(asked)) and (scale := _SCALE.search(asked)):
        return Wish.SCORES, " ".join([*scale.groups(), *criteria])
    names = _KEY.findall(asked)
    return (Wish.ATTRIBUTES, " ".join(names)) if names else None


def _wish(labels: list[str], marker: str) -> tuple[Wish, str]:
    label = next(iter(labels), "")
    if _FINAL.search(label):
        return Wish.SOLUTION, label
    if label == "Response" or marker == "Message":
        return Wish.RESPONSE, label if label == "Response" else ""
    if label == "Next message":
        return Wish.TURN, label
    if "Persona" in labels:
        return (Wish.RELATIVES if "Relation" in labels else Wish.PEOPLE), "Persona"
    for kind, found in _KINDS.items():
        if kind.search(label):
            return found, label
    return (Wish.PEOPLE if marker == "Text" else Wish.PROSE), label


def _parted(prompt: str) -> tuple[str, str, str]:
    """The instructions, the label that stands before the input, and the input.

    From the first line of <<< to the last of >>>: a hostile input may hold such lines itself.
    """
    opened = _BLOCK.search(prompt)
    if not opened:
        return _without_block(prompt)
    asked = prompt[: opened.start()].rstrip()
    start, end = opened.end(), prompt.rfind("\n>>>", opened.end())
    while end > start and not _BLOCK_END.match(prompt, end + 1):
        end = prompt.rfind("\n>>>", start, end)
    end = end if end >= start else len(prompt)
    before, _, marker = asked.rpartition("\n")
    if marker.strip().endswith(":"):
        return f"{before}\n{prompt[end + 4 :][:LOOKED_AT]}", marker.strip(" \t*#:"), prompt[start:end]
    return f"{asked}\n{prompt[end + 4 :][:LOOKED_AT]}", "", prompt[start:end]


def _without_block(prompt: str) -> tuple[str, str, str]:
    """Cut at the last line that begins with a label, or else before the last paragraph."""
    labels = list(_INPUT.finditer(prompt[:LOOKED_AT]))
    if labels:
        last = labels[-1]
        return prompt[: last.start()], last[1], prompt[last.end() :]
    asked, _, given = prompt[:LOOKED_AT].rpartition("\n\n")
    return asked, "", given + prompt[LOOKED_AT:]


def _count(asked: str, otherwise: int) -> int:
    found = _COUNT.search(asked)
    if not found:
        return otherwise
    said = (found[1] or found[2]).lower()
    number = _NUMBERS.index(said) + 1 if said in _NUMBERS else int(said)
    return min(number, MOST) or otherwise
