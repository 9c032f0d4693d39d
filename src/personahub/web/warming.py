"""What is read while the browser opens, and behind what it asks for, so that nobody waits for what comes first."""

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from importlib import import_module

from personahub.browse.rows import NotReady
from personahub.browse.view import Reading, View
from personahub.errors import PersonahubError
from personahub.events import silent
from personahub.search import FRESH_ROWS, TEXTS, WORDS, Sought, found
from personahub.store.system import give_back_memory
from personahub.web import drawing, looking
from personahub.web.room import Room
from personahub.web.turns import Gone, Turns

_FIRST = ("samples", "personas", "texts", "rejected")  # in which order a page looks for records to show
_OPENING = 2.0  # seconds in which a browser has asked for its first page
# Seconds in which nobody has asked for anything: before what is short, and before what takes both cores for a while.
_PAUSE, _CALM = 0.3, 1.0


def warm(room: Room, reviewer: str, read: threading.Event, ending: threading.Event) -> None:
    """Nothing is made, and no more is read when the server ends.

    Args:
        read: set once the first page can be answered.
    """
    with suppress(PersonahubError, OSError):
        try:
            looking.hub(room, reviewer, Reading({}))
            for table in _shown(room)[:1]:
                room.pages(reviewer).page(View(table), 1, None)
        finally:
            read.set()
        ending.wait(_OPENING)
        _behind(room, reviewer, ending)
    _given_back(room.turns, ending)


def _behind(room: Room, reviewer: str, ending: threading.Event) -> None:
    tables = _shown(room)
    steps = [(step, _PAUSE) for table in tables for step in _searches(room, table)]
    steps += [(step, _CALM) for table in tables for step in _pictures(room, reviewer, table)]
    for step, calm in steps:
        with suppress(PersonahubError, OSError, NotReady, Gone), room.turns.behind(ending, calm):
            step()


def _given_back(turns: Turns, ending: threading.Event) -> None:
    """What answers freed and the process kept for the next goes back to the system when no more is asked."""
    before = 0.0
    while not ending.wait(_CALM):
        with suppress(Gone), turns.behind(ending, _CALM):
            if turns.since != before:
                before = turns.since
                give_back_memory()


def _shown(room: Room) -> list[str]:
    return [name for name in _FIRST if room.rows.columns[name].count]


def _searches(room: Room, table: str) -> Iterator[Callable[[], object]]:
    """The first of a table takes a second, and may be what is done next; in steps, as loading holds all else up."""
    if table not in TEXTS:
        return
    yield lambda: _searched(room, table)
    if "text" in room.vectors.there(table):
        yield lambda: import_module("personahub.vectors.index.search")  # and a compiler
        yield lambda: room.vectors.of(table, "text")  # opens the embedder
        yield lambda: room.vectors.warm(table, "text")


def _pictures(room: Room, reviewer: str, table: str) -> Iterator[Callable[[], object]]:
    """Columns, for filters and counts, and the map."""
    for name in room.rows.columns[table].names():
        yield partial(room.rows.column, table, name, reviewer)
    if table in TEXTS:
        yield lambda: _drawn(room, reviewer, table)


def _searched(room: Room, table: str) -> None:
    left = [room.folder.words[table].left(column) for column in TEXTS[table]]
    if all(rows is not None and rows <= FRESH_ROWS for rows in left):  # else a search would make an index
        known = all((room.folder.path / WORDS / f"{table}.{column}.arrow").exists() for column in TEXTS[table])
        found(room.folder, Sought(table), "a zzz*" if known else "a", 1, silent)


def _drawn(room: Room, reviewer: str, table: str) -> None:
    held = "text" in room.vectors.there(table)
    plane = room.vectors.plane_there(room.vectors.of(table, "text")) if held else None
    if plane is not None:
        given = {"table": table, "window": list(plane.bounds), "width": 16, "height": 16}
        drawing.picture(room, reviewer, Reading(given))
