"""Plain text behind one label."""

import re
from dataclasses import dataclass

from personahub.formats.base import EMPTY, Read, labelled

# What a model may call it in place of the label that it was told.
_OTHER_LABEL = re.compile(
    r"\A[\s#*_>\"]*(?:(?:(?:math(?:ematics|s)?|word|logic(?:al)?(?: reasoning)?|reasoning|spatial(?: reasoning)?|user|"
    r"your|the) )?(?:problem|puzzle|riddle|question|task|prompt|instruction|answer|output|response|title|headline)|"
    r"\u95ee\u9898|\u9898\u76ee|\u8c1c\u9898|\u6807\u9898|\u6307\u4ee4|\u63d0\u95ee)"
    r"(?: ?\d+)?[\s*_]*[:\uff1a][\s*_]*(?=\S)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Text:
    """Args:
    answer: the label before what is kept.
    until: labels at which it ends, such as "Solution:" where none was wanted.
    """

    answer: str
    until: tuple[str, ...] = ()

    @property
    def schema(self) -> str:
        return ""

    def read(self, answer: str) -> Read:
        found = labelled(answer, *self.until, self.answer)
        text = _OTHER_LABEL.sub("", next((value for label, value in found if label == self.answer and value), ""))
        return Read(text, None if text else EMPTY)
