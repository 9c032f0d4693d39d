"""Questions about the records of a table or a task: what each asks for, and whether an answer is one."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from personahub.errors import UsageError
from personahub.store.judgements import Judgements

RATING, CHOICE, CHOICES, TEXT, CORRECTION, SPANS = KINDS = (
    *("rating", "choice", "choices", "text", "correction", "spans"),
)
OVERLAP = "overlap"  # a setting: how many must judge a record
MOST = 50  # questions
_MOST_OPTIONS = 1_000
_MOST_TEXT = 100_000
_MOST_SPANS = 1_000
_HIGHEST = 100  # of a rating
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_TAKEN = ("reviewers", "status")  # what an export says of a judgement beside its answers


class Unanswerable(UsageError):  # noqa: N818 - says what is so
    """A question or an answer that cannot be meant.

    Args:
        field: which it is, such as "answers.rating".
    """

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Question:
    """Args:
    options: value and label of what can be chosen.
    field: that is corrected, or in which spans are marked.
    suggest: a column whose value is suggested.
    score: a column of numbers that says how sure that is.
    """

    name: str
    kind: str
    title: str
    help: str = ""
    required: bool = False
    least: int = 1
    most: int = 5
    options: tuple[tuple[str, str], ...] = ()
    field: str = "text"
    suggest: str | None = None
    score: str | None = None

    def told(self) -> dict[str, object]:
        """As JSON, with what its kind has."""
        said = asdict(self)
        out = {"options": [{"value": value, "label": label} for value, label in self.options]}
        has = {
            RATING: ("least", "most"),
            CHOICE: ("options",),
            CHOICES: ("options",),
            CORRECTION: ("field",),
            SPANS: ("field", "options"),
        }.get(self.kind, ())
        more = [name for name in ("suggest", "score") if said[name]]
        names = ("name", "kind", "title", "help", "required", *has, *more)
        return {name: out.get(name, said[name]) for name in names}

    def answer(self, said: object, texts: Mapping[str, str]) -> object:
        """The answer as it is kept; None where it is none.

        Raises Unanswerable where it cannot be one.
        """
        wrong = Unanswerable(f"{self.title}: this cannot be an answer; {self._wants}", f"answers.{self.name}")
        if said is None or said in ("", []):
            return None
        values = [value for value, _ in self.options]
        if self.kind in (TEXT, CORRECTION):
            if not isinstance(said, str) or len(said) > _MOST_TEXT or not _whole(said):
                raise wrong
            return None if self.kind == CORRECTION and said == texts.get(self.field) else said
        if self.kind in (RATING, CHOICE):
            wanted = values if self.kind == CHOICE else list(range(self.least, self.most + 1))
            if isinstance(said, bool | float) or said not in wanted:
                raise wrong
            return said
        if not isinstance(said, list) or not (self.kind == SPANS or all(one in values for one in said)):
            raise wrong
        if self.kind == SPANS:
            return _spans(said, values, len(texts.get(self.field, "")), wrong)
        return [value for value in values if value in said]

    @property
    def _wants(self) -> str:
        chosen = ", ".join(value for value, _ in self.options[:10])
        return {
            RATING: f"a whole number from {self.least} to {self.most}",
            TEXT: f"a text of up to {_MOST_TEXT:,} characters",
            CORRECTION: f"a text of up to {_MOST_TEXT:,} characters",
            CHOICE: f"one of {chosen}",
            CHOICES: f"some of {chosen}",
            SPANS: f"places with first, last and a label of {chosen}",
        }[self.kind]


DEFAULT = (
    Question("rating", RATING, "How good is it?"),
    Question("correction", CORRECTION, "Correction"),
    Question("feedback", TEXT, "Feedback"),
)


def subject(table: str, task: str | None) -> str:
    """What questions are kept under."""
    return f"questions/{table}/{task or ''}"


def questions(judgements: Judgements, table: str, task: str | None) -> tuple[tuple[Question, ...], int]:
    """Those of a task, of its table where it has none of its own, or the default ones; and their revision."""
    held, revision = judgements.setting(subject(table, task))
    if held is None and task is not None:
        held, _ = judgements.setting(subject(table, None))
    return (read(held) if isinstance(held, list) else DEFAULT), revision


def overlap(judgements: Judgements) -> int:
    """How many must judge a record before it counts as done."""
    held, _ = judgements.setting(OVERLAP)
    return held if isinstance(held, int) else 1


def read(said: Sequence[Any]) -> tuple[Question, ...]:
    """Questions from JSON.

    Raises Unanswerable where they cannot be asked.
    """
    if not 0 < len(said) <= MOST:
        raise Unanswerable(f"there must be 1 to {MOST} questions", "questions")
    found = tuple(_question(one, f"questions.{place}") for place, one in enumerate(said))
    names = [one.name for one in found]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise Unanswerable(f"two questions are called {twice}", "questions")
    return found


def answered(
    asked: Sequence[Question], said: Mapping[str, Any], texts: Mapping[str, str], *, whole: bool
) -> dict[str, object]:
    """The answers as they are kept, those that are none left out.

    Args:
        texts: the record's, by field.
        whole: whether each required question must have one.

    Raises Unanswerable.
    """
    known = {one.name: one for one in asked}
    if odd := next((name for name in said if name not in known), None):
        raise Unanswerable(f"there is no question {str(odd)[:40]!r}", f"answers.{str(odd)[:40]}")
    found = {name: known[name].answer(value, texts) for name, value in said.items()}
    kept = {name: value for name, value in found.items() if value is not None}
    if whole and (missing := next((one for one in asked if one.required and one.name not in kept), None)):
        raise Unanswerable(f"{missing.title}: an answer is needed", f"answers.{missing.name}")
    return kept


def _question(said: object, at: str) -> Question:
    if not isinstance(said, Mapping):
        raise Unanswerable(f"{at} must be an object", at)
    kind, name, title = said.get("kind"), said.get("name"), said.get("title")
    if kind not in KINDS:
        raise Unanswerable(f"{at}: kind must be one of {', '.join(KINDS)}", f"{at}.kind")
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name in _TAKEN:
        raise Unanswerable(f"{at}: a name is a letter and up to 39 letters, digits and _, in lower case", f"{at}.name")
    if not isinstance(title, str) or not title.strip() or len(title) > 500 or not _whole(title):
        raise Unanswerable(f"{at}: title must be a text of 1 to 500 characters", f"{at}.title")
    usual = {"help": "", "field": "text", "suggest": None, "score": None}
    more = {key: said.get(key, default) for key, default in usual.items()}
    if not all(
        value is None or (isinstance(value, str) and len(value) <= 5000 and _whole(value)) for value in more.values()
    ):
        raise Unanswerable(f"{at}: help, field, suggest and score must be texts", at)
    least, most = said.get("least", 1), said.get("most", 5)
    if not all(isinstance(end, int) and not isinstance(end, bool) for end in (least, most)):
        raise Unanswerable(f"{at}: least and most must be whole numbers", f"{at}.least")
    if kind == RATING and not 0 <= least < most <= _HIGHEST:
        raise Unanswerable(f"{at}: a rating is from 0 or more to {_HIGHEST} or less", f"{at}.least")
    options = _options(said.get("options"), at) if kind in (CHOICE, CHOICES, SPANS) else ()
    shown = {**more, "help": more["help"] or "", "field": more["field"] or "text"}
    required = said.get("required", False) is True
    return Question(name, kind, title, required=required, least=least, most=most, options=options, **shown)


def _options(said: object, at: str) -> tuple[tuple[str, str], ...]:
    if not isinstance(said, list) or not 1 < len(said) <= _MOST_OPTIONS:
        raise Unanswerable(f"{at}: options must be 2 to {_MOST_OPTIONS:,}", f"{at}.options")
    found = []
    for one in said:
        value = one.get("value") if isinstance(one, Mapping) else None
        label = one.get("label", value) if isinstance(one, Mapping) else None
        if not all(isinstance(text, str) and 0 < len(text) <= 500 and _whole(text) for text in (value, label)):
            raise Unanswerable(
                f"{at}: an option has a value and a label, texts of 1 to 500 characters", f"{at}.options"
            )
        found.append((str(value), str(label)))
    if len(dict(found)) < len(found):
        raise Unanswerable(f"{at}: two options have one value", f"{at}.options")
    return tuple(found)


def _spans(said: Sequence[Any], values: Sequence[str], length: int, wrong: Unanswerable) -> list[dict[str, object]]:
    found = []
    for one in said[: _MOST_SPANS + 1]:
        if not isinstance(one, Mapping) or set(one) != {"first", "last", "label"} or one["label"] not in values:
            raise wrong
        first, last = one["first"], one["last"]
        if not all(isinstance(end, int) and not isinstance(end, bool) for end in (first, last)):
            raise wrong
        if not 0 <= first < last <= length:
            raise wrong
        found.append({"first": first, "last": last, "label": one["label"]})
    if len(found) > _MOST_SPANS:
        raise wrong
    return sorted(found, key=lambda span: (span["first"], span["last"], span["label"]))


def _whole(text: str) -> bool:
    """Whether it can be written down: no half of a character is in it."""
    return not any("\ud800" <= one <= "\udfff" for one in text)
