"""A task whose samples say, some of them, what their answers must hold to."""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from personahub.constraints import attached, draw, parted
from personahub.models.base import Completion, Prompt
from personahub.tasks.base import Task, strings
from personahub.text import content_id


@dataclass(frozen=True)
class Constrained:
    """Args:
    task: the name the samples are kept under.
    share: of the samples, 0.0 to 1.0.
    seed: another one draws others.
    """

    inner: Task
    task: str
    share: float
    seed: int = 0

    @property
    def identity(self) -> str:
        return f"{self.inner.identity} constraints={self.share:g} seed={self.seed}"

    @property
    def table(self) -> str:
        return self.inner.table

    @property
    def samples(self) -> int:
        return self.inner.samples

    def prompts(self, rows: pa.RecordBatch) -> list[Prompt]:
        """Those of the task: so what was answered without constraints is not asked again."""
        return self.inner.prompts(rows)

    def rows(self, rows: pa.RecordBatch, completions: Sequence[Completion]) -> pa.RecordBatch:
        made = self.inner.rows(rows, completions)
        ids, people, texts, rejects = (strings(made[name]) for name in ("id", "persona_id", "text", "reject"))
        worded = [
            text if reject else attached(parted(text)[0], draw(self.share, str(self.seed), name))
            for name, text, reject in zip(ids, texts, rejects, strict=True)
        ]
        named = [content_id(self.task, *pair) for pair in zip(people, worded, strict=True)]
        columns = {name: made[name] for name in made.schema.names} | {"id": named, "text": worded}
        return pa.RecordBatch.from_pydict(columns, schema=made.schema)


def constrained(inner: Task, task: str, share: float, seed: int) -> Task:
    """The task itself where no sample shall be constrained."""
    return Constrained(inner, task, share, seed) if share else inner
