"""What was answered becomes rows on the disk: inputs first, then what was made of them, then what was not, and last
the line in the ledger that says the part is done. Each is an append of what is not there yet.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from personahub.events import Tally
from personahub.models.base import NOT_YET, UNANSWERED, Completion, Prompt
from personahub.store.ledger import MENDABLE, Done, Fate
from personahub.store.rejected import set_aside
from personahub.store.table import Table
from personahub.tasks.base import Task

# Beside the run, the column that tells a row which this part made before it was cut off from a repeat.
_MADE_FROM = {"personas": "source", "samples": "persona_id", "solutions": "record", "labels": "record"}


class Book(Protocol):
    """Where it stands which parts are done."""

    def part(self, part: str, /) -> Tally | None:
        """What became of a finished part."""
        ...

    def wants(self, rejects: Sequence[str | None], /) -> bool:
        """Whether the fate of a row is noted of whose answers rows with these reasons were made."""
        ...

    def finish(self, run: str, parts: Mapping[str, Done], /) -> None:
        """Note parts whose rows are on the disk."""
        ...


@dataclass
class Part:
    """Rows that are committed together.

    Args:
        tally: what became of them, where they were finished before.
    """

    name: str
    rows: pa.RecordBatch
    prompts: Sequence[Prompt] = ()
    tally: Tally | None = None
    missing: int = field(init=False)
    unanswered: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.missing = len(self.prompts)
        self._answers: list[Completion | None] = [None] * self.missing

    @property
    def answers(self) -> list[Completion]:
        return [answer for answer in self._answers if answer is not None]

    def answers_about(self, number: int, several: int) -> list[Completion]:
        """About one of its rows, of each of which so many things were asked."""
        some = self._answers[number * several : (number + 1) * several]
        return [answer for answer in some if answer is not None]

    def answered(self, several: int) -> "Part":
        """Those of its rows about which all was answered, as a part that is complete."""
        rows = range(len(self.rows))
        said = [[one for one in self.answers_about(row, several) if one.error not in UNANSWERED] for row in rows]
        there = [row for row, answers in enumerate(said) if len(answers) == several]
        part = Part(self.name, self.rows.take(pa.array(there, pa.int64())), [self.prompts[0]] * len(there) * several)
        for place, answer in enumerate(one for row in there for one in said[row]):
            part.take(place, answer)
        return part

    def take(self, row: int, completion: Completion) -> bool:
        """Whether this was the last answer that was missing."""
        self._answers[row] = completion
        self.unanswered += completion.error in UNANSWERED
        self.missing -= 1
        return not self.missing


@dataclass
class Commit:
    """Puts down the parts of one run; `new` counts the rows that were not there before."""

    task: Task
    model: str
    run: str
    ledger: Book
    tables: Mapping[str, Table]
    keep_inputs: Callable[[pa.RecordBatch], pa.Table] | None = None
    judge: Callable[[pa.Table], pa.Table] | None = None  # verdicts on rows that are down
    new: Counter[str] = field(default_factory=Counter)

    def put_down(self, parts: Sequence[Part]) -> list[Tally]:
        """Parts that are complete, in their order; several at once cost little more than one.

        A part with a row that got no answer stays open.
        """
        made, aside, sizes = self._put(parts)
        done, start = [], 0
        for part, size in zip(parts, sizes, strict=True):
            done.append(self._done(part, made.slice(start, size), aside[start : start + size]))
            start += size
        self.ledger.finish(self.run, {part.name: one for part, one in zip(parts, done, strict=True)})
        return [one.tally for one in done]

    def put_down_some(self, parts: Sequence[Part]) -> Tally:
        """Rows of parts that are not complete: these stay open, and what is done again is there already."""
        made, _, _ = self._put(parts)
        return _tally(made["reject"].to_pylist())

    def _put(self, parts: Sequence[Part]) -> tuple[pa.Table, list[str | None], list[int]]:
        """What was made of all, the ids of what was set aside, and how many rows each part made."""
        if self.keep_inputs:
            self._add_inputs(pa.concat_tables([self.keep_inputs(part.rows) for part in parts]))
        batches = [self.task.rows(part.rows, part.answers) for part in parts]
        made, fresh = self._repeats_marked(pa.Table.from_batches(batches).combine_chunks())
        self._add_made(made.filter(pc.and_(pc.is_null(made["reject"]), fresh)))
        if self.judge:
            self._append("verdicts", self.judge(made))
        return made, self._set_aside(made), [len(batch) for batch in batches]

    def _done(self, part: Part, made: pa.Table, aside: Sequence[str | None]) -> Done:
        """What is noted of a part of whose answers these rows were made.

        Args:
            aside: the id of each row in the table "rejected", where it is there.
        """
        rejects = made["reject"].to_pylist()
        names = [name for name in aside if name]
        if not self.ledger.wants(rejects):
            return Done(_tally(rejects), aside=names)
        rows: dict[str, list[int]] = {}
        for row, place in enumerate(made["place"].to_pylist()):
            rows.setdefault(place, []).append(row)
        fates = []
        for number, place in enumerate(part.rows["id"].to_pylist()):
            reasons = [rejects[row] for row in rows.get(place, ())]
            if self.ledger.wants(reasons):
                gone = [name for row in rows.get(place, ()) if (name := aside[row])]
                fates.append(Fate(place, self._failed(part, number), _tally(reasons), tuple(dict.fromkeys(gone))))
        return Done(_tally(rejects), fates, names)

    def _failed(self, part: Part, number: int) -> tuple[str, ...]:
        """For each answer about a row that is of no use as a whole, why."""
        answers = part.answers_about(number, self.task.samples)
        reasons = [useless(self.task, part.rows.slice(number, 1), answer) for answer in answers]
        return tuple(reason for reason in reasons if reason)

    def _repeats_marked(self, made: pa.Table) -> tuple[pa.Table, pa.Array]:
        """Rows whose content is in the hub already are rejected as "repeat"; and which rows are not there yet.

        A row that this very run made from the same input, before it was cut off, is there and no repeat.
        """
        table, source = self.tables[self.task.table], _MADE_FROM[self.task.table]
        ids, made_from, rejects = (made[column].to_pylist() for column in ("id", source, "reject"))
        usable = [name for name, reject in zip(ids, rejects, strict=True) if not reject]
        held = {row["id"]: (row[source], row["run"]) for row in table.lookup(usable, ["id", source, "run"]).to_pylist()}
        seen: set[str] = set()
        for row, (name, one) in enumerate(zip(ids, made_from, strict=True)):
            if not rejects[row]:
                mine = held.get(name, (one, self.run)) == (one, self.run)
                rejects[row] = None if mine and name not in seen else "repeat"
                seen.add(name)
        marked = made.set_column(made.schema.get_field_index("reject"), "reject", pa.array(rejects, pa.string()))
        return marked, pa.array([name not in held for name in ids], pa.bool_())

    def _set_aside(self, made: pa.Table) -> list[str | None]:
        """For each row its id in "rejected"; one that got no answer will be asked again, so only the report has it."""
        final = pc.and_(pc.is_valid(made["reject"]), pc.invert(pc.is_in(made["reject"], pa.array(UNANSWERED))))
        gone = pc.indices_nonzero(final)
        places, reasons, details = (made[column].take(gone).to_pylist() for column in ("place", "reject", "detail"))
        names = set_aside(
            self.tables["rejected"], self.run, self.task.table, places=places, reasons=reasons, details=details
        )
        aside: list[str | None] = [None] * len(made)
        for row, name in zip(gone.to_pylist(), names, strict=True):
            aside[row] = name
        return aside

    def _add_inputs(self, rows: pa.Table) -> None:
        held = self.tables["texts"].lookup(rows["id"].to_pylist(), ["id"])["id"]
        self._append("texts", rows.filter(pc.invert(pc.is_in(rows["id"], held.combine_chunks()))))

    def _add_made(self, rows: pa.Table) -> None:
        for column, value in (("model", self.model), ("run", self.run)):
            rows = rows.append_column(column, pa.array([value] * len(rows), pa.string()))
        self._append(self.task.table, rows)

    def _append(self, name: str, rows: pa.Table) -> None:
        table = self.tables[name]
        table.append(rows.select(table.schema.names))
        self.new[name] += len(rows)


def useless(task: Task, row: pa.RecordBatch, answer: Completion) -> str | None:
    """Why nothing at all can be made of an answer, where the next try may mend that; else None."""
    if answer.error:
        return answer.error if answer.error in (*MENDABLE, NOT_YET) else None
    rejects = task.rows(row, [answer] * task.samples)["reject"].to_pylist()
    return None if None in rejects else next((reject for reject in rejects if reject in MENDABLE), None)


def _tally(rejects: Sequence[str | None]) -> Tally:
    reasons = Counter(reject for reject in rejects if reject)
    return Tally(len(rejects), len(rejects) - reasons.total(), reasons)
