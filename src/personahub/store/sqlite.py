"""What the SQLite files of a hub have in common: their tables are there all at once."""

import re
import sqlite3

_MADE = re.compile(r"CREATE (?:TABLE|INDEX) IF NOT EXISTS (\w+)")


def lay_tables(db: sqlite3.Connection, statements: str) -> None:
    """Make the tables and indexes that are not there yet, in one commit: who is killed meanwhile leaves all or none.

    Where all are there nothing is written, so that who only reads waits for no writer.
    """
    if not set(_MADE.findall(statements)) <= _names(db):
        db.executescript(f"BEGIN IMMEDIATE; {statements} COMMIT;")


def is_blank(db: sqlite3.Connection) -> bool:
    """Whether it holds no table yet, as where a process was killed that began it."""
    return not _names(db)


def _names(db: sqlite3.Connection) -> set[str]:
    return {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
