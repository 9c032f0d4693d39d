"""Answers about runs: those that were, forms for new ones, what one would ask, and one that is going."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from personahub.browse.view import MAIN, Reading
from personahub.errors import UsageError
from personahub.events import Report
from personahub.history import list_runs, show_run
from personahub.runs import find_run
from personahub.verbs import verb
from personahub.web.forms import FORMS, described, names_files, options_of, plain_words, read_form, shown, words_of
from personahub.web.guard import BODY
from personahub.web.jobs import Job, asked
from personahub.web.room import Room
from personahub.web.told import Failure

_SOME = 100  # records that are tried for an estimate
_NEW = 20  # rows of a job that are shown
_SECONDS = 60.0
_PASTED = "pasted"  # a folder of the hub: texts of forms, so that their runs can be gone on with


def runs(room: Room, _: str, given: Reading) -> Mapping[str, object]:
    given.end()
    listed = [dict(row) for row in list_runs(room.folder.path).listed]
    return {"runs": [{**row, "live": None} for row in listed], "live": [job.told() for job in _commands(room)]}


def show(room: Room, _: str, given: Reading) -> Mapping[str, object]:
    name = given.text("id", most=32, required=True)
    given.end()
    found = _run(room, name)
    settings, *examples = found.preview
    return {
        "settings": dict(settings),
        "calls": list(found.listed),
        "examples": list(examples),
        "tallies": {key: {"read": one.read, "kept": one.kept} for key, one in found.tallies.items()},
        "notes": list(found.notes),
    }


def forms(_: Room, __: str, given: Reading) -> Mapping[str, object]:
    given.end()
    return {
        "verbs": [
            {"name": name, "summary": verb(name).summary, "options": [described(one, name) for one in options_of(name)]}
            for name in FORMS
        ]
    }


def preview(room: Room, _: str, given: Reading) -> Mapping[str, object]:
    """What it would ask of the first few, and what all would cost by that."""
    name, options = read_form(given)
    given.end()
    whole = words_of(name, options, room.folder.path, room.scratch)
    told: dict[str, Any] = {"prompts": [], "requests": 0, "tokens": {"prompt": 0, "completion": 0}, "cost": None}
    told |= {"estimated": False, "command": shown(whole), "notes": []}
    if "dry_run" not in verb(name).settings:
        return told
    limit = options.get("limit")
    few = _SOME if limit is None else min(int(limit), _SOME)
    words = words_of(name, {**options, "limit": few, "dry_run": True}, room.folder.path, room.scratch)
    try:
        report, complaint = asked(words, _SECONDS)
    except TimeoutError as error:
        raise Failure(503, "too_slow", "the preview took too long; try it with fewer records") from error
    if report is None:
        raise _refused(complaint)
    share = _share(room, name, options, few)
    counts = report["counts"]
    tokens = {key: round(count * share) for key, count in counts["tokens, roughly"].items()}
    cost = _cost_of(report["notes"])
    prompts = [str(one["prompt"]) for one in report["preview"]]
    told |= {"prompts": prompts, "requests": round(counts["dry run"]["requests"] * share), "tokens": tokens}
    return told | {"cost": None if cost is None else round(cost * share, 4), "estimated": share != 1.0}


def start(room: Room, _: str, given: Reading) -> Mapping[str, object]:
    name, options = read_form(given)
    given.end()
    # whose texts shall not be in the hub has them for as long as the page is served
    place = room.scratch if options.get("keep_texts") == "id" else _pasted(room)
    return _begun(room, name, words_of(name, options, room.folder.path, place))


def resume(room: Room, _: str, given: Reading) -> Mapping[str, object]:
    """The same command again, which goes on where it stopped; what was not shown before is only told.

    A hub may come from somebody else: its run names an address to which a key of this machine would go.
    """
    name, seen = given.text("id", most=32, required=True), given.text("command", most=BODY)
    given.end()
    what, words, asks = _again(room, name)
    if seen is None:
        return {"job": None, "command": shown(words), "asks": asks}
    if seen != shown(words):
        raise Failure(422, "unusable", "this is not the command of that run; look at it again", field="command")
    return {**_begun(room, what, words), "command": shown(words), "asks": asks}


def _again(room: Room, name: str) -> tuple[str, list[str], list[str]]:
    """The verb of a run, the command that goes on with it, and the addresses that it asks."""
    _run(room, name)
    one = find_run(name, room.folder.path)[1]
    what = str(one.settings.get("verb", ""))
    if what not in FORMS:
        raise Failure(422, "unusable", f"{what or 'this run'} is gone on with on the command line", field="id")
    usual = {name: option.default for name, option in verb(what).settings.items()}
    options = {key: value for key, value in one.options.items() if key in usual and not _same(value, usual[key])}
    words = plain_words(what, options, room.folder.path)
    sources = options.get("sources", [])
    if not (
        isinstance(sources, list) and all(Path(str(one)).resolve().parent == _pasted(room) for one in sources)
    ) or names_files(what, {key: value for key, value in options.items() if key != "sources"}):
        why = "it reads files that were named on the command line, which no page may do; go on there: "
        raise Failure(422, "unusable", why + shown(words), field="id")
    if gone := next((one for one in sources if not Path(str(one)).is_file()), None):
        raise Failure(422, "unusable", f"its texts are no longer there: {gone}; begin it again with them", field="id")
    held: Any = options.get("base_url") or ()
    return what, words, [held] if isinstance(held, str) else [str(one) for one in held]


def job(room: Room, _: str, given: Reading) -> Mapping[str, object]:
    found = _job(room, given)
    return {**found.told(), "records": _new(room, found)}


def stop(room: Room, _: str, given: Reading) -> Mapping[str, object]:
    found = _job(room, given)
    room.jobs.stop(found)
    return {**found.told(), "records": []}


def _begun(room: Room, name: str, words: list[str]) -> Mapping[str, object]:
    if (pid := room.folder.writer) is not None or _commands(room):
        raise Failure(503, "busy", "another run is writing to the hub; wait for it, or stop it", pid=pid)
    counted = {table: room.folder.tables[table].count() for table in ("texts", "personas", "samples")}
    return {"job": room.jobs.run(name, words, shown(words), counted).name}


def _commands(room: Room) -> list[Job]:
    return [one for one in room.jobs.live() if one.process is not None]


def _job(room: Room, given: Reading) -> Job:
    name = given.text("job", most=20, required=True)
    given.end()
    found = room.jobs.get(name)
    if found is None:
        raise Failure(404, "not_found", f"there is no job {name}")
    return found


def _new(room: Room, one: Job) -> list[dict[str, object]]:
    """The newest rows that came since it began."""
    found: list[dict[str, object]] = []
    for table, before in one.counted.items():
        count = room.folder.tables[table].count()
        rows = np.arange(max(before, count - _NEW), count)
        held = room.folder.tables[table].pick(rows, ["id", MAIN[table]]).to_pylist()
        found += [{"table": table, "id": row["id"], "text": (row[MAIN[table]] or "")[:2000]} for row in held]
    return found[::-1][:_NEW]


def _share(room: Room, name: str, options: Mapping[str, Any], few: int) -> float:
    """How many times as many records are meant as were tried."""
    if name == "extract":
        there = len(options["texts"])
    else:
        told = room.rows.standing["personas"].verdict()
        there = int((told.codes == told.values.index("kept")).sum())
    wanted = min(there, int(options.get("limit") or there))
    return max(wanted / min(few, max(there, 1)), 1.0)


def _cost_of(notes: list[str]) -> float | None:
    for note in notes:
        if note.startswith("It would cost about "):
            return float(note.split()[4].replace(",", ""))
    return None


def _refused(complaint: str) -> Failure:
    if "another process" in complaint or "is writing" in complaint:
        return Failure(503, "busy", complaint[-500:], pid=None)
    return Failure(422, "unusable", complaint[-1000:] or "this cannot be asked", field="options")


def _run(room: Room, name: str) -> Report:
    try:
        return show_run(name, room.folder.path)
    except UsageError as error:
        raise Failure(404, "not_found", str(error)) from error


def _same(value: object, usual: object) -> bool:
    """Whether an option was left as it is; a record has lists for tuples."""
    return value is None or value == (list(usual) if isinstance(usual, tuple) else usual)


def _pasted(room: Room) -> Path:
    return room.folder.path.resolve() / _PASTED
