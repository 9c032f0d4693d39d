"""One record on a terminal, with what it came from and what came of it. Text of others is shown, never obeyed."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from personahub.text import printable

DIGITS = 12  # of an id, in a list
PIPE_WIDTH = 200  # characters of a line where no terminal says
MOST = 20_000  # characters of a text that are shown whole

_ONE = {"texts": "text", "personas": "persona", "samples": "sample"}


def show_lineage(console: Console, found: Mapping[str, Any]) -> None:
    """The row of the report of `show`."""
    record, width = found["record"], console.width if console.is_terminal else PIPE_WIDTH
    console.print(Text(f"{_ONE[found['table']]} ", style="bold") + _safe(record["id"]))
    if found["dropped"]:
        console.print(Text("dropped: ", style="bold red") + _safe(found["dropped"]))
    for name, value in record.items():
        if name != "id" and value is not None:
            console.print(Text(f"  {name}: ", style="bold") + _safe(value))
    if found["path"]:
        _head(console, "came from")
        for step, row in enumerate(found["path"]):
            console.print(_line(f"{'  ' * (step + 1)}", _step(row), width))
    for name in ("children", "samples"):
        _listed(console, name, found[name], width)
    _verdicts(console, found["verdicts"], width)
    _judgements(console, found["judgements"], width)
    if found["asked"]:
        _asked(console, found["asked"])


def _step(row: Mapping[str, Any]) -> str:
    if row.get("missing"):
        return f"{_ONE[row['table']]} {row['id']}: {row['missing']}"
    what = f"{_ONE[row['table']]} {row['id'][:DIGITS]}"
    if row["table"] == "texts":
        said = row["text"] if row["text"] is not None else "only its id is kept"
        return f"{what} ({row['source']}:{row['record']}): {said}"
    how = f", {row['relation']}" if row["relation"] else f", from {row['source']}" if row["origin"] == "import" else ""
    return f"{what} (hop {row['hop']}{how}): {row['text']}"


def _listed(console: Console, name: str, some: Mapping[str, Any], width: int) -> None:
    if not some["count"]:
        return
    _head(console, f"{name}: {some['count']:,}")
    for row in some["listed"]:
        how = row.get("relation") or row.get("task") or ""
        console.print(_line(f"  {row['id'][:DIGITS]}  ", f"{how}: {row['text']}" if how else str(row["text"]), width))
    if more := some["count"] - len(some["listed"]):
        console.print(Text(f"  and {more:,} more", style="dim"))


def _judgements(console: Console, rows: Sequence[Mapping[str, Any]], width: int) -> None:
    if rows:
        _head(console, "reviewers")
    for row in rows:
        said = "; ".join(f"{name} {value}" for name, value in row["answers"].items())
        console.print(_line(f"  {row['reviewer']}  ", f"{row['status']}{': ' if said else ''}{said}", width))


def _verdicts(console: Console, rows: Sequence[Mapping[str, Any]], width: int) -> None:
    if rows:
        _head(console, "verdicts")
    for row in rows:
        score = "" if row["score"] is None else f", {row['score']:.3f}"
        state = "current" if row["current"] else "of an earlier run"
        in_favour = f" in favour of {row['other'][:DIGITS]} ({row['other_text'] or 'gone'})" if row["other"] else ""
        console.print(_line("  ", f"{row['kind']}: {row['reason']}{score}, {state}{in_favour}", width))
        told = ", ".join(
            f"{name} {value}" for name, value in (row["settings"] or {}).items() if value not in (None, "")
        )
        console.print(_line("    ", f"run {row['run'][:DIGITS]}: {told or 'its settings are not known'}", width))


def _asked(console: Console, asked: Mapping[str, Any]) -> None:
    _head(console, f"made by {asked['model']}, run {asked['run'][:DIGITS]}")
    for message in asked["prompt"] or ():
        console.print(Text(f"  {message['role']}: ", style="bold") + _safe(message["content"]))
    for name in ("reasoning", "answer"):
        if asked.get(name):
            console.print(Text(f"  {name}: ", style="bold") + _safe(asked[name]))
    if asked.get("note"):
        console.print(Text("  ") + _safe(asked["note"]), style="yellow")


def _head(console: Console, text: str) -> None:
    console.print()
    console.print(_safe(text), style="bold")


def _line(head: str, said: str, width: int) -> Text:
    """One line, cut where the terminal ends."""
    text = Text(printable(" ".join(said.split())))
    text.truncate(max(width - len(head), 1), overflow="ellipsis")
    return Text(head) + text


def _safe(value: object) -> Text:
    said = str(value)
    return Text(printable(said if len(said) <= MOST else f"{said[:MOST]} ..."))
