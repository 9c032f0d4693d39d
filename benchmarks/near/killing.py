"""A join that is killed again and again, and goes on with other limits each time: is what it finds the same?"""

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from hashlib import blake2b
from pathlib import Path

from corpus.personas import Corpus

from personahub.joins import reading, work
from personahub.joins.found import Found
from personahub.joins.near import Near

SCRIPT = Path(__file__).parents[1] / "near_duplicates.py"
_SEGMENT, _GROUP = 32, 1 << 19  # marks closer than they are, so that a short run is gone on with in its middle
_LIMITS = ("0", "10GB", "1GB", "26", "14")  # of the disk; below 100, bytes a record
_MEMORY = (2 * 10**9, 10**9, 3 * 10**8, 5 * 10**7)


def piece(arguments: argparse.Namespace) -> None:
    """A join in a process of its own, which somebody may kill; prints a digest of what it found."""
    reading.SEGMENT, work.GROUP = _SEGMENT, _GROUP
    corpus = Corpus(arguments.rows)
    near = Near(
        workers=arguments.workers,
        memory_limit=arguments.memory_limit,
        disk_limit=arguments.disk_limit or None,
        key=bytes(range(40)),
    )
    print("ready", flush=True)
    found = near(corpus, rows=corpus.rows, folder=arguments.folder)
    print(json.dumps({"digest": digest(found), "passes": found.passes}), flush=True)


def digest(found: Found) -> str:
    """Of every column of every row, in their order."""
    told = [blake2b(digest_size=16) for _ in range(6)]
    for first, batches in ((0, found.equal()), (2, found.pairs())):
        for batch in batches:
            for number, column in enumerate(batch.columns):
                told[first + number].update(column.to_numpy().tobytes())
    return "".join(one.hexdigest() for one in told)


def kills(arguments: argparse.Namespace) -> None:
    dice = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        began = time.perf_counter()
        whole, _ = _finished(_started(arguments.rows, folder / "whole", 2, 2 * 10**9, 0))
        took = time.perf_counter() - began
        killed, finished, passes, wrong = 0, 0, Counter[int](), 0
        stood: Counter[str] = Counter()
        while killed < arguments.kills:
            disk = dice.choice(_LIMITS)
            limit = int(disk) * arguments.rows if disk.isdigit() else 10**9 * int(disk[:-2])
            child = _started(arguments.rows, folder / "join", dice.randint(1, 3), dice.choice(_MEMORY), limit)
            try:
                child.wait(dice.uniform(0.2, took))
            except subprocess.TimeoutExpired:
                child.send_signal(signal.SIGKILL)
                child.communicate()
                killed += 1
                stood[_stood(folder / "join")] += 1
                continue
            found, many = _finished(child)
            finished += 1
            passes[many] += 1
            wrong += found != whole
            for file in (folder / "join").iterdir():
                file.unlink()
        found, many = _finished(_started(arguments.rows, folder / "join", 2, 2 * 10**9, 0))
        passes[many] += 1
        wrong += found != whole
        left = sorted({file.name.split("-")[0].split(".")[0] for file in (folder / "join").iterdir()})
    print(f"{killed} kills of joins over {arguments.rows:,} records, limits and workers drawn anew each time")
    print(f"{finished + 1} came to their end, in passes {dict(sorted(passes.items()))}; {wrong} differ")
    print(f"killed behind {dict(stood.most_common())}; left in the folder: {', '.join(left)}")
    sys.exit(wrong > 0)


def _started(rows: int, folder: Path, workers: int, memory: int, disk: int) -> "subprocess.Popen[str]":
    command = [sys.executable, str(SCRIPT), "piece", str(folder), "--rows", str(rows), "--workers", str(workers)]
    command += ["--memory-limit", str(memory), "--disk-limit", str(disk)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert child.stdout
    child.stdout.readline()
    return child


def _finished(child: "subprocess.Popen[str]") -> tuple[str, int]:
    out, _ = child.communicate()
    if child.returncode:
        sys.exit(f"a join failed with {child.returncode}")
    told = json.loads(out)
    return told["digest"], told["passes"]


def _stood(folder: Path) -> str:
    """The phase that was last marked."""
    try:
        marks = json.loads((folder / "join.json").read_bytes().split(b"\n", 1)[1])
    except (FileNotFoundError, IndexError):
        return "nothing"
    begun = (marks.get("begun") or {}).get("phase", "")
    done = [name for name in marks if "-" in name]
    return f"part of {begun.split('-')[0]}" if begun else f"{len(done)} phases" if done else "survey"
