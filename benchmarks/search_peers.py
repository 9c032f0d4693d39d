"""Searches of the texts and queries that hub_search.py leaves in a folder, by DuckDB, SQLite FTS5 and tantivy.

It is run by a Python that has them, without personahub; see there.
"""

import argparse
import json
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

ROUNDS = 3
LIMIT = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    queries: dict[str, list[str]] = json.loads((arguments.folder / "queries.json").read_text())
    for peer in (_duckdb, _sqlite, _tantivy):
        try:
            asked = peer(arguments.folder)
        except ImportError as error:
            print(f"{peer.__name__[1:]} is not there: {error}")
            continue
        for kind, some in queries.items():
            tell({peer.__name__[1:]: kind, **timed(asked, some[:8] if peer is _duckdb else some)})


def _duckdb(folder: Path) -> Callable[[str], int]:
    import duckdb  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415

    start = time.perf_counter()
    (folder / "duck.db").unlink(missing_ok=True)
    data = duckdb.connect(str(folder / "duck.db"))
    data.execute(f"CREATE TABLE t AS SELECT * FROM '{folder / 'texts.parquet'}'")
    tell({"duckdb": "made", "wall_s": round(time.perf_counter() - start, 1)})

    def asked(query: str) -> int:
        some = [query.strip('"')] if query.startswith('"') else query.split()
        held = " AND ".join("text ILIKE ?" for _ in some)
        return len(
            data.execute(f"SELECT text FROM t WHERE {held} LIMIT {LIMIT}", [f"%{word}%" for word in some]).fetchall()
        )

    return asked


def _sqlite(folder: Path) -> Callable[[str], int]:
    import sqlite3  # noqa: PLC0415

    start = time.perf_counter()
    (folder / "fts.db").unlink(missing_ok=True)
    data = sqlite3.connect(folder / "fts.db")
    data.execute("CREATE VIRTUAL TABLE t USING fts5(text)")
    data.executemany("INSERT INTO t VALUES (?)", ((text,) for text in _texts(folder)))
    data.commit()
    tell({"sqlite": "made", "wall_s": round(time.perf_counter() - start, 1)})
    return lambda query: len(
        data.execute(f"SELECT text FROM t WHERE t MATCH ? ORDER BY rank LIMIT {LIMIT}", [query]).fetchall()
    )


def _tantivy(folder: Path) -> Callable[[str], int]:
    import tantivy  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415

    start = time.perf_counter()
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("text", stored=True)
    made: Any = tantivy.Index(builder.build())
    writer = made.writer(2**29, 2)
    for text in _texts(folder):
        writer.add_document(tantivy.Document(text=[text]))
    writer.commit()
    writer.wait_merging_threads()
    made.reload()
    searcher = made.searcher()
    tell({"tantivy": "made", "wall_s": round(time.perf_counter() - start, 1)})

    def asked(query: str) -> int:
        parsed = made.parse_query(query if query.startswith('"') else " AND ".join(query.split()), ["text"])
        return len([searcher.doc(address)["text"] for _, address in searcher.search(parsed, LIMIT).hits])

    return asked


def _texts(folder: Path) -> Iterator[str]:
    import pyarrow.parquet as pq  # noqa: PLC0415

    for batch in pq.ParquetFile(folder / "texts.parquet").iter_batches(columns=["text"]):
        yield from batch["text"].to_pylist()


def timed(asked: Callable[[str], int], some: Sequence[str]) -> dict[str, object]:
    """The first round is told apart: it reads from the disk what later ones find in memory."""
    first: list[float] = []
    times: list[float] = []
    hits = 0
    for turn in range(ROUNDS):
        for one in some:
            start = time.perf_counter()
            hits += asked(one)
            (times if turn else first).append(1000 * (time.perf_counter() - start))
    several = sorted(times)
    told = {
        "p50_ms": several[len(several) // 2],
        "p95_ms": several[int(len(several) * 0.95)],
        "first_p95_ms": sorted(first)[int(len(first) * 0.95)],
    }
    return {**{name: round(value, 1) for name, value in told.items()}, "hits": hits // ROUNDS}


def tell(said: dict[str, object]) -> None:
    print(json.dumps({**said, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}), flush=True)


if __name__ == "__main__":
    main()
