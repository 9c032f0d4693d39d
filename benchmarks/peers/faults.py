"""Seeds by which the server's faults hit just so many of the prompts, and which they hit."""

import json
import tempfile
from collections.abc import Mapping
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
    texts: what the bare loop has for the prompts that are hit, "" for nothing.
    """

    settings: dict[str, object]
    texts: Mapping[int, str]

    @property
    def keys(self) -> frozenset[int]:
        return frozenset(self.texts)


def drawn(fault: str, rate: float, count: int) -> Drawn:
    """The first seed by which that share of the prompts, rounded and at least one, is hit.

    The server is asked and not imitated, so that this holds however it draws.
    """
    wanted = max(round(rate * count), 1)
    for seed in range(SEEDS):
        settings: dict[str, object] = {"faults": f"{fault}={rate}", "fault-seed": seed}
        texts = _hit(settings, count)
        if len(texts) == wanted:
            return Drawn(settings, texts)
    raise SystemExit(f"none of {SEEDS} seeds gives {wanted} times {fault!r} in {count:,} prompts")


def _hit(settings: dict[str, object], count: int) -> dict[int, str]:
    """Prompts that the bare loop gets no whole answer to, and what it gets."""
    bare = next(client for client in CLIENTS if client.name == BARE)
    with tempfile.TemporaryDirectory() as folder, Endpoint(settings) as endpoint:
        work = Work(count, CONCURRENCY, Path(folder), LIMIT)
        seen = measured(bare, endpoint, work)
        if seen.ended != "done" or seen.died:
            raise SystemExit(f"the bare loop, by which faults are found, {seen.ended}: {seen.died}")
        rows = [json.loads(line) for line in work.out.read_text("utf-8").split("\n")[:-1]]
    whole = {row["key"] for row in rows if row["finish"] != "length"}
    return {
        **dict.fromkeys(sorted(set(range(count)) - whole), ""),
        **{row["key"]: row["text"] for row in rows if row["key"] not in whole},
    }
