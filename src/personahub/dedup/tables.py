"""Near duplicates among the records of a table: which go, in favour of which other, at what similarity.

Nothing grows in memory with the table: texts are read from it three times, and what is known of each record between
the readings are numbers in files.
"""

import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from personahub.dedup.clusters import WORDS as KIND
from personahub.dedup.clusters import Explained
from personahub.dedup.likeness import LONGEST, READINGS, Likeness, Limits, prepare
from personahub.dedup.past import Past, Pasts, Scores
from personahub.dedup.search import Search
from personahub.dedup.stands import Positions, going, largest, shares
from personahub.dedup.surveyed import Records
from personahub.errors import UsageError
from personahub.events import Progress, Report, Step, Tally
from personahub.hub import Folder
from personahub.schema import TABLES, VERDICTS
from personahub.store.batches import regroup
from personahub.store.packing import FRAGMENT_ROWS

ALL = "all"  # records without tasks

REASON = "near_duplicate"


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
        records.survey(past[records.place.name].borders if past else ())
    run = likeness.run(table, *(records.digest for records in groups))
    count = sum(records.count for records in groups)
    known = all(past[records.place.name].is_of(records) for records in groups) if past else True
    if known and folder.current(table).get(KIND) == run and Explained.of(folder, table, run):
        gone = folder.tables["verdicts"].count(f"run = '{run}' AND kind = '{KIND}'")
        shutil.rmtree(place, ignore_errors=True)
        return _report(table, count, gone, 0, likeness.notes)
    work = _Work(run, search, past, progress, count)
    new = folder.judge(table, KIND, run, work.verdicts(groups))
    Explained(run, likeness.told(), work.heads).keep(folder, table)
    shutil.rmtree(place, ignore_errors=True)
    notes = (*likeness.notes, *work.notes, *([_kept(pasts, past.values())] if pasts else []))
    return _report(table, count, work.gone, new, notes)


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
    """The verdicts under a run; `gone` counts them, `heads` has the largest clusters as (members, id that stays)."""

    run: str
    search: Search
    past: Mapping[str, Past]
    progress: Progress
    count: int
    gone: int = field(default=0, init=False)
    long: int = field(default=0, init=False)
    done: int = field(default=0, init=False)
    heads: list[tuple[int, str]] = field(default_factory=list, init=False)

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
        if not past:
            yield from (self._told(records, *some, self._scores(records, *some)) for some in going(stands))
            return
        known = past.scores(records)
        with past.noting() as out:
            for dropped, others in going(stands):
                scores = known(dropped, others)
                new = np.flatnonzero(np.isnan(scores))
                scores[new] = self._scores(records, dropped[new], others[new])
                out.add(dropped, others, scores)
                yield self._told(records, dropped, others, scores)
            out.close(records)

    def _tell(self, done: int) -> None:
        self.progress(Step("dedup", "rows", self.done + done // READINGS, self.count))

    def _scores(self, records: Records, dropped: Positions, others: Positions) -> Scores:
        if not len(dropped):
            return np.empty(0, np.float32)
        ngram = self.search.likeness.ngram
        return shares(records.text(dropped), records.text(others), ngram).astype(np.float32)

    def _told(self, records: Records, dropped: Positions, others: Positions, scores: Scores) -> pa.RecordBatch:
        self.gone += len(dropped)
        columns = {
            "id": records.ids(dropped),
            "table": pa.repeat(records.table, len(dropped)),
            "kind": pa.repeat(KIND, len(dropped)),
            "reason": pa.repeat(REASON, len(dropped)),
            "other": records.ids(others),
            "score": pa.array(scores),
            "run": pa.repeat(self.run, len(dropped)),
        }
        return pa.RecordBatch.from_pydict(columns, schema=VERDICTS)
