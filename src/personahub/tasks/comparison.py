"""Which of two is better? Asked twice, with their places changed: what holds in both orders holds."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
import pyarrow as pa

from personahub.models.base import NOT_JSON, Completion, Message, Prompt
from personahub.schema import answers
from personahub.tasks.base import strings
from personahub.templates.rubric import Rubric, comparing, filled, load
from personahub.text import content_id

TIE = "tie"

_SCHEMA = orjson.dumps(
    {
        "type": "object",
        "properties": {"reason": {"type": "string"}, "better": {"enum": ["A", "B", "tie"]}},
        "required": ["reason", "better"],
        "additionalProperties": False,
    }
).decode()
_FORM = (
    'Answer with one JSON object: {"reason": "...", "better": "A", "B" or "tie"}. The reason is one sentence that '
    "points at what makes the difference."
)

# What is asked about: two records of one table, and what both were written for.
PAIRS = pa.schema([pa.field(name, pa.string()) for name in ("id", "one", "other", "first", "second", "about")])


@dataclass(frozen=True)
class Comparison:
    """Args:
    judge: who is asked; two that say the same are two judges, so it is in the id of what they say.
    of: which pairs are meant, so that the answers of a run are of nothing else.
    """

    rubric: Rubric
    judge: str = ""
    of: str = ""

    @classmethod
    def worded(cls, rubric: str, judge: str, of: str) -> "Comparison":
        return cls(load(rubric), judge, of)

    @property
    def samples(self) -> int:
        """Both orders."""
        return 2

    @property
    def identity(self) -> str:
        return f"comparison of {self.of} {self.rubric.identity}"

    @property
    def table(self) -> str:
        return "labels"

    def prompts(self, rows: pa.RecordBatch) -> list[Prompt]:
        """Args:
        rows: in schema PAIRS.
        """
        criteria = "\n".join([*(f"- {name}: {said}" for name, said in self.rubric.criteria), "", _FORM])
        wording = comparing()
        columns = (strings(rows[name]) for name in ("first", "second", "about"))
        return [
            Prompt((Message("user", said),), schema=_SCHEMA)
            for one, other, about in zip(*columns, strict=True)
            for said in (
                filled(wording, {"criteria": criteria, "about": about, "first": first, "second": second})
                for first, second in ((one, other), (other, one))
            )
        ]

    def rows(self, rows: pa.RecordBatch, completions: Sequence[Completion]) -> pa.RecordBatch:
        """An answer names both records, which of them is better, and whether they stood the other way round."""
        pairs = list(zip(*(strings(rows[name]) for name in ("id", "one", "other")), strict=True))
        asked = [(*pair, swapped) for pair in pairs for swapped in (False, True)]
        said = [
            _told(one, other, swapped, completion)
            for (_, one, other, swapped), completion in zip(asked, completions, strict=True)
        ]
        ids = [pair for pair, *_ in asked]
        rejects = [one.error or (None if text else NOT_JSON) for one, text in zip(completions, said, strict=True)]
        columns = {
            "id": [content_id(self.identity, self.judge, *pair) for pair in zip(ids, said, strict=True)],
            "record": ids,
            "answer": said,
            "template": [self.rubric.identity] * len(asked),
            "place": ids,
            "reject": rejects,
            "detail": [(one.detail or one.text) if no else None for one, no in zip(completions, rejects, strict=True)],
        }
        return pa.RecordBatch.from_pydict(columns, schema=answers(self.table))


def _told(one: str, other: str, swapped: bool, completion: Completion) -> str:
    """JSON; "" where the answer cannot be used."""
    try:
        found = orjson.loads(completion.text) if not completion.error else None
    except ValueError:
        found = None
    if not isinstance(found, dict) or found.get("better") not in ("A", "B", TIE):
        return ""
    better = {"A": (one, other), "B": (other, one), TIE: (None, None)}[found["better"]][swapped]
    told = {"one": one, "other": other, "swapped": swapped, "better": better, "reason": str(found.get("reason", ""))}
    return orjson.dumps(told).decode()
