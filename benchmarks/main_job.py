"""The main job on a folder of texts with the offline writer: time, memory and whether the reports add up.

    python benchmarks/main_job.py [FOLDER] [--limit 5000]

Each verb is a process of its own, as a person would run it, so its peak memory is its own.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[2] / "shared" / "data" / "web_text"
COMMAND = [sys.executable, "-m", "personahub"]


@dataclass(frozen=True, slots=True)
class Measured:
    """One verb: wall and CPU seconds, peak memory in MB, and its report."""

    wall: float
    cpu: float
    peak: float
    report: dict[str, Any]

    @property
    def line(self) -> str:
        tallies = self.report["tallies"].items()
        counts = ", ".join(f"{name} {tally['read']:,} = {tally['kept']:,}{_gone(tally)}" for name, tally in tallies)
        return f"| {self.report['verb']} | {self.wall:.1f} | {self.cpu:.1f} | {self.peak:,.0f} | {counts} |"


def _gone(tally: dict[str, Any]) -> str:
    assert tally["read"] == tally["kept"] + sum(tally["rejected"].values()), tally
    return "".join(f" + {count:,} {reason}" for reason, count in tally["rejected"].items())


def measured(*words: str) -> Measured:
    start = time.perf_counter()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen([*COMMAND, *words, "--json"], stdout=out)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{words[0]} ended with {process.returncode}")
        out.seek(0)
        report = json.load(out)
    return Measured(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, report)


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("folder", nargs="?", type=Path, default=DATA)
    arguments.add_argument("--limit", default="5000")
    given = arguments.parse_args()
    if not given.folder.is_dir():
        raise SystemExit(f"{given.folder} is not there: name a folder of texts")
    place = Path(tempfile.mkdtemp())
    hub, output = str(place / "my.hub"), str(place / "math.jsonl")
    steps = [
        ("extract", hub, str(given.folder), "--model", "offline"),
        ("extract", hub, str(given.folder), "--model", "offline"),
        ("expand", hub, "--hops", "2", "--model", "offline"),
        ("quality", hub),
        ("dedup", hub),
        ("synthesize", hub, "math", "--limit", given.limit, "--model", "offline"),
        ("export", hub, "math", "-o", output),
        ("stats", hub),
    ]
    print("| verb | wall s | CPU s | peak MB | rows |\n|---|---|---|---|---|", flush=True)
    for step in steps:
        print(measured(*step).line, flush=True)
    size = sum(file.stat().st_size for file in Path(hub).rglob("*") if file.is_file())
    print(f"\nhub on disk: {size / 2**20:,.0f} MB")
    shutil.rmtree(place)


if __name__ == "__main__":
    main()
