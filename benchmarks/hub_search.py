"""A hub of made personas and samples: rows in, the index of a field, searches, conditions and look-ups; and its peers.

python benchmarks/hub_search.py all 1_000_000 FOLDER [--peers PYTHON]     each of the following as a process of its own
python benchmarks/hub_search.py ingest FOLDER --rows 1_000_000             rows through Table.append, in batches
python benchmarks/hub_search.py index FOLDER                               the index of the personas' text
python benchmarks/hub_search.py ask FOLDER                                 searches; writes queries.json, texts.parquet
PYTHON benchmarks/hub_search.py peers FOLDER                               the same of DuckDB, SQLite FTS5 and tantivy

PYTHON is one that has duckdb and tantivy, such as that of a scratch environment; nothing else is needed there.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

BATCH = 50_000  # rows of an append
ASKED = 40  # queries of a kind
ROUNDS = 3
LIMIT = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True)
    for verb in (all_, ingest, index, ask, peers):
        added = verbs.add_parser(verb.__name__.rstrip("_"))
        added.set_defaults(verb=verb)
        if verb is all_:
            added.add_argument("rows", type=int)
            added.add_argument("--peers", type=Path)
        added.add_argument("folder", type=Path)
        if verb is ingest:
            added.add_argument("--rows", type=int, required=True)
    arguments = parser.parse_args()
    arguments.verb(arguments)


def all_(arguments: argparse.Namespace) -> None:
    mine = [sys.executable, __file__]
    commands = [[*mine, "ingest", str(arguments.folder), "--rows", str(arguments.rows)]]
    commands += [[*mine, verb, str(arguments.folder)] for verb in ("index", "ask")]
    if arguments.peers:
        commands.append([str(arguments.peers), __file__, "peers", str(arguments.folder)])
    for command in commands:
        subprocess.run(command, check=True)


def ingest(arguments: argparse.Namespace) -> None:
    """Rows with ids that are there already cost the same: nothing is looked up here but what an append itself does."""
    import pyarrow as pa  # noqa: PLC0415 - not where peers run

    from personahub.hub import Folder  # noqa: PLC0415

    folder = Folder(arguments.folder / "made.hub")
    folder.create()
    for table in ("personas", "samples"):
        spent, cpu, begun, rows = 0.0, 0.0, time.perf_counter(), 0
        with folder.writing():
            for texts in _parts(arguments.rows):
                some = _rows(table, texts, rows)
                rows += len(some)
                start, used = time.perf_counter(), time.process_time()
                folder.tables[table].append(some)
                spent, cpu = spent + time.perf_counter() - start, cpu + time.process_time() - used
            start, used = time.perf_counter(), time.process_time()
        # with what is tidied at the end
        spent, cpu = spent + time.perf_counter() - start, cpu + time.process_time() - used
        wall = time.perf_counter() - begun
        size = sum(file.stat().st_size for file in folder.tables[table].path.rglob("*") if file.is_file())
        told = {
            "ingest": table,
            "rows": rows,
            "rows_a_second": round(rows / spent),
            "wall_s": round(wall, 1),
            "append_cpu_s": round(cpu, 1),
        }
        _tell({**told, "mb": size // 2**20, "arrow_mb": pa.total_allocated_bytes() // 2**20})


def index(arguments: argparse.Namespace) -> None:
    from personahub.hub import Folder  # noqa: PLC0415

    folder = Folder(arguments.folder / "made.hub")
    start, used = time.perf_counter(), time.process_time()
    with folder.writing():
        folder.words["personas"].index("text", lambda _: None)
    spent = {"wall_s": round(time.perf_counter() - start, 1), "cpu_s": round(time.process_time() - used, 1)}
    _tell({"index": "personas.text", "rows": folder.words["personas"].rows, **spent})


def ask(arguments: argparse.Namespace) -> None:
    import personahub  # noqa: PLC0415
    from personahub.store.vocabulary import beginning  # noqa: PLC0415
    from personahub.store.words import Asked  # noqa: PLC0415
    from personahub.terms import terms  # noqa: PLC0415

    hub = personahub.open(arguments.folder / "made.hub")
    folder = hub._folder
    queries = _queries(arguments.folder, folder)
    words = folder.words["personas"]

    def found(query: str, where: str | None = None) -> int:
        return len(words.find(Asked(terms(query), ["text"], {}, where), LIMIT).rows)

    def listed(query: str, where: str | None = None) -> int:
        return len(hub.search(query, where=where, limit=LIMIT).listed)

    for kind, some in queries.items():
        _tell({"find": kind, **_timed(found, some)})
        _tell({"search": kind, **_timed(listed, some)})
    both = [*queries["frequent"], *queries["two words"]]
    for where in ("hop = 0", "hop = 1 AND model IS NULL", "source = 'made-7'"):
        _tell({"find where": where, **_timed(partial(found, where=folder.condition("personas", where)), both)})
        _tell({"search where": where, **_timed(partial(listed, where=where), both)})
    ids = [
        row for batch in folder.tables["personas"].scan(["id"], batch_rows=200) for row in batch["id"].to_pylist()[:1]
    ]
    _tell(
        {
            "look-up by id": len(ids),
            **_timed(lambda name: len(folder.tables["personas"].lookup([name], ["text"])), ids[:300]),
        }
    )
    _tell(
        {
            "all hits counted by hop": 1,
            **_timed(lambda query: len(hub.search(query, facet=["hop"]).listed), queries["middle"][:5]),
        }
    )
    file = folder.path / "words" / "personas.text.arrow"
    starts = [query[:4] for query in queries["middle"]]
    _tell(
        {
            "beginnings": len(starts),
            **_timed(lambda start: len(beginning(file, words, "text", start, lambda _: None)), starts),
        }
    )


def peers(arguments: argparse.Namespace) -> None:
    queries: dict[str, list[str]] = json.loads((arguments.folder / "queries.json").read_text())
    for peer in (_duckdb, _sqlite, _tantivy):
        try:
            asked = peer(arguments.folder)
        except ImportError as error:
            print(f"{peer.__name__[1:]} is not there: {error}")
            continue
        for kind, some in queries.items():
            _tell({peer.__name__[1:]: kind, **_timed(asked, some[:8] if peer is _duckdb else some)})


def _duckdb(folder: Path) -> Callable[[str], int]:
    import duckdb  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415

    start = time.perf_counter()
    (folder / "duck.db").unlink(missing_ok=True)
    data = duckdb.connect(str(folder / "duck.db"))
    data.execute(f"CREATE TABLE t AS SELECT * FROM '{folder / 'texts.parquet'}'")
    _tell({"duckdb": "made", "wall_s": round(time.perf_counter() - start, 1)})

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
    _tell({"sqlite": "made", "wall_s": round(time.perf_counter() - start, 1)})
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
    _tell({"tantivy": "made", "wall_s": round(time.perf_counter() - start, 1)})

    def asked(query: str) -> int:
        parsed = made.parse_query(query if query.startswith('"') else " AND ".join(query.split()), ["text"])
        return len([searcher.doc(address)["text"] for _, address in searcher.search(parsed, LIMIT).hits])

    return asked


def _texts(folder: Path) -> Iterator[str]:
    import pyarrow.parquet as pq  # noqa: PLC0415

    for batch in pq.ParquetFile(folder / "texts.parquet").iter_batches(columns=["text"]):
        yield from batch["text"].to_pylist()


def _parts(rows: int) -> Iterator[Any]:
    from corpus.personas import Corpus  # noqa: PLC0415

    for part in Corpus(rows)():
        for start in range(0, len(part), BATCH):
            yield part.slice(start, BATCH)


def _rows(table: str, texts: Any, first: int) -> Any:
    import numpy as np  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415

    from personahub.schema import TABLES  # noqa: PLC0415

    count = len(texts)
    digits = np.random.default_rng((first, table == "samples")).bytes(16 * count).hex()
    ids = pa.array([digits[32 * number : 32 * number + 32] for number in range(count)])
    numbers = np.arange(first, first + count)
    columns = {
        "id": ids,
        "text": texts.cast(pa.string()),
        "persona": texts.cast(pa.string()),
        "description": pa.array(np.array(["math problem", "tool development", "a letter"])[numbers % 3]),
        "persona_id": ids,
        "task": pa.repeat("made", count),
        "origin": pa.repeat("import", count),
        "source": pa.array([f"made-{number % 1000}" for number in numbers.tolist()]),
        "hop": pa.array((numbers % 3).astype(np.int32)),
        "run": pa.repeat("0" * 32, count),
    }
    schema = TABLES[table]
    empty = {name: pa.nulls(count, schema.field(name).type) for name in schema.names if name not in columns}
    return pa.table([{**columns, **empty}[name].cast(schema.field(name).type) for name in schema.names], schema=schema)


def _queries(folder: Path, hub: Any) -> dict[str, list[str]]:
    """Of each kind ASKED, the same for the same texts."""
    import numpy as np  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    from personahub.store.vocabulary import counted  # noqa: PLC0415

    words = counted(hub.path / "words" / "personas.text.arrow", hub.words["personas"], "text", lambda _: None)
    known = [
        word
        for word in words.sort_by([("count", "descending"), ("word", "ascending")])["word"].to_pylist()
        if len(word) > 3
    ]
    dice = np.random.default_rng(5)
    rows = np.sort(dice.choice(hub.tables["personas"].count(), ASKED, replace=False))
    texts = [
        text.replace(",", " ").replace(".", " ").split()
        for text in hub.tables["personas"].take(rows, ["text"])["text"].to_pylist()
    ]
    starts = [int(dice.integers(0, len(text) - 1)) for text in texts]
    queries = {
        "frequent": known[:ASKED],
        "middle": known[len(known) // 50 :][:ASKED],
        "rare": known[len(known) // 2 :][:ASKED],
        "two words": [f"{text[0]} {text[-1]}" for text in texts],
        "phrase": [f'"{text[start]} {text[start + 1]}"' for text, start in zip(texts, starts, strict=True)],
    }
    (folder / "queries.json").write_text(json.dumps(queries))
    with pq.ParquetWriter(
        folder / "texts.parquet", pa.schema([pa.field("text", pa.string(), nullable=False)])
    ) as writer:
        for batch in hub.tables["personas"].scan(["text"], batch_rows=65_536):
            writer.write_batch(batch)
    return queries


def _timed(asked: Callable[[str], int], some: Sequence[str]) -> dict[str, object]:
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


def _tell(said: dict[str, object]) -> None:
    print(json.dumps({**said, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}), flush=True)


if __name__ == "__main__":
    main()
