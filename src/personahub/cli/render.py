"""What a person sees of a report. Text of others is shown, never obeyed."""

import re
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import orjson
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from personahub.cli.clusters import show_clusters
from personahub.cli.lineage import show_lineage
from personahub.cli.progress import shown
from personahub.events import Progress, Report
from personahub.text import printable

PREVIEW_CHARS = 2000
SHOWN_DIGITS = 12  # of an id in a list
WIDEST = 10_000  # characters of a line of a list

_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d\.\d+Z")


@dataclass(frozen=True)
class Screen:
    """Args:
    way: how progress is shown, of cli.progress.WAYS; where it is not named, none goes beside JSON.
    """

    as_json: bool = False
    quiet: bool = False
    way: str | None = None

    def show(self, report: Report) -> None:
        if self.as_json:
            print(orjson.dumps(report).decode(), flush=True)
            return
        _show(Console(highlight=False, soft_wrap=True), report)

    def say(self, sentence: str) -> None:
        print(printable(sentence), flush=True)

    def progress(self) -> AbstractContextManager[Progress]:
        return shown(self.way, quiet=self.quiet or (self.as_json and not self.way))


def _show(console: Console, report: Report) -> None:
    _figures(console, report)
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


def _figures(console: Console, report: Report) -> None:
    if report.tallies:
        console.print(_tallies(report))
    for name, counts in report.counts.items():
        listed = ", ".join(f"{key} {count:,}" for key, count in sorted(counts.items()))
        console.print(_text(f"{name}: {listed or 'none'}"))
    if report.listed and report.tallies:
        console.print()
    if report.listed and report.verb == "duplicates":
        show_clusters(console, report.listed)
    elif report.listed and report.verb == "show":
        show_lineage(console, report.listed[0])
    elif report.listed:
        _list(console, report.listed)


def _tallies(report: Report) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in (report.verb, "read", "kept", "rejected", "reasons"):
        table.add_column(column, justify="left" if column in (report.verb, "reasons") else "right")
    for name, tally in report.tallies.items():
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in sorted(tally.rejected.items()))
        gone = sum(tally.rejected.values())
        table.add_row(_text(name), f"{tally.read:,}", f"{tally.kept:,}", f"{gone:,}", _text(reasons))
    return table


def _list(console: Console, rows: Sequence[Mapping[str, object]]) -> None:
    """The fields as columns, less those that tell nothing; where a terminal is too narrow for them, as lines."""
    names = [name for name in rows[0] if not _idle(name, [row[name] for row in rows])]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in names:
        number = any(isinstance(row[name], int | float) for row in rows)
        table.add_column(_head(name), justify="right" if number else "left", no_wrap=True)
    for row in rows:
        table.add_row(*(_text(_cell(name, row[name])) for name in names))
    width = Measurement.get(console, console.options.update(max_width=WIDEST), table).maximum
    if width <= console.width or not console.is_terminal:
        console.width = max(console.width, width)  # a pipe has no width, and an id that is cut cannot be used
        console.print(table)
        return
    for row in rows:
        told = [f"{name.replace('_', ' ')} {said}" for name in names[1:] if (said := _cell(name, row[name]))]
        console.print(Text(f"{_cell(names[0], row[names[0]])}  ", style="bold") + _text("; ".join(told)))


def _head(name: str) -> str:
    return f"{name}, UTC" if name == "begun" else name.replace("_", " ")


def _idle(name: str, values: Sequence[object]) -> bool:
    if name == "hub":
        return len(set(values)) == 1
    return name in ("open_parts", "failed", "cost") and not any(values)


def _cell(name: str, value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.1f}" if name == "seconds" else f"{value:,.4f}"
    if isinstance(value, int):
        return f"{value:,}"
    said = _MOMENT.sub(r"\1 \2", "" if value is None else str(value))
    return said[:SHOWN_DIGITS] if name == "id" else said


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
