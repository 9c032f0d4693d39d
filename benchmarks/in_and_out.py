"""Records in and out of a hub: rows a second and peak memory, each step in a process of its own.

    python benchmarks/in_and_out.py --rows 1000000 --output benchmarks/results/in_and_out.md

Beside each step of ours stands what the same data costs pyarrow alone in the same run: its JSON reader into one Parquet
file, and that file into JSON lines; it has no ids, looks for no repeats and writes no card.
"""

import argparse
import filecmp
import json
import os
import platform
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import orjson
import pyarrow.json as pj
import pyarrow.parquet as pq

import personahub as ph

WORDS = [
    "nurse",
    "baker",
    "welder",
    "pilot",
    "teacher",
    "notary",
    "doctor",
    "farmer",
    "who",
    "counts",
    "twice",
    "loves",
    "jazz",
    "old",
    "maps",
    "boats",
    "and",
    "writes",
    "letters",
    "in",
    "small",
    "towns",
    "near",
    "the",
    "river",
    "with",
    "great",
    "patience",
    "for",
    "students",
    "of",
    "law",
    "medicine",
    "physics",
    "music",
]
ROWS: dict[str, Callable[[int, str], dict[str, object]]] = {
    "personas": lambda _, text: {"persona": text},
    "personas with 20 fields": lambda number, text: {
        "uuid": f"{number:032x}",
        "persona": text,
        "professional_persona": f"At work: {text}",
        **{f"{kind}_persona": f"{kind}: {text}" for kind in ("sports", "arts", "travel", "culinary", "family")},
        **{f"note_{place}": text[place : place + 40] for place in range(6)},
        "age": number % 90,
        "sex": "Female",
        "occupation": text.split()[1],
        "city": "Delft",
        "state": "ZH",
        "country": "NL",
    },
    "samples": lambda _, text: {
        "input persona": text,
        "synthesized text": f"{text} {text} {text} How many?",
        "description": "math",
    },
}


def write_rows(path: Path, kind: str, count: int) -> None:
    dice = random.Random(7)
    with path.open("wb") as file:
        for number in range(count):
            text = f"A {' '.join(dice.choices(WORDS, k=18))} {number}"
            file.write(orjson.dumps(ROWS[kind](number, text), option=orjson.OPT_APPEND_NEWLINE))


def take_in(source: Path, hub: Path) -> None:
    ph.open(hub).import_([source], task="bench")


def give(hub: Path, output: Path, what: str, form: str) -> None:
    ph.open(hub).export(what, output=output, format=form)


def arrow_in(source: Path, output: Path) -> None:
    pq.write_table(pj.read_json(source), output, compression="zstd")


def arrow_out(source: Path, output: Path) -> None:
    with output.open("wb") as file:
        for batch in pq.ParquetFile(source).iter_batches(8192):
            file.writelines(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in batch.to_pylist())


STEPS: dict[str, Callable[..., None]] = {"in": take_in, "out": give, "arrow in": arrow_in, "arrow out": arrow_out}


def child(words: list[str]) -> None:
    """One step; prints wall seconds, CPU seconds and peak memory in MB."""
    name, *rest = words
    paths = [Path(word) if os.sep in word else word for word in rest]
    start, spent = time.perf_counter(), time.process_time()
    STEPS[name](*paths)
    wall, cpu = time.perf_counter() - start, time.process_time() - spent
    # The peak of this process alone: what getrusage tells begins with that of the one that started it.
    peak = next(line for line in Path("/proc/self/status").read_text("ascii").splitlines() if line.startswith("VmHWM"))
    print(json.dumps([wall, cpu, int(peak.split()[1]) / 1024]))


def timed(*words: object) -> tuple[float, float, float]:
    command = [sys.executable, __file__, "--child", *map(str, words)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    wall, cpu, memory = json.loads(done.stdout.splitlines()[-1])
    return wall, cpu, memory


def measure(folder: Path, kind: str, count: int) -> list[str]:
    source, hub = folder / "rows.jsonl", folder / "my.hub"
    write_rows(source, kind, count)
    what = "samples" if kind == "samples" else "personas"
    steps: dict[str, tuple[object, ...]] = {
        "import": ("in", source, hub),
        "the same import again": ("in", source, hub),
        "export, .jsonl, original": ("out", hub, folder / "a.jsonl", what, "original"),
        "export, .parquet, full": ("out", hub, folder / "a.parquet", what, "full"),
        "export, folder, personahub": ("out", hub, folder / "a", what, "personahub"),
        "pyarrow: JSON to Parquet": ("arrow in", source, folder / "b.parquet"),
        "pyarrow: Parquet to JSON": ("arrow out", folder / "b.parquet", folder / "b.jsonl"),
    }
    lines = []
    for name, words in steps.items():
        wall, cpu, memory = timed(*words)
        lines.append(f"| {kind} | {name} | {count / wall:,.0f} | {count / cpu:,.0f} | {memory:,.0f} |")
        print(lines[-1], flush=True)
    same = filecmp.cmp(folder / "a.jsonl", source, shallow=False)
    lines.append(f"| {kind} | what came out is what went in, byte for byte | {'yes' if same else 'no'} | | |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--child", nargs="+")
    given = parser.parse_args()
    if given.child:
        child(given.child)
        return
    lines = []
    for kind in ROWS:
        folder = Path(tempfile.mkdtemp())
        try:
            lines += measure(folder, kind, given.rows)
        finally:
            shutil.rmtree(folder)
    page = [
        "# Records in and out",
        "",
        f"`python benchmarks/in_and_out.py --rows {given.rows}`; Python {platform.python_version()}, "
        f"{os.cpu_count()} cores. A process for each step, which starts it and loads its libraries; peak memory is its "
        "own. Rows a second by the clock, and by the CPU time of all threads.",
        "",
        "| rows | step | rows/s | rows/s of CPU | peak MB |",
        "|---|---|---|---|---|",
        *lines,
        "",
    ]
    if given.output:
        given.output.write_text("\n".join(page), "utf-8")


if __name__ == "__main__":
    main()
