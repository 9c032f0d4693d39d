"""How a text is built: its questions, its title."""

import re
from dataclasses import dataclass

from personahub.checks.base import Made
from personahub.text import words

_QUESTION = re.compile(r"[?\uff1f](?=[\s\"'\u201d\u2019)\uff09\u300d*]|$)|\uff1f")
# "(a) ...", "b) ...", "1. ..." at the beginning of a line, in an order that begins at the beginning.
_PART = re.compile(r"^[ \t>*_-]*\(?([a-h]|[1-9]|i{1,3}|iv|v)[).][ \t*_]+\S", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class MostQuestions:
    """Counts question marks, and the parts of a list that ask without one; what somebody says in quotes counts too."""

    most: int

    def __call__(self, made: Made) -> str | None:
        asked = max(len(_QUESTION.findall(made.text)), _parts(made.text))
        return f"{asked} questions are more than {self.most}" if asked > self.most else None


@dataclass(frozen=True, slots=True)
class MostTitleWords:
    """The first line is a title of at most so many words, and more follows it."""

    most: int

    def __call__(self, made: Made) -> str | None:
        title, _, body = made.text.partition("\n")
        if not body.strip():
            return "nothing follows the first line, which is the title"
        count = len(words(title))
        if not 0 < count <= self.most:
            return f"a first line of {count} words is no title of up to {self.most}"
        return None


def _parts(text: str) -> int:
    """Of a list at the end that begins with (a): how many; facts are listed with bullets or numbers."""
    marks = _PART.findall(text)
    return marks.count("a") and len([mark for mark in marks if mark.isalpha()])
