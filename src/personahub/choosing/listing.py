"""Selections that a hub has: listed, looked into, forgotten."""

import math
from collections.abc import Iterator, Mapping

import orjson

from personahub import selections
from personahub.errors import HubError
from personahub.events import Report
from personahub.hub import Folder


def listed(folder: Folder) -> Report:
    """All of them, by name; one whose file is damaged is told so."""
    rows = tuple(_row(folder, name) for name in selections.names(folder))
    notes = () if rows else (f"There is no selection yet: personahub select {folder.path} --save NAME makes one.",)
    return Report("selections list", listed=rows, notes=notes)


def shown(folder: Folder, name: str, limit: int) -> Report:
    """How it was chosen, what verdicts leave of it, and its first records."""
    selection = selections.load(folder, name)
    tally = folder.tally(selection.table, rows=selection.rows)
    return Report(
        "selections show",
        {selection.table: tally},
        preview=(_row(folder, selection.name), *_records(folder, selection, limit)),
    )


def forget(folder: Folder, name: str) -> Report:
    gone = selections.remove(folder, name)
    what = f"It had {gone.count:,} {gone.table}, which stay in the hub." if gone else "Its file was damaged."
    return Report("selections remove", notes=(f"Selection {name} is forgotten. {what}",))


def told(how: Mapping[str, object]) -> str:
    """On one line, as options are written."""
    return ", ".join(
        f"{key} {value if isinstance(value, str) else orjson.dumps(value).decode()}" for key, value in how.items()
    )


def _row(folder: Folder, name: str) -> Mapping[str, object]:
    try:
        about = selections.about(folder, name)
    except HubError as error:
        return {"name": name, "table": "", "records": None, "made": "", "how": str(error)}
    return {"name": name, "table": about.table, "records": about.count, "made": about.made, "how": told(about.how)}


def _records(folder: Folder, selection: selections.Selection, limit: int) -> Iterator[Mapping[str, object]]:
    found = folder.tables[selection.table].pick(selection.rows[:limit], ["id", "text"])
    for record, score in zip(found.to_pylist(), selection.scores.tolist(), strict=False):
        yield record if math.isnan(score) else {**record, "score": round(score, 4)}
