"""What people say of records: a log that only grows, and what holds by it, in one SQLite file of a hub.

An action is on the disk before `act` returns, and so is all that is derived from it, in the same transaction. Each has
a key that its maker chose: what is sent again is done once.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import orjson

from personahub.store.judged import PENDING, Acted, Book, Change, Conflict, Judgement, Said, judgement

FILE = "review.sqlite"
UNDO, REDO = "undo", "redo"

_TO_UNDO = "SELECT max(action) FROM standing WHERE reviewer = ? AND undone = 0"
_TO_REDO = "SELECT min(action) FROM standing WHERE reviewer = ? AND undone = 1"
_HELD = "SELECT record, revision, status, answers FROM judgements WHERE tab = ? AND reviewer = ? AND record IN "
_LISTED = "(SELECT value FROM json_each(?))"
_TURNS = "SELECT undone, count(*) FROM standing WHERE reviewer = ? GROUP BY undone"
_SAID = (
    "SELECT * FROM judgements WHERE tab = ? AND status <> 'pending' "
    "AND record IN (SELECT value FROM json_each(?)) ORDER BY record, reviewer"
)
_COUNTS = (
    "SELECT reviewer, status, count(*) FROM judgements WHERE status <> 'pending' AND (?1 IS NULL OR tab = ?1) "
    "GROUP BY reviewer, status ORDER BY reviewer, status"
)
_DROPPED = "SELECT record FROM judgements WHERE tab = ? "
_VOTED = " GROUP BY record HAVING sum(status = 'discarded') > sum(status = 'submitted')"
_BEHIND = "SELECT DISTINCT record FROM changes WHERE action > ? AND tab = ?"
_LOGGED = (
    "SELECT record, reviewer, action, key, status, answers FROM changes JOIN actions ON number = action "
    "WHERE tab = ? AND record IN (SELECT value FROM json_each(?)) ORDER BY action"
)
_STATES = {
    UNDO: "SELECT tab, record, was, held FROM changes WHERE action = ?",
    REDO: "SELECT tab, record, status, answers FROM changes WHERE action = ?",
}


class Judgements:
    """One process writes at a time, the others wait; nothing is made on the disk before the first action."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._book = Book(path)

    @property
    def exists(self) -> bool:
        return self._book.exists

    @property
    def last(self) -> int:
        """The number of the last action; 0 before the first. Another one where anything is judged otherwise."""
        if not self.exists:
            return 0
        with self._book.reading() as db:
            return int(db.execute("SELECT coalesce(max(number), 0) FROM actions").fetchone()[0])

    def make(self) -> None:
        """Make the file where there is none yet."""
        with self._book.writing():
            pass

    def act(self, reviewer: str, did: str, table: str, changes: Sequence[Change], key: str) -> Acted:
        """Judge records, and have it on the disk.

        Raises:
            Conflict: a judgement has another revision than was seen; nothing is changed.
            HubError: the disk does not take it.
        """
        with self._book.writing() as db:
            if found := self._done(db, key):
                return found
            number = self._log(db, reviewer, did, None, key)
            db.execute("DELETE FROM standing WHERE reviewer = ? AND undone = 1", (reviewer,))
            db.execute("INSERT INTO standing VALUES (?, ?, 0)", (number, reviewer))
            held = self._judged(db, table, reviewer, [change.record for change in changes])
            nobody = {name: Judgement(table, name, reviewer) for name in (one.record for one in changes)}
            made = []
            for change in changes:
                was = held.get(change.record, nobody[change.record])
                nothing = was.status == PENDING and change.seen == 0  # what was cleared or undone looks so
                if change.seen not in (None, was.revision) and not nothing:
                    raise Conflict(was)
                answers = {**was.answers, **change.answers} if change.over else change.answers
                made.append((was, change.status, _json(answers)))
            return Acted(number, did, self._put(db, number, reviewer, made))

    def undo(self, reviewer: str, key: str) -> Acted | None:
        """Take the last action of a reviewer back that is not taken back; None where there is none."""
        return self._turned(reviewer, key, UNDO)

    def redo(self, reviewer: str, key: str) -> Acted | None:
        """Do again what was taken back last; None where there is nothing, or something else was done since."""
        return self._turned(reviewer, key, REDO)

    def turns(self, reviewer: str) -> tuple[int, int]:
        """How many actions can be undone, and how many redone."""
        if not self.exists:
            return 0, 0
        with self._book.reading() as db:
            undone = (
                "SELECT coalesce(sum(undone = 0), 0), coalesce(sum(undone = 1), 0) FROM standing WHERE reviewer = ?"
            )
            found = db.execute(undone, (reviewer,)).fetchone()
            return int(found[0]), int(found[1])

    def of(self, table: str, records: Sequence[str]) -> list[Judgement]:
        """All judgements on these records that are not pending."""
        if not self.exists or not records:
            return []
        with self._book.reading() as db:
            return [judgement(*row) for row in db.execute(_SAID, (table, orjson.dumps(list(records)).decode()))]

    def all(self, table: str, since: int = 0) -> Iterator[Judgement]:
        """Every judgement on a table; those that actions behind one have changed."""
        if not self.exists:
            return
        query, given = "SELECT * FROM judgements WHERE tab = ?", [table]
        if since:
            query += " AND record IN (SELECT record FROM changes WHERE action > ? AND tab = ?)"
            given += [str(since), table]
        with self._book.reading() as db:
            rows = db.execute(query, given).fetchall()
        yield from (judgement(*row) for row in rows)

    def counts(self, table: str | None = None) -> dict[str, dict[str, int]]:
        """By reviewer, how many judgements of each status there are; of all tables for None."""
        if not self.exists:
            return {}
        counts: dict[str, dict[str, int]] = {}
        with self._book.reading() as db:
            for reviewer, status, count in db.execute(_COUNTS, (table,)):
                counts.setdefault(reviewer, {})[status] = count
        return counts

    def lasts(self, table: str) -> dict[str, str]:
        """By reviewer when they last judged a record of a table."""
        if not self.exists:
            return {}
        with self._book.reading() as db:
            return dict(
                db.execute("SELECT reviewer, max(at) FROM judgements WHERE tab = ? GROUP BY reviewer", (table,))
            )

    def dropped(self, table: str, since: int = 0) -> tuple[list[str], list[str]]:
        """Records that more reviewers discarded than submitted; and of which that was asked, None being all.

        Args:
            since: an action, behind which the changes are asked for; 0 for all.

        Returns:
            ids that are dropped, among those that were looked at; ids that were looked at, nothing for all.
        """
        if not self.exists:
            return [], []
        with self._book.reading() as db:
            if not since:
                return [name for (name,) in db.execute(_DROPPED + _VOTED, (table,))], []
            looked = [name for (name,) in db.execute(_BEHIND, (since, table))]
            some = orjson.dumps(looked).decode()
            found = db.execute(f"{_DROPPED} AND record IN {_LISTED}{_VOTED}", (table, some))
            return [name for (name,) in found], looked

    def log(self, table: str, records: Sequence[str]) -> list[Said]:
        """Every change of the judgements on these records, the oldest first."""
        if not self.exists or not records:
            return []
        with self._book.reading() as db:
            rows = db.execute(_LOGGED, (table, orjson.dumps(list(records)).decode()))
            return [
                Said(record, reviewer, action, key, status, orjson.loads(answers))
                for record, reviewer, action, key, status, answers in rows
            ]

    def history(self, table: str, record: str) -> list[dict[str, object]]:
        """Every change of every judgement on a record, the oldest first."""
        if not self.exists:
            return []
        query = (
            "SELECT at, reviewer, did, status, answers FROM changes JOIN actions ON number = action "
            "WHERE record = ? AND tab = ? ORDER BY action"
        )
        with self._book.reading() as db:
            names = ("at", "reviewer", "action", "status", "answers")
            rows = [dict(zip(names, row, strict=True)) for row in db.execute(query, (record, table))]
        return [{**row, "answers": orjson.loads(str(row["answers"]))} for row in rows]

    def setting(self, name: str) -> tuple[object, int]:
        """What is set, as JSON has it, and its revision; None and 0 where nothing is."""
        if not self.exists:
            return None, 0
        with self._book.reading() as db:
            found = db.execute("SELECT value, revision FROM settings WHERE name = ?", (name,)).fetchone()
        return (orjson.loads(found[0]), int(found[1])) if found else (None, 0)

    def settings(self, begins: str) -> list[object]:
        """What is set under names that begin so."""
        if not self.exists:
            return []
        with self._book.reading() as db:
            rows = db.execute("SELECT name, value FROM settings ORDER BY name").fetchall()
        return [orjson.loads(value) for name, value in rows if name.startswith(begins)]

    def set(self, name: str, value: object, seen: int | None = None) -> int:
        """The new revision; -1, and nothing is set, where it has another one than was seen."""
        with self._book.writing() as db:
            found = db.execute("SELECT revision FROM settings WHERE name = ?", (name,)).fetchone()
            revision = int(found[0]) if found else 0
            if seen not in (None, revision):
                return -1
            row = (name, orjson.dumps(value).decode(), revision + 1)
            db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?, ?)", row)
            return revision + 1

    def _turned(self, reviewer: str, key: str, did: str) -> Acted | None:
        with self._book.writing() as db:
            if found := self._done(db, key):
                return found
            of = db.execute(_TO_UNDO if did == UNDO else _TO_REDO, (reviewer,)).fetchone()[0]
            if of is None:
                return None
            (said,) = db.execute("SELECT did FROM actions WHERE number = ?", (of,)).fetchone()
            number = self._log(db, reviewer, did, of, key)
            db.execute("UPDATE standing SET undone = ? WHERE action = ?", (did == UNDO, of))
            rows = db.execute(_STATES[did], (of,)).fetchall()
            made = []
            for table in dict.fromkeys(row[0] for row in rows):
                some = [row for row in rows if row[0] == table]
                held = self._judged(db, table, reviewer, [row[1] for row in some])
                made += [(held[record], status, answers) for _, record, status, answers in some]
            return Acted(number, did, self._put(db, number, reviewer, made), of, said)

    def _log(self, db: sqlite3.Connection, reviewer: str, did: str, of: int | None, key: str) -> int:
        row = (_now(), reviewer, did, of, key)
        done = db.execute("INSERT INTO actions (at, reviewer, did, of, key) VALUES (?, ?, ?, ?, ?)", row)
        return int(done.lastrowid or 0)

    def _put(
        self, db: sqlite3.Connection, number: int, reviewer: str, made: Sequence[tuple[Judgement, str, str]]
    ) -> tuple[Judgement, ...]:
        """The log first, then what holds by it."""
        at = str(db.execute("SELECT at FROM actions WHERE number = ?", (number,)).fetchone()[0])
        logged = [
            (number, was.table, was.record, was.revision + 1, status, answers, was.status, _json(was.answers))
            for was, status, answers in made
        ]
        db.executemany("INSERT INTO changes VALUES (?, ?, ?, ?, ?, ?, ?, ?)", logged)
        rows = [
            (tab, record, reviewer, revision, status, answers, at)
            for _, tab, record, revision, status, answers, *_ in logged
        ]
        db.executemany("INSERT OR REPLACE INTO judgements VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        return tuple(judgement(*row) for row in rows)

    def _judged(self, db: sqlite3.Connection, table: str, reviewer: str, ids: Sequence[str]) -> dict[str, Judgement]:
        rows = db.execute(_HELD + _LISTED, (table, reviewer, orjson.dumps(list(ids)).decode()))
        return {
            record: Judgement(table, record, reviewer, revision, status, orjson.loads(answers))
            for record, revision, status, answers in rows
        }

    def _done(self, db: sqlite3.Connection, key: str) -> Acted | None:
        """What was done by this key already."""
        found = db.execute("SELECT number, did, of, reviewer, at FROM actions WHERE key = ?", (key,)).fetchone()
        if not found:
            return None
        number, did, of, reviewer, at = found
        rows = db.execute("SELECT tab, record, revision, status, answers FROM changes WHERE action = ?", (number,))
        said = db.execute("SELECT did FROM actions WHERE number = ?", (of,)).fetchone() if of else None
        changed = tuple(judgement(tab, record, reviewer, *rest, at) for tab, record, *rest in rows)
        return Acted(number, did, changed, of, said[0] if said else "")


def _json(answers: Mapping[str, object]) -> str:
    return orjson.dumps(dict(answers), option=orjson.OPT_SORT_KEYS).decode()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
