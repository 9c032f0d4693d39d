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
from personahub.reasons import ARRIVED, MADE_OF, Reasons
from personahub.schema import FORMAT, TABLES, check_task, field
from personahub.store.drops import standing
from personahub.store.judgements import FILE, Judgements
from personahub.store.ledger import Ledger
from personahub.store.lock import holder, write_lock
from personahub.store.seals import seal
from personahub.store.table import Table
from personahub.store.words import Words
from personahub.where import condition

CARD = "hub.json"
JOURNAL = "journal"
UNREAD_JOURNAL = "journal.sqlite"  # as the first versions wrote it
SCAN_ROWS = 4096
Whole = npt.NDArray[np.int64]


class Folder:
    """The tables of a hub, and its records less what the current verdicts drop.

    Nothing is made on the disk before `create`; a folder that holds something else is refused.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
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
    def _why(self) -> Reasons:
        return Reasons(self.ledger, self.tables, self.judgements)

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
            if not any(table.exists for table in self.tables.values()):
                self.ledger.runs()  # it is there before the first row, so that only a loss leaves rows without it
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
        ignoring: Sequence[str] = (),
        rows: Whole | range | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """The records in the order in which they came, each with `reject`: why the current verdicts drop it, or null.

        A sample also goes when its persona does ("persona_dropped", or "persona_discarded" where people did that), a
        solution when its sample does ("sample_dropped"), and what was set aside when it was asked about again and is
        mended ("mended").

        Args:
            where: a condition on the columns, as `personahub.where` reads it.
            ignoring: kinds of verdicts that do not count; for REVIEW, those on what they were made of neither.
            rows: numbers of those meant, in the order in which they shall come; None for all, a range for all from
                its start on.

        Raises:
            UsageError: a condition that cannot be meant.
        """
        among = self.condition(table, where)
        needed = dict.fromkeys(["id", *columns, *([MADE_OF[table]] if table in MADE_OF else [])])
        for batch in self._read(table, list(needed), among, rows):
            reject = self._why.of(table, batch, ignoring)
            yield batch.select(list(columns)).append_column("reject", reject)

    def kept(
        self,
        table: str,
        columns: Sequence[str],
        where: str | None = None,
        *,
        ignoring: Sequence[str] = (),
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

    def of_task(self, table: str, task: str, where: str | None) -> str:
        """The condition for the records that are filed under a task, of those that meet another one.

        Raises:
            UsageError: a condition that cannot be meant, or no name of a task.
        """
        among = f"task = '{check_task(task)}'"
        if where is None:
            return among
        self.condition(table, where)  # alone: a bracket in it shall not close ours
        return f"{among} AND ({where})"

    def judge(self, table: str, kind: str, run: str, verdicts: Iterable[pa.Table], older: Sequence[str] = ()) -> int:
        """Put down verdicts under a run and make them the current ones of their kind, in one switch at the end.

        A run that was cut off is put down again from the start: its ids are the same, so nothing doubles. What was told
        of records as they came holds no more, where this run has compared all.

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
        self.ledger.set_head(f"{table}/{kind}", run, older, instead=f"{table}/{ARRIVED.get(kind, '')}")
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
        return {kind: family[0] for kind, family in self.families(table).items()}

    def families(self, table: str) -> dict[str, tuple[str, ...]]:
        """The same, each with the runs that it stands on, the newest first."""
        return self._why.families(table)

    def _read(
        self, table: str, columns: Sequence[str], where: str | None, rows: Whole | range | None
    ) -> Iterator[pa.RecordBatch]:
        if rows is None or isinstance(rows, range):
            yield from self.tables[table].scan(columns, where, batch_rows=SCAN_ROWS, start=rows.start if rows else 0)
            return
        for start in range(0, len(rows), SCAN_ROWS):
            found = self.tables[table].pick(rows[start : start + SCAN_ROWS], columns, where)
            yield from found.combine_chunks().to_batches()

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
