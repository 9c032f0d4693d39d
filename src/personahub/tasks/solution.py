"""What is made of a sample: a worked answer to a problem, a program that computes it, a response to an instruction."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from personahub.models.base import Completion, Message, Prompt
from personahub.schema import answers
from personahub.tasks.base import strings, unusable
from personahub.templates import load
from personahub.templates.base import Template
from personahub.text import content_id

VARIABLES = {"sample": True}
SHIPPED = "solution"


@dataclass(frozen=True)
class Solution:
    """Args:
    task: that the samples are filed under.
    solver: who is asked; two that write the same are two solvers, so it is in the id of what they write.
    samples: solutions of each sample, each with a seed of its own.
    """

    template: Template
    task: str
    solver: str = ""
    samples: int = 1

    @classmethod
    def worded(cls, template: str | None, *, task: str, solver: str, samples: int = 1) -> "Solution":
        """With the shipped template or one of the user's; TemplateError where it does not fit."""
        return cls(load(template or SHIPPED, task="solution", variables=VARIABLES), task, solver, samples)

    @property
    def identity(self) -> str:
        several = f" x{self.samples}" if self.samples > 1 else ""
        return f"solution of {self.task} {self.template.identity}{several}"

    @property
    def table(self) -> str:
        return "solutions"

    def prompts(self, rows: pa.RecordBatch) -> list[Prompt]:
        """Args:
        rows: samples, with `id` and `text`.
        """
        worded = [(Message("user", self.template.fill({"sample": text})),) for text in strings(rows["text"])]
        return [Prompt(said, sample) for said in worded for sample in range(self.samples)]

    def rows(self, rows: pa.RecordBatch, completions: Sequence[Completion]) -> pa.RecordBatch:
        ids = [name for name in strings(rows["id"]) for _ in range(self.samples)]
        numbers = np.tile(np.arange(self.samples), len(rows)).tolist()
        rejects = [unusable(completion) for completion in completions]
        texts = ["" if no else one.text.strip() for one, no in zip(completions, rejects, strict=True)]
        same = {"task": self.task, "method": self.template.name, "template": self.template.identity}
        columns = {
            **{name: pa.repeat(value, len(ids)) for name, value in same.items()},
            "id": list(map(self._id, ids, numbers, texts)),
            "record": ids,
            "text": texts,
            "answer": pa.nulls(len(ids), pa.string()),
            "place": ids,
            "reject": rejects,
            "detail": [(one.detail or one.text) if no else None for one, no in zip(completions, rejects, strict=True)],
        }
        return pa.RecordBatch.from_pydict(columns, schema=answers(self.table))

    def _id(self, record: str, number: int, text: str) -> str:
        return content_id(self.template.identity, self.solver, record, str(number), text)
