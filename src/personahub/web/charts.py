"""The figures of charts: how alike records are, what became of them, how they grew, what they cost."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from personahub.browse.columns import Terms
from personahub.browse.standing import KEPT
from personahub.browse.view import Near, Reading, View
from personahub.runs import past
from personahub.web.room import Room

_SAMPLED = 200  # records, whose nearest others are looked for
_STEPS = 50
_EDGES = np.linspace(-1, 1, 41)


def charts(room: Room, who: str, given: Reading) -> Mapping[str, object]:
    table, task = given.choice("table", "personas", ("personas", "samples", "texts")), given.text("task", most=64)
    given.end()
    if task is not None and table != "samples":
        raise given.wrong("task", "is of samples only")
    key = ("similarity", table, task, room.rows.columns[table].count)
    job = None
    if key not in room.charts and "text" in room.vectors.there(table):
        view = View(table, task)
        made = room.jobs.work(f"similarity of {task or table}", lambda tell: _keep(room, key, view, who, tell))
        job = made.name
    return {
        "similarity": room.charts.get(key),
        "funnel": [one for name in ("texts", "personas", "samples") for one in _stages(room, name, who)],
        "growth": _growth(room, View(table, task, show="all"), who),
        "cost": _cost(room),
        "job": job,
    }


def _keep(room: Room, key: object, view: View, who: str, tell: Callable[[int, int], None]) -> None:
    rows = room.rows.of(view, who).rows
    dice = np.random.default_rng(0)
    some = np.sort(dice.choice(rows, min(_SAMPLED, len(rows)), replace=False)) if len(rows) else rows
    flags = room.rows.flags(view, who)
    found: list[float] = []
    names = room.folder.tables[view.table].pick(some, ["id"])["id"].to_pylist()
    for number, (name, row) in enumerate(zip(names, some.tolist(), strict=True), 1):
        near = room.vectors.near(view, Near(name, None), flags, 1, row)
        found += near.scores[:1].tolist()
        tell(number, len(some))
    counted, _ = np.histogram(found, _EDGES)
    pairs = zip(_EDGES[:-1].tolist(), _EDGES[1:].tolist(), counted.tolist(), strict=True)
    told = [{"from": round(low, 3), "to": round(high, 3), "count": count} for low, high, count in pairs]
    room.charts[key] = {"bins": told, "sampled": len(some), "threshold": 0.9, "field": "text"}


def _stages(room: Room, table: str, who: str) -> list[dict[str, object]]:
    """What was read, kept and dropped for which reason, of a table or of each task."""
    lost: Counter[str] = Counter()
    for batch in room.folder.kept("rejected", ["reason"], f"`table` = '{table}'"):
        lost.update(batch["reason"].to_pylist())
    column = room.rows.column(table, "task", who) if table == "samples" else None
    tasks = [one for one in column.values if isinstance(one, str)] if isinstance(column, Terms) else [None]
    found = []
    for task in tasks:
        flags = room.rows.flags(View(table, task, show="all"), who)
        counts: dict[str, Any] = {
            str(one["value"]): one["count"] for one in room.rows.standing[table].verdict().counts(flags)
        }
        kept = counts.pop(KEPT, 0)
        rejected = dict(Counter(counts) + (lost if len(tasks) == 1 else Counter()))
        read = kept + sum(rejected.values())
        found.append({"stage": task or table, "read": read, "kept": kept, "rejected": rejected})
    return found


def _growth(room: Room, view: View, who: str) -> list[dict[str, int]]:
    """How many records are kept of the first so many."""
    rows, told = room.rows.of(view, who).rows, room.rows.standing[view.table].verdict()
    kept = np.cumsum(told.codes[rows] == told.values.index(KEPT))
    ends: Any = np.unique(np.linspace(1, len(rows), min(_STEPS, len(rows))).astype(np.int64)) if len(rows) else []
    return [{"records": int(end), "kept": int(kept[end - 1])} for end in ends]


def _cost(room: Room) -> list[dict[str, object]]:
    calls = [(call, one) for one in past(room.folder.path) for call in one.calls]
    found: list[dict[str, object]] = []
    total = 0.0
    for call, one in sorted(calls, key=lambda pair: pair[0].began):
        total += call.usage.cost or 0.0
        found.append(
            {
                "at": call.ended or call.began,
                "run": one.id,
                "verb": call.verb,
                "requests": call.usage.requests,
                "tokens": call.usage.prompt_tokens + call.usage.completion_tokens,
                "cost": call.usage.cost,
                "sum": round(total, 6),
            }
        )
    return found
