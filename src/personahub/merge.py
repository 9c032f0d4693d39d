"""Hubs become one. Ids come from contents, so what both have is known to be the same, and is there once."""

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from personahub.errors import HubError, UsageError, failing
from personahub.events import Progress, Report, Step, Tally
from personahub.hub import JOURNAL, Folder
from personahub.models.journal import Journal
from personahub.models.journal.log import surveyed
from personahub.runs import CALLS, RUNS, SETTINGS
from personahub.store.ledgers import take_ledger
from personahub.store.rejected import set_aside
from personahub.store.reviews import take_judgements

CHUNK_ROWS = 65_536  # rows that are added in one commit at most
CHUNK_BYTES = 2**25
KEYS_AT_ONCE = 1024  # answers that are looked up and written together

# By what the same record may have come about in another way, which is noted where both hubs have it.
_PROVENANCE = {
    "personas": ("origin", "source", "relation", "hop", "template", "model", "run"),
    "samples": ("template", "model", "run"),
    "solutions": ("template", "model", "run"),
}
_VERBS = {"quality": "quality", "agreement": "agree", "judgement": "judge"}  # by the kind of their verdicts
_RECORDS = ("texts", "personas", "samples", "solutions", "rejected")
_TABLES = (*_RECORDS, "verdicts")
_PLACE = {"personas": "source", "samples": "persona_id", "solutions": "record"}


def merge(folder: Folder, others: Sequence[Folder], progress: Progress) -> Report:
    """Everything that is paid for or decided in other hubs into this one; those are only read.

    A record that is there already stays as it is; where the other one came about in another way, that is noted in the
    table "rejected" as a repeat. A call that was cut off adds what is missing; one more adds nothing.

    Raises:
        UsageError: a hub is named twice, or one is this one; or columns of one name hold other kinds of values.
        HubError, HubTooNew: one is no hub, or made by a later version.
    """
    _check(folder, others)
    folder.create()
    merging = _Merging(folder, progress, sum(other.tables[name].count() for other in others for name in _TABLES))
    with folder.writing():
        for other in others:
            merging.take(other)
    return Report("merge", merging.tallies, new=merging.new, notes=tuple(dict.fromkeys(merging.notes)))


def _check(folder: Folder, others: Sequence[Folder]) -> None:
    seen = [folder.path.resolve()]
    for other in others:
        if not other.exists:
            raise HubError(f"there is no hub at {other.path}")
        if other.path.resolve() in seen:
            raise UsageError(f"{other.path} is named twice; name each hub once")
        seen.append(other.path.resolve())
        for name in _TABLES if folder.exists else ():
            mine, theirs = folder.tables[name].stored, other.tables[name].stored
            for column in theirs:
                if column.name in mine.names and mine.field(column.name).type != column.type:
                    raise UsageError(
                        f"{name} have a column {column.name!r} of {column.type} in {other.path} and of "
                        f"{mine.field(column.name).type} in {folder.path}; remove one of them first"
                    )


