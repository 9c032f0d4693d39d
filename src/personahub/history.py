"""Runs that were: listed, and looked into."""

import re
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from os import PathLike
from time import monotonic

import pyarrow.compute as pc

from personahub.events import Report, Tally
from personahub.hub import Folder
from personahub.run import EXAMPLES
from personahub.runs import Call, Past, find_run, hubs, past
from personahub.verbs import verb

TABLES = ("personas", "samples", "solutions", "labels")  # that a model fills
SHOWN = 12  # digits of an id, where a person reads it

_HOP = re.compile(r"hop \d+")


def list_runs(hub: str | PathLike[str] | None = None) -> Report:
    """The runs of a hub, or of every hub in the current folder, the one that was called last first.

    Returns:
        a report whose `listed` has a row for each: id, hub, verb, model, begun, kept, rejected (rows that the hub
        holds now), open_parts, cost (US dollars; None where no price is known), how it ended.
    """
    verb("runs list").check({"hub": hub})
    start = monotonic()
    listed: list[Mapping[str, object]] = []
    for folder in hubs(hub):
        kept, rejected = _counts(folder)
        listed += [_row(folder, one, kept[one.id], rejected[one.id]) for one in past(folder.path)]
    listed.sort(key=lambda row: str(row["begun"]), reverse=True)
    notes = () if listed else ("No run is on record here.",)
    return Report("runs list", listed=tuple(listed), notes=notes, seconds=monotonic() - start)


def show_run(id: str, hub: str | PathLike[str] | None = None) -> Report:  # noqa: A002 - the word people look for
    """One run: its settings, its calls, what it made and what was rejected, the endpoint's words, and how to go on.

    Args:
        id: at least its first four digits.
    """
    verb("runs show").check({"id": id, "hub": hub})
    start = monotonic()
    folder, one = find_run(id, hub)
    seen = _looked_into(folder, one)
    return Report(
        "runs show",
        {seen.table: seen.tally},
        usage=one.usage,
        preview=(_settings(folder, one), *seen.words()),
        listed=tuple(_call(folder, call) for call in one.calls),
        notes=tuple(_notes(folder, one, seen)),
        seconds=monotonic() - start,
    )


@dataclass
class _Seen:
    """What the hub holds of a run.

    Args:
        examples: of what was said, by reason.
    """

    table: str
    tally: Tally
    examples: dict[str, list[str]] = field(default_factory=dict)

    def take(self, reason: str, words: str | None) -> None:
        some = self.examples.setdefault(reason, [])
        if words and len(some) < EXAMPLES and words not in some:
            some.append(words)

    def words(self) -> Iterator[Mapping[str, object]]:
        for reason, some in sorted(self.examples.items()):
            yield {reason: "\n".join(some)}


def _looked_into(folder: Folder, one: Past) -> _Seen:
    table = str(one.settings.get("table", "samples"))
    reasons: Counter[str] = Counter()
    seen = _Seen(table, Tally())
    where = f"run = '{one.id}' AND `table` = '{table}'"
    for batch in folder.kept("rejected", ["reason", "detail"], where):
        reasons.update(batch["reason"].to_pylist())
        for reason, detail in zip(batch["reason"].to_pylist(), batch["detail"].to_pylist(), strict=True):
            seen.take(reason, detail)
    for call in one.calls:
        for reason, some in call.examples.items():
            for words in some:
                seen.take(reason, words)
    kept = folder.tables[table].count(f"run = '{one.id}'")
    seen.tally = Tally(kept + reasons.total(), kept, reasons)
    return seen


def _counts(folder: Folder) -> tuple[Counter[str], Counter[str]]:
    """Rows kept, and rows rejected, that the hub holds of each run."""
    kept: Counter[str] = Counter()
    for table in TABLES:
        for batch in folder.tables[table].scan(["run"]):
            kept.update({pair["values"]: pair["counts"] for pair in pc.value_counts(batch["run"]).to_pylist()})
    rejected: Counter[str] = Counter()
    for batch in folder.kept("rejected", ["run"], f"`table` IN {TABLES}"):
        rejected.update({pair["values"]: pair["counts"] for pair in pc.value_counts(batch["run"]).to_pylist()})
    return kept, rejected


def _row(folder: Folder, one: Past, kept: int, rejected: int) -> Mapping[str, object]:
    return {
        "id": one.id,
        "hub": str(folder.path),
        "verb": _what(one),
        "model": one.settings.get("model"),
        "begun": one.calls[0].began,
        "kept": kept,
        "rejected": rejected,
        "open_parts": folder.ledger.open_parts(one.id),
        "cost": one.usage.cost,
        "how": _ended(folder, one.calls[-1]),
    }


def _what(one: Past) -> str:
    """Such as "expand hop 2"."""
    hop = _HOP.search(str(one.settings.get("task")))
    more = hop[0] if hop else one.options.get("task", "")
    return f"{one.settings.get('verb', 'of an unknown verb')} {more}".rstrip()


def _ended(folder: Folder, call: Call) -> str:
    if call.ended:
        return call.how
    return "running" if folder.writer == call.pid else "killed"


def _settings(folder: Folder, one: Past) -> Mapping[str, object]:
    versions = one.settings.get("versions")
    named = versions.items() if isinstance(versions, Mapping) else ()
    return {
        "run": one.id,
        "hub": str(folder.path),
        "verb": _what(one),
        **{name: one.settings.get(name, "") for name in ("task", "model", "folder")},
        "options": shlex.join(_typed(one)) or "those by default",
        "versions": ", ".join(f"{name} {value}" for name, value in named),
    }


def _call(folder: Folder, call: Call) -> Mapping[str, object]:
    return {
        "begun": call.began,
        "verb": call.verb,
        "seconds": call.seconds,
        "how": _ended(folder, call),
        "requests": call.usage.requests,
        "reused": call.usage.reused,
        "kept": call.tally.kept,
        "failed": ", ".join(f"{reason} {count:,}" for reason, count in sorted(call.failed.items())),
        "cost": call.usage.cost,
    }


def _notes(folder: Folder, one: Past, seen: _Seen) -> Iterator[str]:
    """What it cost, and the commands to go on with."""
    if one.usage.cost and seen.tally.kept:
        cost = one.usage.cost
        yield f"{cost:,.4f} USD, which is {cost / seen.tally.kept:,.6f} USD for each row kept."
    if any(not call.ended for call in one.calls[:-1]) or _ended(folder, one.calls[-1]) == "killed":
        yield "A call of it was killed: what that one used is not counted here, what it was answered is kept."
    hub = shlex.quote(str(folder.path))
    words = shlex.join(_typed(one))
    if _ended(folder, one.calls[-1]) != "done" or folder.ledger.open_parts(one.id):
        yield f"To go on: personahub {one.settings.get('verb')} {hub} {words}"
    if lost := len({fate.place for fate in folder.ledger.lost(one.id)}):
        yield f"Rows it gave up on: {lost:,}. To ask again: personahub runs retry {one.id[:SHOWN]} {hub}"


def _typed(one: Past) -> list[str]:
    """The words of a command that gives these options, as far as they are not the default."""
    settings = verb(str(one.settings["verb"])).settings if "verb" in one.settings else {}
    words: list[str] = []
    for name, option in settings.items():
        value = one.options.get(name, option.default)
        if option in verb(str(one.settings["verb"])).arguments:
            words += [str(each) for each in (value if isinstance(value, list) else [value])]
        elif value not in (option.default, None, [], False):
            for each in value if isinstance(value, list) else [value]:
                words += [f"--{name.replace('_', '-')}", *([] if value is True else [str(each)])]
    return words
