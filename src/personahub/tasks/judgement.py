"""How good is it? A judge model gives each criterion of a rubric a score, and a reason."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from personahub.models.base import Completion, Message, Prompt
from personahub.schema import answers
from personahub.tasks.base import strings
from personahub.templates.rubric import Rubric, load
from personahub.text import content_id

JUDGED = ["persona", "description"]  # columns of a sample that a judge may see, beside its text


@dataclass(frozen=True)
class Judgement:
    """Args:
    judge: who is asked; two that say the same are two judges, so it is in the id of what they say.
    """

    rubric: Rubric
    judge: str = ""

    @classmethod
    def worded(cls, rubric: str, judge: str) -> "Judgement":
        """By a shipped rubric or one in a file; TemplateError where there is none."""
        return cls(load(rubric), judge)

    @property
    def samples(self) -> int:
        return 1

    @property
    def identity(self) -> str:
        return f"judgement {self.rubric.identity}"

    @property
    def table(self) -> str:
        return "labels"

    @property
    def columns(self) -> pa.Schema:
        """What stands beside a sample: the mean of its scores, and each of them; float32."""
        names = [f"{self.rubric.name}_score", *(f"{self.rubric.name}_{name}" for name in self.rubric.names)]
        return pa.schema([pa.field(name, pa.float32()) for name in names])

    @property
    def schema(self) -> str:
        """What an answer must satisfy, as a JSON schema."""
        scale = {"type": "integer", "minimum": self.rubric.least, "maximum": self.rubric.most}
        one = _object({"reason": {"type": "string"}, "score": scale})
        return orjson.dumps(_object(dict.fromkeys(self.rubric.names, one))).decode()

    def prompts(self, rows: pa.RecordBatch) -> list[Prompt]:
        """Args:
        rows: samples, with `id`, `text`, `persona` and `description`.
        """
        schema, criteria = self.schema, self._criteria()
        columns = zip(*(strings(rows[name]) for name in ("text", "persona", "description")), strict=True)
        filled = (
            self.rubric.fill({"criteria": criteria, "sample": text, "persona": persona, "description": what})
            for text, persona, what in columns
        )
        return [Prompt((Message("user", said),), schema=schema) for said in filled]

    def rows(self, rows: pa.RecordBatch, completions: Sequence[Completion]) -> pa.RecordBatch:
        ids = strings(rows["id"])
        texts = ["" if one.error else one.text for one in completions]
        columns = {
            "id": [content_id(self.identity, self.judge, *pair) for pair in zip(ids, texts, strict=True)],
            "record": ids,
            "answer": texts,
            "template": [self.rubric.identity] * len(ids),
            "place": ids,
            "reject": [one.error for one in completions],
            "detail": [(one.detail or one.text) if one.error else None for one in completions],
        }
        return pa.RecordBatch.from_pydict(columns, schema=answers(self.table))

    def scores(self, answered: Sequence[str]) -> pa.RecordBatch:
        """What answers say, in `columns`; null where one says nothing that can be used.

        Args:
            answered: JSON, as it was asked for. It is what a model wrote: any text.
        """
        told = [_read(answer) for answer in answered]
        each = [pa.array([self._score(one.get(name)) for one in told], pa.float32()) for name in self.rubric.names]
        total = each[0]
        for scores in each[1:]:
            total = pc.add(total, scores)  # null where one is missing
        mean = pc.divide(total, pa.scalar(len(each), pa.float32()))
        return pa.RecordBatch.from_arrays([mean, *each], schema=self.columns)

    def _criteria(self) -> str:
        ends = f"a whole number from {self.rubric.least} to {self.rubric.most}"
        lines = [f'- "{name}": {{"reason": "...", "score": ...}} - {said}' for name, said in self.rubric.criteria]
        return "\n".join(
            [
                "Answer with one JSON object that has just these keys, one a criterion. A reason is one sentence, "
                f"and points at something in the text; a score is {ends}.",
                *lines,
            ]
        )

    def _score(self, said: object) -> float | None:
        score = said.get("score") if isinstance(said, dict) else said
        if not isinstance(score, int | float) or isinstance(score, bool):
            return None
        return float(score) if self.rubric.least <= score <= self.rubric.most else None


def _object(properties: dict[str, object]) -> dict[str, object]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _read(answer: str) -> dict[str, object]:
    try:
        found = orjson.loads(answer)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