@dataclass
class _Merging:
    """Args:
    total: rows of all other hubs.
    """

    folder: Folder
    progress: Progress
    total: int
    tallies: dict[str, Tally] = field(default_factory=dict)
    new: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    _read: int = 0

    def take(self, other: Folder) -> None:
        """The answers first: they were paid for. What the ledger says comes last: it speaks of the rows."""
        self._answers(other)
        for name in _RECORDS:
            self._records(name, other)
        self._verdicts(other)
        _take_runs(other.path, self.folder.path)
        if (other.path / "ledger.sqlite").exists():
            heads = take_ledger(self.folder.path / "ledger.sqlite", other.path / "ledger.sqlite")
            self._heads(other, heads)
        if other.judgements.exists:
            read, new = take_judgements(self.folder.judgements.path, other.judgements.path)
            self._count("judgements", read, new)
        for left, why in (
            ("batches", "answers that are still to come are collected there: run its command there, and merge again"),
            ("selections", "they name places in its tables; choose again"),
        ):
            if (other.path / left).is_dir() and any((other.path / left).iterdir()):
                self.notes.append(f"The {left} of {other.path} stay there: {why}.")

    def _answers(self, other: Folder) -> None:
        place = other.path / JOURNAL
        if not place.is_dir():
            return
        theirs, read, kept = Journal(place, writing=False), 0, 0
        for path in sorted(place.glob("*.log")):
            keys = list(dict.fromkeys(surveyed(path).keys))
            for start in range(0, len(keys), KEYS_AT_ONCE):
                some = keys[start : start + KEYS_AT_ONCE]
                there, found = self.folder.journal.known(some), theirs.known(some)
                # One of no use here may have been asked again there.
                fresh = [
                    (key, answer)
                    for key, answer in found.items()
                    if key not in there or (there[key].error and not answer.error)
                ]
                if fresh:
                    self.folder.journal.put(fresh)
                read, kept = read + len(some), kept + len(fresh)
                self.progress(Step("merge", "rows", self._read, self.total, state=f"answers of {other.path.name}"))
        self._count("answers", read, kept)

    def _records(self, name: str, other: Folder) -> None:
        mine, theirs = self.folder.tables[name], other.tables[name]
        for rows in _chunks(theirs.scan(theirs.stored.names)):
            columns = ["id", *_PROVENANCE.get(name, ())]
            held = mine.lookup(rows["id"].to_pylist(), columns)
            there = pc.is_in(rows["id"], held["id"].combine_chunks())
            if name in _PROVENANCE:
                self._note(name, rows.filter(there), held)
            fresh = rows.filter(pc.invert(there))
            mine.append(fresh)
            self._count(name, len(rows), len(fresh))
            self._tell(len(rows))

    def _note(self, name: str, rows: pa.Table, held: pa.Table) -> None:
        """Rows that are there and came about in another way."""
        columns = _PROVENANCE[name]
        ours = held.take(pc.index_in(rows["id"], held["id"].combine_chunks()))
        gone = rows.filter(_differs(rows.select(columns), ours.select(columns))).to_pylist()
        for run in dict.fromkeys(row["run"] for row in gone):
            some = [row for row in gone if row["run"] == run]
            told = [orjson.dumps({"id": row["id"], **{column: row[column] for column in columns}}) for row in some]
            set_aside(
                self.folder.tables["rejected"],
                run,
                name,
                places=[str(row[_PLACE[name]]) for row in some],
                reasons=["repeat"] * len(some),
                details=[line.decode() for line in told],
            )

    def _verdicts(self, other: Folder) -> None:
        mine, theirs = self.folder.tables["verdicts"], other.tables["verdicts"]
        names = ["id", "table", "kind", "run"]
        for rows in _chunks(theirs.scan()):
            held = _joined(mine.lookup(rows["id"].to_pylist(), names), names)
            fresh = rows.filter(pc.invert(pc.is_in(_joined(rows, names), held)))
            mine.append(fresh)
            self._count("verdicts", len(rows), len(fresh))
            self._tell(len(rows))

    def _heads(self, other: Folder, heads: dict[str, str]) -> None:
        for subject, run in sorted(heads.items()):
            mine = self.folder.ledger.head(subject)
            if mine is None:
                self.folder.ledger.set_head(subject, run, self.folder.ledger.family(run)[1:])
                _take_explained(subject, other.path, self.folder.path)
            if mine != run:
                table, _, kind = subject.partition("/")
                verb = _VERBS.get(kind, "dedup")
                held = "holds" if mine is None else f"is kept, but what {self.folder.path.name} had holds"
                self.notes.append(
                    f"What {verb} said of the {table} of {other.path.name} {held}; it has not seen all records yet: "
                    f"run '{verb}' again."
                )

    def _count(self, name: str, read: int, kept: int) -> None:
        repeats = {"repeat": read - kept} if read > kept else {}
        self.tallies[name] = self.tallies.get(name, Tally()) + Tally(read, kept, repeats)
        self.new[name] = self.new.get(name, 0) + kept

    def _tell(self, rows: int) -> None:
        self._read += rows
        self.progress(Step("merge", "rows", self._read, self.total))


def _chunks(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    held: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        held.append(batch)
        rows, size = rows + len(batch), size + batch.nbytes
        if rows >= CHUNK_ROWS or size >= CHUNK_BYTES:
            yield pa.Table.from_batches(held)
            held, rows, size = [], 0, 0
    if held:
        yield pa.Table.from_batches(held)


def _joined(rows: pa.Table, names: Sequence[str]) -> pa.Array:
    return pc.binary_join_element_wise(*(rows[name] for name in names), " ").combine_chunks()


def _differs(rows: pa.Table, others: pa.Table) -> pa.ChunkedArray:
    """For each row whether any column is another there; what is missing in both is the same."""
    found = pa.chunked_array([pa.array(np.zeros(len(rows), np.bool_))])
    for one, other in zip(rows.columns, others.columns, strict=True):
        unlike = pc.coalesce(pc.not_equal(one, other), pc.xor(pc.is_null(one), pc.is_null(other)))
        found = pc.or_(found, unlike)
    return found


def _take_explained(subject: str, theirs: Path, mine: Path) -> None:
    table, _, kind = subject.partition("/")
    name = f"duplicates/{table}.json" if kind == "duplicate" else f"duplicates/{table}-{kind}.json"
    if (theirs / name).is_file():
        _put(mine / name, (theirs / name).read_bytes())


def _take_runs(theirs: Path, mine: Path) -> None:
    """The record of each run; of one that both have, the calls of both."""
    for folder in sorted((theirs / RUNS).glob("*/")):
        with failing(mine / RUNS / folder.name):
            if not (mine / RUNS / folder.name / CALLS).exists():
                draft = mine / RUNS / f"{folder.name}.draft"
                shutil.rmtree(draft, ignore_errors=True)
                shutil.rmtree(mine / RUNS / folder.name, ignore_errors=True)
                shutil.copytree(folder, draft, ignore=lambda _, names: [n for n in names if n not in (CALLS, SETTINGS)])
                draft.replace(mine / RUNS / folder.name)
                continue
            path = mine / RUNS / folder.name / CALLS
            held = path.read_bytes()
            lines = (folder / CALLS).read_bytes().splitlines() if (folder / CALLS).exists() else []
            seen = set(held.splitlines())
            fresh = [line for line in lines if line not in seen]
            if fresh:
                torn = b"" if held.endswith(b"\n") or not held else b"\n"
                with path.open("ab") as file:
                    file.write(torn + b"".join(line + b"\n" for line in fresh))
                    file.flush()
                    os.fsync(file.fileno())


def _put(path: Path, data: bytes) -> None:
    with failing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".new")
        draft.write_bytes(data)
        draft.replace(path)
