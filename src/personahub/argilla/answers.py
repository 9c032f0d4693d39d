"""Answers of the hub as Argilla has them, and back."""

from collections.abc import Mapping, Sequence
from typing import Any

from personahub.argilla.base import Asked
from personahub.review.questions import CHOICES, CORRECTION, RATING, SPANS, Unanswerable, answered
from personahub.store.judged import SUBMITTED, Judgement


def there(asked: Sequence[Asked], said: Judgement, texts: Mapping[str, str]) -> dict[str, object] | None:
    """What was said, by the names of the questions there; None where Argilla would miss an answer that it needs."""
    found: dict[str, object] = {}
    for one in asked:
        value = said.answers.get(one.question.name)
        if value is None and one.question.kind == CORRECTION and one.required and said.status == SUBMITTED:
            value = texts[one.question.field]  # as it is: nothing to correct
        if value is not None:
            found[one.name] = _spans(value, "first", "last", "start", "end") if one.question.kind == SPANS else value
    missing = said.status == SUBMITTED and any(one.required and one.name not in found for one in asked)
    return None if missing else found


def here(asked: Sequence[Asked], values: Mapping[str, object], texts: Mapping[str, str]) -> dict[str, object]:
    """The answers as the hub keeps them; what is asked only there is left out.

    Raises Unanswerable where one cannot be an answer.
    """
    found: dict[str, Any] = {}
    for one in asked:
        value = values.get(one.name)
        if one.question.kind == SPANS and value is not None:
            value = _spans(value, "start", "end", "first", "last")
        if one.question.kind == CHOICES and isinstance(value, list) and len(set(map(repr, value))) < len(value):
            raise Unanswerable(f"{one.question.title}: an option is chosen twice", f"answers.{one.question.name}")
        found[one.question.name] = value
    return answered([one.question for one in asked], found, texts, whole=False)


def suggested(one: Asked, row: Mapping[str, Any]) -> object:
    """What a column of a record suggests as an answer, or the text that may be corrected; None where nothing is."""
    question = one.question
    value = row.get(question.suggest) if question.suggest else None
    if question.kind == CORRECTION and not isinstance(value, str):
        value = row[question.field]
    if question.kind == RATING and isinstance(value, float) and value.is_integer():
        value = int(value)
    if question.kind == CHOICES and isinstance(value, str):
        value = [value]
    if value is None or question.kind == SPANS:
        return None
    if question.kind == CORRECTION:
        return value
    try:
        return question.answer(value, {})
    except Unanswerable:
        return None


def _spans(value: object, *names: str) -> Any:
    """Spans with other names for their ends; what is none stays what it is, for the question to refuse."""
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        return value
    first, last, new_first, new_last = names
    return [{new_first: one.get(first), new_last: one.get(last), "label": one.get("label")} for one in value]
