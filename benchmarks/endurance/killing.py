"""kill -9 at random moments of a run whose endpoint fails in every way, and then in the middle of its journal."""

import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import orjson
from bench_server import BenchServer
from commands import Command
from peopled_hub import CONCURRENCY, accounts, add_people, asking, peopled
from promises import Line, Promise

from personahub.errors import HubError
from personahub.models.journal import Journal, log

FAULTS = ("--faults", "all=0.2,refused=0.005,length=0.01", "--retry-after", "0.2", "--latency-ms", "20")
GROUP = 64  # answers that one write of the journal holds
EARLY = 0.2  # of the kills come at any moment from the start of the process, not of its asking
EARLY_SECONDS = 1.0
WORK_SECONDS = 1.5  # from its first request on
MOST_STARTS_WITHOUT_KILL = 20
CHECKED = 256  # answers before a cut that are read again, beside the last


@dataclass
class Kills:
    """Args:
    count: of those that hit a running process.
    in_flight: requests that were under way at the kills, together.
    endings: exit codes of runs that ended by themselves.
    said: by those that did so before all was done.
    journal: a copy of the journal as a kill left it.
    """

    count: int = 0
    in_flight: int = 0
    endings: Counter[int] = field(default_factory=Counter)
    said: list[str] = field(default_factory=list)
    journal: Path | None = None


@dataclass(frozen=True, slots=True)
class Verified:
    """Args:
    records: whole ones in the journal; `damaged`: stretches that are none, at the end or between.
    """

    records: int
    damaged: int


def killed(
    words: Sequence[str], server: BenchServer, kills: int, dice: random.Random, *, work_seconds: float = WORK_SECONDS
) -> Kills:
    """Start it, kill it, start it again, and after so many kills let it finish; when all is done before, as much
    again is added."""
    seen = Kills()
    hub = Path(words[1])
    first = accounts(hub).personas
    while seen.count < kills:
        if _killed_once(words, server, seen, dice, work_seconds) and (found := accounts(hub)).lost == 0:
            add_people(hub, found.personas, first)
        if seen.endings.total() > kills + MOST_STARTS_WITHOUT_KILL:
            raise SystemExit(f"it ends by itself again and again: {seen.endings}, {seen.said[-1:]}")
        if seen.count and not seen.journal and seen.count >= min(kills, 5):
            seen.journal = Path(shutil.copytree(hub / "journal", hub.parent / "left" / "journal"))
    for _ in range(MOST_STARTS_WITHOUT_KILL):
        _note(seen, Command(*words))
        if accounts(hub).lost == 0:
            return seen
    return seen


def _killed_once(
    words: Sequence[str], server: BenchServer, seen: Kills, dice: random.Random, work_seconds: float
) -> bool:
    """Whether it was over before it could be killed."""
    before = server.counts().requests
    command = Command(*words)
    if dice.random() < EARLY:
        time.sleep(dice.uniform(0.0, EARLY_SECONDS))
    else:
        while server.counts().requests == before and not command.is_over:
            time.sleep(0.005)
        time.sleep(dice.uniform(0.0, work_seconds))
    in_flight = server.counts().in_flight
    if command.is_over:
        _note(seen, command)
        return True
    command.kill()
    seen.count += 1
    seen.in_flight += in_flight
    return False


def _note(seen: Kills, command: Command) -> None:
    ended = command.ended()
    seen.endings[ended.code] += 1
    if ended.code:
        seen.said.append(ended.said.strip()[-300:])


def verified(journal: Path) -> Verified:
    """Every record of every segment, read and checked."""
    records = damaged = 0
    for path in sorted(journal.glob("*.log")):
        data = path.read_bytes()
        found = log.survey(data)
        records += len(found.keys)
        damaged += found.damaged + (found.end < len(data))
    return Verified(records, damaged)


def opens(journal: Path) -> bool:
    try:
        return Journal(journal, writing=False).damaged == 0
    except HubError:
        return False


def lost_by_cuts(journal: Path, cuts: int, dice: random.Random) -> int:
    """How many cuts at random lengths cost an answer that stood before them, or left one behind them."""
    newest = max(journal.glob("*.log"))
    data = newest.read_bytes()
    ends = [(found.offset + len(log.packed(found.key, found.payload)), found) for found in log.records(data)]
    spoiled = 0
    with tempfile.TemporaryDirectory() as scratch:
        for number in range(cuts):
            folder = Path(shutil.copytree(journal, Path(scratch) / str(number)))
            length = dice.randrange(len(data) + 1)
            (folder / newest.name).write_bytes(data[:length])
            spoiled += not _whole([found for end, found in ends if end <= length], folder, ends[-1][1], dice)
            shutil.rmtree(folder)
    return spoiled


def _whole(before: list[log.Record], folder: Path, last: log.Record, dice: random.Random) -> bool:
    """Whether the journal still has what stood before the cut, word for word, takes a new answer and keeps it."""
    journal = Journal(folder)
    texts = {found.key: orjson.loads(found.payload)[0] for found in before}
    asked = list(texts) if len(texts) <= CHECKED else [*dice.sample(list(texts), CHECKED), before[-1].key]
    known = journal.known(asked)
    gone = last.key in texts or last.key not in journal.known([last.key])
    return gone and all(key in known and known[key].text == texts[key] for key in asked)


def measure(*, kills: int, rows: int, cuts: int, timeout: float, seed: int) -> Iterator[Line]:
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory() as scratch, BenchServer(*FAULTS, "--fault-seed", seed) as server:
        hub = peopled(Path(scratch), rows)
        start = time.monotonic()
        seen = killed(asking(hub, server.url, "--timeout", timeout), server, kills, dice)
        seconds, counts, found = time.monotonic() - start, server.counts(), accounts(hub)
        journal, bound = verified(hub / "journal"), seen.in_flight + GROUP * seen.count
        yield (
            f"{seen.count} kills in {seconds:,.0f} s at {CONCURRENCY} in flight, {seen.in_flight:,} requests under way "
            f"at them; runs that ended by themselves, by exit code: {dict(seen.endings)}. The server saw "
            f"{counts.requests:,} requests for {counts.distinct:,} questions and gave {counts.answered:,} right "
            f"answers; faults: {', '.join(f'{kind} {count:,}' for kind, count in counts.faults.items())}.\n"
        )
        if seen.said:
            yield f"Said by those that ended before all was done: {' / '.join(dict.fromkeys(seen.said))}\n"
        yield Promise("every row is a sample once or has a reason", str(found), found.add_up)
        yield Promise(
            "the journal opens and every record verifies",
            f"{journal.records:,} records, {journal.damaged} damaged",
            opens(hub / "journal") and not journal.damaged,
        )
        yield Promise(
            "what is paid twice is at most what was in flight at the kills and a group of 64 for each",
            f"{counts.answered_twice:,} of at most {bound:,} ({counts.answered_twice / max(seen.count, 1):.1f} a kill)",
            counts.answered_twice <= bound,
        )
        if seen.journal:
            left, spoiled = verified(seen.journal), lost_by_cuts(seen.journal, cuts, dice)
            yield Promise(
                "a journal cut at any length keeps every answer before the cut",
                f"{cuts:,} cuts of a journal that a kill left with {left.records:,} records: {spoiled} cost an answer",
                spoiled == 0,
            )
