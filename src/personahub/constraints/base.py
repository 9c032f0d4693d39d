"""A constraint on an answer that a program can check: one sentence, from which it is read again."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from personahub.text import content_id

Value: TypeAlias = int | str
Check = Callable[..., str | None]  # the answer, then a value for each slot: what is wrong, None where it holds

_SLOT = re.compile(r"\{(\w+)\}")


class Draw:
    """Choices that look free and repeat exactly: digits of a hash of what is drawn for."""

    def __init__(self, *fields: str) -> None:
        self._name = content_id(*fields)
        self._left = int(self._name, 16)

    def below(self, sides: int) -> int:
        """A whole number from 0 to sides - 1."""
        if self._left < 1 << 64:
            self._name = content_id(self._name)
            self._left = int(self._name, 16)
        self._left, side = divmod(self._left, sides)
        return side


@dataclass(frozen=True)
class Kind:
    """Args:
    name: what a verdict says of an answer that does not hold it.
    sentence: how it is said; each {slot} stands for a number, or in quotes for a text.
    check: called with the answer and a value for each slot.
    slots: for each slot what may be drawn.
    clashes: names of those that it cannot, or not well, be held together with.
    """

    name: str
    sentence: str
    check: Check
    slots: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    clashes: frozenset[str] = frozenset()

    def drawn(self, draw: Draw) -> "Constraint":
        """With values for its slots, no text twice."""
        values: list[Value] = []
        for choices in self.slots.values():
            left = [choice for choice in choices if choice not in values] if isinstance(choices[0], str) else choices
            values.append(left[draw.below(len(left))])
        return Constraint(self, tuple(values))

    def read(self, sentence: str) -> "Constraint | None":
        """What the sentence says; None where it is not of this kind."""
        found = self._pattern.fullmatch(sentence.strip())
        if not found:
            return None
        kinds = [choices[0] for choices in self.slots.values()]
        values = (
            int(said) if isinstance(kind, int) else said for kind, said in zip(kinds, found.groups(), strict=True)
        )
        return Constraint(self, tuple(values))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        parts = _SLOT.split(self.sentence)
        made = [re.escape(parts[0])]
        for name, behind in zip(parts[1::2], parts[2::2], strict=True):
            made.append(r"(\d{1,9})" if isinstance(self.slots[name][0], int) else r"(.{1,200}?)")
            made.append(re.escape(behind))
        return re.compile("".join(made))


@dataclass(frozen=True)
class Constraint:
    """Args:
    values: one for each slot of its kind, in their order.
    """

    kind: Kind
    values: tuple[Value, ...] = ()

    @property
    def name(self) -> str:
        return self.kind.name

    @property
    def sentence(self) -> str:
        return self.kind.sentence.format(**dict(zip(self.kind.slots, self.values, strict=True)))

    def fault(self, answer: str) -> str | None:
        """What is wrong with an answer; None where it holds."""
        return self.kind.check(answer, *self.values)


def several(count: int, what: str) -> str:
    """As in 1 word, 2 words."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"
