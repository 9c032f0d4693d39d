"""The disk is full again and again, each time in the middle of the work, on a tmpfs of a few megabytes."""

import os
import random
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from bench_server import BenchServer
from commands import Ended, ran
from killing import GROUP, opens, verified
from peopled_hub import CONCURRENCY, accounts, asking, peopled
from promises import Line, Promise

FIRST = 64 * 2**20  # bytes, in which the hub of people has room
ROOM = 256 * 2**20  # at the end
FULL = 5  # exit code
LEAST = 0.05  # of the largest step: some leave hardly room to begin


def measure(*, fills: int, rows: int, step_kb: int, seed: int) -> Iterator[Line]:
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        if problem := _tmpfs(place, "mount", "-t", "tmpfs", "-o", f"size={FIRST}", "tmpfs"):
            yield Promise("a full disk stops a run and loses nothing", f"no tmpfs can be mounted here: {problem}", None)
            return
        try:
            yield from _filled(place, fills, rows, step_kb * 1024, random.Random(seed))
        finally:
            subprocess.run(["umount", str(place)], check=True)


def _filled(place: Path, fills: int, rows: int, step: int, dice: random.Random) -> Iterator[Line]:
    with BenchServer("--latency-ms", 5) as server:
        hub = peopled(place, rows)
        words = asking(hub, server.url)
        endings: list[Ended] = []
        while len(endings) < fills:
            _resize(place, _used(place) + round(step * dice.uniform(LEAST, 1.0)))
            ended = ran(*words)
            if not ended.code:
                raise SystemExit(f"all was done after {len(endings)} times; give more --rows or a smaller --step-kb")
            endings.append(ended)
        _resize(place, ROOM)
        last = ran(*words)
        counts, found, journal = server.counts(), accounts(hub), verified(hub / "journal")
        codes = Counter(ended.code for ended in endings)
        yield (
            f"{fills} times full, each time with up to {step // 1024:,} kB more; exit codes {dict(codes)}, then "
            f"{last.code}. What was said:\n"
        )
        yield from _sentences(endings, place)
        yield Promise(
            "a full disk ends a run with exit code 5 and one sentence",
            f"{sum(_as_promised(ended) for ended in endings)} of {fills}",
            all(map(_as_promised, endings)),
        )
        yield Promise(
            "with room again the same command goes on, and nothing is lost or doubled",
            f"exit code {last.code}; {found}; {journal.records:,} records, {journal.damaged} damaged",
            last.code == 0 and found.add_up and opens(hub / "journal") and not journal.damaged,
        )
        bound = fills * (CONCURRENCY + GROUP)
        yield Promise(
            "what is paid twice is at most what was in flight and a group for each time",
            f"{counts.answered_twice:,} of at most {bound:,}",
            counts.answered_twice <= bound,
        )


def _as_promised(ended: Ended) -> bool:
    return ended.code == FULL and ended.is_one_sentence


def _sentences(endings: list[Ended], place: Path) -> Iterator[str]:
    for said, count in Counter(ended.said.strip().replace(str(place), "") for ended in endings).most_common(5):
        yield f"    {count} x {said[-400:]}"
    yield ""


def _used(place: Path) -> int:
    found = os.statvfs(place)
    return (found.f_blocks - found.f_bfree) * found.f_frsize


def _resize(place: Path, size: int) -> None:
    if problem := _tmpfs(place, "mount", "-o", f"remount,size={size}"):
        raise SystemExit(f"the tmpfs cannot be given {size:,} bytes: {problem}")


def _tmpfs(place: Path, *words: str) -> str:
    """What kept it from being mounted so; "" where nothing did."""
    try:
        ended = subprocess.run([*words, str(place)], capture_output=True, text=True, check=False)
    except OSError as error:
        return str(error)
    return ended.stderr.strip() if ended.returncode else ""
