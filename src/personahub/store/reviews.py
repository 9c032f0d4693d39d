"""A file of judgements as a whole: held against its own log, and put into another one."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from urllib.parse import quote

from personahub.errors import HubError
from personahub.findings import Finding
from personahub.store.judgements import FILE, Judgements
from personahub.store.sqlite import is_blank

_BACK = "put the file back from a copy of the hub; without one, what people said of records is lost"

# What holds by the log: of each judgement the newest change.
_NEWEST = """
SELECT tab, record, reviewer, revision, status, answers, at FROM (SELECT c.*, a.reviewer, a.at, max(c.action)
FROM changes c JOIN actions a ON a.number = c.action GROUP BY c.tab, c.record, a.reviewer)
"""
_ODD = f"""
WITH held AS (SELECT tab, record, reviewer, status, answers FROM judgements),
logged AS (SELECT tab, record, reviewer, status, answers FROM ({_NEWEST}))
SELECT count(*) FROM (SELECT tab, record, reviewer FROM (SELECT * FROM held EXCEPT SELECT * FROM logged)
UNION SELECT tab, record, reviewer FROM (SELECT * FROM logged EXCEPT SELECT * FROM held))
"""  # noqa: S608 - our own words
_ORPHANS = "SELECT count(*) FROM changes WHERE action NOT IN (SELECT number FROM actions)"
_ANEW = ("DELETE FROM main.judgements", f"INSERT INTO main.judgements {_NEWEST}")
_TAKE = (
    # Their numbers go on behind ours; what was taken before is known by its key.
    "CREATE TEMP TABLE fresh AS SELECT row_number() OVER (ORDER BY number) + "
    "(SELECT coalesce(max(number), 0) FROM main.actions) AS mine, number AS theirs FROM other.actions "
    "WHERE key NOT IN (SELECT key FROM main.actions)",
    # Of a judgement that both have, what was said last holds, and the log says so.
    "CREATE TEMP TABLE twice AS SELECT m.tab, m.record, m.reviewer, max(m.revision, o.revision) + 1 AS revision, "
    "iif(o.at > m.at, o.status, m.status) AS status, iif(o.at > m.at, o.answers, m.answers) AS answers, "
    "m.status AS was, m.answers AS held FROM main.judgements m JOIN other.judgements o USING (tab, record, reviewer) "
    "WHERE (m.tab, m.record) IN (SELECT tab, record FROM other.changes JOIN fresh ON theirs = action)",
    "INSERT INTO main.actions SELECT mine, at, reviewer, did, (SELECT f.mine FROM fresh f WHERE f.theirs = of), key "
    "FROM other.actions JOIN fresh ON theirs = number",
    "INSERT INTO main.changes SELECT mine, tab, record, revision, status, answers, was, held "
    "FROM other.changes JOIN fresh ON theirs = action",
    "INSERT INTO main.actions (at, reviewer, did, of, key) SELECT strftime('%Y-%m-%dT%H:%M:%fZ'), reviewer, 'merge', "
    "NULL, 'merge-' || hex(randomblob(16)) FROM (SELECT DISTINCT reviewer FROM twice)",
    "INSERT INTO main.changes SELECT (SELECT max(number) FROM main.actions a WHERE a.reviewer = t.reviewer), "
    "tab, record, revision, status, answers, was, held FROM twice t",
    *_ANEW,
    "INSERT OR IGNORE INTO main.settings SELECT * FROM other.settings",
)


def take_judgements(mine: Path, other: Path) -> tuple[int, int]:
    """Actions, judgements and questions of another hub, all in one commit; that one is only read.

    What one reviewer said of one record in both is what they said last. What was done there is not undone here.

    Returns:
        actions that were read, and those that are new.
    """
    Judgements(mine).make()
    try:
        with closing(sqlite3.connect(f"file:{quote(str(mine))}", uri=True, isolation_level=None)) as db:
            db.execute("PRAGMA synchronous=FULL")
            db.execute("ATTACH ? AS other", (f"file:{quote(str(other))}?mode=ro",))
            if not db.execute("SELECT 1 FROM other.sqlite_master").fetchone():
                return 0, 0  # nobody has judged there yet
            db.execute("BEGIN IMMEDIATE")
            for statement in _TAKE:
                db.execute(statement)
            read = db.execute("SELECT count(*) FROM other.actions").fetchone()[0]
            new = db.execute("SELECT count(*) FROM fresh").fetchone()[0]
            db.execute("COMMIT")
            return int(read), int(new)
    except sqlite3.Error as error:
        cure = "look at both hubs with 'personahub check'"
        raise HubError(f"the judgements {other} and {mine} could not be joined ({error}); {cure}") from error


def check_judgements(hub: Path, tell: Callable[[int], None]) -> Iterator[Finding]:
    """Whether the file is whole, and says what its log says; that can be made again from the log."""
    path = hub / FILE
    if not path.exists():
        return
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as db:
            said = [str(row[0]) for row in db.execute("PRAGMA integrity_check(5)")]
            if said != ["ok"]:
                yield Finding(FILE, f"it is damaged: {said[0].strip()}", _BACK)
                return
            if is_blank(db):
                cure = "where people have judged, put it back from a copy"
                yield Finding(FILE, "no judgement is in it", cure, harmless=True)
                return
            if db.execute(_ORPHANS).fetchone()[0]:
                yield Finding(FILE, "it has changes of actions that it does not have", _BACK)
            (odd,) = db.execute(_ODD).fetchone()
    except sqlite3.Error as error:
        yield Finding(FILE, f"it cannot be read: {error}", _BACK)
        return
    tell(path.stat().st_size)
    if odd:
        problem = f"{odd:,} judgements are not what its log says"
        yield Finding(FILE, problem, "they can be made again from the log", partial(_made_again, path))


def _made_again(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        for statement in _ANEW:
            db.execute(statement)
        db.execute("COMMIT")
