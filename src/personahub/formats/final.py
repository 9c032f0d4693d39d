"""A worked answer as a whole, whose end says what the answer is."""

from dataclasses import dataclass

from personahub.formats.base import EMPTY, Read, spoken


@dataclass(frozen=True, slots=True)
class Final:
    """Args:
    answer: the label that the final answer was asked to stand behind.
    """

    answer: str

    @property
    def schema(self) -> str:
        return ""

    def read(self, answer: str) -> Read:
        text = spoken(answer)
        return Read(text, None if text else EMPTY)
