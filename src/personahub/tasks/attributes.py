"""What does a description tell of a person: occupation, domain, seniority, age, place, interests, language, tone?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import orjson
import pyarrow as pa

from personahub.attributes.names import ATTRIBUTES, BETWEEN, CHOICES, MOST_CHARS, MOST_INTERESTS
from personahub.models.base import Completion, Message, Prompt
from personahub.schema import answers
from personahub.tasks.base import strings
from personahub.templates import load
from personahub.templates.base import Template
from personahub.text import content_id, normal, printable

VARIABLES = {"text": True, "attributes": True}

_MEANT: Mapping[str, str] = {
    "occupation": 'what the person does for a living, or studies to become; a plain name such as "nurse"',
    "domain": "the field of life that the person is most about",
    "seniority": "how far the person is in working life",
    "age_group": "how old the person is",
    "place": "where the person lives or works: the name of a city, region or country, the smallest that is said",
    "interests": f"a list of what the person likes or pursues beside the occupation, {MOST_INTERESTS} at most",
    "language": 'the language of the description itself, as its two-letter code in ISO 639-1, such as "en"',
    "tone": "the attitude that shows in the description",
}
_NOTHING = frozenset({"", "-", "none", "null", "unknown", "n/a", "na", "not specified", "unspecified", "not mentioned"})


@dataclass(frozen=True)
class Attributes:
    """Args:
    names: the attributes that are asked for, of ATTRIBUTES, in their order.
    field: the column that is read.
    labeller: who is asked; two that answer the same are two labellers, so it is in the id of what they answer.
    """

    template: Template
    names: tuple[str, ...] = ATTRIBUTES
    field: str = "text"
    labeller: str = ""

    @classmethod
    def worded(cls, template: str | None, *, names: Iterable[str], field: str, labeller: str = "") -> "Attributes":
        """With the shipped template or one of the user's; TemplateError where it does not fit."""
        wanted = set(names)
        wording = load(template or "attributes", task="attributes", variables=VARIABLES)
        return cls(wording, tuple(name for name in ATTRIBUTES if name in wanted), field, labeller)

    @property
    def samples(self) -> int:
        return 1

    @property
    def identity(self) -> str:
        return f"attributes {self.template.identity} {' '.join(self.names)} of {self.field}"

    @property
    def table(self) -> str:
        return "labels"

    @property
    def schema(self) -> str:
        """What an answer must satisfy, as a JSON schema."""
        return orjson.dumps(
            {
                "type": "object",
                "properties": {name: _shape(name) for name in self.names},
                "required": list(self.names),
                "additionalProperties": False,
            }
        ).decode()

    def prompts(self, rows: pa.RecordBatch) -> list[Prompt]:
        """Args:
        rows: with `id` and `text`, whichever column that is in the table.
        """
        keys, schema = "\n".join(map(_line, self.names)), self.schema
        filled = (self.template.fill({"attributes": keys, "text": text or ""}) for text in strings(rows["text"]))
        return [Prompt((Message("user", said),), schema=schema) for said in filled]

    def rows(self, rows: pa.RecordBatch, completions: Sequence[Completion]) -> pa.RecordBatch:
        ids = strings(rows["id"])
        texts = ["" if one.error else one.text for one in completions]
        columns = {
            "id": [content_id(self.identity, self.labeller, *pair) for pair in zip(ids, texts, strict=True)],
            "record": ids,
            "answer": texts,
            "template": [self.template.identity] * len(ids),
            "place": ids,
            "reject": [one.error for one in completions],
            "detail": [(one.detail or one.text) if one.error else None for one in completions],
        }
        return pa.RecordBatch.from_pydict(columns, schema=answers(self.table))


def values(answered: Sequence[str], names: Sequence[str]) -> pa.RecordBatch:
    """What answers say, a column of strings each attribute; null where one says nothing that can be used.

    Args:
        answered: JSON, as `Attributes` asks for it. It is what a model wrote: any text.
    """
    told = [_object(answer) for answer in answered]
    columns = [pa.array([_value(name, one.get(name)) for one in told], pa.string()) for name in names]
    return pa.RecordBatch.from_arrays(columns, names=list(names))


def _object(answer: str) -> Mapping[str, object]:
    try:
        found = orjson.loads(answer)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _value(name: str, said: object) -> str | None:
    if name in CHOICES:
        return said if isinstance(said, str) and said in CHOICES[name] else None
    if name == "interests":
        some = [_plain(one) for one in said] if isinstance(said, list) else []
        return BETWEEN.join(list(dict.fromkeys(one for one in some if one))[:MOST_INTERESTS]) or None
    if name == "language":
        code = _plain(said)
        return code if code and code.isascii() and code.isalpha() and len(code) in (2, 3) else None
    return _plain(said, lower=name != "place")


def _plain(said: object, *, lower: bool = True) -> str | None:
    """A free word in its normal form; null where it says nothing or is an essay."""
    if not isinstance(said, str) or len(said) > MOST_CHARS:
        return None
    word = printable(normal(said)).replace(BETWEEN.strip(), ",")
    return None if word.casefold() in _NOTHING else word.lower() if lower else word


def _line(name: str) -> str:
    listed = f": one of {', '.join(CHOICES[name])}; or null" if name in CHOICES else "; or null"
    return f'- "{name}": {_MEANT[name]}{listed}'


def _shape(name: str) -> dict[str, object]:
    if name in CHOICES:
        return {"enum": [*CHOICES[name], None]}
    word = {"type": ["string", "null"], "maxLength": MOST_CHARS}
    return {"type": ["array", "null"], "items": {**word, "type": "string"}} if name == "interests" else word
