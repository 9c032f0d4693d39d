"""What it costs to look after a hub: check, compact, stats, show and merge, each in a process of its own.

    python benchmarks/upkeep.py [--rows 1000000] [--hub FOLDER]

The hub has so many personas, appended in portions as a run does, a third as many samples, verdicts on every fifth
persona. `stats` is also timed with every reason looked up, as it was before, and `show` with and without the indexes
that compaction makes.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

import personahub as ph
from personahub.hub import Folder
from personahub.schema import PERSONAS, SAMPLES, VERDICTS
from personahub.store import drops
from personahub.text import content_id

PORTION = 8192
RUN = "0" * 32
SHOWN = 40  # records


def _ids(first: int, count: int) -> list[str]:
    return [content_id(f"person {n}, who knows what {n % 977} others do not know") for n in range(first, first + count)]


def _personas(first: int, count: int) -> pa.Table:
    texts = [f"person {n}, who knows what {n % 977} others do not know" for n in range(first, first + count)]
    whole = {"origin": "relation", "relation": "neighbour", "hop": 1, "template": "t@1", "model": "none", "run": RUN}
    columns = {
        "id": _ids(first, count),
        "text": texts,
        "source": [_ids(n // 3, 1)[0] for n in range(first, first + count)],
    }
    return (
        pa.table({**columns, **{name: [value] * count for name, value in whole.items()}})
        .select(PERSONAS.names)
        .cast(PERSONAS)
    )


def _samples(first: int, count: int) -> pa.Table:
    people, texts = _ids(first, count), [f"How many of {n} know it?" for n in range(first, first + count)]
    whole = {
        "task": "math",
        "persona": "a person",
        "description": "problem",
        "template": "t@1",
        "model": "none",
        "run": RUN,
    }
    columns = {
        "id": [content_id("math", *pair) for pair in zip(people, texts, strict=True)],
        "persona_id": people,
        "text": texts,
    }
    return (
        pa.table({**columns, **{name: [value] * count for name, value in whole.items()}})
        .select(SAMPLES.names)
        .cast(SAMPLES)
    )


def _verdicts(ids: list[str]) -> pa.Table:
    whole = {"table": "personas", "kind": "quality", "reason": "too_short", "run": "1" * 32}
    columns = {"id": ids, "other": pa.nulls(len(ids)), "score": pa.nulls(len(ids))}
    return (
        pa.table({**columns, **{name: [value] * len(ids) for name, value in whole.items()}})
        .select(VERDICTS.names)
        .cast(VERDICTS)
    )


def make(folder: Folder, rows: int) -> None:
    folder.create()
    with folder.writing():
        for first in range(0, rows, PORTION):
            folder.tables["personas"].append(_personas(first, min(PORTION, rows - first)))
        for first in range(0, rows // 3, PORTION):
            folder.tables["samples"].append(_samples(first, min(PORTION, rows // 3 - first)))
        told = (_ids(first, min(PORTION, rows - first))[::5] for first in range(0, rows, PORTION))
        folder.judge("personas", "quality", "1" * 32, map(_verdicts, told))


def show(hub: ph.Hub) -> dict[str, float]:
    dice, times = random.Random(0), []
    rows = Folder(hub.path).tables["personas"].count()
    for _ in range(SHOWN):
        name = _ids(dice.randrange(rows), 1)[0]
        start = time.perf_counter()
        hub.show(name[: dice.choice((12, 32))])
        times.append(1000 * (time.perf_counter() - start))
    times.sort()
    return {"p50 ms": times[SHOWN // 2], "p95 ms": times[int(SHOWN * 0.95)]}


def by_lookups(hub: ph.Hub) -> object:
    drops.MOST = 0
    return hub.stats()


WORK: dict[str, Callable[[ph.Hub], object]] = {
    "show, as it is appended": show,
    "stats": lambda hub: hub.stats(),
    "stats, reasons looked up": by_lookups,
    "check": lambda hub: hub.check(),
    "compact": lambda hub: hub.compact(keep_hours=0),
    "compact again": lambda hub: hub.compact(keep_hours=0),
    "show": show,
    "check, compacted": lambda hub: hub.check(),
    "merge into a new hub": lambda hub: ph.open(hub.path.with_suffix(".merged")).merge(hub.path),
    "merge again": lambda hub: ph.open(hub.path.with_suffix(".merged")).merge(hub.path),
}


def one(work: str, hub: Path) -> None:
    opened = ph.open(hub)
    Folder(hub).tables["personas"].count()  # the library is imported before the time begins
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    found = WORK[work](opened)
    seconds = time.perf_counter() - start
    assert not getattr(found, "wrong", False), found
    told = {"s": seconds, "MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MB before": before / 1024}
    print(json.dumps({**told, **(found if isinstance(found, dict) else {})}))


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--hub", type=Path)
    arguments.add_argument("--child", choices=list(WORK))
    given = arguments.parse_args()
    if given.child:
        one(given.child, given.hub)
        return
    with tempfile.TemporaryDirectory() as place:
        hub = given.hub or Path(place) / "my.hub"
        if not hub.exists():
            start = time.perf_counter()
            make(Folder(hub), given.rows)
            print(f"{given.rows:,} personas made in {time.perf_counter() - start:.0f} s\n", flush=True)
        print("| work | s | peak MB | of it before | |\n|---|---|---|---|---|", flush=True)
        for work in WORK:
            command = [sys.executable, __file__, "--child", work, "--hub", str(hub)]
            told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            files = sum(1 for path in hub.rglob("*") if path.is_file())
            size = sum(path.stat().st_size for path in hub.rglob("*") if path.is_file())
            more = ", ".join(f"{name} {told[name]:.1f}" for name in told if name.startswith("p"))
            more = more or f"{files:,} files, {size / 1e6:,.0f} MB"
            print(f"| {work} | {told['s']:.2f} | {told['MB']:.0f} | {told['MB before']:.0f} | {more} |", flush=True)


if __name__ == "__main__":
    main()
