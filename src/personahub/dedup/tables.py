"""Near duplicates among the records of a table: which go, in favour of which other, at what similarity.

Nothing grows in memory with the table: texts are read from it three times, and what is known of each record between
the readings are numbers in files.
"""

import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from personahub.dedup.clusters import WORDS as KIND
from personahub.dedup.clusters import Explained
from personahub.dedup.likeness import LONGEST, READINGS, Likeness, Limits, prepare
from personahub.dedup.past import Past, Pasts
from personahub.dedup.search import Search
from personahub.dedup.stands import Ids, Positions, largest, shares
from personahub.dedup.stood import NONE, Rows, Some, Standing, compared
from personahub.dedup.surveyed import Records
from personahub.errors import UsageError
from personahub.events import Progress, Report, Step, Tally
from personahub.hub import Folder
from personahub.schema import KEPT, TABLES, VERDICTS
from personahub.store.batches import regroup
from personahub.store.packing import FRAGMENT_ROWS

ALL = "all"  # records without tasks

REASON = "near_duplicate"

_COMPARED = 4_096  # records whose texts are compared at one time
_FAMILY = 16  # runs that stand on each other, until all verdicts are written anew


def dedup_table(folder: Folder, table: str, likeness: Likeness, limits: Limits, progress: Progress) -> Report:
    """Verdicts on every record that is near to another which stays; samples of a task among themselves.

    Records that other verdicts drop do not count. A call that was cut off goes on where it was; one that changes
    nothing costs one reading of the ids.

    Raises UsageError where the records have no such field, or the method leaves nothing for the next search.
    """
    if likeness.field and not _is_number(table, likeness.field):
        raise UsageError(f"{table} have no number {likeness.field!r} that says which of them is best")
    prepare(lambda state: progress(Step("dedup", "rows", 0, state=state)))
    place = folder.path / "work" / f"dedup-{table}"
    groups = [Records(folder, table, likeness, place / (task or ALL), task) for task in _tasks(folder, table)]
    likeness = likeness.settled(lambda: chain.from_iterable(records.texts() for records in groups))
    search = Search(likeness, limits)
    pasts = Pasts.of(place.with_name(f"past-{table}"), search)
    past = {records.place.name: pasts.past(records.place.name) for records in groups} if pasts else {}
    for records in groups:
        if past:
            past[records.place.name].survey(records)
        else:
            records.survey()
    run = likeness.run(table, *(records.digest for records in groups))
    count = sum(records.count for records in groups)
    known = all(past[records.place.name].is_of(records) for records in groups) if past else True
    explained = Explained.of(folder, table, run)
    if known and explained and folder.current(table).get(KIND) == run:
        shutil.rmtree(place, ignore_errors=True)
        return _report(table, count, explained.gone, 0, likeness.notes)
    older = _older(folder, run, [(records, past.get(records.place.name)) for records in groups])
    with ExitStack() as held:
        work = _Work(run, search, past, progress, count, older, held)
        new = folder.judge(table, KIND, run, work.verdicts(groups), older)
        Explained(run, likeness.told(), work.heads, work.gone).keep(folder, table)
        written = _written(folder, (run, *older)) if past else 0
        for records, standing in work.standing:
            standing.close(records, run, written)
    shutil.rmtree(place, ignore_errors=True)
    notes = (*likeness.notes, *work.notes, *([_kept(pasts, past.values())] if pasts else []))
    return _report(table, count, work.gone, new, notes)


def _older(folder: Folder, run: str, groups: Sequence[tuple[Records, Past | None]]) -> tuple[str, ...]:
    """The runs whose verdicts hold but for what is otherwise now; none where all are to be written."""
    stood = [past.stood if past and past.stood and past.stood.fits(records) else None for records, past in groups]
    runs = {one.run if one else "" for one in stood}
    if len(runs) != 1 or None in stood:
        return ()
    family = folder.ledger.family(runs.pop())
    whole = all(one and one.written == _written(folder, family) for one in stood[:1])
    return family if whole and len(family) < _FAMILY and run not in family else ()


def _written(folder: Folder, runs: Sequence[str]) -> int:
    """Verdicts on the disk under these."""
    named = ", ".join(f"'{run}'" for run in runs)
    return folder.tables["verdicts"].count(f"kind = '{KIND}' AND run IN ({named})")


def _kept(pasts: Pasts, past: Iterable[Past]) -> str:
    new = sum(one.new for one in past)
    return (
        f"{new:,} were compared with all, the others were known; {pasts.size:,} bytes in {pasts.path} are for the next "
        "time, and --no-incremental removes them."
    )


def _report(table: str, count: int, gone: int, new: int, notes: tuple[str, ...]) -> Report:
    tally = Tally(count, count - gone, Counter({REASON: gone}) if gone else Counter())
    return Report("dedup", {table: tally}, new={"verdicts": new}, notes=notes)


