"""What keeping a completion costs: our log beside SQLite, in groups as they come at 5,000 completions a second.

python benchmarks/journal_speed.py [--save]
"""

import argparse
import platform
import resource
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from time import perf_counter

from personahub.models.base import Completion
from personahub.models.journal import Journal

ROWS = 100_000
GROUPS = (8, 16, 64)  # at 5,000 a second and 1.6 to 13 ms for a sync
ANSWER = Completion("x" * 900, prompt_tokens=150, completion_tokens=200)
KEYS = [blake2b(str(number).encode(), digest_size=16).digest() for number in range(ROWS)]
COLUMNS = "text TEXT, error TEXT, detail TEXT, reasoning TEXT, asked INTEGER, answered INTEGER, room INTEGER"
TABLES = {
    "SQLite, key first": [f"CREATE TABLE c (key BLOB PRIMARY KEY, {COLUMNS}) WITHOUT ROWID"],
    "SQLite, rows and an index": [f"CREATE TABLE c (key BLOB, {COLUMNS})", "CREATE UNIQUE INDEX i ON c (key)"],
}
RESULT = Path(__file__).parent / "results" / "journal_speed.md"


@dataclass(frozen=True)
class Cost:
    rows_a_second: float
    cpu_us: float
    lookup_us: float


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--save", action="store_true")
    lines = ["| | group | rows/s | CPU a row | look-up of 1,024 |", "|---|---|---|---|---|"]
    for group in GROUPS:
        for name, cost in measured(group).items():
            costs = f"{cost.rows_a_second:,.0f} | {cost.cpu_us:.1f} us | {cost.lookup_us:.1f} us a row"
            lines.append(f"| {name} | {group} | {costs} |")
    table = "\n".join(lines)
    print(table)
    if options.parse_args().save:
        RESULT.write_text(f"{_head()}\n{table}\n", "utf-8")


def measured(group: int) -> dict[str, Cost]:
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder) / "journal")
        found = {"our log": _timed(group, lambda keys: journal.put([(key, ANSWER) for key in keys]), journal.known)}
        for name, statements in TABLES.items():
            found[name] = _sqlite(Path(folder) / f"{len(found)}.sqlite", statements, group)
    return found


def _sqlite(path: Path, statements: list[str], group: int) -> Cost:
    database = sqlite3.connect(path)
    for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", *statements):
        database.execute(statement)
    row = (ANSWER.text, ANSWER.error, ANSWER.detail, ANSWER.reasoning, 150, 200, 0)

    def put(keys: list[bytes]) -> None:
        with database:
            database.executemany("INSERT OR IGNORE INTO c VALUES (?, ?, ?, ?, ?, ?, ?, ?)", [(k, *row) for k in keys])

    def known(keys: list[bytes]) -> object:
        return [database.execute("SELECT * FROM c WHERE key = ?", (key,)).fetchone() for key in keys]

    cost = _timed(group, put, known)
    database.close()
    return cost


def _timed(group: int, put: Callable[[list[bytes]], None], known: Callable[[list[bytes]], object]) -> Cost:
    start, cpu = perf_counter(), _cpu()
    for keys in _groups(group):
        put(keys)
    wall, spent = perf_counter() - start, _cpu() - cpu
    start = perf_counter()
    for keys in _groups(1024):
        known(keys)
    return Cost(ROWS / wall, spent / ROWS * 1e6, (perf_counter() - start) / ROWS * 1e6)


def _groups(size: int) -> Iterator[list[bytes]]:
    for start in range(0, ROWS, size):
        yield KEYS[start : start + size]


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _head() -> str:
    return (
        "# What keeping a completion costs\n\n"
        f"`python benchmarks/journal_speed.py --save`: {ROWS:,} completions of 900 characters, each group on the disk "
        f"before the next begins; Python {platform.python_version()}, SQLite {sqlite3.sqlite_version} in WAL mode with "
        "synchronous FULL, on two cores that were shared. Rates hang on the disk's sync; CPU a row tells more.\n"
    )


if __name__ == "__main__":
    main()
