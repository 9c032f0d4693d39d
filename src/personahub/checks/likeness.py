"""Whether a text says more than its persona did."""

from dataclasses import dataclass

from personahub.checks.base import Made
from personahub.text import words


@dataclass(frozen=True, slots=True)
class UnlikePersona:
    """At most this share of the words of the text may be those of the persona."""

    most: float

    def __call__(self, made: Made) -> str | None:
        said, known = set(words(made.text)), set(words(made.persona))
        same = len(said & known) / len(said) if said else 1.0
        return f"{same:.0%} of its words are the persona's" if same > self.most else None
