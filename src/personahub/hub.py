"""A hub on disk: a folder with its tables, its journal and ledger, and one writer at a time."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from personahub.errors import HubError, HubTooNew
from personahub.events import Tally
from personahub.models.journal import Journal
from personahub.schema import FORMAT, TABLES, field
from personahub.store.drops import Drops, standing
from personahub.store.judgements import FILE, Judgements
from personahub.store.ledger import Ledger
from personahub.store.lock import holder, write_lock
from personahub.store.reviewed import DISCARDED, PERSONA_DISCARDED, Reviewed
from personahub.store.seals import seal
from personahub.store.table import Table
from personahub.store.words import Words
from personahub.where import condition

CARD = "hub.json"
JOURNAL = "journal"
UNREAD_JOURNAL = "journal.sqlite"  # as the first versions wrote it
SCAN_ROWS = 4096
REVIEW = "review"  # the kind of verdicts that people give; they are in the judgements, and those of runs beside them
KINDS = {
    "personas": ("quality", "duplicate", "meaning", REVIEW),
    "samples": ("duplicate", "meaning", REVIEW),
    "texts": ("duplicate", "meaning"),
}


Whole = npt.NDArray[np.int64]


class Folder:
    """The tables of a hub, and its records less what the current verdicts drop.

    Nothing is made on the disk before `create`; a folder that holds something else is refused.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._drops: dict[tuple[str, str | None], tuple[object, Drops]] = {}  # of which version, and by which runs
        if self.path.exists():
            self._check()

    @property
    def exists(self) -> bool:
        return (self.path / CARD).exists()

    @property
    def writer(self) -> int | None:
        """The process that is writing to it; None where none is."""
        return holder(self.path / "lock")

    @property
    def unread_journal(self) -> Path | None:
        """The journal of a version whose answers this one does not read; None where there is none."""
        path = self.path / UNREAD_JOURNAL
        return path if path.exists() else None

    @cached_property
    def journal(self) -> Journal:
        return Journal(self._inside(JOURNAL))

    @cached_property
    def ledger(self) -> Ledger:
        return Ledger(self._inside("ledger.sqlite"))

    @cached_property
    def judgements(self) -> Judgements:
        """What people say of records, which is a verdict too."""
        return Judgements(self._inside(FILE))

    @cached_property
    def tables(self) -> dict[str, Table]:
        return {name: Table(self._inside(f"{name}.lance"), schema) for name, schema in TABLES.items()}

    @cached_property
    def words(self) -> dict[str, Words]:
        """The tables as full-text searches see them."""
        return {name: Words(table.path) for name, table in self.tables.items()}

    @cached_property
    def _reviewed(self) -> dict[str, Reviewed]:
        return {name: Reviewed(self.judgements, name) for name in KINDS}

    def create(self) -> None:
        """Make the folder a hub where it is none yet."""
        if self.exists:
            return
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            draft = self.path / f"{CARD}.{os.getpid()}"
            draft.write_bytes(orjson.dumps({"format": FORMAT}))
            draft.replace(self.path / CARD)
        except OSError as error:
            raise HubError(f"no hub can be made at {self.path}: {error.strerror}") from error

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Be the one process that writes.

        Raises:
            HubBusy: another process is writing.
            HubError: there is no hub yet.
        """
        with write_lock(self._inside("lock")):
            vars(self).pop("journal", None)  # another process, or another Folder, may have written to it since
            for table in self.tables.values():
                table.save_memory()
            yield
            for table in self.tables.values():
                table.tidy()
                table.clean()
            seal(self.path, {name: (table.version, table.count()) for name, table in self.tables.items()})

    def judged(
        self,
        table: str,
        columns: Sequence[str],
        where: str | None = None,
        *,
        ignoring: str | None = None,
        rows: Whole | range | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """The records in the order in which they came, each with `reject`: why the current verdicts drop it, or null.

        A sample also goes when its persona does ("persona_dropped", or "persona_discarded" where people did that), and
        what was set aside when it was asked about again and is mended ("mended").

        Args:
            where: a condition on the columns, as `personahub.where` reads it.
            ignoring: a kind of verdict that does not count; for REVIEW, those on the personas of samples neither.
            rows: numbers of those meant, in the order in which they shall come; None for all, a range for all from
                its start on.

        Raises:
            UsageError: a condition that cannot be meant.
        """
        among = self.condition(table, where)
        needed = dict.fromkeys(["id", *columns, *(["persona_id"] if table == "samples" else [])])
        for batch in self._read(table, list(needed), among, rows):
            reject = self._reasons(table, batch["id"], ignoring)
            if table == "samples":
                reject = pc.coalesce(reject, self._orphaned(batch["persona_id"], ignoring))
            yield batch.select(list(columns)).append_column("reject", reject)

    def kept(
        self,
        table: str,
        columns: Sequence[str],
        where: str | None = None,
        *,
        ignoring: str | None = None,
        rows: Whole | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """The records that no current verdict drops; what is given means what it does for `judged`."""
        for batch in self.judged(table, columns, where, ignoring=ignoring, rows=rows):
            yield batch.filter(pc.is_null(batch["reject"])).select(list(columns))

    def tally(self, table: str, where: str | None = None, *, rows: Whole | None = None) -> Tally:
        """How many records there are, are kept, and are dropped for which reason."""
        total = Tally()
        for batch in self.judged(table, ["id"], where, rows=rows):
            reasons = Counter(batch["reject"].drop_null().to_pylist())
            total += Tally(len(batch), len(batch) - reasons.total(), reasons)
        return total

    def condition(self, table: str, where: str | None) -> str | None:
        """What people wrote, held to the grammar and written anew for Table.scan, count and lookup."""
        if where is None:
            return None
        stored = self.tables[table].stored
        return condition(where, stored, partial(field, table, columns=stored.names))

    def judge(self, table: str, kind: str, run: str, verdicts: Iterable[pa.Table], older: Sequence[str] = ()) -> int:
        """Put down verdicts under a run and make them the current ones of their kind, in one switch at the end.

        A run that was cut off is put down again from the start: its ids are the same, so nothing doubles.

        Args:
            older: runs that it stands on, the newest first: what it has no verdict on holds as they have it, and what
                it gives KEPT as the reason for is not dropped any more.

        Returns:
            how many verdicts are new.
        """
        new = 0
        book, mine = self.tables["verdicts"], f"run = '{run}' AND kind = '{kind}'"
        begun = book.count(mine) > 0  # if not, none of many look-ups would find anything
        for some in verdicts:
            fresh = some
            if begun:
                held = book.lookup(some["id"].to_pylist(), ["id"], mine)
                fresh = some.filter(pc.invert(pc.is_in(some["id"], held["id"].combine_chunks())))
            book.append(fresh)
            new += len(fresh)
        self.ledger.set_head(f"{table}/{kind}", run, older)
        return new

    def standing(
        self, table: str, kind: str, columns: Sequence[str], *, among: str | None = None
    ) -> Iterator[pa.RecordBatch]:
        """The verdicts of a kind that drop records now.

        Args:
            among: a condition as the library reads it, which spares reading most others; some others may come all the
                same.
        """
        yield from standing(self.tables["verdicts"], kind, self.families(table).get(kind, ()), columns, among)

    def current(self, table: str) -> dict[str, str]:
        """The run of the current verdicts on a table, by kind."""
        heads = {kind: self.ledger.head(f"{table}/{kind}") for kind in KINDS.get(table, ())}
        return {kind: run for kind, run in heads.items() if run}

    def families(self, table: str) -> dict[str, tuple[str, ...]]:
        """The same, each with the runs that it stands on, the newest first."""
        return {kind: self.ledger.family(run) for kind, run in self.current(table).items()}

    def _read(
        self, table: str, columns: Sequence[str], where: str | None, rows: Whole | range | None
    ) -> Iterator[pa.RecordBatch]:
        if rows is None or isinstance(rows, range):
            yield from self.tables[table].scan(columns, where, batch_rows=SCAN_ROWS, start=rows.start if rows else 0)
            return
        for start in range(0, len(rows), SCAN_ROWS):
            found = self.tables[table].pick(rows[start : start + SCAN_ROWS], columns, where)
            yield from found.combine_chunks().to_batches()

    def _reasons(self, table: str, ids: pa.Array, ignoring: str | None = None) -> pa.Array:
        if table == "rejected":
            mended = self.ledger.mended(ids.to_pylist())
            return pa.array(["mended" if name in mended else None for name in ids.to_pylist()], pa.string())
        reasons = self._by_runs(table, ids, ignoring)
        return reasons if ignoring == REVIEW else self._reviewed[table].reasons(ids, reasons)

    def _orphaned(self, personas: pa.Array, ignoring: str | None) -> pa.Array:
        """Why a sample of each of these personas is dropped for its sake, or null."""
        reject = self._reasons("personas", personas, REVIEW if ignoring == REVIEW else None)
        by_people = pc.fill_null(pc.equal(reject, DISCARDED), False)
        return pc.if_else(pc.is_valid(reject), pc.if_else(by_people, PERSONA_DISCARDED, "persona_dropped"), None)

    def _by_runs(self, table: str, ids: pa.Array, ignoring: str | None) -> pa.Array:
        runs = {kind: family for kind, family in self.families(table).items() if kind != ignoring}
        if not runs or not len(ids):
            return pa.nulls(len(ids), pa.string())
        book = self.tables["verdicts"]
        key = (book.version, *runs.items())
        held = self._drops.get((table, ignoring))
        if held is None or held[0] != key:
            held = self._drops[table, ignoring] = (key, Drops(book, runs))
        return held[1].reasons(ids)

    def _inside(self, name: str) -> Path:
        if not self.exists:
            raise HubError(f"there is no hub at {self.path}; 'personahub extract' or 'personahub import' makes one")
        return self.path / name

    def _check(self) -> None:
        card = self.path / CARD
        if not card.exists():
            if not self.path.is_dir() or any(not file.name.startswith(CARD) for file in self.path.iterdir()):
                raise HubError(f"{self.path} exists and is no hub; give a new name or an empty folder")
            return
        try:
            number = int(orjson.loads(card.read_bytes())["format"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise HubError(f'{card} is damaged; it should read {{"format": {FORMAT}}}') from error
        if number > FORMAT:
            raise HubTooNew(
                f"{self.path} has hub format {number} and this version reads up to {FORMAT}: "
                "pip install --upgrade personahub"
            )
