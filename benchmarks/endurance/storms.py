"""An endpoint that turns everybody away for a while, or is not there at all, in the middle of a run."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench_server import BenchServer, Watch
from commands import Command, Ended
from peopled_hub import CONCURRENCY, Accounts, accounts, asking, peopled
from promises import Line, Promise

LATENCY_MS = 100
BEFORE = 6.0  # seconds of undisturbed work
AFTER = 12.0  # seconds of work left at the end of it
STEADY = 4.0  # seconds before it, by which "as fast as before" is measured
BURST = 0.3  # seconds in which what was sent before the first refusal came back may still arrive
NEAR = 0.08  # seconds: one look at the server and the way there
RECOVERED = 0.9  # of the rate before
RECOVERY_SECONDS = 5.0


def measure(*, storm_s: float, retry_after: float, down_s: float) -> Iterator[Line]:
    yield from _storm(storm_s, retry_after)
    yield from _down(down_s)


def _storm(storm_s: float, retry_after: float) -> Iterator[Line]:
    with _Disturbed() as run:
        run.server.behave(faults="429_after=1", retry_after=retry_after)
        start, at_start = time.monotonic(), run.server.counts()
        time.sleep(storm_s)
        run.server.behave(faults="")
        end = time.monotonic()
        ended, found = run.finished()
    met = run.watch.moments[-1][1].faults.get("429_after", 0)
    bound = storm_s / retry_after + max(at_start.in_flight, CONCURRENCY)
    gaps = _gaps(run.watch, start, end)
    yield f"{storm_s:g} s of HTTP 429 with Retry-After: {retry_after:g}; before it {run.rate:,.0f} answers a second.\n"
    yield Promise(
        "in the storm there are at most as many requests as waits fit into it and were in flight",
        f"{met} of at most {bound:.0f}",
        met <= bound,
    )
    yield Promise(
        "nothing is sent before its time",
        f"shortest time between two requests {min(gaps):.2f} s, {len(gaps)} times" if gaps else "nothing was sent",
        all(gap >= retry_after - NEAR for gap in gaps),
    )
    yield _recovery(run, end, "the storm")
    yield _no_row_lost(ended, found, "the storm")


def _down(down_s: float) -> Iterator[Line]:
    with _Disturbed() as run:
        run.server.behave(down_s=down_s)
        time.sleep(down_s)
        end = time.monotonic()
        ended, found = run.finished()
    yield f"\n{down_s:g} s in which every connection is reset; before it {run.rate:,.0f} answers a second.\n"
    yield _no_row_lost(ended, found, "an endpoint that is down")
    yield Promise(
        "it goes on when the endpoint is back",
        f"the first second at {RECOVERED:.0%} of the rate began {_back_after(run, end):.1f} s after that",
        True if _back_after(run, end) < float("inf") else None,
    )


class _Disturbed:
    """A run that has worked for a while and has a while to go."""

    def __enter__(self) -> "_Disturbed":
        self._scratch = tempfile.TemporaryDirectory()
        rows = round(CONCURRENCY / LATENCY_MS * 1000 * (BEFORE + AFTER))
        self._hub = peopled(Path(self._scratch.name), rows)
        self.server = BenchServer("--latency-ms", LATENCY_MS)
        self.watch = Watch(self.server)
        self.watch.__enter__()
        self._command = Command(*asking(self._hub, self.server.url))
        while not self.server.counts().answered:
            time.sleep(0.02)
        time.sleep(BEFORE)
        self.rate = self.watch.rate(time.monotonic() - STEADY, STEADY)
        return self

    def finished(self) -> tuple[Ended, Accounts]:
        ended = self._command.ended()
        return ended, accounts(self._hub)

    def __exit__(self, *_: object) -> None:
        self._command.kill()
        self.watch.__exit__()
        self.server.__exit__()
        self._scratch.cleanup()


def _gaps(watch: Watch, start: float, end: float) -> list[float]:
    """Seconds between the requests of the storm, from the last of its first burst on."""
    last, gaps, before = start, [], 0
    for at, counts in watch.moments:
        if counts.requests > before and start < at < end:
            if at > start + BURST:
                gaps.append(at - last)
            last = at
        before = counts.requests
    return gaps


def _recovery(run: _Disturbed, end: float, what: str) -> Promise:
    seconds = _back_after(run, end)
    return Promise(
        f"it is as fast as before within {RECOVERY_SECONDS:g} s of the end of {what}",
        f"the first second at {RECOVERED:.0%} of the rate began after {seconds:.1f} s",
        seconds <= RECOVERY_SECONDS,
    )


def _back_after(run: _Disturbed, end: float) -> float:
    last = run.watch.moments[-1][0] - 1.0
    after = 0.0
    while end + after < last:
        if run.watch.rate(end + after, 1.0) >= RECOVERED * run.rate:
            return after
        after += 0.1
    return float("inf")


def _no_row_lost(ended: Ended, found: Accounts, what: str) -> Promise:
    whole = ended.code == 0 and found.add_up and not found.rejected
    return Promise(f"{what} costs no row", f"exit code {ended.code}; {found}", whole)
