"""What a dataset of Argilla is made of, from the columns of a table and the questions of its reviewers."""

import re
from collections.abc import Iterable, Mapping, Sequence

import pyarrow as pa

from personahub.argilla.base import ACTION, FLOAT, INTEGER, TERMS, Asked, Dataset, Field, Plan, Property
from personahub.errors import UsageError
from personahub.review.questions import CHOICE, CHOICES, CORRECTION, RATING, SPANS, TEXT, Question

# What the server takes at most; it answers 422 beyond.
HIGHEST_RATING = 10
MOST_OPTIONS = 500
LONGEST_OPTION = 200

KINDS = {
    RATING: "rating",
    CHOICE: "label_selection",
    CHOICES: "multi_label_selection",
    TEXT: "text",
    CORRECTION: "text",
    SPANS: "span",
}

_TAKEN = ("add", "count", "index", "remove", "serialize")  # the SDK's collections have attributes of these names
_HIDDEN = ("id", "layout", "extra")
_ODD = re.compile(r"[^a-z0-9]+")
_LONGEST_NAME = 100


def fields(table: str, chat: Iterable[str] = ()) -> tuple[Field, ...]:
    """What is read of a record, the most important last.

    Args:
        chat: columns whose values are conversations.
    """
    if table == "personas":
        return (Field("persona", "text"),)
    return tuple(Field(name, name, chat=name in chat) for name in ("persona", "text", "description"))


def asked(shown: Sequence[Field], questions: Sequence[Question]) -> tuple[tuple[Asked, ...], list[str]]:
    """The questions that Argilla can ask, and of each other one why it cannot.

    One must be required there: where none is, the first correction, which is there before anybody answers, or else the
    first of all.
    """
    names = _named([one.name for one in shown], [one.name for one in questions])
    places = {one.column: one for one in shown}
    found, odd = [], []
    for question in questions:
        place = places.get(question.field)
        if why := _unaskable(question, place):
            odd.append(f"the question {question.name} is not asked there: {why}")
            continue
        field = place.name if place and question.kind == SPANS else None
        found.append(Asked(names[question.name], KINDS[question.kind], question, question.required, field))
    if found and not any(one.required for one in found):
        first = next((one for one in found if one.question.kind == CORRECTION), found[0])
        found = [Asked(one.name, one.kind, one.question, one is first, one.field) for one in found]
    return tuple(found), odd


def plan(
    table: str,
    stored: pa.Schema,
    questions: Sequence[Question],
    *,
    chat: Iterable[str] = (),
    vectors: Mapping[str, int] | None = None,
) -> tuple[Plan, list[str]]:
    """What a dataset is made of, and sentences on what could not be.

    Args:
        stored: the columns of the table.
        chat: columns whose values are conversations.
        vectors: of which field there are vectors, with how many numbers.

    Raises:
        UsageError: nothing can be asked.
    """
    shown = fields(table, chat)
    wanted, odd = asked(shown, questions)
    if not wanted:
        raise UsageError(f"none of the questions can be asked in Argilla: {'; '.join(odd)}")
    taken = [*(one.name for one in shown), *(one.name for one in wanted), ACTION]
    columns = {one.name: kind for one in stored if (kind := _property(one.type))}
    columns = {name: kind for name, kind in columns.items() if name not in (*_HIDDEN, *(one.column for one in shown))}
    names = _named(taken, list(columns))
    properties = tuple(Property(names[name], name, kind) for name, kind in columns.items())
    beside = _named([*taken, *names.values()], [f"{name}_vector" for name in vectors or ()])
    sizes = dict(zip(beside.values(), (vectors or {}).values(), strict=True))
    return Plan(shown, wanted, properties, sizes), odd


def check(there: Dataset, wanted: Plan) -> None:
    """Raise UsageError where a dataset that is there is not one for these records."""
    wrong = [
        *_missing("field", there.fields, {one.name: "chat" if one.chat else "text" for one in wanted.fields}),
        *_missing("question", there.questions, {one.name: one.kind for one in wanted.asked}),
        *_missing("vector", there.vectors, wanted.vectors),
        *(f"it needs a field {name}" for name in sorted(there.needed - {one.name for one in wanted.fields})),
    ]
    for one in wanted.asked:
        options = _options(one.question)
        if not wrong and options - there.questions[one.name][1]:
            wrong.append(f"its question {one.name} has other options")
    if not there.open:
        wrong.append("it takes no metadata but its own")
    if not there.ready:
        wrong.append("it was never published")
    if wrong:
        raise UsageError(
            f"the dataset {there.name} is there and not what would be made: {'; '.join(wrong)}; name another with "
            "--dataset, or remove that one in Argilla"
        )


def _missing(what: str, there: Mapping[str, object], wanted: Mapping[str, object]) -> list[str]:
    found = []
    for name, kind in wanted.items():
        held = there.get(name)
        if (held[0] if isinstance(held, tuple) else held) != kind:
            found.append(f"it has no {what} {name} of {'kind ' if isinstance(kind, str) else ''}{kind}")
    return found


def _options(question: Question) -> set[object]:
    if question.kind == RATING:
        return set(range(question.least, question.most + 1))
    return {value for value, _ in question.options} if question.kind in (CHOICE, CHOICES, SPANS) else set()


def _unaskable(question: Question, place: Field | None) -> str:
    """Why Argilla cannot ask it; "" where it can."""
    if question.kind == RATING and question.most > HIGHEST_RATING:
        return f"its ratings end at {HIGHEST_RATING}"
    if len(question.options) > MOST_OPTIONS:
        return f"it has {MOST_OPTIONS} options at most"
    if any(len(value) > LONGEST_OPTION for value, _ in question.options):
        return f"the values of its options have {LONGEST_OPTION} characters at most"
    if question.kind in (CORRECTION, SPANS) and place is None:
        return f"the field {question.field} is not shown there"
    if question.kind == SPANS and place and place.chat:
        return f"no places can be marked in a conversation, which {question.field} is"
    return ""


def _named(taken: Sequence[str], names: Sequence[str]) -> dict[str, str]:
    """By each name one that Argilla takes, no two alike."""
    used, found = {*taken, *_TAKEN}, {}
    for name in names:
        plain = _ODD.sub("_", name.lower()).strip("_")[:_LONGEST_NAME] or "column"
        number, new = 2, plain
        while new in used:
            new, number = f"{plain}_{number}", number + 1
        used.add(new)
        found[name] = new
    return found


def _property(kind: pa.DataType) -> str | None:
    if pa.types.is_list(kind):
        kind = kind.value_type
        return TERMS if pa.types.is_string(kind) else None
    if pa.types.is_integer(kind):
        return INTEGER
    if pa.types.is_floating(kind):
        return FLOAT
    return TERMS if pa.types.is_string(kind) or pa.types.is_boolean(kind) else None
