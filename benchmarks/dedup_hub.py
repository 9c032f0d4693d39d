"""`personahub dedup` of a hub that grew: what is new against all, and from scratch; and what each part of it costs.

python benchmarks/dedup_hub.py [1_000_000] [--new 10_000] [--folder FOLDER]
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import pyarrow as pa
from corpus.personas import Corpus

import personahub
from personahub.dedup.search import Search
from personahub.dedup.surveyed import Records
from personahub.hub import Folder
from personahub.joins.near import Near
from personahub.schema import PERSONAS
from personahub.store.packing import FRAGMENT_ROWS
from personahub.store.table import Table
from personahub.text import content_id

WORDS = 13, 23
LONG = 30  # of a thousand records, with 24 to 40 words
PARTS: dict[str, tuple[type, tuple[str, ...]]] = {
    "survey": (Records, ("survey",)),
    "join": (Near, ("__call__", "more")),
    "connections": (Search, ("connected",)),
    "texts at random": (Records, ("text",)),
    "verdicts to the disk": (Table, ("append",)),
    "upkeep of the tables": (Table, ("tidy",)),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--new", type=int, default=10_000)
    parser.add_argument("--folder", type=Path, help="where hubs are made; a temporary folder where not given")
    parser.add_argument("--hub", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--incremental", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.hub:
        print(json.dumps(measured(arguments.hub, incremental=arguments.incremental or None)))
        return
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        grown, scratch = Path(name) / "grown.hub", Path(name) / "scratch.hub"
        rows, end = arguments.rows, arguments.rows + arguments.new
        peopled(grown, 0, 20_000)
        dedup(grown, "--incremental")  # the compiler's caches
        peopled(grown, 20_000, 20_100)
        dedup(grown)
        people = {"grown": grown.with_name("my.hub"), "scratch": scratch}
        peopled(people["grown"], 0, rows)
        print(heads := "| search | " + " | ".join([*HEADS, *PARTS]) + " |")
        print("|" + "---|" * (heads.count("|") - 1))
        show("the first, --incremental", dedup(people["grown"], "--incremental"))
        peopled(people["grown"], rows, end)
        show(f"{arguments.new:,} more", dedup(people["grown"]))
        peopled(people["scratch"], 0, end)
        show("all from scratch", dedup(people["scratch"]))
        held = [verdicts(path) for path in people.values()]
        print(f"\nThe same {held[1][0]:,} verdicts: {held[0] == held[1]}.")


HEADS = ("wall s", "CPU s", "peak MB", "bytes kept a record")


def peopled(path: Path, first: int, end: int) -> None:
    """Records straight into the table, as an import makes them."""
    folder, at = Folder(path), 0
    folder.create()
    with folder.writing():
        for part in Corpus(end, 1, *WORDS, LONG)():
            texts = part.slice(max(first - at, 0)).to_pylist()
            at += len(part)
            number = at - len(texts)
            for start in range(0, len(texts), FRAGMENT_ROWS):
                some = texts[start : start + FRAGMENT_ROWS]
                columns: dict[str, Any] = {name: [None] * len(some) for name in PERSONAS.names}
                # of a text that is there twice, too, each has an id of its own, as records of a hub have
                named = [content_id("persona", str(number + place), text) for place, text in enumerate(some, start)]
                columns |= {"id": named, "text": some}
                columns |= {"origin": ["import"] * len(some), "hop": [0] * len(some), "run": ["bench"] * len(some)}
                folder.tables["personas"].append(pa.table(columns, schema=PERSONAS))


def dedup(hub: Path, *words: str) -> dict[str, Any]:
    command = [sys.executable, __file__, "--hub", str(hub), *words]
    told: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return told


def measured(hub: Path, *, incremental: bool | None) -> dict[str, Any]:
    took: Counter[str] = Counter()
    for name, (part, methods) in PARTS.items():
        for method in methods:
            setattr(part, method, timed(getattr(part, method), name, took))
    start, cpu = time.perf_counter(), time.process_time()
    report = personahub.open(hub).dedup(incremental=incremental)
    kept = sum(file.stat().st_size for file in (hub / "work").rglob("*") if file.is_file()) if hub.exists() else 0
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    told = [time.perf_counter() - start, time.process_time() - cpu, used, kept / report.tallies["personas"].read]
    return {"told": told, "parts": [took[name] for name in PARTS], "notes": report.notes}


def timed(method: Callable[..., Any], name: str, took: Counter[str]) -> Callable[..., Any]:
    @wraps(method)
    def call(*given: Any, **named: Any) -> Any:
        start = time.perf_counter()
        try:
            return method(*given, **named)
        finally:
            took[name] += time.perf_counter() - start  # type: ignore[assignment]  # seconds

    return call


def show(name: str, told: dict[str, Any]) -> None:
    wall, cpu, peak, kept = told["told"]
    parts = " | ".join(f"{seconds:.2f}" for seconds in told["parts"])
    print(f"| {name} | {wall:.1f} | {cpu:.1f} | {peak:.0f} | {kept:.0f} | {parts} |", flush=True)


def verdicts(hub: Path) -> tuple[int, int]:
    """How many current ones there are, and a number that follows from all of them, whatever their order."""
    count, total = 0, 0
    for batch in Folder(hub).standing("personas", "duplicate", ["id", "other", "score"]):
        for row in zip(*(batch[name].to_pylist() for name in batch.schema.names), strict=True):
            count, total = count + 1, total ^ int(content_id(*map(str, row)), 16)
    return count, total


if __name__ == "__main__":
    main()
