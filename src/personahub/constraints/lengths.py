"""How long an answer is, and in how many pieces."""

import re

from personahub.constraints.base import Kind, several
from personahub.text import words

_BLANK = re.compile(r"\n\s*\n")
_SENTENCE = re.compile(r"[.!?]+[\"')\]\u201d\u2019*_]*(?=\s|$)|[\u3002\uff01\uff1f]+")
_BULLET = re.compile(r"^[ \t]*[-*\u2022] +\S", re.MULTILINE)
_NUMBERED = re.compile(r"^[ \t]*(\d+)[.)] +\S", re.MULTILINE)
_HEADING = re.compile(r"^## +\S", re.MULTILINE)


def words_most(answer: str, most: int) -> str | None:
    return None if (count := len(words(answer))) <= most else f"{several(count, 'word')}, at most {most} asked for"


def words_least(answer: str, least: int) -> str | None:
    return None if (count := len(words(answer))) >= least else f"{several(count, 'word')}, at least {least} asked for"


def sentences_most(answer: str, most: int) -> str | None:
    count = len(_SENTENCE.findall(answer.strip()))
    return None if count <= most else f"{several(count, 'sentence')}, at most {most} asked for"


def paragraphs(answer: str, wanted: int) -> str | None:
    count = len([block for block in _BLANK.split(answer.strip()) if block.strip()])
    return None if count == wanted else f"{several(count, 'paragraph')}, {wanted} asked for"


def bullets(answer: str, wanted: int) -> str | None:
    count = len(_BULLET.findall(answer))
    return None if count == wanted else f"{several(count, 'bullet point')}, {wanted} asked for"


def numbered(answer: str, wanted: int) -> str | None:
    numbers = [int(number) for number in _NUMBERED.findall(answer)]
    if numbers == list(range(1, wanted + 1)):
        return None
    return f"steps numbered {', '.join(map(str, numbers[:20])) or 'not at all'}, 1 to {wanted} asked for"


def sections(answer: str, wanted: int) -> str | None:
    count = len(_HEADING.findall(answer))
    return None if count == wanted else f"{several(count, 'heading')}, {wanted} asked for"


_SHORT = frozenset({"words_least", "paragraphs", "bullets", "numbered", "sections"})

LENGTHS = (
    Kind("words_most", "Use at most {most} words.", words_most, {"most": (40, 60, 80, 120, 150)}, _SHORT),
    Kind(
        "words_least",
        "Use at least {least} words.",
        words_least,
        {"least": (80, 120, 200)},
        frozenset({"sentences_most"}),
    ),
    Kind("sentences_most", "Use at most {most} sentences.", sentences_most, {"most": (2, 3, 4, 6)}, _SHORT),
    Kind(
        "paragraphs",
        "Write exactly {wanted} paragraphs, with a blank line between them.",
        paragraphs,
        {"wanted": (2, 3, 4)},
        frozenset({"bullets", "numbered", "sections", "title", "postscript"}),
    ),
    Kind(
        "bullets",
        'Give exactly {wanted} bullet points, each on a line that begins with "- ".',
        bullets,
        {"wanted": (3, 4, 5, 6)},
        frozenset({"numbered", "sections"}),
    ),
    Kind(
        "numbered",
        "Give exactly {wanted} steps, each on a line of its own that begins with its number and a full stop.",
        numbered,
        {"wanted": (3, 4, 5, 6)},
        frozenset({"sections"}),
    ),
    Kind(
        "sections",
        'Divide it into {wanted} sections, each under a heading that begins with "## ".',
        sections,
        {"wanted": (2, 3)},
    ),
)
