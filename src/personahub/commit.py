"""What was answered becomes rows on the disk: inputs first, then what was made of them, then what was not, and last
the line in the ledger that says the part is done. Each is an append of what is not there yet.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from personahub.events import Tally
from personahub.models.base import UNANSWERED, Completion, Prompt
from personahub.store.ledger import Ledger
from personahub.store.rejected import set_aside
from personahub.store.table import Table
from personahub.tasks.base import Task

# Beside the run, the column that tells a row which this part made before it was cut off from a repeat.
_MADE_FROM = {"personas": "source", "samples": "persona_id"}


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
    ledger: Ledger
    tables: Mapping[str, Table]
    keep_inputs: Callable[[pa.RecordBatch], pa.Table] | None = None
    new: Counter[str] = field(default_factory=Counter)

    def put_down(self, parts: Sequence[Part]) -> list[Tally]:
        """Parts that are complete, in their order; several at once cost little more than one.

        A part with a row that got no answer stays open.
        """
        if self.keep_inputs:
            self._add_inputs(pa.concat_tables([self.keep_inputs(part.rows) for part in parts]))
        batches = [self.task.rows(part.rows, part.answers) for part in parts]
        made, fresh = self._repeats_marked(pa.Table.from_batches(batches).combine_chunks())
        usable = pc.is_null(made["reject"])
        self._add_made(made.filter(pc.and_(usable, fresh)))
        self._set_aside(made.filter(pc.invert(usable)))
        tallies, start = [], 0
        for batch in batches:
            reasons = Counter(made["reject"][start : start + len(batch)].drop_null().to_pylist())
            tallies.append(Tally(len(batch), len(batch) - reasons.total(), reasons))
            start += len(batch)
        finished = zip(parts, tallies, strict=True)
        self.ledger.finish(self.run, {part.name: tally for part, tally in finished if not part.unanswered})
        return tallies

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
                mine = held.get(name, (place, self.run)) == (place, self.run)
                rejects[row] = None if mine and name not in seen else "repeat"
                seen.add(name)
        marked = made.set_column(made.schema.get_field_index("reject"), "reject", pa.array(rejects, pa.string()))
        return marked, pa.array([name not in held for name in ids], pa.bool_())

    def _set_aside(self, gone: pa.Table) -> None:
        """A row that got no answer will be asked again, so only the report counts it."""
        final = gone.filter(pc.invert(pc.is_in(gone["reject"], pa.array(UNANSWERED))))
        places, reasons, details = (final[column].to_pylist() for column in ("place", "reject", "detail"))
        set_aside(self.tables["rejected"], self.run, self.task.table, places=places, reasons=reasons, details=details)

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
