"""An endpoint that lets so many requests a second in: how much slower than that it goes, and how much is sent back."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench_server import BenchServer, Watch
from commands import well
from peopled_hub import asking, peopled
from promises import Line, Promise, head, row

LATENCY_MS = 100
MOST_TIME = 1.05  # of the ideal
MOST_SENT_BACK = 0.01  # of the requests


def measure(*, rate: int, rows: int, concurrency: int) -> Iterator[Line]:
    ideal = (rows - rate) / rate
    yield head("headers", "in flight at most", "span s", "of the ideal", "requests", "sent back", "share", "good rows")
    promises = []
    for headers in (True, False):
        for most in (concurrency, None):
            with tempfile.TemporaryDirectory() as scratch:
                hub = peopled(Path(scratch), rows)
                words = [] if headers else ["--no-limit-headers"]
                with BenchServer("--latency-ms", LATENCY_MS, "--limit-rps", rate, *words) as server:
                    with Watch(server) as watch:
                        ended = well(*asking(hub, server.url, concurrency=most))
                    counts = server.counts()
            time, back = watch.span / ideal, counts.faults.get("limited", 0) / counts.requests
            kept = ended.report["tallies"]["samples"]["kept"]
            how = "with" if headers else "without"
            sent_back = counts.faults.get("limited", 0)
            place = f"{most} in flight" if most else "a number of its own finding"
            figures = (
                f"{watch.span:.1f}",
                f"{time:.2f}",
                f"{counts.requests:,}",
                sent_back,
                f"{back:.1%}",
                f"{kept:,}",
            )
            yield row(how, most or "its own finding", *figures)
            promises.append(
                Promise(
                    f"{how} headers and with {place}: at most {MOST_TIME:g} of the ideal time and "
                    f"{MOST_SENT_BACK:.0%} sent back, and every row",
                    f"{time:.2f}, {back:.1%}, {kept:,} rows",
                    time <= MOST_TIME and back <= MOST_SENT_BACK and kept == rows,
                )
            )
    yield ""
    yield from promises