def _tasks(folder: Folder, table: str) -> Sequence[str | None]:
    """Those whose samples are compared with each other; no task for records that have none."""
    if table != "samples":
        return [None]
    tasks: set[str] = set()
    for batch in folder.tables[table].scan(["task"]):
        tasks.update(pc.unique(batch["task"]).to_pylist())
    return sorted(tasks)


def _is_number(table: str, name: str) -> bool:
    schema = TABLES[table]
    return name in schema.names and bool(pa.types.is_integer(schema.field(name).type))


@dataclass
class _Work:
    """The verdicts under a run.

    Args:
        older: runs that it stands on; only what is otherwise than by them is a verdict of this one.
        held: closes what was opened.
        gone: counts those that drop a record now.
        heads: the largest clusters as (members, id that stays).
        standing: takes down what is given, of each group.
    """

    run: str
    search: Search
    past: Mapping[str, Past]
    progress: Progress
    count: int
    older: Sequence[str]
    held: ExitStack
    gone: int = field(default=0, init=False)
    long: int = field(default=0, init=False)
    done: int = field(default=0, init=False)
    heads: list[tuple[int, str]] = field(default_factory=list, init=False)
    standing: list[tuple[Records, Standing]] = field(default_factory=list, init=False)

    @property
    def notes(self) -> tuple[str, ...]:
        long = f"{self.long:,} texts above {LONGEST:,} bytes were compared with none; they are kept."
        return (long,) if self.long else ()

    def verdicts(self, groups: list[Records]) -> Iterator[pa.Table]:
        """As many at a time as a fragment of a table has."""
        batches = chain.from_iterable(self._group(records) for records in groups)
        return (pa.Table.from_batches([batch]) for batch in regroup(batches, FRAGMENT_ROWS))

    def _group(self, records: Records) -> Iterator[pa.RecordBatch]:
        past = self.past.get(records.place.name)
        if past:
            stands = past.stands(records, self._tell)
        else:
            stands = self.search(records.texts, records.count, records.place, records.digest, self._tell)
        self.done += records.count
        self.long += records.long
        heads, sizes = largest(stands)
        self.heads += zip(sizes.tolist(), records.ids(heads).to_pylist(), strict=True)
        before = past.stood.gone if past and past.stood and past.stood.fits(records) else NONE
        standing = self.held.enter_context(past.standing()) if past else None
        if past and standing:
            self.standing.append((records, standing))
        for some in self._known(records, stands, before) if self.older else compared(stands, before):
            known = some if self.older else self._scored(records, some)
            self.gone += len(known.dropped)
            if standing:
                standing.add(known)
            if not self.older:
                yield from self._told(records, known)
        if self.older:
            yield from self._told(records, self._changed)

    def _known(self, records: Records, stands: Ids, before: Rows) -> Iterator[Some]:
        """All that go, once what is otherwise than before is known."""
        self._changed = self._scored(records, Some.all([some.unknown() for some in compared(stands, before)]))
        at = 0
        for some in compared(stands, before):
            new = np.flatnonzero(np.isnan(some.scores))
            some.scores[new] = self._changed.scores[at : at + len(new)]
            at += len(new)
            yield some

    def _tell(self, done: int) -> None:
        self.progress(Step("dedup", "rows", self.done + done // READINGS, self.count))

    def _scored(self, records: Records, some: Some) -> Some:
        """With the similarities that were not known."""
        new, ngram = np.flatnonzero(np.isnan(some.scores)), self.search.likeness.ngram
        for start in range(0, len(new), _COMPARED):
            few = new[start : start + _COMPARED]
            left, right = records.text(some.dropped[few]), records.text(some.others[few])
            some.scores[few] = shares(left, right, ngram).astype(np.float32)
        return some

    def _told(self, records: Records, some: Some) -> Iterator[pa.RecordBatch]:
        for start in range(0, len(some.dropped), _COMPARED):
            few = slice(start, start + _COMPARED)
            others, scores = records.ids(some.others[few]), pa.array(some.scores[few])
            yield self._verdicts(records, some.dropped[few], REASON, others, scores)
        if self.older and len(some.back):
            nothing = pa.nulls(len(some.back))
            yield self._verdicts(records, some.back, KEPT, nothing.cast(pa.string()), nothing.cast(pa.float32()))

    def _verdicts(
        self, records: Records, positions: Positions, reason: str, others: pa.Array, scores: pa.Array
    ) -> pa.RecordBatch:
        columns = {
            "id": records.ids(positions),
            "table": pa.repeat(records.table, len(positions)),
            "kind": pa.repeat(KIND, len(positions)),
            "reason": pa.repeat(reason, len(positions)),
            "other": others,
            "score": scores,
            "run": pa.repeat(self.run, len(positions)),
        }
        return pa.RecordBatch.from_pydict(columns, schema=VERDICTS)
