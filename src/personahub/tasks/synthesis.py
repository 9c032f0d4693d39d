"""One text from one persona's point of view (paper, section 4): the template says which kind."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from personahub.models.base import Completion, Message, Prompt
from personahub.schema import answers
from personahub.tasks.base import labelled, strings, unusable
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
        worded = [(Message("user", self.template.fill({"persona": text})),) for text in strings(rows["text"])]
        return [Prompt(said, sample, self.template.schema) for said in worded for sample in range(self.samples)]

    def rows(self, rows: pa.RecordBatch, completions: Sequence[Completion]) -> pa.RecordBatch:
        each = np.repeat(np.arange(len(rows)), self.samples)
        asked = rows.select(["id", "text"]).take(pa.array(each))
        ids = strings(asked["id"])
        texts, rejects = zip(*map(self._found, completions), strict=True) if completions else ((), ())
        same = {"task": self.task, "description": self.template.description, "template": self.template.identity}
        columns = {
            **{name: pa.repeat(value, len(asked)) for name, value in same.items()},
            "id": [content_id(self.task, *pair) for pair in zip(ids, texts, strict=True)],
            "persona_id": asked["id"],
            "persona": asked["text"],
            "text": texts,
            "place": asked["id"],
            "reject": rejects,
            "detail": [(one.detail or one.text) if no else None for one, no in zip(completions, rejects, strict=True)],
        }
        return pa.RecordBatch.from_pydict(columns, schema=answers(self.table))

    def _found(self, completion: Completion) -> tuple[str, str | None]:
        """The text, or "" and why there is none."""
        reject = completion.error if self.template.schema else unusable(completion)
        text = "" if reject else self._read(completion.text)
        return text, reject or (None if text else "empty")

    def _read(self, text: str) -> str:
        return text if self.template.schema else labelled(text, self.template.answer)[0][1]
