"""How long a text is, in words; a Chinese or Japanese character is one."""

from dataclasses import dataclass

from personahub.checks.base import Made
from personahub.text import words


@dataclass(frozen=True, slots=True)
class LeastWords:
    least: int

    def __call__(self, made: Made) -> str | None:
        count = len(words(made.text))
        return f"{count} words are fewer than {self.least}" if count < self.least else None


@dataclass(frozen=True, slots=True)
class MostWords:
    most: int

    def __call__(self, made: Made) -> str | None:
        count = len(words(made.text))
        return f"{count} words are more than {self.most}" if count > self.most else None
