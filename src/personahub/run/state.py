"""What a run is told, and what it tells while it goes."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from personahub.commit import Book, Part
from personahub.events import Novelty, Step, Tally, Usage
from personahub.models.base import UNANSWERED, Completion, Model, Prompt
from personahub.novelty.watch import Watch
from personahub.store.table import Table
from personahub.tasks.base import Task
from personahub.text import content_id

EXAMPLES = 5  # of an endpoint's words for each reason
EXAMPLE_CHARS = 300


def run_id(task: Task, model: Model) -> str:
    """The name of a run: what is asked, of whom, with which settings. Its parts are named by their inputs as well."""
    limit = [f"max_tokens={model.limit}"] if model.limit else []
    return content_id(task.identity, model.identity, *limit)


@dataclass
class State:
    """One pass of a task over parts; `tally`, `new`, `reused` and the like grow as it goes.

    Args:
        model: already paced, metered, journaled.
        expect: told of prompts that are asked next.
        spent: what was used so far.
        in_flight: requests sent and not answered; `trouble`: why fewer are than could be.
        tell: called now and then as answers come.
        keep_inputs: the rows of the table "texts" that are put down together with what was made of a part.
        max_seconds: how long it may ask.
        named: the id of an earlier run that this one goes on with; else its own settings name it.
        watch: what holds its rows against those there are.
        ask: in place of the model, for what needs to know the row that a prompt is about.
        stopped: why nothing more is asked; "" as long as that is not so.
        saturated: the same, where it is because too little of what comes is new.
        failing: it ends with an error, which says more than any state.
        examples: for each reason some of the endpoint's words.
    """

    task: Task
    model: Model
    ledger: Book
    tables: Mapping[str, Table]
    expect: Callable[[Sequence[Prompt]], None] = lambda _: None
    spent: Callable[[], Usage] = Usage
    in_flight: Callable[[], int] = lambda: 0
    trouble: Callable[[], str] = str
    tell: Callable[[], None] = lambda: None
    keep_inputs: Callable[[pa.RecordBatch], pa.Table] | None = None
    max_seconds: float | None = None
    named: str = ""
    watch: Watch | None = None
    ask: Callable[[pa.RecordBatch, Prompt], Awaitable[Completion]] | None = None
    tally: Tally = field(default_factory=Tally)
    new: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)
    reused: int = 0
    done: int = 0
    open_parts: int = 0
    stopped: str = ""
    saturated: str = ""
    failing: bool = False

    @property
    def id(self) -> str:
        return self.named or run_id(self.task, self.model)

    @property
    def usage(self) -> Usage:
        return self.spent() + Usage(reused=self.reused)

    def step(self, verb: str, unit: str, total: int | None = None, share: float | None = None) -> Step:
        """This moment, to be shown."""
        state = "" if self.failing else self.stopped or self.trouble()
        shares = self.watch.shares if self.watch else None
        novelty = Novelty(shares.new, shares.known, shares.lately or 0.0) if shares and shares.new else None
        failed = dict(self.failed)
        return Step(verb, unit, self.done, total, share, self.usage, self.in_flight(), failed, state, novelty)

    async def complete(self, part: Part, number: int) -> Completion:
        """The answer to one prompt of a part."""
        if self.ask is None:
            return await self.model.complete(part.prompts[number])
        return await self.ask(part.rows.slice(number // self.task.samples, 1), part.prompts[number])

    def answered(self, completion: Completion) -> None:
        if self.stopped and completion.error in UNANSWERED:
            return  # nobody asked, and that is no failure
        self.done += 1
        self.reused += not completion.requests
        if completion.error:
            self.failed[completion.error] += 1
            words = self.examples.setdefault(completion.error, [])
            said = (completion.detail or completion.text)[:EXAMPLE_CHARS]
            if len(words) < EXAMPLES and said not in ("", *words):
                words.append(said)
