"""Answers that keep: selections, downloads with a manifest, and the command that does the same."""

import secrets
import shlex
import shutil
import time
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from personahub import __version__, selections
from personahub.browse.view import Reading, Unusable, View
from personahub.errors import UsageError
from personahub.export import export, to
from personahub.export.chosen import Chosen
from personahub.export.layouts import LAYOUTS
from personahub.web.command import exported, python, saved, searched
from personahub.web.room import Room, view_of
from personahub.web.told import Failure

FILES = ("jsonl", "parquet", "folder")
_LASTS = 3600  # seconds of a download
_MOST = 20  # downloads at one time


@dataclass(frozen=True)
class Download:
    """Args:
    path: of the file, in the server's own folder.
    """

    path: Path
    name: str
    manifest: Mapping[str, Any]
    until: float


def listed(room: Room, _: str, given: Reading) -> Mapping[str, object]:
    given.end()
    return {"selections": [asdict(selections.about(room.folder, name)) for name in selections.names(room.folder)]}


def save(room: Room, who: str, given: Reading) -> Mapping[str, object]:
    name, view = given.text("name", most=200, required=True), view_of(given)
    told = {"by": "page", "view": dict(given.object("view") or {})}
    given.end()
    try:
        selections.check_selection(name)
    except UsageError as error:
        raise given.wrong("name", str(error)) from error
    found = room.rows.of(view, who)
    if not len(found):
        raise given.wrong("view", "means no record, so there is nothing to save")
    try:
        about = selections.save_rows(room.folder, name, view.table, found.rows, told, scores=found.scores)
    except UsageError as error:
        raise Failure(409, "exists", str(error)) from error
    return {"name": about.name, "table": about.table, "count": about.count}


def remove(room: Room, _: str, given: Reading) -> Mapping[str, object]:
    name = given.text("name", most=200, required=True)
    given.end()
    try:
        selections.remove(room.folder, name)
    except UsageError as error:
        raise Failure(404, "not_found", str(error)) from error
    return {}


def put_out(room: Room, who: str, given: Reading) -> Mapping[str, object]:
    """Write the kept records of a view to a file that can be downloaded."""
    start = time.monotonic()
    view, told = view_of(given), dict(given.object("view") or {})
    kind = given.choice("file", "jsonl", FILES)
    layout, split = given.text("format"), given.text("splits", most=1000)
    licence, corrected = given.text("license", "other", most=200), given.flag("corrected")
    given.end()
    if layout is not None and layout not in LAYOUTS:
        raise given.wrong("format", f"must be one of {', '.join(LAYOUTS)}")
    what = _what(view)
    rows = room.rows.of(view, who).rows
    key = secrets.token_hex(16)
    place = room.scratch / key
    output = place / (what if kind == "folder" else f"{what}.{kind}")
    try:
        goes = to(output, what, layout=layout, split=split or None, licence=licence, corrected=corrected)
        place.mkdir(parents=True)
        done = export(
            room.folder, Chosen(view.table if what == "samples" else what, numbers=rows), goes, lambda _: None
        )
    except UsageError as error:
        shutil.rmtree(place, ignore_errors=True)
        raise Unusable(str(error), "format") from error
    manifest = {
        "what": what,
        "view": told,
        "reviewer": who,
        "format": goes.layout,
        "corrected": corrected,
        "splits": split,
        "seed": view.seed,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "version": __version__,
        "tally": {"read": done.tally.read, "kept": done.tally.kept, "rejected": dict(done.tally.rejected)},
        "files": [_file(path, place) for path in sorted(place.rglob("*")) if path.is_file()],
    }
    path = _zipped(output) if kind == "folder" else output
    _tidied(room)
    room.exports[key] = Download(path, path.name, manifest, time.time() + _LASTS)
    return {
        "export": key,
        "name": path.name,
        "count": done.tally.kept,
        "bytes": path.stat().st_size,
        "seconds": round(time.monotonic() - start, 3),
        "notes": [],
        "manifest": manifest,
    }


def command(room: Room, _: str, given: Reading) -> Mapping[str, object]:
    view, do = view_of(given), given.choice("do", "search", ("search", "export", "save"))
    name, kind = given.text("name", most=200), given.choice("file", "jsonl", FILES)
    layout, split = given.text("format", most=40), given.text("splits", most=1000)
    licence, corrected = given.text("license", "other", most=200), given.flag("corrected")
    given.end()
    hub = str(room.folder.path)
    if do == "export":
        words, notes = exported(hub, view, _what(view), kind, {"format": layout, "splits": split, "license": licence})
        words += ["--corrected"] if corrected else []
    else:
        words, notes = (saved if do == "save" else searched)(hub, view, name or "selection")
    return {"command": shlex.join(words), "python": python(words), "notes": notes}


def download(room: Room, key: str) -> Download:
    """What can be downloaded under a made-up name; 404 where there is nothing."""
    found = room.exports.get(key)
    if not isinstance(found, Download) or found.until < time.time() or not found.path.exists():
        raise Failure(404, "not_found", "this download is gone; export again")
    return found


def _what(view: View) -> str:
    if view.table not in ("personas", "samples"):
        raise Unusable(f"{view.table} are not exported; personas and samples are", "view.table")
    return view.task or view.table


def _file(path: Path, place: Path) -> dict[str, object]:
    digest = sha256()
    with path.open("rb") as file:
        for block in iter(partial(file.read, 2**20), b""):
            digest.update(block)
    return {"name": str(path.relative_to(place)), "bytes": path.stat().st_size, "sha256": digest.hexdigest()}


def _zipped(folder: Path) -> Path:
    path = folder.with_name(f"{folder.name}.zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as file:
        for one in sorted(folder.rglob("*")):
            if one.is_file():
                file.write(one, f"{folder.name}/{one.relative_to(folder)}")
    return path


def _tidied(room: Room) -> None:
    """Let go of downloads that are old, or too many."""
    over = [key for key, one in room.exports.items() if one.until < time.time()]
    over += [key for key in room.exports if key not in over][: max(0, len(room.exports) - len(over) - _MOST + 1)]
    for key in over:
        shutil.rmtree(room.exports.pop(key).path.parent, ignore_errors=True)
