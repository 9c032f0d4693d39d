"""The file of judgements, opened; and what one judgement, a change of it and an action are."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock
from urllib.parse import quote
from weakref import finalize

import orjson

from personahub.errors import HubError, HubFull
from personahub.store.sqlite import lay_tables

PENDING, DRAFT, SUBMITTED, DISCARDED, SKIPPED = STATUSES = ("pending", "draft", "submitted", "discarded", "skipped")

_TABLES = """
CREATE TABLE IF NOT EXISTS actions (number INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, reviewer TEXT NOT NULL,
    did TEXT NOT NULL, of INTEGER, key TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS changes (action INTEGER NOT NULL, tab TEXT NOT NULL, record TEXT NOT NULL,
    revision INTEGER NOT NULL, status TEXT NOT NULL, answers TEXT NOT NULL, was TEXT NOT NULL, held TEXT NOT NULL,
    PRIMARY KEY (action, tab, record)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS changes_of ON changes (record);
CREATE TABLE IF NOT EXISTS judgements (tab TEXT, record TEXT, reviewer TEXT, revision INTEGER NOT NULL,
    status TEXT NOT NULL, answers TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (tab, record, reviewer)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS standing (action INTEGER PRIMARY KEY, reviewer TEXT NOT NULL, undone INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS standing_of ON standing (reviewer, undone, action);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL, revision INTEGER NOT NULL);
"""
_WAIT = 30  # seconds for another process that is writing
_FULL = ("SQLITE_FULL", "SQLITE_READONLY", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_PERM")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one reviewer says of one record.

    Args:
        revision: counts its changes; 0 where it was never judged.
        answers: by the name of the question, as JSON has them.
        at: when, in UTC, in the form of ISO 8601.
    """

    table: str
    record: str
    reviewer: str
    revision: int = 0
    status: str = PENDING
    answers: Mapping[str, object] = field(default_factory=dict)
    at: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """One change of a judgement, as it is in the log.

    Args:
        key: of the action.
    """

    record: str
    reviewer: str
    action: int
    key: str
    status: str
    answers: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Change:
    """What a judgement shall become.

    Args:
        seen: the revision that was seen by who changes it; None for whichever there is.
        over: the answers are put over those that are there, in place of all of them.
    """

    record: str
    status: str
    answers: Mapping[str, object] = field(default_factory=dict)
    seen: int | None = None
    over: bool = False


@dataclass(frozen=True, slots=True)
class Acted:
    """An action, and the judgements that it changed, as they were left by it.

    Args:
        of: the action that it undid or did again; `said` what that one did.
    """

    number: int
    did: str
    changed: tuple[Judgement, ...]
    of: int | None = None
    said: str = ""


class Conflict(Exception):  # noqa: N818 - says what is so; never leaves the package
    """A judgement is not as it was seen."""

    def __init__(self, theirs: Judgement) -> None:
        super().__init__(theirs.record)
        self.theirs = theirs


def judgement(table: str, record: str, reviewer: str, revision: int, status: str, *rest: str) -> Judgement:
    """From a row of the file."""
    answers, at = rest
    return Judgement(table, record, reviewer, revision, status, orjson.loads(answers), at)


class Book:
    """The file, opened when it is first needed and made when it is first written to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._turn = RLock()
        self._held: sqlite3.Connection | None = None

    @property
    def exists(self) -> bool:
        return self._held is not None or self.path.exists()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._turn:
                yield self._open()
        except sqlite3.Error as error:
            raise self._failed(error) from error

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._turn:
                db = self._open(make=True)
                db.execute("BEGIN IMMEDIATE")
                try:
                    yield db
                    db.execute("COMMIT")
                except BaseException:
                    db.rollback()
                    raise
        except sqlite3.Error as error:
            raise self._failed(error) from error

    def _open(self, *, make: bool = False) -> sqlite3.Connection:
        if self._held is None:
            mode = "rwc" if make else "rw"
            try:
                self._held = self._connect(f"mode={mode}")
            except sqlite3.OperationalError:
                if make or not self.path.exists():
                    raise
                self._held = self._connect("immutable=1")  # in a folder that may not be written to
            finalize(self, self._held.close)
        return self._held

    def _connect(self, how: str) -> sqlite3.Connection:
        address = f"file:{quote(str(self.path))}?{how}"
        db = sqlite3.connect(address, timeout=_WAIT, isolation_level=None, check_same_thread=False, uri=True)
        try:
            if "mode" in how:
                db.execute("PRAGMA journal_mode=WAL")
                db.execute("PRAGMA synchronous=FULL")
                lay_tables(db, _TABLES)
            db.execute("SELECT number FROM actions LIMIT 1").fetchone()
        except sqlite3.Error:
            db.close()
            raise
        return db

    def _failed(self, error: sqlite3.Error) -> HubError:
        name = getattr(error, "sqlite_errorname", "")
        if name.startswith(_FULL):
            return HubFull(
                f"judgements cannot be written to {self.path} ({error}): the disk is full or may not be written to; "
                "nothing that was saved before is lost"
            )
        return HubError(
            f"the judgements {self.path} failed ({error}); look at the disk, or restore the file from a copy"
        )
