"""The contract of a task, and why an answer may be of no use to any."""

import re
from collections.abc import Sequence
from typing import Protocol

import pyarrow as pa

from personahub.checks import Made
from personahub.formats.base import Read, spoken
from personahub.models.base import Completion, Message, Prompt
from personahub.templates.base import Template

CHECK = "check:"  # before the name of the check that a text does not hold
SURPLUS = "surplus"  # why a persona beyond the number that was asked for does not get in
LEAST_CHARS = 8  # below this an answer says nothing

_REFUSAL = re.compile(
    r"^\W*(?:i['\u2019]?m (?:very |really |so )?sorry\b.{0,80}\b(?:can(?:no|['\u2019])t|unable|not able|won['\u2019]?t)"
    r"|(?:sorry,? (?:but )?)?i (?:can(?:no|['\u2019])t|am unable to|am not able to|won['\u2019]?t|must decline)"
    r"|i['\u2019]m (?:unable|not able) to"
    r"|as an ai\b|as a (?:large )?language model"
    r"|unfortunately,? i (?:can(?:no|['\u2019])t|am unable)"
    r"|(?:\u62b1\u6b49|\u5bf9\u4e0d\u8d77).{0,12}(?:\u65e0\u6cd5|\u4e0d\u80fd))",
    re.IGNORECASE | re.DOTALL,
)


class Task(Protocol):
    """What is asked of each row, and how the answers become rows. Pure: no model, no disk, no clock."""

    @property
    def identity(self) -> str:
        """Every setting that changes a prompt or how its answer is read."""
        ...

    @property
    def table(self) -> str:
        """Where its rows go: "personas", "samples", "solutions" or "labels"."""
        ...

    @property
    def samples(self) -> int:
        """Prompts for each row."""
        ...

    def prompts(self, rows: pa.RecordBatch) -> list[Prompt]:
        """The prompts of the first row, of the second, and so on."""
        ...

    def rows(self, rows: pa.RecordBatch, completions: Sequence[Completion]) -> pa.RecordBatch:
        """What the answers hold, in schema.answers(table), at least one row for each of them.

        An answer that cannot be used is a row whose `reject` is its reason.
        """
        ...


def ask(text: str) -> Prompt:
    return Prompt((Message("user", text),))


def unusable(completion: Completion) -> str | None:
    """Why nothing can be read from this answer: the model's own error, "empty" or "refusal"; else None."""
    if completion.error:
        return completion.error
    text = spoken(completion.text)
    if len(text) < LEAST_CHARS:
        return "empty"
    return "refusal" if _REFUSAL.match(text) else None


def strings(column: pa.Array) -> list[str]:
    """A text column as Python strings: the one place where columns become objects."""
    values: list[str] = column.to_pylist()
    return values


def kept(template: Template, completion: Completion, about: str) -> Read:
    """What is kept of an answer: read by the template's format, and held to its checks.

    Args:
        about: the text that was asked about.
    """
    reader = template.reader
    if why := completion.error if reader.schema else unusable(completion):
        return Read("", why, completion.detail or completion.text)
    read = reader.read(completion.text)
    if read.reject:
        return Read("", read.reject, read.detail or completion.text)
    made = Made(read.text, about)
    for name, check in template.checking():
        if fault := check(made):
            return Read("", f"{CHECK}{name}", f"{fault}: {read.text}")
    return read
