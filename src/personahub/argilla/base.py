"""What a dataset of Argilla holds, as plain values: what it asks of which fields, its records and their responses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from personahub.errors import PersonahubError
from personahub.review.questions import Question

TERMS, INTEGER, FLOAT = "terms", "integer", "float"
ACTION = "personahub_action"  # of a record's metadata: the last action of the hub's judgements when it was sent

Turns: TypeAlias = list[dict[str, str]]  # each with role and content


class Refused(PersonahubError):  # noqa: N818 - says what is so
    """The server does not take what it was sent; others may be taken."""


@dataclass(frozen=True, slots=True)
class Field:
    """Args:
    chat: its values are turns of a conversation.
    """

    name: str
    column: str
    chat: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of the hub as it is asked there.

    Args:
        name: that it has there.
        kind: of QUESTIONS.
        field: whose places are marked, for spans.
    """

    name: str
    kind: str
    question: Question
    required: bool
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Property:
    """Args:
    kind: TERMS, INTEGER or FLOAT.
    """

    name: str
    column: str
    kind: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Args:
    vectors: names, with how many numbers each has.
    overlap: how many must submit a record before it is done.
    """

    fields: tuple[Field, ...]
    asked: tuple[Asked, ...]
    properties: tuple[Property, ...]
    vectors: Mapping[str, int] = field(default_factory=dict)
    overlap: int = 1


@dataclass(frozen=True, slots=True)
class Dataset:
    """One that is on the server.

    Args:
        held: as the SDK has it.
        fields: by name what kind each is; questions so too, with what can be chosen.
    """

    held: object = field(repr=False)
    id: str
    name: str
    ready: bool
    open: bool
    fields: Mapping[str, str]
    needed: frozenset[str]
    questions: Mapping[str, tuple[str, frozenset[object]]]
    vectors: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Suggestion:
    question: str
    value: object
    agent: str | None = None
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """Args:
    user: the name; None where the server has no such user any more.
    status: draft, submitted or discarded.
    values: by the name of the question there.
    """

    user: str | None
    status: str
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Record:
    id: str
    fields: Mapping[str, str | Turns]
    metadata: Mapping[str, object]
    vectors: Mapping[str, Sequence[float]] = field(default_factory=dict)
    suggestions: tuple[Suggestion, ...] = ()
    responses: tuple[Response, ...] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """A record that has responses.

    Args:
        action: its ACTION; -1 where it has none.
    """

    id: str
    action: int
    responses: tuple[Response, ...]
