"""Tables of a file are made all at once, and who finds them there waits for nobody."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from personahub.store.sqlite import is_blank, lay_tables

ONE = "CREATE TABLE IF NOT EXISTS one (id TEXT);"
TWO = "CREATE TABLE IF NOT EXISTS two (id TEXT); CREATE INDEX IF NOT EXISTS by_id ON two (id);"


def test_who_is_cut_off_leaves_none_of_them(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "a.sqlite")) as db, pytest.raises(sqlite3.OperationalError):
        lay_tables(db, f"{ONE} CREATE TABLE IF NOT EXISTS two (")
    with closing(sqlite3.connect(tmp_path / "a.sqlite")) as db:
        assert is_blank(db)
        lay_tables(db, ONE)
        assert not is_blank(db)


def test_those_that_a_later_version_has_are_added_and_rows_stay(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "a.sqlite")) as db:
        lay_tables(db, ONE)
        with db:
            db.execute("INSERT INTO one VALUES ('kept')")
        lay_tables(db, ONE + TWO)
        assert db.execute("SELECT id FROM one").fetchall() == [("kept",)]
        assert {name for (name,) in db.execute("SELECT name FROM sqlite_master")} == {"one", "two", "by_id"}


def test_where_all_are_there_a_writer_keeps_nobody_out(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    with (
        closing(sqlite3.connect(path, isolation_level=None)) as writer,
        closing(sqlite3.connect(path, timeout=0)) as db,
    ):
        writer.execute("PRAGMA journal_mode=WAL")
        lay_tables(writer, ONE)
        writer.execute("BEGIN IMMEDIATE")
        lay_tables(db, ONE)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            lay_tables(db, ONE + TWO)
