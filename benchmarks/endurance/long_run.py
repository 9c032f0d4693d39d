"""A million requests in one run: what it holds in memory, and whether it slows down."""

import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from bench_server import BenchServer, Watch
from commands import Command, Ended
from peopled_hub import CONCURRENCY, accounts, asking, peopled
from promises import Line, Promise, head, row

SHORT = 10_000  # requests of the run that memory is compared with
MORE_MEMORY = 60.0  # MB
SLOWER = 0.10
LOOKS = 0.25  # seconds


@dataclass
class Seen:
    """Args:
    work: processor seconds of the client by answers of the server, taken together.
    """

    ended: Ended
    watch: Watch
    seconds: float
    work: list[tuple[int, float]] = field(default_factory=list)

    def tenth(self, number: int) -> tuple[float, float]:
        """Answers a second and processor milliseconds an answer in that tenth of the answers, from 0."""
        total = self.watch.moments[-1][1].answered
        ends = [total * number / 10, total * (number + 1) / 10]
        start, end = np.interp(ends, *_up_to([(one.answered, at) for at, one in self.watch.moments]))
        first, last = np.interp(ends, *_up_to(self.work))
        return (ends[1] - ends[0]) / (end - start), (last - first) / (ends[1] - ends[0]) * 1000


def measure(*, count: int, hub: str) -> Iterator[Line]:
    if hub:
        Path(hub).parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=Path(hub).parent if hub else None) as scratch:
        place = Path(scratch)
        small_hub = peopled(place / "small", min(SHORT, count))
        small = _run(small_hub)
        large_hub = _large(place / "large", count, hub)
        large = _run(large_hub)
        found = accounts(large_hub)
        yield head("requests", "seconds", "a second", "peak MB", "hub MB")
        for seen, where in ((small, small_hub), (large, large_hub)):
            answered = seen.watch.moments[-1][1].answered
            rate = f"{answered / seen.seconds:,.0f}"
            yield row(f"{answered:,}", f"{seen.seconds:,.1f}", rate, f"{seen.ended.peak:,.0f}", f"{_size(where):,.0f}")
        yield "\n" + head("tenth", "answers a second", "CPU ms an answer")
        tenths = [large.tenth(number) for number in range(10)]
        for number, (rate_of, cpu) in enumerate(tenths, 1):
            yield row(number, f"{rate_of:,.0f}", f"{cpu:.3f}")
        yield ""
        more = large.ended.peak - small.ended.peak
        yield Promise(
            f"{count:,} requests take at most {MORE_MEMORY:g} MB more", f"{more:+.0f} MB", more <= MORE_MEMORY
        )
        change = tenths[-1][0] / tenths[0][0] - 1
        yield Promise(
            f"the last tenth is as fast as the first, within {SLOWER:.0%}",
            f"{change:+.1%}; in processor time {tenths[-1][1] / tenths[0][1] - 1:+.1%}",
            change >= -SLOWER,
        )
        yield Promise("each row is there once", f"exit code {large.ended.code}; {found}", found.add_up)


def _large(place: Path, count: int, hub: str) -> Path:
    """A hub of so many people: a copy of the one that is kept, which is made where it is not there yet."""
    if not hub:
        return peopled(place, count)
    kept = Path(hub)
    if not kept.exists():
        peopled(kept.parent, count, kept.name)
    place.mkdir()
    shutil.copy(kept.parent / "bench.md", place)
    return Path(shutil.copytree(kept, place / "my.hub"))


def _run(hub: Path) -> Seen:
    with BenchServer() as server, Watch(server, LOOKS) as watch:
        command = Command(*asking(hub, server.url, concurrency=CONCURRENCY))
        work: list[tuple[int, float]] = [(0, 0.0)]
        last = time.monotonic()

        def look() -> None:
            nonlocal last
            if time.monotonic() - last >= LOOKS and (cpu := command.cpu) and watch.moments:
                last = time.monotonic()
                work.append((watch.moments[-1][1].answered, cpu))

        ended = command.ended(look)
    if ended.code:
        raise SystemExit(f"synthesize ended with {ended.code}: {ended.said[-600:]}")
    return Seen(ended, watch, ended.seconds, work)


def _up_to(seen: Sequence[tuple[int, float]]) -> tuple[list[int], list[float]]:
    """Counts and what belongs to each, less what was seen after the last answer: the upkeep at the end is no answer."""
    end = next(place for place, (count, _) in enumerate(seen) if count == seen[-1][0])
    counts, values = zip(*seen[: end + 1], strict=True)
    return list(counts), list(values)


def _size(folder: Path) -> float:
    """MB."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20
