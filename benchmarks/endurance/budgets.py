"""Limits that a person sets: requests, tokens, money."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson
from bench_server import BenchServer, Counts
from commands import Ended, ran
from peopled_hub import CONCURRENCY, MODEL, Accounts, accounts, asking, peopled
from promises import Line, Promise, head, row

from personahub.models.journal import log

SPENT = 6  # exit code
PROMPT_PRICE, COMPLETION_PRICE = 2.5, 10.0  # US dollars for a million tokens
LATENCY_MS = 50
FAILING = "500=0.05"  # where requests are counted, so that further tries are counted as well


@dataclass(frozen=True, slots=True)
class Spent:
    """What a journal holds, in all and at most for one request."""

    tokens: int
    most_tokens: int
    cost: float
    most_cost: float


def measure(*, rows: int, requests: int, tokens: int, cost: float) -> Iterator[Line]:
    yield head("limit", "exit code", "spent", "of", "over", "over at most", "then", "answered twice")
    promises: list[Promise] = []
    with tempfile.TemporaryDirectory() as scratch:
        for name, limit in (("max-requests", requests), ("max-total-tokens", tokens), ("max-cost", cost)):
            place = Path(scratch) / name
            line, some = _limited(place, name, limit, rows)
            yield line
            promises += some
    yield ""
    yield from promises


def _limited(place: Path, name: str, limit: float, rows: int) -> tuple[str, list[Promise]]:
    faults = ["--faults", FAILING] if name == "max-requests" else []
    with BenchServer("--latency-ms", LATENCY_MS, *faults) as server:
        hub = peopled(place, rows)
        prices = place / "prices.toml"
        prices.write_text(f'["{MODEL}"]\nprompt = {PROMPT_PRICE}\ncompletion = {COMPLETION_PRICE}\n', "utf-8")
        words = asking(hub, server.url, "--prices", prices)
        first = ran(*words, f"--{name}", limit)
        counts, spent = server.counts(), _spent(hub)
        last = ran(*words)
        after, found = server.counts(), accounts(hub)
    used, most = {
        "max-requests": (float(counts.requests), float(CONCURRENCY)),
        "max-total-tokens": (float(spent.tokens), float(CONCURRENCY * spent.most_tokens)),
        "max-cost": (spent.cost, CONCURRENCY * spent.most_cost),
    }[name]
    over = max(used - limit, 0.0)
    cells = (first.code, f"{used:,.6g}", f"{limit:,.6g}", f"{over:,.4g}", f"{most:,.4g}", last.code)
    return row(f"`--{name}`", *cells, after.answered_twice), [
        Promise(
            f"`--{name}` ends a run with exit code {SPENT}, at most by what was in flight too late",
            f"exit code {first.code}, {over:,.4g} over, of at most {most:,.4g}; at least {limit:,.6g} were used",
            first.code == SPENT and over <= most and used >= 0.9 * limit,
        ),
        _goes_on(last, after, found),
    ]


def _goes_on(last: Ended, after: Counts, found: Accounts) -> Promise:
    return Promise(
        "the same command without a limit finishes, and nothing is asked twice",
        f"exit code {last.code}, {after.answered_twice} answered twice; {found}",
        last.code == 0 and not after.answered_twice and found.add_up and not found.rejected,
    )


def _spent(hub: Path) -> Spent:
    """Read from the journal and not from the report, which is what is to be checked."""
    asked = []
    for path in (hub / "journal").glob("*.log"):
        asked += [orjson.loads(record.payload)[4:6] for record in log.records(path.read_bytes())]
    costs = [(prompt * PROMPT_PRICE + completion * COMPLETION_PRICE) / 1_000_000 for prompt, completion in asked]
    sizes = [prompt + completion for prompt, completion in asked]
    return Spent(sum(sizes), max(sizes, default=0), sum(costs), max(costs, default=0.0))
