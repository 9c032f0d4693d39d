"""One model at two endpoints, of which one is slower."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from bench_server import BenchServer, Watch
from commands import well
from peopled_hub import CONCURRENCY, asking, peopled
from promises import Line, Promise, head, row

LEAST = 0.95  # of the sum of the two alone


def measure(*, first_ms: float, second_ms: float, seconds: float, repeat: int) -> Iterator[Line]:
    yield head("turn", f"{first_ms:g} ms alone", f"{second_ms:g} ms alone", "sum", "both", "of the sum")
    shares = []
    for turn in range(1, repeat + 1):
        alone = [_rate([latency], seconds) for latency in (first_ms, second_ms)]
        both = _rate([first_ms, second_ms], seconds)
        shares.append(both / sum(alone))
        rates = (f"{rate:,.0f}" for rate in (*alone, sum(alone), both))
        yield row(turn, *rates, f"{shares[-1]:.3f}")
    yield ""
    yield Promise(
        f"two endpoints together give {LEAST:.0%} of what they give alone",
        f"{median(shares):.1%}, the middle one of {repeat}",
        median(shares) >= LEAST,
    )


def _rate(latencies: Sequence[float], seconds: float) -> float:
    """Answers a second, from the first request to the last answer."""
    with ExitStack() as open_:
        place = Path(open_.enter_context(tempfile.TemporaryDirectory()))
        rows = round(sum(CONCURRENCY / latency * 1000 * seconds for latency in latencies))
        hub = peopled(place, rows)
        servers = [open_.enter_context(BenchServer("--latency-ms", latency)) for latency in latencies]
        watches = [Watch(server) for server in servers]
        for watch in watches:
            watch.__enter__()
        well(*asking(hub, [server.url for server in servers]))
        for watch in watches:
            watch.__exit__()
        begun = min(at for watch in watches for at, counts in watch.moments if counts.requests)
        ended = max(
            next(at for at, counts in watch.moments if counts.answered == watch.moments[-1][1].answered)
            for watch in watches
        )
        return rows / (ended - begun)
