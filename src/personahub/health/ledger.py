"""The ledger of a hub, looked over, and what it says held against the tables."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import chain
from urllib.parse import quote

import orjson

from personahub.errors import HubError
from personahub.findings import Finding
from personahub.hub import Folder
from personahub.reasons import KINDS
from personahub.store.sqlite import is_blank

PLACE = "ledger.sqlite"
LOOKED_UP = 8192  # verdicts at a time

_ID = re.compile(r"[0-9a-f]{32}")
_BACK = "put the file back from a copy of the hub"
_ANEW = (
    f"{_BACK}; without one, move it away: the same commands then make every part again from the journal, at no cost, "
    "and 'quality' and 'dedup' make the verdicts again"
)


def check_ledger(folder: Folder, tell: Callable[[int], None]) -> Iterator[Finding]:
    path = folder.path / PLACE
    if not path.exists():
        if _begun(folder):
            yield Finding(PLACE, "it is gone", _ANEW)
        return
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as db:
            if is_blank(db) and not _begun(folder):
                return
            if wrong := next(chain(_damaged(db), _odd(db)), None):
                yield Finding(PLACE, wrong, _ANEW)
                return
            made = _made(db)
            heads = {subject: [run] for subject, run in db.execute("SELECT subject, run FROM heads")}
            for runs in heads.values() if _has_families(db) else ():
                older = db.execute("SELECT older FROM families WHERE run = ? ORDER BY place", runs).fetchall()
                runs += [run for (run,) in older]
    except sqlite3.Error as error:
        yield Finding(PLACE, f"it cannot be read: {error}", _ANEW)
        return
    tell(path.stat().st_size)
    yield from _rows_there(folder, made)
    yield from _judged_there(folder, heads)


def _has_families(db: sqlite3.Connection) -> bool:
    """A ledger that no later version has opened has none."""
    return db.execute("SELECT 1 FROM sqlite_master WHERE name = 'families'").fetchone() is not None


def _begun(folder: Folder) -> bool:
    """Whether there may be rows: the ledger is there before them."""
    return any(table.exists for table in folder.tables.values())


def _damaged(db: sqlite3.Connection) -> Iterator[str]:
    said = [str(row[0]) for row in db.execute("PRAGMA integrity_check(5)")]
    if said != ["ok"]:
        yield f"it is damaged: {said[0].strip()}"
    if is_blank(db):
        yield "it is empty"


def _odd(db: sqlite3.Connection) -> Iterator[str]:
    """What it says and cannot mean."""
    for run, settings in db.execute("SELECT id, settings FROM runs"):
        if not _ID.fullmatch(run) or not isinstance(_read(settings), dict):
            yield f"the settings of run {run[:40]!r} cannot be read"
    for part, run, tally in db.execute("SELECT id, run, tally FROM parts"):
        told = _read(tally)
        if not (_ID.fullmatch(part) and _ID.fullmatch(run) and isinstance(told, dict)):
            yield f"what became of part {part[:40]!r} cannot be read"
        elif told.get("read") != told.get("kept", 0) + sum(told.get("rejected", {}).values()):
            yield f"the figures of part {part} do not add up"
    for subject, run in db.execute("SELECT subject, run FROM heads"):
        table, _, kind = subject.partition("/")
        if kind not in KINDS.get(table, ()) or not _ID.fullmatch(run):
            yield f"the current verdicts of {subject[:40]!r} cannot be told"


def _read(text: object) -> object:
    try:
        return orjson.loads(text) if isinstance(text, str | bytes) else None
    except orjson.JSONDecodeError:
        return None


def _made(db: sqlite3.Connection) -> dict[str, int]:
    """For each run the most rows that one finished part of it made, which must be there at least."""
    made: dict[str, int] = {}
    for run, tally in db.execute("SELECT run, tally FROM parts"):
        made[run] = max(made.get(run, 0), orjson.loads(tally)["kept"])
    return made


def _rows_there(folder: Folder, made: dict[str, int]) -> Iterator[Finding]:
    missing = set(made)
    for table in (
        "personas",
        "samples",
        "solutions",
        "labels",
        "rejected",
    ):  # a merge may have found all of them there already
        missing -= _runs(folder, table, {run for run in missing if made[run]})
    for run in sorted(run for run in missing if made[run]):
        yield Finding(
            PLACE,
            f"run {run} finished parts with {made[run]:,} rows and more, and no row of it is there",
            "put the tables and the ledger back from one copy of the hub",
        )


def _runs(folder: Folder, table: str, wanted: set[str]) -> set[str]:
    """Those of these runs of which the table has a row."""
    try:
        return {run for run in wanted if len(folder.tables[table].first(f"run = '{run}'", 1, ["id"]))}
    except HubError:
        return wanted  # said of the table already


def _judged_there(folder: Folder, heads: dict[str, list[str]]) -> Iterator[Finding]:
    """The records that current verdicts are on."""
    for subject, runs in heads.items():
        table, _, kind = subject.partition("/")
        astray, mine = 0, ", ".join(f"'{run}'" for run in runs)
        try:
            for batch in folder.tables["verdicts"].scan(
                ["id"], f"run IN ({mine}) AND kind = '{kind}'", batch_rows=LOOKED_UP
            ):
                found = folder.tables[table].lookup(batch["id"].to_pylist(), ["id"])
                astray += len(set(batch["id"].to_pylist())) - len(set(found["id"].to_pylist()))
        except HubError:
            continue  # said of the table already
        if astray:
            yield Finding(
                "verdicts.lance",
                f"{astray:,} current verdicts ({kind}) are on {table} that are not there",
                f"put {table}.lance and verdicts.lance back from one copy of the hub",
            )
