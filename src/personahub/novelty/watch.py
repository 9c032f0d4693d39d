"""What a run makes, held against what the hub holds: as it arrives, to know how much of it is new, and as it is put
down, for a verdict on what is near to a record before it.

The two differ in order alone: answers arrive in any, and rows are put down in that of their inputs, so that verdicts
do not depend on who was answered first.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from personahub.joins.met import NONE, Met, Numbers
from personahub.models.base import Completion
from personahub.novelty.base import Block, Names
from personahub.novelty.shares import Shares
from personahub.schema import VERDICTS
from personahub.store.ids import halves, spelled
from personahub.store.table import Table
from personahub.tasks.base import Task

NEAR = "near_"  # reasons of what is near to another begin so


class Index(Protocol):
    """What was taken in, and what is near to it: given are texts, or vectors."""

    forgotten: int

    def meet(self, given: pa.Array, names: Names, /) -> Met: ...

    def look(self, given: pa.Array, names: Names, /) -> Met: ...

    def names(self, numbers: Numbers, /) -> Names: ...


@dataclass(frozen=True)
class Measure:
    """A way to tell what is near.

    Args:
        kind, reason: of its verdicts.
        run: under which they stand.
        begin: an index with nothing in it.
        vectors: whether that takes vectors, and no texts.
    """

    kind: str
    reason: str
    run: str
    begin: Callable[[], Index]
    vectors: bool = False


@dataclass(frozen=True)
class _Some:
    """Records: ids, texts, and vectors where there are any."""

    ids: list[str]
    texts: pa.Array
    vectors: Block | None

    @property
    def names(self) -> Names:
        return halves(pa.array(self.ids, pa.string()))

    def given(self, measure: Measure) -> pa.Array:
        return self.vectors if measure.vectors else self.texts

    def rest(self, rows: Numbers) -> "_Some":
        ids = [self.ids[row] for row in rows.tolist()]
        return _Some(ids, self.texts.take(pa.array(rows)), None if self.vectors is None else self.vectors[rows])


@dataclass
class Watch:
    """Args:
    table: where the records go.
    book: of verdicts.
    embed: texts to vectors, where a measure takes them.
    """

    task: Task
    book: Table
    measures: Sequence[Measure]
    shares: Shares
    embed: Callable[[Sequence[str]], Block] | None = None
    verdicts: int = 0
    _held: list[Index] = field(init=False)
    _arrived: list[Index] = field(init=False)
    _queue: deque[tuple[pa.RecordBatch, Sequence[Completion]]] = field(default_factory=deque)
    _waiting: dict[str, tuple[str, Block | None]] = field(default_factory=dict)
    _mine: Names = field(default_factory=lambda: np.empty(0, np.uint64))
    _turn: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self._held, self._arrived = ([measure.begin() for measure in self.measures] for _ in range(2))

    @property
    def forgotten(self) -> int:
        """Records of the hub that are known no more, because memory had no room for them."""
        return max(index.forgotten for index in self._held)

    def load(self, judged: Iterable[pa.RecordBatch], run: str) -> None:
        """Take in what the hub holds, in its order.

        Args:
            judged: with `id`, `text`, `run` and `reject`, why the record is dropped.
            run: the one that is watched: what it made before is no arrival when it comes again.
        """
        mine = [self._mine]
        for batch in judged:
            own = batch.filter(pc.equal(batch["run"], run))
            for reject in own["reject"].to_pylist():
                if reject is None or reject.startswith(NEAR):
                    self.shares.recall(new=reject is None)
            mine.append(halves(own["id"].cast(pa.string()))[:, 0])
            kept = batch.filter(pc.is_null(batch["reject"]))
            self._settled(self._some(kept["id"].to_pylist(), kept["text"].cast(pa.string())), self._held)
        self._mine = np.sort(np.concatenate(mine))

    def came(self, row: pa.RecordBatch, answers: Sequence[Completion]) -> None:
        """All that was answered about one row."""
        self._queue.append((row, answers))

    def look(self) -> str:
        """Hold what came since the last look against all there is; why to end the run, "" as long as it may go on."""
        with self._turn:
            self._look()
        return self.shares.saturated

    def judge(self, made: pa.Table) -> pa.Table:
        """Verdicts on rows that were put down, in their order; those that stand already are left out."""
        with self._turn:
            self._look()
            held = [self._waiting.pop(name, None) for name in made["id"].to_pylist()]
            usable = np.flatnonzero(pc.is_null(made["reject"]).to_numpy())
            rows = made.take(pa.array(usable))
            known = [held[row][1] if held[row] else None for row in usable.tolist()]  # type: ignore[index]
            some = self._some(rows["id"].to_pylist(), rows["text"].combine_chunks(), known)
            told = self._settled(some, self._held)
            self._arrived = [measure.begin() for measure in self.measures]
            if self._waiting:
                self._settled(self._still_waiting(), self._arrived)
        fresh = [self._fresh(measure, table) for measure, table in zip(self.measures, told, strict=True)]
        self.verdicts += sum(len(table) for table in fresh)
        return pa.concat_tables([VERDICTS.empty_table(), *fresh])

    def _look(self) -> None:
        came = [self._queue.popleft() for _ in range(len(self._queue))]
        for free in (True, False):
            some = [one for one in came if free is not any(answer.requests for answer in one[1])]
            if some:
                self._arrive(*zip(*some, strict=True), free=free)

    def _arrive(self, rows: Sequence[pa.RecordBatch], answers: Sequence[Sequence[Completion]], *, free: bool) -> None:
        """Args:
        free: it was known what would be answered; what is there by then says nothing of what a model has left to say.
        """
        asked = pa.Table.from_batches(rows).combine_chunks().to_batches()[0]
        made = self.task.rows(asked, [answer for several in answers for answer in several])
        made = made.filter(pc.is_null(made["reject"]))
        some = self._some(made["id"].to_pylist(), made["text"])
        some = some.rest(np.flatnonzero(~np.isin(some.names[:, 0], self._mine)))
        new, there = np.ones(len(some.ids), np.bool_), np.zeros(len(some.ids), np.bool_)
        for measure, held, arrived in zip(self.measures, self._held, self._arrived, strict=True):
            for met in (held.look(some.given(measure), some.names), arrived.meet(some.given(measure), some.names)):
                new &= (met.near == NONE) & (met.own == NONE)
                there |= met.own != NONE
        for one in new[~there].tolist() if free else new.tolist():
            self.shares.add(new=one)
        for place, (name, text) in enumerate(zip(some.ids, some.texts.to_pylist(), strict=True)):
            self._waiting[name] = (text, None if some.vectors is None else some.vectors[place])

    def _settled(self, some: _Some, indexes: Sequence[Index]) -> list[pa.Table]:
        """Take in what is new; by each measure the verdicts on what is near to one before, and to none by those before
        it.
        """
        told = []
        for measure, index in zip(self.measures, indexes, strict=True):
            met = index.meet(some.given(measure), some.names)
            near = np.flatnonzero(met.near != NONE)
            told.append(self._told(measure, some.rest(near), index.names(met.near[near]), met.scores[near]))
            some = some.rest(np.flatnonzero(met.near == NONE))
        return told

    def _told(self, measure: Measure, some: _Some, others: Names, scores: npt.NDArray[np.float64]) -> pa.Table:
        same = {"table": self.task.table, "kind": measure.kind, "reason": measure.reason, "run": measure.run}
        columns: Mapping[str, pa.Array] = {
            "id": pa.array(some.ids, pa.string()),
            **{name: pa.repeat(value, len(some.ids)) for name, value in same.items()},
            "other": pa.array(spelled(others), pa.string()),
            "score": pa.array(scores.astype(np.float32)),
        }
        return pa.Table.from_pydict(columns, schema=VERDICTS)

    def _fresh(self, measure: Measure, told: pa.Table) -> pa.Table:
        """What a part that is done again was told before is there."""
        if not len(told):
            return told
        mine = f"run = '{measure.run}' AND kind = '{measure.kind}'"
        there = self.book.lookup(told["id"].to_pylist(), ["id"], mine)
        return told.filter(pc.invert(pc.is_in(told["id"], there["id"].combine_chunks())))

    def _still_waiting(self) -> _Some:
        texts, vectors = zip(*self._waiting.values(), strict=True)
        known = np.stack(vectors) if self.embed else None
        return _Some(list(self._waiting), pa.array(texts, pa.string()), known)

    def _some(self, ids: list[str], texts: pa.Array, known: Sequence[Block | None] = ()) -> _Some:
        """With vectors where they are wanted, made of those texts whose are not known."""
        texts = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
        if not self.embed:
            return _Some(ids, texts, None)
        known = known or [None] * len(ids)
        asked = [row for row, vector in enumerate(known) if vector is None]
        made = iter(self.embed([texts[row].as_py() for row in asked]) if asked else ())
        vectors = [next(made) if vector is None else vector for vector in known]
        return _Some(ids, texts, np.stack(vectors) if vectors else np.empty((0, 1), np.float32))
