"""One client at work, seen from outside: what the server counted, what its processes cost, what it handed over."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from clients import OURS, QUIET, Client
from offline_server import Counts, Endpoint
from personahub_driver import prepare
from process_tree import Tree, started

LOOKS = 0.02  # seconds between two looks at the server
LONGEST_ANSWER = 5.0  # seconds
WEIGHINGS = 0.2  # seconds between two looks at the memory, which cost more


@dataclass(frozen=True, slots=True)
class Work:
    """Args:
    folder: where its answers go, and what it keeps for a second start.
    limit: seconds after which it is taken to hang, and killed.
    kill_at: killed as soon as so many prompts were answered.
    """

    count: int
    concurrency: int
    folder: Path
    limit: float
    kill_at: int | None = None

    @property
    def out(self) -> Path:
        return self.folder / "answers.jsonl"


@dataclass(frozen=True, slots=True)
class Measured:
    """Args:
    span: seconds from the first request in to the last answer out.
    wall: seconds of the whole command.
    early_cpu: seconds of processor time before the first request.
    cpu: all seconds of processor time.
    peak: MB.
    at_end: the server's counts when it was over.
    texts: what it handed over, by the number of the prompt.
    ended: "done", "killed" or "hangs".
    died: what it says it died of.
    """

    span: float
    wall: float
    early_cpu: float
    cpu: float
    peak: float
    at_end: Counts
    texts: Mapping[int, str]
    ended: str
    died: str | None

    @property
    def keys(self) -> frozenset[int]:
        return frozenset(self.texts)


@dataclass
class _Watch:
    endpoint: Endpoint
    tree: Tree
    start: float = field(default_factory=time.perf_counter)
    first: float = 0.0
    last: float = 0.0
    answered: int = 0
    early_cpu: float = 0.0
    peak: float = 0.0
    weighed: float = 0.0

    def look(self) -> Counts:
        counts, now = self.endpoint.counts(), time.perf_counter()
        if not self.first and counts.requests:
            self.first, self.early_cpu = now, self.tree.cpu_so_far()
        if counts.answered > self.answered:
            self.answered, self.last = counts.answered, now
        if now - self.weighed > WEIGHINGS:
            self.peak, self.weighed = max(self.peak, self.tree.memory()), now
        return counts

    def until_the_end(self, work: Work) -> str:
        """How it ended."""
        while not self.tree.poll():
            answered = self.look().answered
            if work.kill_at is not None and answered >= work.kill_at:
                return "killed"
            if time.perf_counter() - self.start > work.limit:
                return "hangs"
            time.sleep(LOOKS)
        return "done"

    def settled(self) -> Counts:
        """The counts when nothing is under way any more; what a killed client had asked may still be answered."""
        patience = time.perf_counter() + LONGEST_ANSWER
        while (counts := self.look()).in_flight and time.perf_counter() < patience:
            time.sleep(LOOKS)
        return counts

    def span(self, counts: Counts) -> float:
        """By the server's own clock where it tells; else as near as the looks were."""
        if counts.first is not None and counts.last is not None:
            return counts.last - counts.first
        return max(self.last - self.first, 0.0)


def measured(client: Client, endpoint: Endpoint, work: Work) -> Measured:
    if client.base == OURS:
        state = work.out.with_suffix(".state")
        state.mkdir(exist_ok=True)
        prepare(state, work.count)
    log = work.folder / "log.txt"
    command = [*client.command, endpoint.url, str(work.count), str(work.concurrency), str(work.out)]
    environment = {**QUIET, "HF_HOME": str(work.folder / "datasets")}  # what a library caches there goes with the run
    with started(command, environment=environment, output=log) as tree:
        watch = _Watch(endpoint, tree)
        ended = watch.until_the_end(work)
        wall = time.perf_counter() - watch.start
        tree.kill()
        counts = watch.settled()
    return Measured(
        span=watch.span(counts),
        wall=wall,
        early_cpu=watch.early_cpu,
        cpu=tree.cpu,
        peak=watch.peak,
        at_end=counts,
        texts=_texts(work.out),
        ended=ended,
        died=_died(log, tree.process.returncode) if ended == "done" else None,
    )


def _texts(out: Path) -> dict[int, str]:
    """A line that a kill has torn is none."""
    found = {}
    for line in out.read_text("utf-8", "replace").split("\n") if out.exists() else ():
        try:
            row = json.loads(line)
            found[int(row["key"])] = str(row["text"])
        except (ValueError, KeyError):
            continue
    return found


def _died(log: Path, code: int) -> str | None:
    """What the driver's last line says, or failing that how its process ended."""
    lines = [line for line in log.read_text("utf-8", "replace").split("\n") if line.startswith('{"good"')]
    if not lines:
        return f"ended with {code} and without a word"
    died: str | None = json.loads(lines[-1])["died"]
    return died
