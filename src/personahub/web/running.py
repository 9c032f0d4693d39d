"""Answers about runs: those that were, forms for new ones, what one would ask, and one that is going."""

import shlex
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from personahub.browse.view import MAIN, Reading, Unusable
from personahub.errors import UsageError
from personahub.events import Report
from personahub.history import list_runs, show_run
from personahub.options import Option
from personahub.runs import find_run
from personahub.verbs import verb
from personahub.web.jobs import Job, asked
from personahub.web.room import Room
from personahub.web.told import Failure

FORMS = ("extract", "expand", "quality", "dedup", "synthesize")
TEXTS = Option("texts", "texts to infer personas from", required=True, many=True)
# Options that name files of this machine: what comes from the page never becomes a path.
_NO_FORM = (
    "sources",
    "key_file",
    "prices",
    "reuse",
    "template",
    "dry_run",
    "memory_limit",
    "disk_limit",
    "text_column",
)
_SOME = 100  # records that are tried for an estimate
_NEW = 20  # rows of a job that are shown
_SECONDS = 60.0


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
            {"name": name, "summary": verb(name).summary, "options": [_told(one, name) for one in _options(name)]}
            for name in FORMS
        ]
    }


def preview(room: Room, _: str, given: Reading) -> Mapping[str, object]:
    """What it would ask of the first few, and what all would cost by that."""
    name, options = _form(given)
    given.end()
    whole = _words(room, name, options)
    told: dict[str, Any] = {"prompts": [], "requests": 0, "tokens": {"prompt": 0, "completion": 0}, "cost": None}
    told |= {"estimated": False, "command": _shown(whole), "notes": []}
    if "dry_run" not in verb(name).settings:
        return told
    limit = options.get("limit")
    few = _SOME if limit is None else min(int(limit), _SOME)
    words = _words(room, name, {**options, "limit": few, "dry_run": True})
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
    name, options = _form(given)
    given.end()
    return _begun(room, name, _words(room, name, options))


def resume(room: Room, _: str, given: Reading) -> Mapping[str, object]:
    """The same command again: it goes on where it stopped."""
    name = given.text("id", most=32, required=True)
    given.end()
    _run(room, name)
    one = find_run(name, room.folder.path)[1]
    what = str(one.settings.get("verb", ""))
    if what not in FORMS or what == "extract":
        raise Failure(422, "unusable", f"{what or 'this run'} is gone on with on the command line", field="id")
    known = {option.name for option in verb(what).settings.values()}
    options = {key: value for key, value in one.options.items() if key in known and value not in (None, [], False)}
    return _begun(room, what, _plain_words(room, what, options))


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
    return {"job": room.jobs.run(name, words, _shown(words), counted).name}


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


def _options(name: str) -> list[Option]:
    given = [one for one in (*verb(name).arguments, *verb(name).options) if one.name not in _NO_FORM]
    return [TEXTS, *given] if name == "extract" else given


def _told(one: Option, name: str) -> dict[str, object]:
    arguments = [option.name for option in verb(name).arguments]
    kind = {int: "int", float: "float", bool: "bool"}.get(one.kind, "str")
    told = {"name": one.name, "help": one.help, "kind": kind, "default": one.default, "choices": list(one.choices)}
    told |= {"least": one.least, "most": one.most, "required": one.required, "many": one.many}
    return {**told, "argument": one.name in arguments}


def _form(given: Reading) -> tuple[str, dict[str, Any]]:
    """A verb and its options, held to the list of verbs."""
    name = given.choice("verb", "expand", FORMS)
    said = dict(given.object("options") or {})
    known = {one.name for one in _options(name)}
    if odd := next((key for key in said if key not in known), None):
        raise Unusable(f"{name} has no option {str(odd)[:40]!r} here", f"options.{str(odd)[:40]}")
    said = {key: value for key, value in said.items() if value is not None}
    for key, value in said.items():
        _check(key, value)
    try:
        plain = {key: value for key, value in said.items() if key != "texts"}
        verb(name).check({**plain, **({"sources": ["-"]} if name == "extract" else {})})
    except UsageError as error:
        raise Unusable(str(error), "options") from error
    return name, said


def _check(key: str, value: object) -> None:
    """What the list of verbs leaves open, and a command line or a path could be made of."""
    at = f"options.{key}"
    several = value if isinstance(value, list) else [value]
    if not all(isinstance(one, str | int | float) for one in several):
        raise Unusable(f"{at} must be a text, a number, or a list of them", at)
    if any(isinstance(one, str) and ("\0" in one or not _encodes(one)) for one in several):
        raise Unusable(f"{at} holds what no command can", at)
    if key == "model" and value not in ("offline", "local") and not str(value).startswith(("openai:", "batch:")):
        raise Unusable(f"{at} must be offline, local, openai:NAME or batch:NAME here", at)  # others name files
    if key == "embedder" and str(value) != "static" and not str(value).startswith("openai:"):
        raise Unusable(f"{at} must be static or openai:NAME here", at)
    if key == "base_url" and not all(str(one).startswith(("http://", "https://")) for one in several):
        raise Unusable(f"{at} must be an address that begins with http", at)


def _encodes(text: str) -> bool:
    return not any("\ud800" <= one <= "\udfff" for one in text)


def _words(room: Room, name: str, options: Mapping[str, Any]) -> list[str]:
    held = dict(options)
    texts = held.pop("texts", None)
    if name == "extract":
        if not isinstance(texts, list) or not any(str(one).strip() for one in texts):
            raise Unusable("extract needs texts", "options.texts")
        held["sources"] = [str(_pasted(room, texts))]
    return _plain_words(room, name, held)


def _plain_words(room: Room, name: str, options: Mapping[str, Any]) -> list[str]:
    """The words of a command; values stand behind = so that none is taken for an option."""
    known, free, words = verb(name).settings, list[str](), list[str]()
    arguments = [one.name for one in verb(name).arguments]
    for key, value in options.items():
        several = [str(one) for one in (value if isinstance(value, list | tuple) else [value])]
        dashed = key.replace("_", "-")
        if key in arguments:
            free += several
        elif known[key].kind is bool:
            words += [f"--{dashed}"] if value else [f"--no-{dashed}"] if known[key].default is None else []
        else:
            words += [f"--{dashed}={one}" for one in several]
    return [name, *words, "--", str(room.folder.path), *free]


def _pasted(room: Room, texts: list[Any]) -> Path:
    """A file of the server's own with the texts of a form."""
    data = b"".join(orjson.dumps({"text": str(text)}) + b"\n" for text in texts)
    path = room.scratch / f"pasted-{blake2b(data, digest_size=8).hexdigest()}.jsonl"
    path.write_bytes(data)
    return path


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


def _shown(words: list[str]) -> str:
    return shlex.join(["personahub", *words])
