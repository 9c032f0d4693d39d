"""Near duplicates among the records of a table: which go, in favour of which other, at what similarity.

Nothing grows in memory with the table: texts are read from it three times, and what is known of each record between
the readings are numbers in files.
"""

import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from personahub.dedup.clusters import KIND, Explained
from personahub.dedup.likeness import LONGEST, READINGS, SCORES, Likeness, Limits, prepare, too_long
from personahub.dedup.stands import Positions, going, largest, shares
from personahub.errors import UsageError
from personahub.events import Progress, Report, Step, Tally
from personahub.hub import Folder
from personahub.schema import TABLES, VERDICTS

REASON = "near_duplicate"


def dedup_table(folder: Folder, table: str, likeness: Likeness, limits: Limits, progress: Progress) -> Report:
    """Verdicts on every record that is near to another which stays; samples of a task among themselves.

    Records that other verdicts drop do not count. A call that was cut off goes on where it was; one that changes
    nothing costs one reading of the ids.

    Raises UsageError where the records have no such field.
    """
    if likeness.field and not _is_number(table, likeness.field):
        raise UsageError(f"{table} have no number {likeness.field!r} that says which of them is best")
    prepare(lambda state: progress(Step("dedup", "rows", 0, state=state)))
    place = folder.path / "work" / f"dedup-{table}"
    groups = [_Records(folder, table, likeness, place / (task or "all"), task) for task in _tasks(folder, table)]
    for records in groups:
        records.survey()
    likeness = likeness.settled(lambda: chain.from_iterable(records.texts() for records in groups))
    run = likeness.run(table, *(records.digest for records in groups))
    count = sum(records.count for records in groups)
    if folder.current(table).get(KIND) == run and Explained.of(folder, table, run):
        gone = folder.tables["verdicts"].count(f"run = '{run}' AND kind = '{KIND}'")
        shutil.rmtree(place, ignore_errors=True)
        return _report(table, count, gone, 0, likeness.notes)
    work = _Work(run, likeness, limits, progress, count)
    new = folder.judge(table, KIND, run, work.verdicts(groups))
    Explained(run, likeness.told(), work.heads).keep(folder, table)
    shutil.rmtree(place, ignore_errors=True)
    return _report(table, count, work.gone, new, (*likeness.notes, *work.notes))


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
class _Records:
    """The records that other verdicts keep, by their position among them.

    Args:
        task: the samples of this task alone.
        digest: of their ids in their order.
        long: how many are too long to be compared, as far as they were read.
    """

    folder: Folder
    table: str
    likeness: Likeness
    place: Path
    task: str | None
    count: int = field(default=0, init=False)
    digest: str = field(default="", init=False)
    long: int = field(default=0, init=False)

    def survey(self) -> None:
        """Count and name them, and note at which row of the table each is: 8 bytes a record, and 8 for a score."""
        self.place.mkdir(parents=True, exist_ok=True)
        digest, first = blake2b(digest_size=16), 0
        by = [self.likeness.field] if self.likeness.field else []
        columns = list(dict.fromkeys(["id", *(["text"] if self.likeness.scored else []), *by]))
        with (self.place / "rows").open("wb") as file, (self.place / SCORES).open("wb") as scores:
            for batch in self._judged(columns):
                rows = np.flatnonzero(pc.is_null(batch["reject"]).to_numpy(zero_copy_only=False))
                kept = batch.take(pa.array(rows))
                digest.update("".join(kept["id"].to_pylist()).encode())
                file.write((first + rows).astype("<u8").tobytes())
                if self.likeness.scored:
                    numbers = kept[by[0]].cast(pa.float64()).to_numpy(zero_copy_only=False) if by else None
                    scores.write(self.likeness.scores(kept["text"], numbers).tobytes())
                self.count += len(rows)
                first += len(batch)
        self.digest = digest.hexdigest()

    def texts(self) -> Iterator[pa.Array]:
        self.long = 0
        for batch in self._judged(["text"]):
            texts = batch.filter(pc.is_null(batch["reject"]))["text"]
            self.long += too_long(texts)
            yield texts

    def at(self, positions: npt.NDArray[np.int64]) -> pa.Table:
        """The `id` and `text` of some of them."""
        if not len(positions):
            return self.folder.tables[self.table].take([], ["id", "text"])
        rows = np.memmap(self.place / "rows", "<u8", "r")
        wanted, places = np.unique(rows[positions].astype(np.int64), return_inverse=True)
        return self.folder.tables[self.table].take(wanted, ["id", "text"]).take(pa.array(places))

    def _judged(self, columns: list[str]) -> Iterator[pa.RecordBatch]:
        """Every row of the table, those of other tasks with a reason too: rows are counted by it."""
        if self.task is None:
            yield from self.folder.judged(self.table, columns, ignoring=KIND)
            return
        for batch in self.folder.judged(self.table, [*columns, "task"], ignoring=KIND):
            reject = pc.if_else(pc.equal(batch["task"], self.task), batch["reject"], "other_task")
            yield batch.set_column(batch.schema.get_field_index("reject"), "reject", reject)


@dataclass
class _Work:
    """The verdicts under a run; `gone` counts them, `heads` has the largest clusters as (members, id that stays)."""

    run: str
    likeness: Likeness
    limits: Limits
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

    def verdicts(self, groups: list[_Records]) -> Iterator[pa.Table]:
        for records in groups:
            stands = self.likeness.stands(
                records.texts, records.count, records.place, records.digest, self.limits, self._tell
            )
            self.done += records.count
            self.long += records.long
            heads, sizes = largest(stands)
            self.heads += zip(sizes.tolist(), records.at(heads)["id"].to_pylist(), strict=True)
            for dropped, others in going(stands):
                self.gone += len(dropped)
                yield self._verdicts(records, dropped, others)

    def _tell(self, done: int) -> None:
        self.progress(Step("dedup", "rows", self.done + done // READINGS, self.count))

    def _verdicts(self, records: _Records, dropped: Positions, others: Positions) -> pa.Table:
        left, right = records.at(dropped), records.at(others)
        columns = {
            "id": left["id"],
            "table": pa.repeat(records.table, len(dropped)),
            "kind": pa.repeat(KIND, len(dropped)),
            "reason": pa.repeat(REASON, len(dropped)),
            "other": right["id"],
            "score": pa.array(shares(left["text"], right["text"], self.likeness.ngram), pa.float32()),
            "run": pa.repeat(self.run, len(dropped)),
        }
        return pa.table(columns, schema=VERDICTS)
