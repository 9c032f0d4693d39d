"""What a person sees: progress on the error stream, reports on the output. Text of others is shown, never obeyed."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

from rich.console import Console
from rich.table import Table
from rich.text import Text

from personahub.events import Progress, Report, Step, silent
from personahub.text import printable

QUIET_SECONDS = 1.0  # what is over sooner shows no progress
PLAIN_EVERY = 10.0  # seconds between lines where there is no terminal
PREVIEW_CHARS = 2000


@dataclass(frozen=True)
class Screen:
    as_json: bool = False
    quiet: bool = False

    def show(self, report: Report) -> None:
        if self.as_json:
            import orjson  # noqa: PLC0415 - only for machines

            print(orjson.dumps(report).decode(), flush=True)
            return
        _show(Console(highlight=False, soft_wrap=True), report)

    def say(self, sentence: str) -> None:
        print(printable(sentence), flush=True)

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        """A live line on a terminal, a line now and then elsewhere, nothing where it is not wanted."""
        if self.quiet or self.as_json:
            yield silent
        elif sys.stderr.isatty():
            with _live() as tell:
                yield tell
        else:
            yield _Lines()


def _show(console: Console, report: Report) -> None:
    if report.tallies:
        console.print(_tallies(report))
    for name, counts in report.counts.items():
        listed = ", ".join(f"{key} {count:,}" for key, count in sorted(counts.items()))
        console.print(_text(f"{name}: {listed or 'none'}"))
    for row in report.preview:
        console.print()
        for name, value in row.items():
            console.print(Text(f"{name}: ", style="bold") + _text(_short(str(value))))
    if report.preview:
        console.print()
    console.print(_text(_summary(report)), style="dim")
    for note in report.notes:
        console.print(_text(note), style="yellow")
    if report.output:
        console.print(Text("written to ", style="bold") + _text(report.output))


def _tallies(report: Report) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in (report.verb, "read", "kept", "rejected", "reasons"):
        table.add_column(column, justify="left" if column in (report.verb, "reasons") else "right")
    for name, tally in report.tallies.items():
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in sorted(tally.rejected.items()))
        gone = sum(tally.rejected.values())
        table.add_row(_text(name), f"{tally.read:,}", f"{tally.kept:,}", f"{gone:,}", _text(reasons))
    return table


def _summary(report: Report) -> str:
    parts = (
        [f"new in the hub: {', '.join(f'{name} {count:,}' for name, count in report.new.items())}"]
        if report.new
        else []
    )
    usage = report.usage
    if usage.requests or usage.reused:
        parts.append(f"{usage.requests:,} requests, {usage.reused:,} answers reused")
        parts.append(f"{usage.prompt_tokens:,} + {usage.completion_tokens:,} tokens")
    parts.append(f"{report.seconds:.1f} s")
    return "; ".join(parts)


def _text(value: str) -> Text:
    """Never markup and never an escape sequence, whoever wrote it."""
    return Text(printable(value))


def _short(value: str) -> str:
    return value if len(value) <= PREVIEW_CHARS else value[:PREVIEW_CHARS] + " ..."


class _Lines:
    """Progress for logs and pipes."""

    def __init__(self) -> None:
        self._start = self._last = monotonic()

    def __call__(self, step: Step) -> None:
        now = monotonic()
        if now - self._last >= PLAIN_EVERY:
            self._last = now
            print(f"{step.verb}: {_said(step, now - self._start)}", file=sys.stderr, flush=True)


def _said(step: Step, seconds: float) -> str:
    share = step.done / step.total if step.total else step.share
    left = f", {share:.0%}, {_span(seconds * (1 - share) / share)} left" if share and share > 0.005 else ""
    return f"{step.done:,} {step.unit}, {step.done / max(seconds, 0.001):,.0f}/s{left}"


def _span(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@contextmanager
def _live() -> Iterator[Progress]:
    from rich.live import Live  # noqa: PLC0415 - only on a terminal

    start = monotonic()
    shown = [0.0]
    with Live(Text(), console=Console(stderr=True), transient=True, auto_refresh=False) as live:

        def tell(step: Step) -> None:
            now = monotonic()
            if now - start > QUIET_SECONDS and now - shown[0] > 0.1:
                shown[0] = now
                live.update(_text(f"{step.verb}: {_said(step, now - start)}"), refresh=True)

        yield tell
