"""Plain text behind one label."""

from dataclasses import dataclass

from personahub.formats.base import EMPTY, Read, labelled


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
        text = next((value for label, value in found if label == self.answer), "")
        return Read(text, None if text else EMPTY)
