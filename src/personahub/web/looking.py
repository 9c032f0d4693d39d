"""Answers about what is there: the hub, its columns, pages of records, one record, counts."""

from collections.abc import Mapping

from personahub import __version__
from personahub.browse.rows import ORDER
from personahub.browse.view import BROWSED, MOST_NEAR, Reading, View
from personahub.review.questions import Question
from personahub.web.guard import BODY
from personahub.web.room import Room, view_of

PAGE = 200  # records
BULK = 100_000
POINTS = 20_000
_NAMES = 30  # columns that are counted in one request


def hub(room: Room, who: str, given: Reading) -> Mapping[str, object]:
    given.end()
    folder = room.folder
    said = {name for standing in room.rows.standing.values() for name in standing.reviewers()}
    return {
        "name": folder.path.resolve().name,
        "version": __version__,
        "read_only": room.read_only,
        "reviewer": who,
        "reviewers": sorted({*said, who}),
        "overlap": room.overlap(),
        **room.steps(who),
        "writer": folder.writer,
        "limits": {"body": BODY, "bulk": BULK, "page": PAGE, "near": MOST_NEAR, "points": POINTS},
        "tables": [_table(room, name, who) for name in BROWSED],
    }


def columns(room: Room, who: str, given: Reading) -> Mapping[str, object]:
    table, task = given.choice("table", "personas", tuple(BROWSED)), given.text("task")
    given.end()
    return {"columns": room.pages(who).columns(table, task)}


def records(room: Room, who: str, given: Reading) -> Mapping[str, object]:
    view, limit, cursor = view_of(given), given.whole("limit", 25, least=1, most=PAGE), given.text("cursor", most=60)
    given.end()
    return room.pages(who).page(view, limit, cursor)


def counts(room: Room, who: str, given: Reading) -> Mapping[str, object]:
    view, names = view_of(given), given.list("columns", _NAMES, [])
    given.end()
    if not all(isinstance(name, str) for name in names):
        raise given.wrong("columns", "must be names of columns")
    return room.pages(who).counts(view, names)


def record(room: Room, who: str, given: Reading) -> Mapping[str, object]:
    table, name = given.choice("table", "personas", tuple(BROWSED)), given.text("id", most=32, required=True)
    given.end()
    found = room.pages(who).record(table, name)
    return {**found, "suggestions": _suggested(room, table, found)}


def _suggested(room: Room, table: str, found: Mapping[str, object]) -> dict[str, object]:
    """By question what a model said, from the column that the question names."""
    held = found["columns"] if isinstance(found["columns"], Mapping) else {}
    asked = room.questions(table, held.get("task"))
    named = [one for one in asked if one.suggest and held.get(one.suggest) is not None]
    return {one.name: {"value": held[one.suggest], "score": _sure(held, one), "by": one.suggest} for one in named}


def _sure(held: Mapping[str, object], one: Question) -> float | None:
    said = held.get(one.score) if one.score else None
    return float(said) if isinstance(said, int | float) and not isinstance(said, bool) else None


def _table(room: Room, name: str, who: str) -> dict[str, object]:
    tasks: list[dict[str, object]] = []
    if name == "samples" and room.rows.columns[name].count:
        column = room.rows.column(name, "task", who)
        told = column.counts(room.rows.flags(View(name, show="all", sort=ORDER), who)) if column else []
        tasks = [{"name": one["value"], "count": one["count"]} for one in told]
    return {
        "name": name,
        "count": room.rows.columns[name].count,
        "fields": list(BROWSED[name]),
        "tasks": tasks,
        "vectors": room.vectors.there(name) if name != "rejected" else [],
    }
