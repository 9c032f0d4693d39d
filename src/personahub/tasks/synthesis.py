"""One text from one persona's point of view (paper, section 4): the template says which kind."""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from personahub.models.base import Completion, Prompt
from personahub.schema import answers
from personahub.tasks.base import ask, labelled, strings, unusable
from personahub.templates.base import Template, load
from personahub.text import content_id

VARIABLES = {"persona": True}


@dataclass(frozen=True)
class Synthesis:
    """Args:
    task: the name the samples are kept under.
    """

    template: Template
    task: str

    @classmethod
    def worded(cls, template: str | None, *, task: str) -> "Synthesis":
        """With the user's template, or the shipped one of the task's name; TemplateError where it does not fit."""
        return cls(load(template or task, task="synthesis", variables=VARIABLES), task)

    @property
    def identity(self) -> str:
        return f"synthesis {self.task} {self.template.identity}"

    @property
    def table(self) -> str:
        return "samples"

    def prompts(self, rows: pa.RecordBatch) -> list[Prompt]:
        return [ask(self.template.fill({"persona": persona})) for persona in strings(rows["text"])]

    def rows(self, rows: pa.RecordBatch, completions: Sequence[Completion]) -> pa.RecordBatch:
        made = [
            self._row(persona_id, persona, completion)
            for persona_id, persona, completion in zip(
                strings(rows["id"]), strings(rows["text"]), completions, strict=True
            )
        ]
        return pa.RecordBatch.from_pylist(made, schema=answers(self.table))

    def _row(self, persona_id: str, persona: str, completion: Completion) -> dict[str, object]:
        reject = unusable(completion)
        text = "" if reject else labelled(completion.text, self.template.answer)[0][1]
        if not reject and not text:
            reject = "empty"
        return {
            "id": content_id(self.task, persona_id, text),
            "task": self.task,
            "persona_id": persona_id,
            "persona": persona,
            "text": text,
            "description": self.template.description,
            "template": self.template.identity,
            "place": persona_id,
            "reject": reject,
            "detail": (completion.detail or completion.text) if reject else None,
        }
