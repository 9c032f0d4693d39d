"""A hub of made personas and samples: rows in, the index of a field, searches, conditions and look-ups; and its peers.

python benchmarks/hub_search.py all 1_000_000 FOLDER [--peers PYTHON]     each of the following as a process of its own
python benchmarks/hub_search.py ingest FOLDER --rows 1_000_000             rows through Table.append, in batches
python benchmarks/hub_search.py index FOLDER                               the index of the personas' text
python benchmarks/hub_search.py ask FOLDER                                 searches; writes queries.json, texts.parquet
PYTHON benchmarks/search_peers.py FOLDER                                   the same of DuckDB, SQLite FTS5 and tantivy

PYTHON is one that has duckdb, tantivy and pyarrow, such as that of a scratch environment.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from search_peers import LIMIT, tell, timed

BATCH = 50_000  # rows of an append
ASKED = 40  # queries of a kind


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True)
    for verb in (all_, ingest, index, ask):
        added = verbs.add_parser(verb.__name__.rstrip("_"))
        added.set_defaults(verb=verb)
        if verb is all_:
            added.add_argument("rows", type=int)
            added.add_argument("--peers", type=Path)
        added.add_argument("folder", type=Path)
        if verb is ingest:
            added.add_argument("--rows", type=int, required=True)
            added.add_argument("--tables", nargs="+", default=["personas", "samples"], help="of these two")
    arguments = parser.parse_args()
    arguments.verb(arguments)


def all_(arguments: argparse.Namespace) -> None:
    mine = [sys.executable, __file__]
    commands = [[*mine, "ingest", str(arguments.folder), "--rows", str(arguments.rows)]]
    commands += [[*mine, verb, str(arguments.folder)] for verb in ("index", "ask")]
    if arguments.peers:
        commands.append([str(arguments.peers), str(Path(__file__).with_name("search_peers.py")), str(arguments.folder)])
    for command in commands:
        subprocess.run(command, check=True)


def ingest(arguments: argparse.Namespace) -> None:
    """Rows with ids that are there already cost the same: nothing is looked up here but what an append itself does."""
    import pyarrow as pa  # noqa: PLC0415 - not where peers run

    from personahub.hub import Folder  # noqa: PLC0415

    folder = Folder(arguments.folder / "made.hub")
    folder.create()
    for table in arguments.tables:
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
        tell({**told, "mb": size // 2**20, "arrow_mb": pa.total_allocated_bytes() // 2**20})


def index(arguments: argparse.Namespace) -> None:
    from personahub.hub import Folder  # noqa: PLC0415

    folder = Folder(arguments.folder / "made.hub")
    start, used = time.perf_counter(), time.process_time()
    with folder.writing():
        folder.words["personas"].index("text", lambda _: None)
    spent = {"wall_s": round(time.perf_counter() - start, 1), "cpu_s": round(time.process_time() - used, 1)}
    tell({"index": "personas.text", "rows": folder.words["personas"].rows, **spent})


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
        tell({"find": kind, **timed(found, some)})
        tell({"search": kind, **timed(listed, some)})
    both = [*queries["frequent"], *queries["two words"]]
    for where in ("hop = 0", "hop = 1 AND model IS NULL", "source = 'made-7'"):
        tell({"find where": where, **timed(partial(found, where=folder.condition("personas", where)), both)})
        tell({"search where": where, **timed(partial(listed, where=where), both)})
    ids = [
        row for batch in folder.tables["personas"].scan(["id"], batch_rows=200) for row in batch["id"].to_pylist()[:1]
    ]
    tell(
        {
            "look-up by id": len(ids),
            **timed(lambda name: len(folder.tables["personas"].lookup([name], ["text"])), ids[:300]),
        }
    )
    tell(
        {
            "all hits counted by hop": 1,
            **timed(lambda query: len(hub.search(query, facet=["hop"]).listed), queries["middle"][:5]),
        }
    )
    file = folder.path / "words" / "personas.text.arrow"
    starts = [query[:4] for query in queries["middle"]]
    tell(
        {
            "beginnings": len(starts),
            **timed(lambda start: len(beginning(file, words, "text", start, lambda _: None)), starts),
        }
    )


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


if __name__ == "__main__":
    main()
