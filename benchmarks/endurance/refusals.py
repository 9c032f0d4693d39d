"""A few prompts that are refused for good, and a few answers that are cut off: exactly so many, and known which."""

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

import orjson
from bench_server import BenchServer
from commands import COMMAND, ran, well
from peopled_hub import accounts, asking, column, peopled
from promises import Line, Promise
from prompts import prompt

import personahub
from personahub.http import Client

SEEDS = 200
ASKING = 32
LATENCY_MS = 20
REFUSED = "refused_by_endpoint"
WORDS = "Your request was rejected by the safety system"
CUT_WORDS = 8  # that a cut-off answer of the server has at most


def refused(*, rows: int, hit: int) -> Iterator[Line]:
    manners = drawn("refused", hit, rows)
    with tempfile.TemporaryDirectory() as scratch, BenchServer("--latency-ms", LATENCY_MS, *manners) as server:
        hub = peopled(Path(scratch), rows)
        first = well(*asking(hub, server.url))
        found, before = accounts(hub), server.counts()
        yield Promise(
            f"of {rows:,} prompts of which {hit} are refused the others all arrive",
            f"{found}; exit code {first.code}, {before.requests:,} requests",
            found.add_up and found.samples == rows - hit and before.requests == rows,
        )
        details = [str(detail) for detail in column(hub, "rejected", "detail")]
        worded = sum(WORDS in detail for detail in details)
        yield Promise(
            "each refused one is a row with a reason and the endpoint's words",
            f"{found.rejected[REFUSED]} rows, {worded} with its words: {details[0] if details else 'nothing'}",
            found.rejected[REFUSED] == worded == hit,
        )
        server.behave(faults="")
        yield _again(hub, server, hit)


def _again(hub: Path, server: BenchServer, hit: int) -> Promise:
    """What `runs retry` asks when the endpoint takes everything."""
    said = f"`runs retry` asks exactly the {hit} again"
    if ran("runs", "--help").code:
        return Promise(said, f"{' '.join(COMMAND[1:])} has no `runs`", None)
    before = server.counts()
    run = personahub.open(hub).rows("samples")
    name = next(iter(run))["run"][0].as_py()
    ended = ran("runs", "retry", name, hub, "--base-url", server.url, "--json")
    since, found = server.counts().since(before), accounts(hub)
    return Promise(
        said,
        f"exit code {ended.code}, {since.requests} requests; {found.samples:,} samples {ended.said.strip()[-200:]}",
        since.requests == hit and found.samples == found.personas and not found.doubled,
    )


def cut_off(*, rows: int, hit: int) -> Iterator[Line]:
    manners = drawn("length", hit, rows)
    with tempfile.TemporaryDirectory() as scratch, BenchServer("--latency-ms", LATENCY_MS, *manners) as server:
        hub = peopled(Path(scratch), rows)
        well(*asking(hub, server.url))
        found, counts = accounts(hub), server.counts()
        short = sum(len(text.split()) <= CUT_WORDS for text in column(hub, "samples", "text"))
    yield Promise(f"of {hit} answers that are cut off none is kept as good", f"{short} of {found.samples:,}", not short)
    yield Promise(
        "each is asked for once more with more room",
        f"{counts.requests:,} requests for {counts.distinct:,} questions, "
        f"{counts.faults.get('length', 0)} cut off; {found}",
        counts.requests == rows + hit and found.samples == rows and found.add_up,
    )


def drawn(fault: str, hit: int, rows: int) -> tuple[str, ...]:
    """Options of a server that does this to just so many of the prompts; it is asked and not imitated."""
    share = hit / rows
    with BenchServer() as server:
        for seed in range(SEEDS):
            server.behave(faults=f"{fault}={share}", fault_seed=seed)
            if asyncio.run(_hit(server.url, rows)) == hit:
                return "--faults", f"{fault}={share}", "--fault-seed", str(seed)
    raise SystemExit(f"none of {SEEDS} seeds gives {hit} times {fault!r} in {rows:,} prompts")


async def _hit(url: str, rows: int) -> int:
    """How many prompts get no whole answer."""
    client, numbers, hit = Client(url), iter(range(rows)), 0

    async def ask() -> None:
        nonlocal hit
        for number in numbers:
            body = {"model": "any", "messages": [{"role": "user", "content": prompt(number)}]}
            reply = await client.ask("POST", "/chat/completions", orjson.dumps(body), timeout=30.0)
            hit += reply.status != 200 or orjson.loads(reply.body)["choices"][0]["finish_reason"] == "length"

    await asyncio.gather(*(ask() for _ in range(ASKING)))
    await client.close()
    return hit
