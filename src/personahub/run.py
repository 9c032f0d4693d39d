"""A task, a model and parts of rows: asks what is missing, commits each part, counts where every row went.

Two parts are answered at a time, so that the slow tail of one does not leave the model idle; they are
committed in the order in which they came, whatever answered first.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from personahub.events import Tally, Usage
from personahub.models.base import NO_ANSWER, Completion, Model, Prompt
from personahub.store.ledger import Ledger
from personahub.store.rejected import set_aside
from personahub.store.table import Table
from personahub.tasks.base import Task
from personahub.text import content_id

PART_ROWS = 1024  # rows of input that are committed together
PARTS_AHEAD = 2

# Beside the run, the column that tells a row which this part made before it was cut off from a repeat.
_MADE_FROM = {"personas": "source", "samples": "persona_id"}

Out = TypeVar("Out")


@dataclass(frozen=True, slots=True)
class Preview:
    """What a run would ask: how many requests, of how many characters in all, and the first of them."""

    requests: int
    characters: int
    prompts: tuple[str, ...]


def preview(task: Task, parts: Iterable[pa.RecordBatch], show: int = 3) -> Preview:
    """Make every prompt and ask none."""
    requests = characters = 0
    first: list[str] = []
    for part in parts:
        for prompt in task.prompts(part):
            text = "\n".join(message.content for message in prompt.messages)
            requests, characters = requests + 1, characters + len(text)
            if len(first) < show:
                first.append(text)
    return Preview(requests, characters, tuple(first))


def run_id(task: Task, model: Model) -> str:
    """The name of a run: what is asked, of whom, with which settings. Its parts are named by their inputs as well."""
    return content_id(task.identity, model.identity)


@dataclass
class Run:
    """One pass of a task over parts; `tally`, `new` and `usage` grow as it goes.

    Args:
        tell: called whenever an input has its answer.
        keep_inputs: the rows of the table "texts" that are put down together with what was made of a part.
    """

    task: Task
    model: Model
    ledger: Ledger
    tables: Mapping[str, Table]
    tell: Callable[[], None] = lambda: None
    keep_inputs: Callable[[pa.RecordBatch], pa.Table] | None = None
    tally: Tally = field(default_factory=Tally)
    new: Counter[str] = field(default_factory=Counter)
    usage: Usage = field(default_factory=Usage)
    done: int = 0
    open_parts: int = 0

    def over(self, parts: Iterable[pa.RecordBatch]) -> None:
        """Ask about every row of every part that is not finished yet, and commit.

        Args:
            parts: batches with at least a column `id`; at most three of them are in memory.

        Raises:
            ModelError: the model will answer nobody; everything answered until then is kept.
        """
        _finish(self._flow(parts))

    @property
    def id(self) -> str:
        return run_id(self.task, self.model)

    async def _flow(self, parts: Iterable[pa.RecordBatch]) -> None:
        asked: deque[tuple[str, pa.RecordBatch, asyncio.Task[list[Completion]]]] = deque()
        coming = iter(parts)
        try:
            # Reading is blocking work: on a thread, so that requests in flight go on meanwhile.
            while (part := await asyncio.to_thread(next, coming, None)) is not None:
                name = content_id(self.id, *part["id"].to_pylist())
                if (finished := self.ledger.part(name)) is not None:
                    self._count(finished, len(part))
                    continue
                if len(asked) == PARTS_AHEAD:
                    await self._commit(*asked[0])
                    asked.popleft()
                asked.append((name, part, asyncio.create_task(self._answers(part))))
            while asked:
                await self._commit(*asked[0])
                asked.popleft()
        finally:
            await _cancelled(task for _, _, task in asked)
            await self.model.close()

    async def _answers(self, part: pa.RecordBatch) -> list[Completion]:
        asking = [asyncio.create_task(self._answer(prompt)) for prompt in self.task.prompts(part)]
        try:
            return await asyncio.gather(*asking)
        finally:
            await _cancelled(asking)

    async def _answer(self, prompt: Prompt) -> Completion:
        completion = await self.model.complete(prompt)
        if completion.requests:
            self.usage += Usage(completion.requests, 0, completion.prompt_tokens, completion.completion_tokens)
        else:
            self.usage += Usage(reused=1)
        self.done += 1
        self.tell()
        return completion

    async def _commit(self, name: str, part: pa.RecordBatch, answers: asyncio.Task[list[Completion]]) -> None:
        completions = await answers
        tally = await asyncio.to_thread(self._put_down, part, completions)
        if any(completion.error == NO_ANSWER for completion in completions):
            self.open_parts += 1
        else:
            await asyncio.to_thread(self.ledger.finish, name, self.id, tally)
        self._count(tally, 0)

    def _put_down(self, part: pa.RecordBatch, completions: list[Completion]) -> Tally:
        """Inputs first, then what was made of them, then what was not: each an append of what is not there yet."""
        if self.keep_inputs:
            self._add_inputs(self.keep_inputs(part))
        made = pa.Table.from_batches([self.task.rows(part, completions)])
        made, fresh = self._repeats_marked(made)
        usable = pc.is_null(made["reject"])
        self._add_made(made.filter(pc.and_(usable, fresh)))
        gone = made.filter(pc.invert(usable))
        # A row that got no answer will be asked again, so it is not set aside: only this report counts it.
        final = gone.filter(pc.not_equal(gone["reject"], NO_ANSWER))
        places, reasons, details = (final[column].to_pylist() for column in ("place", "reject", "detail"))
        set_aside(self.tables["rejected"], self.id, self.task.table, places=places, reasons=reasons, details=details)
        return Tally(len(made), len(made) - len(gone), Counter(gone["reject"].to_pylist()))

    def _repeats_marked(self, made: pa.Table) -> tuple[pa.Table, pa.Array]:
        """Rows whose content is in the hub already are rejected as "repeat"; and which rows are not there yet.

        A row that this very run made from the same input, before it was cut off, is there and no repeat.
        """
        table, source = self.tables[self.task.table], _MADE_FROM[self.task.table]
        ids, places, rejects = (made[column].to_pylist() for column in ("id", "place", "reject"))
        usable = [name for name, reject in zip(ids, rejects, strict=True) if not reject]
        held = {row["id"]: (row[source], row["run"]) for row in table.lookup(usable, ["id", source, "run"]).to_pylist()}
        seen: set[str] = set()
        for row, (name, place) in enumerate(zip(ids, places, strict=True)):
            if not rejects[row]:
                mine = held.get(name, (place, self.id)) == (place, self.id)
                rejects[row] = None if mine and name not in seen else "repeat"
                seen.add(name)
        marked = made.set_column(made.schema.get_field_index("reject"), "reject", pa.array(rejects, pa.string()))
        return marked, pa.array([name not in held for name in ids], pa.bool_())

    def _add_inputs(self, rows: pa.Table) -> None:
        held = self.tables["texts"].lookup(rows["id"].to_pylist(), ["id"])["id"]
        self._append("texts", rows.filter(pc.invert(pc.is_in(rows["id"], held.combine_chunks()))))

    def _add_made(self, rows: pa.Table) -> None:
        for column, value in (("model", self.model.name), ("run", self.id)):
            rows = rows.append_column(column, pa.array([value] * len(rows), pa.string()))
        self._append(self.task.table, rows)

    def _append(self, name: str, rows: pa.Table) -> None:
        table = self.tables[name]
        table.append(rows.select(table.schema.names))
        self.new[name] += len(rows)

    def _count(self, tally: Tally, inputs: int) -> None:
        self.tally += tally
        self.done += inputs
        self.tell()


async def _cancelled(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Stop these and wait until they have; their own errors were raised elsewhere."""
    stopped = list(tasks)
    for task in stopped:
        task.cancel()
    await asyncio.gather(*stopped, return_exceptions=True)


def _finish(work: Coroutine[Any, Any, Out]) -> Out:
    """Run to the end, also where a loop runs already, as in a notebook."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()
