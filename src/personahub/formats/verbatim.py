"""The answer as it was said, to the last mark: what is held to a form must not be tidied."""

from dataclasses import dataclass

from personahub.formats.base import EMPTY, Read, spoken


@dataclass(frozen=True, slots=True)
class Verbatim:
    """Args:
    answer: a label that may stand at the very beginning, and is no part of it.
    """

    answer: str = ""

    @property
    def schema(self) -> str:
        return ""

    def read(self, answer: str) -> Read:
        text = spoken(answer)
        if self.answer and text[: len(self.answer)].casefold() == self.answer.casefold():
            text = text[len(self.answer) :].strip()
        return Read(text, None if text else EMPTY)
