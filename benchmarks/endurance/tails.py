"""Answers whose time has a long tail, beside the bare loop that keeps every slot full."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench_server import BenchServer, Watch
from commands import well
from peopled_hub import CONCURRENCY, asking, peopled
from promises import Line, Promise, head, row

BARE = Path(__file__).parents[1] / "peers" / "aiohttp_driver.py"
MEAN_MS, SIGMA = 100, 1.2
MOST = 1.05  # of the bare loop's time


def measure(*, rows: int, repeat: int) -> Iterator[Line]:
    yield head("turn", "bare loop s", "personahub s", "of the bare loop")
    shares = []
    for turn in range(1, repeat + 1):
        bare, ours = _bare(rows, turn), _ours(rows, turn)
        shares.append(ours / bare)
        yield row(turn, f"{bare:.2f}", f"{ours:.2f}", f"{shares[-1]:.3f}")
    yield ""
    yield Promise(
        f"slow answers idle no slot: at most {MOST:g} of the bare loop's time",
        f"{median(shares):.3f}, the middle one of {repeat}",
        median(shares) <= MOST,
    )


def _server(turn: int) -> BenchServer:
    """The same latencies for both of a turn."""
    return BenchServer("--latency-ms", MEAN_MS, "--latency-sigma", SIGMA, "--fault-seed", turn)


def _bare(rows: int, turn: int) -> float:
    with tempfile.TemporaryDirectory() as scratch, _server(turn) as server:
        words = [server.url, str(rows), str(CONCURRENCY), str(Path(scratch) / "answers.jsonl")]
        with Watch(server) as watch:
            subprocess.run([sys.executable, str(BARE), *words], check=True, stdout=subprocess.DEVNULL)
        return watch.span


def _ours(rows: int, turn: int) -> float:
    with tempfile.TemporaryDirectory() as scratch, _server(turn) as server:
        hub = peopled(Path(scratch), rows)
        with Watch(server) as watch:
            well(*asking(hub, server.url))
        return watch.span
