"""What is made of a sample: a worked answer to a problem, a program that computes it, a response to an instruction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pyarrow as pa

from personahub.evaluation.answers import final
from personahub.models.base import Completion, Message, Prompt
from personahub.schema import answers
from personahub.tasks.base import kept, strings
from personahub.templates import load
from personahub.templates.base import Template
from personahub.text import content_id

VARIABLES = {"sample": True}
SHIPPED = "solution"
FINAL = "final"  # the format of answers that end in a final one
NOTHING_SET: Mapping[str, str] = MappingProxyType({})


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
    def worded(
        cls,
        template: str | None,
        *,
        task: str,
        solver: str,
        samples: int = 1,
        given: Mapping[str, str] = NOTHING_SET,
    ) -> "Solution":
        """With the shipped template or one of the user's; TemplateError where it does not fit.

        Args:
            given: values of variables of the template.
        """
        wording = load(template or SHIPPED, task="solution", variables=VARIABLES).set(given)
        return cls(wording, task, solver, samples)

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
        schema = self.template.reader.schema
        worded = [(Message("user", self.template.fill({"sample": text})),) for text in strings(rows["text"])]
        return [Prompt(said, sample, schema) for said in worded for sample in range(self.samples)]

    def rows(self, rows: pa.RecordBatch, completions: Sequence[Completion]) -> pa.RecordBatch:
        ids = [name for name in strings(rows["id"]) for _ in range(self.samples)]
        asked = [text for text in strings(rows["text"]) for _ in range(self.samples)]
        numbers = np.tile(np.arange(self.samples), len(rows)).tolist()
        found = [kept(self.template, *pair) for pair in zip(completions, asked, strict=True)]
        texts = ["" if one.reject else one.text for one in found]
        same = {"task": self.task, "method": self.template.name, "template": self.template.identity}
        columns = {
            **{name: pa.repeat(value, len(ids)) for name, value in same.items()},
            "id": list(map(self._id, ids, numbers, texts)),
            "record": ids,
            "text": texts,
            "answer": pa.array(map(self._answer, texts), pa.string()),
            "place": ids,
            "reject": [one.reject for one in found],
            "detail": [one.detail if one.reject else None for one in found],
        }
        return pa.RecordBatch.from_pydict(columns, schema=answers(self.table))

    def _answer(self, text: str) -> str | None:
        return final(text, self.template.answer) if text and self.template.format == FINAL else None

    def _id(self, record: str, number: int, text: str) -> str:
        return content_id(self.template.identity, self.solver, record, str(number), text)
