"""Clusters of near duplicates on a terminal: one record a line, what is long cut."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from rich.console import Console
from rich.text import Text

from personahub.text import printable

MEMBERS = 5  # shown of a cluster, beside the one that stays
DIGITS = 12  # of an id
PIPE_WIDTH = 200  # characters of a line where no terminal says


def show_clusters(console: Console, rows: Sequence[Mapping[str, object]]) -> None:
    """The rows of the report of `duplicates`, in their order."""
    width = console.width if console.is_terminal else PIPE_WIDTH
    for number, cluster in groupby(rows, key=lambda row: row["cluster"]):
        members = list(cluster)
        size = int(str(members[0]["members"]))
        console.print(Text(f"cluster {number}, {size:,} records", style="bold"))
        for row in members[: MEMBERS + 1]:
            console.print(_line(row, width))
        if size > MEMBERS + 1:
            console.print(Text(f"         and {size - MEMBERS - 1:,} more", style="dim"))
        console.print()


def _line(row: Mapping[str, object], width: int) -> Text:
    score = row["similarity"]
    head = f"  {'stays' if score is None else f'{score:.3f}'}  {str(row['id'])[:DIGITS]}  "
    text = Text(printable(" ".join(str(row["text"] or "").split())))
    text.truncate(max(width - len(head), 1), overflow="ellipsis")
    return Text(head, style="" if score is None else "dim") + text
