"""One text from one persona's point of view (paper, section 4): the template says which kind."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

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
    samples: written from each persona, each with a seed of its own.
    """

    template: Template
    task: str
    samples: int = 1

    @classmethod
    def worded(cls, template: str | None, *, task: str, samples: int = 1) -> "Synthesis":
        """With the user's template, or the shipped one of the task's name; TemplateError where it does not fit."""
        return cls(load(template or task, task="synthesis", variables=VARIABLES), task, samples)

    @property
    def identity(self) -> str:
        several = f" x{self.samples}" if self.samples > 1 else ""
        return f"synthesis {self.task} {self.template.identity}{several}"

    @property
    def table(self) -> str:
        return "samples"

    def prompts(self, rows: pa.RecordBatch) -> list[Prompt]:
        worded = [ask(self.template.fill({"persona": persona})) for persona in strings(rows["text"])]
        return [
            replace(prompt, sample=sample, schema=self.template.schema)
            for prompt in worded
            for sample in range(self.samples)
        ]

    def rows(self, rows: pa.RecordBatch, completions: Sequence[Completion]) -> pa.RecordBatch:
        asked = zip(strings(rows["id"]), strings(rows["text"]), strict=True)
        each = [pair for pair in asked for _ in range(self.samples)]
        made = [self._row(*pair, completion) for pair, completion in zip(each, completions, strict=True)]
        return pa.RecordBatch.from_pylist(made, schema=answers(self.table))

    def _row(self, persona_id: str, persona: str, completion: Completion) -> dict[str, object]:
        reject = completion.error if self.template.schema else unusable(completion)
        text = "" if reject else self._read(completion.text)
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

    def _read(self, text: str) -> str:
        return text if self.template.schema else labelled(text, self.template.answer)[0][1]
