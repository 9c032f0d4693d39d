"""The scenarios: which server, how much work, and what of it makes a row of the table."""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from clients import BARE, Client
from faults import drawn
from measuring import Measured, Work, measured
from offline_server import Endpoint

LATENCY_MS = 100
LIMIT = 300.0  # seconds for one measurement
SECOND_START = 120.0  # seconds after a kill until a client is taken to hang
SPEED_PROMPTS = {False: 20_000, True: 2_000}  # for a client that is slow, fewer
SPEED_CONCURRENCY = (64, 256, 1024)
RATE = 60  # requests a second in the scenario "limit"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Args:
    count: prompts, where not those of the scenario.
    concurrency: requests in flight, where not those of the scenario.
    repeat: measurements of which the middle one is shown.
    """

    clients: tuple[Client, ...]
    count: int | None
    concurrency: tuple[int, ...]
    repeat: int


@dataclass(frozen=True, slots=True)
class Scenario:
    """Args:
    about: what is done, for the page of results.
    columns: heads of the table.
    rows: the rows, one as soon as it is measured.
    """

    title: str
    about: str
    columns: tuple[str, ...]
    rows: Callable[[Wanted], Iterator[tuple[object, ...]]]


def _one(client: Client, settings: dict[str, object], count: int, concurrency: int) -> Measured:
    with tempfile.TemporaryDirectory() as folder, Endpoint(settings) as endpoint:
        return measured(client, endpoint, Work(count, concurrency, Path(folder), LIMIT))


def _middle(client: Client, settings: dict[str, object], count: int, concurrency: int, repeat: int) -> Measured:
    found = [_one(client, settings, count, concurrency) for _ in range(repeat)]
    return sorted(found, key=lambda one: one.span)[(repeat - 1) // 2]


def _end(seen: Measured) -> str:
    """A word on a client that did not come to its end as it should; nothing on the others."""
    if seen.ended == "hangs":
        return "hangs"
    return f"died: {seen.died.splitlines()[0][:80]}".replace("|", "/") if seen.died else ""


def _speed(wanted: Wanted) -> Iterator[tuple[object, ...]]:
    settings: dict[str, object] = {"latency-ms": LATENCY_MS}
    for concurrency in wanted.concurrency or SPEED_CONCURRENCY:
        bare = 0.0
        for client in wanted.clients:
            count = wanted.count or SPEED_PROMPTS[client.slow]
            seen = _middle(client, settings, count, concurrency, wanted.repeat)
            rate = len(seen.keys) / (seen.span or LIMIT)
            bare = rate if client.name == BARE else bare
            yield (
                client.name,
                concurrency,
                f"{count:,}",
                f"{rate:,.0f}",
                f"{rate / bare:.2f}" if bare else "",
                f"{(seen.cpu - seen.early_cpu) / count * 1000:.2f}",
                f"{seen.early_cpu:.1f}",
                f"{seen.peak:,.0f}",
                f"{seen.wall:.1f}",
                f"{len(seen.keys):,}",
                _end(seen),
            )


def _kill(wanted: Wanted) -> Iterator[tuple[object, ...]]:
    count, concurrency = wanted.count or 2_000, (wanted.concurrency or (64,))[0]
    for client in wanted.clients:
        settings: dict[str, object] = {"latency-ms": LATENCY_MS, "latency-sigma": 0.5}
        with tempfile.TemporaryDirectory() as folder, Endpoint(settings) as endpoint:
            first = measured(client, endpoint, Work(count, concurrency, Path(folder), LIMIT, kill_at=count // 2))
            again = measured(client, endpoint, Work(count, concurrency, Path(folder), SECOND_START))
        paid, twice = first.at_end.answered, again.at_end.twice
        yield (
            client.name,
            f"{paid:,}" if first.ended == "killed" else f"{paid:,} (not killed)",
            f"{twice:,}",
            f"{twice / paid:.1%}" if paid else "",
            f"{len(again.keys):,} of {count:,}",
            f"{again.wall:.1f}",
            _end(again),
        )


def _refused(wanted: Wanted) -> Iterator[tuple[object, ...]]:
    count, concurrency = wanted.count or 1_000, (wanted.concurrency or (64,))[0]
    hit = drawn("refused", 0.006, count)
    good = count - len(hit.keys)
    for client in wanted.clients:
        seen = _one(client, {"latency-ms": LATENCY_MS, **hit.settings}, count, concurrency)
        asked = seen.at_end.requests
        yield client.name, f"{len(seen.keys):,} of {good:,}", f"{asked:,}", f"{seen.wall:.1f}", _end(seen)


def _limit(wanted: Wanted) -> Iterator[tuple[object, ...]]:
    count, concurrency = wanted.count or 1_000, (wanted.concurrency or (256,))[0]
    ideal = max(count - RATE, RATE) / RATE
    for client in wanted.clients:
        seen = _one(client, {"latency-ms": LATENCY_MS, "limit-rps": RATE}, count, concurrency)
        sent_back = seen.at_end.requests - seen.at_end.answered
        rows = f"{len(seen.keys):,} of {count:,}"
        # Who gives up rows is not quick.
        share = f"{seen.span / ideal:.2f}" if len(seen.keys) == count else "-"
        yield client.name, f"{seen.span:.1f}", share, f"{sent_back:,}", rows, _end(seen)


def _cut_off(wanted: Wanted) -> Iterator[tuple[object, ...]]:
    count, concurrency = wanted.count or 500, (wanted.concurrency or (64,))[0]
    hit = drawn("length", 0.048, count)
    for client in wanted.clients:
        seen = _one(client, {"latency-ms": LATENCY_MS, **hit.settings}, count, concurrency)
        whole = len(seen.keys - hit.keys)
        # A client may hand over an answer less its label, so what is cut ends as the cut answer does.
        cut = {key for key in seen.keys & hit.keys if hit.texts[key].strip().endswith(seen.texts[key].strip())}
        yield (
            client.name,
            f"{len(cut)} of {len(hit.keys)}",
            f"{len((seen.keys & hit.keys) - cut)} of {len(hit.keys)}",
            f"{whole} of {count - len(hit.keys)}",
            f"{seen.at_end.requests:,}",
            f"{seen.wall:.1f}",
            _end(seen),
        )


def _stragglers(wanted: Wanted) -> Iterator[tuple[object, ...]]:
    count, concurrency = wanted.count or 2_000, (wanted.concurrency or (64,))[0]
    bare = 0.0
    for client in wanted.clients:
        settings: dict[str, object] = {"latency-ms": LATENCY_MS, "latency-sigma": 1.2}
        seen = _middle(client, settings, count, concurrency, wanted.repeat)
        bare = seen.span if client.name == BARE else bare
        share = f"{seen.span / bare:.2f}" if bare else ""
        yield client.name, f"{seen.span:.2f}", share, f"{len(seen.keys):,} of {count:,}", _end(seen)


SCENARIOS = {
    "speed": Scenario(
        "Speed",
        "Every answer takes 100 ms. Rows a second count from the first request in to the last answer out at the "
        "server; CPU is that of all processes of the client after its first request, the writing of its answers "
        "included; memory is the most that they held at once (PSS, looked at five times a second); wall is the whole "
        "command. A client that would take minutes for 20,000 prompts gets 2,000.",
        (
            "client",
            "in flight",
            "prompts",
            "rows/s",
            "of the bare loop",
            "CPU ms a row",
            "CPU s before the first",
            "peak MB",
            "wall s",
            "rows",
            "",
        ),
        _speed,
    ),
    "kill": Scenario(
        "Kill",
        "2,000 prompts, 64 in flight, answers after 100 ms in the mean, log-normal with sigma 0.5. `kill -9` to every "
        "process of the client when the server has answered half, then the same command again, "
        f"{SECOND_START:.0f} s at most. What was answered twice was paid for twice.",
        ("client", "answered at the kill", "answered twice", "of what was paid", "rows", "second start s", ""),
        _kill,
    ),
    "refused": Scenario(
        "Refused prompts",
        "1,000 prompts, 64 in flight, of which the server refuses six for good (HTTP 400). How many of the others are "
        "handed over, and how often the server was asked.",
        ("client", "good rows", "requests", "wall s", ""),
        _refused,
    ),
    "limit": Scenario(
        "Rate limit",
        f"1,000 prompts, 256 in flight, at an endpoint that takes {RATE} requests a second and sends the others back "
        "with HTTP 429 and Retry-After; each client tries again as often as it does by itself. Ideal is "
        f"(1,000 - {RATE}) / {RATE} s.",
        ("client", "span s", "of the ideal", "sent back", "rows", ""),
        _limit,
    ),
    "cut_off": Scenario(
        "Answers that are cut off",
        "500 prompts, 64 in flight, of which 24 are answered with finish_reason length, until they are asked for with "
        "more room. What is kept is told by its text.",
        ("client", "cut off and kept as good", "made whole", "other rows", "requests", "wall s", ""),
        _cut_off,
    ),
    "stragglers": Scenario(
        "Stragglers",
        "2,000 prompts, 64 in flight, answers after 100 ms in the mean, log-normal with sigma 1.2. What a client loses "
        "to the bare loop it waits for slow answers with empty slots.",
        ("client", "span s", "of the bare loop", "rows", ""),
        _stragglers,
    ),
}
