"""The contract of a format, and how labels are found in answers as people and machines really write them."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Protocol

# Why an answer has nothing that can be kept.
EMPTY = "empty"
NO_FIELD = "no_field"  # a label that was asked for is missing, or nothing stands behind it

_PREAMBLE = re.compile(
    r"^(?:(?:sure(?: thing)?|certainly|of course|absolutely|okay|ok|great)[,!.:]+\s*"
    r"|(?:here(?:['\u2019]s| is| are)|below (?:is|are))\b[^\n:]{0,120}:\s*)+(?=\S)",
    re.IGNORECASE,
)
_THINKING = re.compile(r"<think>.*?</think>\s*", re.DOTALL)
_FENCE = re.compile(r"^```\w*\s*\n(.*?)\n?```\s*$", re.DOTALL)
_FENCE_LINE = re.compile(r"^\s*```\w*[ \t]*\n|\n[ \t]*```[ \t]*\Z")
# What a model says when it is done; it is no part of the answer.
_CLOSING = re.compile(
    r"\n\s*\n\W*(?:let me know\b|i hope (?:this|that|you|it)\b|hope (?:this|that) |feel free to\b|would you like\b|"
    r"please let me know\b|do you want me to\b|"
    r"if you(?:['\u2019]d like| want| need)\b.{0,80}\b(?:let me|i can|i could)\b|"
    r"\(?note: (?:this|the) |this (?:problem|puzzle|question|riddle|prompt|article|text|character|scenario) "
    r"(?:is|was|uses|combines|requires|reflects|draws|ties|incorporates|involves|tests|aims)\b|"
    r"\u5e0c\u671b\u8fd9|\u5982\u679c\u9700\u8981|\u5982\u9700|\u6b64\u9898|\u8fd9\u9053\u9898)[^\n]*\s*\Z",
    re.IGNORECASE,
)
_RULE_AT_END = re.compile(r"\n\s*(?:[-*_=]\s?){3,}\s*\Z")
_DECORATION = " \t\r\n*_#>`\"'\u201c\u201d"


@dataclass(frozen=True, slots=True)
class Shape:
    """What the front matter of a template says of an answer.

    Args:
        answer: the label before what is kept.
        until: labels at which what is kept ends.
        fields: the labels, in their order.
        schema: a JSON schema, as text.
    """

    answer: str = ""
    until: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    schema: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """What an answer holds.

    Args:
        text: canonical: read again by the same format, it gives itself.
        reject: why it cannot be kept; `detail` says more to people.
    """

    text: str
    reject: str | None = None
    detail: str = ""


class Format(Protocol):
    """Pure: an answer in, what is kept of it out."""

    @property
    def schema(self) -> str:
        """A JSON schema that the endpoint is asked to satisfy; "" for free text."""
        ...

    def read(self, answer: str) -> Read: ...


def spoken(answer: str) -> str:
    """An answer less the model's thinking."""
    return _THINKING.sub("", answer).strip()


def unwrapped(answer: str) -> str:
    """An answer less what a model puts around it: its thinking, a fence, a rule, a last word to the reader."""
    text = spoken(answer)
    while True:
        shorter = _RULE_AT_END.sub("", _CLOSING.sub("", text)).strip()
        if fenced := _FENCE.match(shorter):
            shorter = fenced[1].strip()
        if shorter == text:
            return text
        text = shorter


def labelled(text: str, *labels: str) -> list[tuple[str, str]]:
    """The (label, value) pairs of an answer, in order: what follows each label up to the next one.

    A label may stand behind a number, a bullet or Markdown, in any case. What comes before the first
    label is a preamble and dropped. An answer without any label is one value of the last label, less
    an opening such as "Sure! Here is one:".
    """
    text = unwrapped(text)
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


def _bare(value: str) -> str:
    value = _FENCE_LINE.sub("", value).strip()
    if "\n" not in value:
        return value.strip(_DECORATION)
    value = value.strip(" \t\r\n*")
    first, _, rest = value.partition("\n")
    # "**Title: A Winter**": the label took one half of the pair with it.
    return f"{first.rstrip().removesuffix('**')}\n{rest}" if first.count("**") % 2 else value
