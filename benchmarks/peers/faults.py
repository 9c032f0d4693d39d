"""Seeds by which the server's faults hit just so many of the prompts, and which they hit."""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

from clients import BARE, CLIENTS
from measuring import Work, measured
from offline_server import Endpoint

SEEDS = 200
CONCURRENCY = 32
LIMIT = 60.0  # seconds for one look


@dataclass(frozen=True, slots=True)
class Drawn:
    """Args:
    settings: options of the server that bring just these faults.
    keys: numbers of the prompts that are hit.
    """

    settings: dict[str, object]
    keys: frozenset[int]


def drawn(fault: str, rate: float, count: int) -> Drawn:
    """The first seed by which that share of the prompts, rounded and at least one, is hit.

    The server is asked and not imitated, so that this holds however it draws.
    """
    wanted = max(round(rate * count), 1)
    for seed in range(SEEDS):
        settings: dict[str, object] = {"faults": f"{fault}={rate}", "fault-seed": seed}
        keys = _hit(settings, count)
        if len(keys) == wanted:
            return Drawn(settings, keys)
    raise SystemExit(f"none of {SEEDS} seeds gives {wanted} times {fault!r} in {count:,} prompts")


def _hit(settings: dict[str, object], count: int) -> frozenset[int]:
    """Prompts that the bare loop gets no whole answer to."""
    bare = next(client for client in CLIENTS if client.name == BARE)
    with tempfile.TemporaryDirectory() as folder, Endpoint(settings) as endpoint:
        work = Work(count, CONCURRENCY, Path(folder), LIMIT)
        seen = measured(bare, endpoint, work)
        if seen.ended != "done" or seen.died:
            raise SystemExit(f"the bare loop, by which faults are found, {seen.ended}: {seen.died}")
        rows = map(json.loads, work.out.read_text("utf-8").split("\n")[:-1])
        whole = frozenset(row["key"] for row in rows if row["finish"] != "length")
    return frozenset(range(count)) - whole
