"""The verbs that send to Argilla and take from it: from their options to a report."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from personahub.argilla.client import Server
from personahub.argilla.pull import Pull
from personahub.argilla.push import NO_ANSWER, NO_USER, Push, Pushed
from personahub.argilla.vectors import vectors
from personahub.errors import UsageError
from personahub.events import Report
from personahub.export.chosen import Chosen, count
from personahub.hub import Folder
from personahub.models.wire.endpoint import read_key

URL = "http://localhost:6900"  # where Argilla listens by itself
PREVIEW_ROWS = 3

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_ -]{0,199}")


@dataclass(frozen=True)
class There:
    """Where it goes to or comes from, as it was said; what is None is what the options say.

    Args:
        dataset: as what is sent is called, for None.
    """

    dataset: str | None = None
    workspace: str | None = None
    server: str | None = None
    key_file: str | None = None

    def name(self, what: str) -> str:
        """The dataset; UsageError where the server could not call it so."""
        found = what if self.dataset is None else self.dataset
        if not _NAME.fullmatch(found):
            raise UsageError(
                f"Argilla has no dataset of the name {found[:80]!r}: letters and digits of ASCII, spaces, - and _; say "
                "--dataset NAME"
            )
        return found

    def opened(self) -> Server:
        """The server, which is asked nothing yet.

        Raises UsageError for what is no address, and where there is no key.
        """
        url = (self.server or os.environ.get("ARGILLA_API_URL") or URL).strip()
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
            raise UsageError("server must be an address such as http://localhost:6900, with nothing of a key in it")
        key = read_key(self.key_file) if self.key_file else os.environ.get("ARGILLA_API_KEY", "").strip()
        if not key or not key.isascii() or not key.isprintable():
            raise UsageError("a key of the Argilla server is needed: set ARGILLA_API_KEY or give --key-file")
        return Server(url.rstrip("/"), key, self.workspace)


@dataclass(frozen=True)
class What:
    """Which records: as `export` takes them, save that there is one dataset a task."""

    what: str
    where: str | None = None
    selection: str | None = None

    def chosen(self, folder: Folder) -> Chosen:
        """UsageError where none is meant."""
        if self.what == "samples":
            raise UsageError("name one task: each has its own questions, and so its own dataset")
        found = Chosen(self.what, self.where, self.selection)
        found.condition(folder)
        return found


def push(
    folder: Folder, what: What, there: There, tell: Callable[[int, int], None], *, field: str | None, dry_run: bool
) -> Report:
    """Send records; with `dry_run` the report has the first of them as they would be, and no server is asked.

    Args:
        tell: hears how many records are seen to, of how many.
        field: whose vectors go with them.
    """
    chosen, name = what.chosen(folder), there.name(what.what)
    total = count(folder, chosen)
    push = Push(folder, chosen, vectors(folder, chosen.table, field) if field else None)
    if dry_run:
        plan, odd = push.planned()
        first = push.first(plan, PREVIEW_ROWS)
        asked = ", ".join(f"{one.name} ({one.kind})" for one in plan.asked)
        note = f"nothing is sent; the dataset {name} would ask {asked}"
        tally = folder.tally(chosen.table, chosen.condition(folder), rows=chosen.rows(folder))
        shown = tuple({"id": one.id, **one.fields} for one in first)
        return Report("argilla push", {what.what: tally}, preview=shown, notes=(note, *odd))
    server = there.opened()
    done, odd = push.send(server, name, lambda rows: tell(rows, total))
    tallies = {what.what: done.records, "judgements": done.judgements}
    return Report("argilla push", tallies, notes=(*_notes(done), *odd, f"sent to the dataset {name} of {server.url}"))


def pull(folder: Folder, what: What, there: There, tell: Callable[[int], None], *, dry_run: bool) -> Report:
    """Take what was said there; with `dry_run` the report says what would come, and nothing is changed."""
    chosen, name = what.chosen(folder), there.name(what.what)
    count(folder, chosen)
    server = there.opened()
    done = Pull(folder, chosen, Push(folder, chosen).questions, dry_run).take(server, name, tell)
    notes = [f"nothing is changed; without --dry-run {done.new:,} judgements would be"] if dry_run else []
    if done.conflicts:
        notes.append(
            "what was judged otherwise both here and there since they last met stays as it is here; judge it on the "
            "page as it is there, or in Argilla as it is here, and push"
        )
    return Report(
        "argilla pull",
        {"judgements": done.judgements},
        new={} if dry_run else {"judgements": done.new},
        counts={"records looked at": {"there": done.records}},
        listed=tuple(done.conflicts),
        notes=tuple(notes),
    )


def _notes(done: Pushed) -> list[str]:
    found = []
    if done.before:
        found.append(f"{done.before:,} records had been sent by the call before, and nothing changed here since")
    if done.judgements.rejected.get(NO_USER):
        some = ", ".join(sorted(done.strangers)[:10])
        found.append(f"the server has no user of these names, so their judgements are only here: {some}")
    if done.judgements.rejected.get(NO_ANSWER):
        found.append("Argilla takes nothing as submitted without an answer to what it requires; those are only here")
    if done.refused:
        found.append(f"the server refused records, the first so: {done.refused}")
    return found
