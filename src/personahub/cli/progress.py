"""What a command shows while it works: a live line on a terminal, a line now and then, or JSON; on the error stream.

What an endpoint says in it is shown and never obeyed.
"""

import re
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from textwrap import wrap
from time import monotonic

import orjson
from rich.console import Console
from rich.live import Live
from rich.text import Text

from personahub.events import Progress, Step, silent
from personahub.text import printable

WAYS = ("plain", "rich", "json")
SPEED_SECONDS = 5.0  # over which the speed is measured
AHEAD_SECONDS = 30.0  # and, for what is left, longer: a time that jumps tells nothing
QUIET_SECONDS = 1.0  # what is over sooner shows no live line
LIVE_EVERY = 0.1  # seconds
PLAIN_EVERY = 10.0
JSON_EVERY = 1.0
STATE_EVERY = 1.0
LASTING = 0.2  # of a state that is told in a log: what ends the command at once is told by its report or its error
STATE_LINES = 3
LEAST_WIDTH = 20  # of a terminal

_NUMBER = re.compile(r"\d+(?:\.\d+)?")


@contextmanager
def shown(way: str | None, *, quiet: bool, now: Callable[[], float] = monotonic) -> Iterator[Progress]:
    """Progress in one of WAYS; where none is named, live on a terminal and plain elsewhere.

    A live line needs a terminal that can move its cursor, so without one it is plain too.

    Args:
        now: a clock, in seconds.
    """
    console = Console(stderr=True, soft_wrap=True)
    if quiet:
        yield silent
    elif way == "json":
        with _to_the_end(_Json(Clock(now))) as told:
            yield told
    elif way == "plain" or not console.is_terminal or console.is_dumb_terminal:
        yield _Plain(Clock(now))
    else:
        with Live(Text(), console=console, transient=True, auto_refresh=False) as live:
            yield _Rich(Clock(now), console, live)


@dataclass
class Speed:
    """How fast something has grown lately; what happened before the last `seconds` does not count."""

    seconds: float
    _seen: deque[tuple[float, float]] = field(default_factory=deque)

    def __call__(self, now: float, value: float) -> float:
        """Units a second; 0.0 as long as there is nothing to compare with."""
        while len(self._seen) > 1 and self._seen[1][0] <= now - self.seconds:
            self._seen.popleft()
        if self._seen and value < self._seen[-1][1]:
            self._seen.clear()  # the next hop of a verb counts from nothing
        if not value:
            self._seen.clear()  # what comes before the first unit is no pace
        if not self._seen or now - self._seen[-1][0] >= self.seconds / 50:
            self._seen.append((now, value))
        then, before = self._seen[0]
        return (value - before) / (now - then) if now > then else 0.0


@dataclass
class Clock:
    """What can be told of a step only by having seen those before it."""

    now: Callable[[], float]
    start: float = field(init=False)
    _speed: Speed = field(default_factory=lambda: Speed(SPEED_SECONDS))
    _ahead: Speed = field(default_factory=lambda: Speed(AHEAD_SECONDS))

    def __post_init__(self) -> None:
        self.start = self.now()

    def moment(self, step: Step) -> "Moment":
        now = self.now()
        share = step.done / step.total if step.total else step.share
        pace = self._ahead(now, share or 0.0)
        left = (1.0 - share) / pace if share is not None and pace > 0 else None
        return Moment(step, now - self.start, self._speed(now, step.done), share, left)


@dataclass(frozen=True, slots=True)
class Moment:
    """A step and its pace.

    Args:
        seconds: since the command began.
        rate: units a second, lately.
        share: of the work that is done, 0.0 to 1.0.
        left: seconds it still takes at this pace.
    """

    step: Step
    seconds: float
    rate: float
    share: float | None
    left: float | None

    def said(self) -> list[str]:
        """The figures, the most telling first."""
        step, usage = self.step, self.step.usage
        total = f" of {step.total:,}" if step.total is not None else ""
        tokens = usage.prompt_tokens + usage.completion_tokens
        failed = sorted(step.failed.items(), key=lambda item: (-item[1], item[0]))
        figures = [
            f"{step.done:,}{total} {step.unit}",
            f"{min(self.share, 1.0):.0%}" if self.share is not None else "",
            f"{_figure(self.rate)}/s",
            f"{span(self.left)} left" if self.left is not None else "",
            f"{step.in_flight:,} in flight" if step.in_flight else "",
            f"{_short(tokens)} tokens" if tokens else "",
            f"{usage.cost:,.4f} USD" if usage.cost else "",
            *self._novel(),
            "failed: " + ", ".join(f"{reason} {count:,}" for reason, count in failed) if failed else "",
        ]
        return [figure for figure in figures if figure]

    def _novel(self) -> list[str]:
        """How much of what comes is new, and what each of those has cost."""
        novelty, cost = self.step.novelty, self.step.usage.cost
        if not novelty:
            return []
        return [f"{novelty.lately:.0%} new", f"{cost / novelty.new:,.6f} USD each" if cost and novelty.new else ""]

    def fields(self) -> dict[str, object]:
        """Everything, for machines."""
        step, usage = self.step, self.step.usage
        return {
            "verb": step.verb,
            "unit": step.unit,
            "done": step.done,
            "total": step.total,
            "share": self.share,
            "rate": round(self.rate, 3),
            "seconds": round(self.seconds, 3),
            "seconds_left": None if self.left is None else round(self.left, 1),
            "in_flight": step.in_flight,
            "failed": dict(step.failed),
            "requests": usage.requests,
            "reused": usage.reused,
            "prompt_tokens": usage.prompt_tokens,
            "completion_tokens": usage.completion_tokens,
            "cost": usage.cost,
            "state": step.state,
            **({} if step.novelty is None else {"novelty": asdict(step.novelty)}),
        }


