"""Hits of a search on a terminal: where the words stand, in bold."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from personahub.text import printable

DIGITS = 12  # of an id
PIPE_WIDTH = 200  # characters of a line where no terminal says
BEFORE = 40  # characters before the first mark

_SPACES = str.maketrans("\n\r\t\v\f\u2028\u2029", "       ")


def show_hits(console: Console, rows: Sequence[Mapping[str, Any]]) -> None:
    """The rows of the report of `search`, in their order."""
    width = console.width if console.is_terminal else PIPE_WIDTH
    for row in rows:
        dropped = f"  dropped: {printable(str(row['dropped']))}" if "dropped" in row else ""
        console.print(Text(f"{row['score']:8.3f}  {row['id'][:DIGITS]}{dropped}", style="dim"))
        for name, text in row.items():
            if name in row["marks"]:
                console.print(_line(name, str(text), row["marks"][name], width))
        console.print()


def _line(name: str, text: str, spans: Sequence[tuple[int, int]], width: int) -> Text:
    head = f"  {name}: "
    room = max(width - len(head), 20)
    first = _first(text, spans[0][0], room)
    shown = Text(printable(text.translate(_SPACES)))  # as many characters as before
    for start, end in spans:
        shown.stylize("bold", start, end)
    shown = Text("... " if first else "") + shown[first:]
    shown.truncate(room, overflow="ellipsis")
    return Text.assemble((head, "dim"), shown)


def _first(text: str, mark: int, room: int) -> int:
    """Where to begin so that the first mark is seen: at the start, or at a word not far before it."""
    if len(text) <= room or mark <= BEFORE:
        return 0
    space = text.find(" ", mark - BEFORE, mark)
    return mark - BEFORE if space < 0 else space + 1
