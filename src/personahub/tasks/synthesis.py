"""One text from one persona's point of view (paper, section 4): the template says which kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pyarrow as pa

from personahub.models.base import Completion, Message, Prompt
from personahub.schema import answers
from personahub.tasks.base import kept, strings
from personahub.templates import load
from personahub.templates.base import Template
from personahub.templates.demonstrations import Demonstration, demonstrated
from personahub.text import content_id

VARIABLES = {"persona": True}
NOTHING_SET: Mapping[str, str] = MappingProxyType({})


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
    def worded(
        cls,
        template: str | None,
        *,
        task: str,
        samples: int = 1,
        given: Mapping[str, str] = NOTHING_SET,
        shown: Sequence[Demonstration] = (),
    ) -> "Synthesis":
        """With the user's template, or the shipped one of the task's name; TemplateError where it does not fit.

        Args:
            given: values of variables of the template.
            shown: examples of what is wanted.
        """
        wording = load(template or task, task="synthesis", variables=VARIABLES).set(given)
        return cls(demonstrated(wording, shown), task, samples)

    @property
    def identity(self) -> str:
        several = f" x{self.samples}" if self.samples > 1 else ""
        return f"synthesis {self.task} {self.template.identity}{several}"

    @property
    def table(self) -> str:
        return "samples"

    def prompts(self, rows: pa.RecordBatch) -> list[Prompt]:
        schema = self.template.reader.schema
        worded = [(Message("user", self.template.fill({"persona": text})),) for text in strings(rows["text"])]
        return [Prompt(said, sample, schema) for said in worded for sample in range(self.samples)]

    def rows(self, rows: pa.RecordBatch, completions: Sequence[Completion]) -> pa.RecordBatch:
        each = np.repeat(np.arange(len(rows)), self.samples)
        asked = rows.select(["id", "text"]).take(pa.array(each))
        ids = strings(asked["id"])
        abouts = zip(completions, strings(asked["text"]), strict=True)
        found = [kept(self.template, completion, about) for completion, about in abouts]
        texts = [one.text for one in found]
        same = {"task": self.task, "description": self.template.description, "template": self.template.identity}
        columns = {
            **{name: pa.repeat(value, len(asked)) for name, value in same.items()},
            "id": [content_id(self.task, *pair) for pair in zip(ids, texts, strict=True)],
            "persona_id": asked["id"],
            "persona": asked["text"],
            "text": texts,
            "place": asked["id"],
            "reject": [one.reject for one in found],
            "detail": [one.detail if one.reject else None for one in found],
        }
        return pa.RecordBatch.from_pydict(columns, schema=answers(self.table))