class _Plain:
    """Lines for logs and pipes: one now and then, and one at once where the state is another."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._said = self._clock.start
        self._state = ""
        self._seen = ("", self._said)  # the newest state, and since when it lasts
        self._told: dict[str, float] = {}  # states, lately, and when: what comes and goes does not flood a log

    def __call__(self, step: Step) -> None:
        moment = self._clock.moment(step)
        now = self._clock.start + moment.seconds
        if now - self._said >= PLAIN_EVERY:
            self._said = now
            _print(f"{step.verb}: {', '.join(moment.said())}")
        state = _kind(step.state)
        if state != self._seen[0]:
            self._seen = (state, now)
        if state != self._state and self._may_tell(state, now):
            self._state, self._told[state] = state, now
            _print(f"{step.verb}: {step.state or 'going on'}")

    def _may_tell(self, state: str, now: float) -> bool:
        if now - self._seen[1] < LASTING:
            return False
        self._told = {said: when for said, when in self._told.items() if now - when < PLAIN_EVERY}
        return state not in self._told and all(now - when >= STATE_EVERY for when in self._told.values())


class _Json:
    """One object a line, as `Moment.fields` has it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._said = self._clock.start
        self._last: Moment | None = None
        self._state = ""

    def __call__(self, step: Step) -> None:
        self._last = self._clock.moment(step)
        now = self._clock.start + self._last.seconds
        if now - self._said >= JSON_EVERY or _kind(step.state) != self._state:
            self._said, self._state = now, _kind(step.state)
            self.tell()

    def tell(self) -> None:
        """The last moment, where it has not been told."""
        if self._last:
            print(orjson.dumps(self._last.fields()).decode(), file=sys.stderr, flush=True)
            self._last = None


@contextmanager
def _to_the_end(told: _Json) -> Iterator[Progress]:
    try:
        yield told
    finally:
        told.tell()


class _Rich:
    """A line that is written over; what does not fit into the terminal's width stands on the next one."""

    def __init__(self, clock: Clock, console: Console, live: Live) -> None:
        self._clock = clock
        self._console = console
        self._live = live
        self._shown = 0.0
        self._state = ""

    def __call__(self, step: Step) -> None:
        moment = self._clock.moment(step)
        due = moment.seconds >= QUIET_SECONDS and moment.seconds - self._shown >= LIVE_EVERY
        if not due and step.state == self._state:
            return
        self._shown, self._state = moment.seconds, step.state
        width = max(self._console.width - 1, LEAST_WIDTH)
        text = Text("\n".join(_wrapped(f"{step.verb}: ", moment.said(), width)))
        for line in wrap(printable(step.state), width, max_lines=STATE_LINES):
            text.append(f"\n{line}", style="yellow")
        self._live.update(text, refresh=True)


def _wrapped(head: str, figures: list[str], width: int) -> Iterator[str]:
    """Lines of whole figures."""
    line = head
    for number, figure in enumerate(figures):
        piece = printable(figure) + (", " if number + 1 < len(figures) else "")
        if len(line) + len(piece.rstrip()) > width and line != head:
            yield line
            line = "  "
        line += piece
    yield line


def _kind(state: str) -> str:
    """The same for a countdown, whatever it says."""
    return _NUMBER.sub("", state)


def span(seconds: float) -> str:
    """6:05, 1:02:03 or "3 d 4:00:00"."""
    minutes, rest = divmod(int(min(seconds, 1e9)), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours}:{minutes:02}:{rest:02}"
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def _short(count: int) -> str:
    """1,234 or 1.2 M."""
    for size, name in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if count >= size:
            return f"{count / (1e3 if name == 'k' else size):,.1f} {name}"
    return f"{count:,}"


def _print(line: str) -> None:
    print(printable(" ".join(line.split())), file=sys.stderr, flush=True)
