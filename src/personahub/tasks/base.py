"""The contract of a task, and how an answer is read as people and machines really write it."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Protocol

import pyarrow as pa

from personahub.models.base import Completion, Message, Prompt

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
_PREAMBLE = re.compile(
    r"^(?:(?:sure(?: thing)?|certainly|of course|absolutely|okay|ok|great)[,!.:]+\s*"
    r"|(?:here(?:['\u2019]s| is| are)|below (?:is|are))\b[^\n:]{0,120}:\s*)+(?=\S)",
    re.IGNORECASE,
)
_THINKING = re.compile(r"<think>.*?</think>\s*", re.DOTALL)
_FENCE = re.compile(r"^```\w*\s*\n(.*?)\n?```\s*$", re.DOTALL)
_DECORATION = " \t\r\n*_#>`\"'\u201c\u201d"


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
    text = _THINKING.sub("", completion.text).strip()
    if len(text) < LEAST_CHARS:
        return "empty"
    return "refusal" if _REFUSAL.match(text) else None


def labelled(text: str, *labels: str) -> list[tuple[str, str]]:
    """The (label, value) pairs of an answer, in order: what follows each label up to the next one.

    A label may stand behind a number, a bullet or Markdown, in any case. What comes before the first
    label is a preamble and dropped. An answer without any label is one value of the last label, less
    an opening such as "Sure! Here is one:".
    """
    text = _THINKING.sub("", text).strip()
    if fenced := _FENCE.match(text):
        text = fenced[1].strip()
    found = list(_mark(labels).finditer(text))
    if not found:
        return [(labels[-1], _bare(_PREAMBLE.sub("", text, count=1)))]
    ends = [match.start() for match in found[1:]] + [len(text)]
    by_name = {label.rstrip(":").casefold(): label for label in labels}
    return [
        (by_name[match[1].casefold()], _bare(text[match.end() : end])) for match, end in zip(found, ends, strict=True)
    ]


@cache
def _mark(labels: tuple[str, ...]) -> re.Pattern[str]:
    names = "|".join(re.escape(label.rstrip(":")) for label in labels)
    return re.compile(rf"^[\s\d.)*_#>\-\u2022`\"]*({names})(?:\s*\d+)?[\s*_`]*[:\uff1a]", re.IGNORECASE | re.MULTILINE)


def strings(column: pa.Array) -> list[str]:
    """A text column as Python strings: the one place where columns become objects."""
    values: list[str] = column.to_pylist()
    return values


def _bare(value: str) -> str:
    return value.strip(_DECORATION) if "\n" not in value.strip() else value.strip(" \t\r\n*")
