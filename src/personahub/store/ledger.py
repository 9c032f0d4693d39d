"""What has been done: runs, their finished parts, what they gave up on, and which input each run has claimed."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from weakref import finalize

import orjson

from personahub.errors import HubError
from personahub.events import Tally
from personahub.models.base import CONTENT_FILTER, CUT_OFF, EMPTY, NO_ANSWER, NOT_JSON, NOT_TAKEN, REFUSAL, UNANSWERED
from personahub.store.sqlite import lay_tables
from personahub.store.system import to_disk

_TABLES = """
CREATE TABLE IF NOT EXISTS runs (id TEXT PRIMARY KEY, settings TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS parts (id TEXT PRIMARY KEY, run TEXT NOT NULL, tally TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS lost (run TEXT, part TEXT, place TEXT, fate TEXT NOT NULL, PRIMARY KEY (run, part, place))
    WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS lost_places ON lost (run, place);
CREATE TABLE IF NOT EXISTS mended (id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS claims (run TEXT, id TEXT, place TEXT NOT NULL, PRIMARY KEY (run, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS heads (subject TEXT PRIMARY KEY, run TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS families (run TEXT, place INTEGER, older TEXT NOT NULL, PRIMARY KEY (run, place))
    WITHOUT ROWID;
"""

# Why an answer may be of no use and yet the next try be answered well.
MENDABLE = (NOT_TAKEN, CUT_OFF, CONTENT_FILTER, REFUSAL, EMPTY, NOT_JSON, NO_ANSWER)


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one row that was asked about.

    Args:
        failed: for each answer that was of no use as a whole, why; empty where there is nothing to ask again.
        tally: the rows that were made of all its answers.
        aside: ids of those that are in the table "rejected".
    """

    place: str
    failed: tuple[str, ...]
    tally: Tally
    aside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one part.

    Args:
        fates: of the rows that are worth another try, at least.
        aside: ids of all its rows that are in the table "rejected" now.
    """

    tally: Tally
    fates: Sequence[Fate] = ()
    aside: Sequence[str] = ()


class Ledger:
    """A SQLite file beside the tables.

    It is written after the rows it speaks of, and after those are on the disk: a kill or a power cut in
    between makes a part be done again, from the journal and onto the same ids, and never be skipped.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._turn = RLock()  # a run reads on one thread while it commits on another
        with self._errors():
            self._db = sqlite3.connect(path, check_same_thread=False)
            finalize(self, self._db.close)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            lay_tables(self._db, _TABLES)

    def begin(self, run: str, settings: Mapping[str, object]) -> None:
        """Note what a run is; its id comes from these settings, so once is enough."""
        with self._errors(), self._db:
            self._db.execute("INSERT OR IGNORE INTO runs VALUES (?, ?)", (run, orjson.dumps(settings).decode()))

    def runs(self) -> dict[str, dict[str, object]]:
        """Every run's settings, oldest first."""
        with self._errors():
            return {
                run: orjson.loads(text)
                for run, text in self._db.execute("SELECT id, settings FROM runs ORDER BY rowid")
            }

    def settings(self, run: str) -> dict[str, object] | None:
        """Those of one run; None where it was never begun."""
        with self._errors():
            found = self._db.execute("SELECT settings FROM runs WHERE id = ?", (run,)).fetchone()
        return dict(orjson.loads(found[0])) if found else None

    def part(self, part: str) -> Tally | None:
        """What became of a finished part; None where it has not finished, or a row of it got no answer."""
        with self._errors():
            found = self._db.execute("SELECT tally FROM parts WHERE id = ?", (part,)).fetchone()
        tally = Tally(**orjson.loads(found[0])) if found else None
        return None if tally is None or _is_open(tally) else tally

    def open_parts(self, run: str) -> int:
        """Parts of a run in which some row got no answer."""
        with self._errors():
            found = self._db.execute("SELECT tally FROM parts WHERE run = ?", (run,)).fetchall()
        return sum(_is_open(Tally(**orjson.loads(tally))) for (tally,) in found)

    def wants(self, rejects: Sequence[str | None]) -> bool:
        """Whether a row is worth another try, perhaps, of whose answers rows with these reasons were made."""
        return any(reject in MENDABLE for reject in rejects)

    def finish(self, run: str, parts: Mapping[str, Done]) -> None:
        """These parts are done, or as far as they got answers: their rows are on the disk."""
        if not parts:
            return
        to_disk(self._path)
        with self._errors(), self._db:
            for part, done in parts.items():
                self._put_part(part, run, done.tally)
                found = self._db.execute("SELECT place, fate FROM lost WHERE run = ? AND part = ?", (run, part))
                before = [_fate(*row) for row in found]
                self._db.execute("DELETE FROM lost WHERE run = ? AND part = ?", (run, part))
                self._put_lost(run, part, [fate for fate in done.fates if fate.failed])
                self._put_mended([name for fate in before for name in fate.aside], done.aside)

    def lost(self, run: str) -> Iterator[Fate]:
        """Rows of whose answers at least one was of no use, by place; one that is in two parts comes twice."""
        with self._errors():
            found = self._db.execute("SELECT place, fate FROM lost WHERE run = ? ORDER BY place", (run,)).fetchall()
        for place, fate in found:
            yield _fate(place, fate)

    def amend(self, run: str, fates: Iterable[Fate]) -> None:
        """Rows that were given up on were asked about again: correct what their parts say of them.

        What they have in the table "rejected" from before is mended, less what they have there now.
        """
        to_disk(self._path)
        with self._errors(), self._db:
            for fate in fates:
                found = self._db.execute("SELECT part, fate FROM lost WHERE run = ? AND place = ?", (run, fate.place))
                before = {part: _fate(fate.place, was) for part, was in found}
                self._db.execute("DELETE FROM lost WHERE run = ? AND place = ?", (run, fate.place))
                for part, was in before.items():
                    self._correct(part, run, was.tally, fate.tally)
                    self._put_lost(run, part, [fate] if fate.failed else [])
                self._put_mended([name for was in before.values() for name in was.aside], fate.aside)

    def mended(self, ids: Sequence[str]) -> set[str]:
        """Those of these rows of the table "rejected" that hold no more."""
        query = "SELECT id FROM mended WHERE id IN (SELECT value FROM json_each(?))"
        with self._errors():
            return {row[0] for row in self._db.execute(query, (orjson.dumps(ids).decode(),))}

    def claim(self, run: str, ids: Sequence[str], places: Sequence[str]) -> list[str]:
        """For each id the place that claimed it first in this run, which is its own place where it is new."""
        claims = [(run, value, place) for value, place in zip(ids, places, strict=True)]
        with self._errors(), self._db:
            self._db.executemany("INSERT OR IGNORE INTO claims VALUES (?, ?, ?)", claims)
            first = "SELECT place FROM claims WHERE run = ? AND id = ?"
            return [str(self._db.execute(first, (run, value)).fetchone()[0]) for value in ids]

    def head(self, subject: str) -> str | None:
        """The run whose verdicts hold now, for "personas/quality" and the like."""
        with self._errors():
            found = self._db.execute("SELECT run FROM heads WHERE subject = ?", (subject,)).fetchone()
        return str(found[0]) if found else None

    def family(self, run: str) -> tuple[str, ...]:
        """A run and those that it stands on, the newest first."""
        with self._errors():
            found = self._db.execute("SELECT older FROM families WHERE run = ? ORDER BY place", (run,))
            return run, *(str(older) for (older,) in found)

    def set_head(self, subject: str, run: str, older: Sequence[str] = (), *, instead: str = "") -> None:
        """Switch what readers see, in one durable commit.

        Args:
            older: the runs that it stands on, the newest first: what it does not say holds as they have it.
            instead: a subject that has no verdicts from then on.
        """
        to_disk(self._path)
        with self._errors(), self._db:
            self._db.execute("DELETE FROM heads WHERE subject = ?", (instead,))
            self._db.execute("DELETE FROM families WHERE run = ?", (run,))
            self._db.executemany("INSERT INTO families VALUES (?, ?, ?)", [(run, *one) for one in enumerate(older)])
            self._db.execute("INSERT OR REPLACE INTO heads VALUES (?, ?)", (subject, run))

    def shrink(self) -> None:
        """Give room back to the disk that nothing stands in; nobody else may be writing."""
        with self._errors():
            free, pages = (
                self._db.execute(f"PRAGMA {what}").fetchone()[0] for what in ("freelist_count", "page_count")
            )
            if free * 4 > pages:
                self._db.execute("VACUUM")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _put_part(self, part: str, run: str, tally: Tally) -> None:
        self._db.execute("INSERT OR REPLACE INTO parts VALUES (?, ?, ?)", (part, run, _json(tally)))

    def _put_lost(self, run: str, part: str, fates: Iterable[Fate]) -> None:
        rows = [
            (run, part, fate.place, orjson.dumps([fate.failed, orjson.Fragment(_json(fate.tally)), fate.aside]))
            for fate in fates
        ]
        self._db.executemany("INSERT OR REPLACE INTO lost VALUES (?, ?, ?, ?)", rows)

    def _put_mended(self, before: Sequence[str], now: Sequence[str]) -> None:
        """Rows of the table "rejected" that held before hold no more, save for those that hold now."""
        self._db.executemany("INSERT OR IGNORE INTO mended VALUES (?)", [(name,) for name in before])
        self._db.executemany("DELETE FROM mended WHERE id = ?", [(name,) for name in now])

    def _correct(self, part: str, run: str, before: Tally, after: Tally) -> None:
        found = self._db.execute("SELECT tally FROM parts WHERE id = ?", (part,)).fetchone()
        self._put_part(part, run, Tally(**orjson.loads(found[0])) - before + after)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            with self._turn:
                yield
        except sqlite3.Error as error:
            raise HubError(
                f"the ledger {self._path} failed ({error}); look at the disk, or restore the file from a copy"
            ) from error


class Amending:
    """The ledger as a run sees it that asks again what an earlier call of it gave up on.

    Its rows are those that were given up on, in parts of their own, so no part of it was ever finished; what becomes
    of them corrects the parts in which they were.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def part(self, _: str) -> Tally | None:
        return None

    def wants(self, _: Sequence[str | None]) -> bool:
        return True

    def finish(self, run: str, parts: Mapping[str, Done]) -> None:
        self._ledger.amend(run, [fate for done in parts.values() for fate in done.fates])


def _is_open(tally: Tally) -> bool:
    return any(reason in UNANSWERED for reason in tally.rejected)


def _json(tally: Tally) -> str:
    return orjson.dumps({"read": tally.read, "kept": tally.kept, "rejected": dict(tally.rejected)}).decode()


def _fate(place: str, fate: str) -> Fate:
    failed, tally, aside = orjson.loads(fate)
    return Fate(place, tuple(failed), Tally(**tally), tuple(aside))
