"""The outer form of an answer."""

import json
import re

from personahub.constraints.base import Kind, several

_FENCE = re.compile(r"\A```\w*\s*\n(.*?)\n?```\Z", re.DOTALL)
_TITLE = re.compile(r"\A<<[^<>\n]+>>")
_BLANK = re.compile(r"\[[^\[\]\n]+\]")
_KEYS = ("summary", "reason", "steps", "risks", "next", "advice", "cost", "title")
_QUOTES = {'"': '"', "\u201c": "\u201d"}
_ALONE = frozenset(
    {
        *("words_least", "sentences_most", "paragraphs", "bullets", "numbered", "sections", "begins", "ends"),
        *("question", "language", "title", "postscript", "quoted", "lower_case", "no_commas", "blanks"),
    }
)


def json_keys(answer: str, *keys: str) -> str | None:
    """Nothing but one JSON object, which may stand in a fence."""
    text = answer.strip()
    fenced = _FENCE.match(text)
    try:
        value = json.loads(fenced[1] if fenced else text)
    except (ValueError, RecursionError):
        return "it is no JSON"
    if not isinstance(value, dict):
        return f"it is JSON, and no object but {type(value).__name__}"
    return None if set(value) == set(keys) else f"its keys are {', '.join(map(repr, value)) or 'none'}"[:300]


def quoted(answer: str) -> str | None:
    text = answer.strip()
    whole = len(text) > 1 and text[0] in _QUOTES and text[-1] == _QUOTES[text[0]]
    return None if whole else "it does not begin and end with double quotation marks"


def title(answer: str) -> str | None:
    return None if _TITLE.match(answer.strip(" \t\r\n*#")) else "it has no title in double angle brackets at its top"


def lower_case(answer: str) -> str | None:
    capitals = sum(letter.isupper() for letter in answer)
    return f"it has {several(capitals, 'capital letter')}" if capitals else None


def no_commas(answer: str) -> str | None:
    count = sum(answer.count(mark) for mark in ",\uff0c\u3001")
    return f"it has {several(count, 'comma')}" if count else None


def blanks(answer: str, least: int) -> str | None:
    count = len(_BLANK.findall(answer))
    return None if count >= least else f"{several(count, 'blank')} in square brackets, at least {least} asked for"


def postscript(answer: str) -> str | None:
    last = answer.strip().splitlines()[-1:] or [""]
    return None if last[0].strip(" *_").startswith("P.S.") else 'its last line does not begin with "P.S."'


FORM = (
    Kind(
        "json",
        'Answer with nothing but one JSON object that has just the keys "{one}", "{two}" and "{three}".',
        json_keys,
        {"one": _KEYS, "two": _KEYS, "three": _KEYS},
        _ALONE,
    ),
    Kind(
        "quoted",
        "Put the whole answer in double quotation marks.",
        quoted,
        clashes=frozenset({"title", "postscript", "bullets", "numbered", "sections"}),
    ),
    Kind(
        "title", "Put a title at the top, in double angle brackets like <<this>>.", title, clashes=frozenset({"begins"})
    ),
    Kind(
        "lower_case",
        "Write without any capital letters.",
        lower_case,
        clashes=frozenset({"begins", "ends", "postscript"}),
    ),
    Kind("no_commas", "Write without any commas.", no_commas, clashes=frozenset({"begins"})),
    Kind(
        "blanks",
        "Leave at least {least} blanks for the reader to fill in, each in square brackets like [name].",
        blanks,
        {"least": (2, 3)},
    ),
    Kind("postscript", 'Close with a line that begins with "P.S.".', postscript),
)
