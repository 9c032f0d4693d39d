"""What each run was told and what came of each call of it: `runs/ID/settings.json` and `runs/ID/calls.jsonl` of a hub.

A call is two lines, one as it begins and one as it ends; of a call that was killed there is only the first. A line
that was cut off is passed over. No secret gets in: keys are only ever named by their files, and what an address or
an endpoint's words may hold of one is left out.
"""

import os
import platform
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

import personahub
from personahub.errors import HubError, PersonahubError, UsageError
from personahub.events import Tally, Usage
from personahub.hub import CARD, Folder
from personahub.models.wire.endpoint import told
from personahub.run import Run

RUNS = "runs"
SETTINGS, CALLS = "settings.json", "calls.jsonl"

LEAST_DIGITS = 4  # of an id, to name a run by

_ID = re.compile(r"[0-9a-f]{32}")
_USER = re.compile(r"(?<=://)[^/?#\s@]*@")
_SECRET = re.compile(r"([?&][^=&\s]*(?:key|token|sig|secret|pass|auth|cred)[^=&\s]*=)[^&#\s]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a verb.

    Args:
        pid: the process; `began` and `ended` are moments in UTC, in the form of ISO 8601.
        options: what the verb was given, with every default.
        how: how it ended: "done", "stopped: ...", "interrupted", "failed: ..."; "" where it has not.
        tally: what became of the rows, as far as it came; `new`: rows by table that were not there before.
        failed: answers that were of no use, by reason; `examples`: some of the endpoint's words for each.
        open_parts: in which a row got no answer.
    """

    began: str
    pid: int
    verb: str
    options: Mapping[str, object] = field(default_factory=dict)
    ended: str = ""
    how: str = ""
    tally: Tally = field(default_factory=Tally)
    new: Mapping[str, int] = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)
    failed: Mapping[str, int] = field(default_factory=dict)
    examples: Mapping[str, Sequence[str]] = field(default_factory=dict)
    open_parts: int = 0

    @property
    def seconds(self) -> float | None:
        """How long it took; None where it has not ended."""
        if not self.ended:
            return None
        return (datetime.fromisoformat(self.ended) - datetime.fromisoformat(self.began)).total_seconds()


@dataclass(frozen=True, slots=True)
class Past:
    """A run that a hub has a record of.

    Args:
        hub: as it was named.
        settings: verb, options, task, table, model, folder (where it was started) and versions, of the last call
            that was no retry.
        calls: oldest first.
    """

    hub: Path
    id: str
    settings: Mapping[str, object]
    calls: tuple[Call, ...]

    @property
    def options(self) -> Mapping[str, object]:
        found = self.settings.get("options")
        return found if isinstance(found, Mapping) else {}

    @property
    def usage(self) -> Usage:
        """Of all calls; what one used that was killed is not known."""
        return sum((call.usage for call in self.calls), Usage())


@contextmanager
def recorded(hub: Path, run: Run, verb: str, options: Mapping[str, object], *, again: bool = False) -> Iterator[None]:
    """Note that a call begins, and however it ends, how.

    Args:
        again: it asks again what an earlier call gave up on, so the settings stay those of that one.

    Raises:
        HubError: the disk did not take it.
    """
    folder = hub / RUNS / run.id
    given = {name: _bare(value) for name, value in options.items()}
    key = {"began": _now(), "pid": os.getpid()}
    with _errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if not again:
            _write_settings(folder, run, verb, given)
        _append(folder / CALLS, {**key, "verb": verb, "options": given})
    try:
        yield
    except BaseException as error:
        with suppress(OSError):  # what went wrong first is what a person should read
            _append(folder / CALLS, {**key, "ended": _now(), "how": _how(error), **_outcome(run)})
        raise
    how = f"stopped: {run.stopped}" if run.stopped else "done"
    with _errors(folder):
        _append(folder / CALLS, {**key, "ended": _now(), "how": how, **_outcome(run)})


def past(hub: Path) -> list[Past]:
    """Every run of a hub that there is a record of, the one that was called last first."""
    folders = (hub / RUNS).iterdir() if (hub / RUNS).is_dir() else ()
    found = [_read(hub, folder) for folder in folders if _ID.fullmatch(folder.name) and (folder / CALLS).exists()]
    return sorted((one for one in found if one.calls), key=lambda one: one.calls[-1].began, reverse=True)


def hubs(hub: str | os.PathLike[str] | None) -> list[Folder]:
    """The hub that is named; where none is, the current folder and those in it, as far as they are hubs.

    Raises:
        HubError: it is no hub.
        UsageError: there is none.
    """
    if hub is not None:
        folder = Folder(hub)
        if not folder.exists:
            raise HubError(f"there is no hub at {folder.path}")
        return [folder]
    found = [Folder(path.parent) for path in sorted([*Path().glob(CARD), *Path().glob(f"*/{CARD}")])]
    if not found:
        raise UsageError("there is no hub in the current folder; name one")
    return found


def find_run(digits: str, hub: str | os.PathLike[str] | None) -> tuple[Folder, Past]:
    """The one run whose id begins so, and its hub.

    Raises:
        UsageError: there is none, or more than one.
    """
    if len(digits) < LEAST_DIGITS:
        raise UsageError(f"{digits!r} is too short for a run: give at least {LEAST_DIGITS} digits of its id")
    found = [(folder, one) for folder in hubs(hub) for one in past(folder.path) if one.id.startswith(digits.lower())]
    if not found:
        raise UsageError(f"there is no run {digits!r}; 'personahub runs' lists those there are")
    if len(found) > 1:
        named = ", ".join(f"{one.id} in {folder.path}" for folder, one in found)
        raise UsageError(f"{digits!r} may be any of {named}; give more digits, or the hub")
    return found[0]


def _write_settings(folder: Path, run: Run, verb: str, options: Mapping[str, object]) -> None:
    versions = {
        "personahub": personahub.__version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
    }
    settings = {
        "verb": verb,
        "options": options,
        "task": run.task.identity,
        "table": run.task.table,
        "model": run.model.identity,
        "folder": str(Path.cwd()),
        "versions": versions,
    }
    draft = folder / f"{SETTINGS}.{os.getpid()}"
    with draft.open("wb") as file:
        file.write(orjson.dumps(settings, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / SETTINGS)


def _outcome(run: Run) -> dict[str, object]:
    return {
        "tally": asdict(run.tally),
        "new": dict(run.new),
        "usage": asdict(run.usage),
        "failed": dict(run.failed),
        "examples": {reason: [told(words, b"", None) for words in some] for reason, some in run.examples.items()},
        "open_parts": run.open_parts,
    }


def _how(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    kind = "" if isinstance(error, PersonahubError) else f"{type(error).__name__}: "
    return f"failed: {kind}{_bare(str(error))}"


def _append(path: Path, line: Mapping[str, object]) -> None:
    """One write that is on the disk when this returns; behind a line that was cut off it begins a new one."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        size = os.fstat(file).st_size
        torn = b"\n" if size and os.pread(file, 1, size - 1) != b"\n" else b""
        os.write(file, torn + orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
        os.fsync(file)
    finally:
        os.close(file)


def _read(hub: Path, folder: Path) -> Past:
    with _errors(folder):
        lines = (folder / CALLS).read_bytes().splitlines()
        settings = _object((folder / SETTINGS).read_bytes()) if (folder / SETTINGS).exists() else None
    calls: dict[tuple[object, object], Call] = {}
    for line in filter(None, map(_object, lines)):
        key = line.get("began"), line.get("pid")
        with suppress(TypeError, KeyError):  # a line of another version, or of somebody else
            calls[key] = replace(calls[key], **_ended(line)) if "ended" in line else Call(**_known(line))
    return Past(hub, folder.name, settings or {}, tuple(calls.values()))


def _ended(line: dict[str, Any]) -> dict[str, Any]:
    return {**_known(line), "tally": Tally(**line["tally"]), "usage": Usage(**line["usage"])}


def _known(line: dict[str, Any]) -> dict[str, Any]:
    return {one.name: line[one.name] for one in fields(Call) if one.name in line}


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


def _bare(value: object) -> object:
    """Fit to be written down: plain, and without what may be a secret in an address."""
    if isinstance(value, str | os.PathLike):
        return _SECRET.sub(r"\1[left out]", _USER.sub("", os.fspath(value)))
    if isinstance(value, Sequence):
        return [_bare(one) for one in value]
    return value if value is None or isinstance(value, bool | int | float) else getattr(value, "name", str(value))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@contextmanager
def _errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise HubError(f"the record {folder} of the run failed ({error.strerror}); look at the disk") from error
