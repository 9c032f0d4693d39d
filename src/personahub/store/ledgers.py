"""What one ledger says, put into another."""

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import orjson

from personahub.errors import HubError
from personahub.models.base import UNANSWERED

# Rows that are there stay as they are. What a part gave up on comes with the part, so before it.
_TAKEN = {
    "runs": "INSERT OR IGNORE INTO main.runs SELECT * FROM other.runs ORDER BY rowid",
    "lost": "INSERT OR IGNORE INTO main.lost SELECT * FROM other.lost WHERE part NOT IN (SELECT id FROM main.parts)",
    "parts": "INSERT OR IGNORE INTO main.parts SELECT * FROM other.parts",
    "mended": "INSERT OR IGNORE INTO main.mended SELECT * FROM other.mended",
    "families": "INSERT OR IGNORE INTO main.families SELECT * FROM other.families "
    "WHERE run NOT IN (SELECT run FROM main.heads) AND run NOT IN (SELECT run FROM main.families)",
    "claims": "INSERT OR IGNORE INTO main.claims SELECT * FROM other.claims",
}


def take_ledger(mine: Path, other: Path) -> dict[str, str]:
    """Runs, parts, claims and fates of another ledger, all in one commit; that one is only read.

    Returns:
        the current verdicts of the other one, by subject.
    """
    try:
        with closing(sqlite3.connect(f"file:{quote(str(mine))}", uri=True, isolation_level=None)) as db:
            db.execute("PRAGMA synchronous=FULL")
            db.execute("ATTACH ? AS other", (f"file:{quote(str(other))}?mode=ro",))
            there = {name for (name,) in db.execute("SELECT name FROM other.sqlite_master WHERE type = 'table'")}
            db.execute("BEGIN IMMEDIATE")
            if {"parts", "lost"} <= there:
                _close(db)
            for name, statement in _TAKEN.items():
                if name in there:
                    db.execute(statement)
            db.execute("COMMIT")
            return dict(db.execute("SELECT subject, run FROM other.heads").fetchall()) if "heads" in there else {}
    except sqlite3.Error as error:
        raise HubError(
            f"the ledgers {other} and {mine} could not be joined ({error}); look at both hubs with 'personahub check'"
        ) from error


def _close(db: sqlite3.Connection) -> None:
    """Parts that are open here and finished there."""
    both = "SELECT id, m.tally, o.tally FROM main.parts m JOIN other.parts o USING (id) WHERE m.tally <> o.tally"
    for part, ours, theirs in db.execute(both).fetchall():
        if _is_open(ours) and not _is_open(theirs):
            db.execute("UPDATE main.parts SET tally = ? WHERE id = ?", (theirs, part))
            db.execute("DELETE FROM main.lost WHERE part = ?", (part,))
            db.execute("INSERT OR IGNORE INTO main.lost SELECT * FROM other.lost WHERE part = ?", (part,))


def _is_open(tally: str) -> bool:
    return any(reason in UNANSWERED for reason in orjson.loads(tally)["rejected"])
