"""What has been done: runs, their finished parts, and which input each run has claimed."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from weakref import finalize

import orjson

from personahub.errors import HubError
from personahub.events import Tally
from personahub.store.system import to_disk

_TABLES = """
CREATE TABLE IF NOT EXISTS runs (id TEXT PRIMARY KEY, settings TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS parts (id TEXT PRIMARY KEY, run TEXT NOT NULL, tally TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS claims (run TEXT, id TEXT, place TEXT NOT NULL, PRIMARY KEY (run, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS heads (subject TEXT PRIMARY KEY, run TEXT NOT NULL);
"""


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
            self._db.executescript(_TABLES)

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

    def part(self, part: str) -> Tally | None:
        """What became of a finished part; None where it has not finished."""
        with self._errors():
            found = self._db.execute("SELECT tally FROM parts WHERE id = ?", (part,)).fetchone()
        return Tally(**orjson.loads(found[0])) if found else None

    def finish(self, run: str, parts: Mapping[str, Tally]) -> None:
        """These parts are done: their rows are on the disk."""
        if not parts:
            return
        to_disk(self._path)
        rows = [
            (
                part,
                run,
                orjson.dumps({"read": tally.read, "kept": tally.kept, "rejected": dict(tally.rejected)}).decode(),
            )
            for part, tally in parts.items()
        ]
        with self._errors(), self._db:
            self._db.executemany("INSERT OR REPLACE INTO parts VALUES (?, ?, ?)", rows)

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

    def set_head(self, subject: str, run: str) -> None:
        """Switch what readers see, in one durable commit."""
        to_disk(self._path)
        with self._errors(), self._db:
            self._db.execute("INSERT OR REPLACE INTO heads VALUES (?, ?)", (subject, run))

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            with self._turn:
                yield
        except sqlite3.Error as error:
            raise HubError(
                f"the ledger {self._path} failed ({error}); look at the disk, or restore the file from a copy"
            ) from error
