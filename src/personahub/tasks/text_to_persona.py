"""Who is likely to read, write, like or dislike a text? (paper, section 2.1)"""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from personahub.formats.base import labelled
from personahub.models.base import Completion, Prompt
from personahub.schema import answers
from personahub.tasks.base import SURPLUS, ask, strings, unusable
from personahub.templates import load
from personahub.templates.base import Template
from personahub.text import content_id, normal

VARIABLES = {"text": True, "count": False, "granularity": False}
GRANULARITY = {
    "coarse": "Keep each general: the kind of person and their field, in a few words.",
    "fine": "Be as specific as you can: the exact field, role, interest or circumstance that ties the person to it.",
}


@dataclass(frozen=True)
class TextToPersona:
    template: Template
    granularity: str = "fine"
    count: int = 1

    @classmethod
    def worded(cls, template: str | None, *, granularity: str, count: int) -> "TextToPersona":
        """With the shipped template or one of the user's; TemplateError where it does not fit."""
        return cls(load(template or "text_to_persona", task="text_to_persona", variables=VARIABLES), granularity, count)

    @property
    def samples(self) -> int:
        return 1

    @property
    def identity(self) -> str:
        return f"text_to_persona {self.template.identity} {self.granularity} {self.count}"

    @property
    def table(self) -> str:
        return "personas"

    def prompts(self, rows: pa.RecordBatch) -> list[Prompt]:
        fixed = {"granularity": GRANULARITY[self.granularity], "count": str(self.count)}
        return [ask(self.template.fill({**fixed, "text": text})) for text in strings(rows["text"])]

    def rows(self, rows: pa.RecordBatch, completions: Sequence[Completion]) -> pa.RecordBatch:
        made = [
            self._row(source, text, reject, completion)
            for source, completion in zip(strings(rows["id"]), completions, strict=True)
            for text, reject in self._read(completion)
        ]
        return pa.RecordBatch.from_pylist(made, schema=answers(self.table))

    def _read(self, completion: Completion) -> list[tuple[str, str | None]]:
        if reason := unusable(completion):
            return [("", reason)]
        found = [normal(value) for _, value in labelled(completion.text, self.template.answer)]
        reasons = [None if text else "empty" for text in found[: self.count]]
        return list(zip(found, [*reasons, *[SURPLUS] * (len(found) - len(reasons))], strict=True))

    def _row(self, source: str, text: str, reject: str | None, completion: Completion) -> dict[str, object]:
        return {
            "id": content_id(text),
            "text": text,
            "origin": "text",
            "source": source,
            "relation": None,
            "hop": 0,
            "template": self.template.identity,
            "place": source,
            "reject": reject,
            "detail": (text or completion.detail or completion.text) if reject else None,
        }
