"""One record with all that it came from and all that came of it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from personahub.asked import task_of
from personahub.dedup.clusters import Explained
from personahub.errors import HubError, PersonahubError, UsageError
from personahub.events import Report
from personahub.hub import Folder
from personahub.models.base import Completion, Prompt
from personahub.models.journal import Journal, question
from personahub.runs import past
from personahub.schema import KEPT
from personahub.tasks.base import Task

TABLES = ("personas", "samples", "texts")
LEAST_DIGITS = 4  # of an id
SAID = 5  # ids that are named where digits may mean several

_DIGITS = re.compile(rf"[0-9a-f]{{{LEAST_DIGITS},32}}")
_BEHIND = "g"  # sorts behind every digit
_FARTHEST = 1000  # relations that are followed: a circle of them has no end

Row = Mapping[str, object]


def show(folder: Folder, digits: str, limit: int) -> Report:
    """A text, persona or sample, by its id or the first digits of it.

    Args:
        limit: of children, and of samples, that are listed.

    Returns:
        a report whose `listed` is one row: `table`, `record` (every column it has), `dropped` (why, or None), `path`
        (what it came from, nearest first), `children` and `samples` (each `count` and `listed`), `verdicts`,
        `judgements` (what reviewers said of it), and `asked` (run, model, prompt and answer; None for what was not
        asked for).

    Raises:
        UsageError: there is none, or more than one.
    """
    if not folder.exists:
        raise HubError(f"there is no hub at {folder.path}")
    table, record = _found(folder, digits)
    lineage = _Lineage(folder, table, record)
    told = {
        "table": table,
        "record": dict(record),
        "dropped": lineage.dropped(),
        "path": list(lineage.path()),
        "children": lineage.children(limit),
        "samples": lineage.samples(limit),
        "verdicts": list(lineage.verdicts()),
        "judgements": [asdict(one) for one in folder.judgements.of(table, [lineage.id])],
        "asked": lineage.asked(),
    }
    return Report("show", listed=(told,))


def _found(folder: Folder, digits: str) -> tuple[str, Row]:
    wanted = digits.lower()
    if not _DIGITS.fullmatch(wanted):
        raise UsageError(f"{digits[:80]!r} is no id: give 32 hexadecimal digits, or at least the first {LEAST_DIGITS}")
    where = f"id = '{wanted}'" if len(wanted) == 32 else f"id >= '{wanted}' AND id < '{wanted}{_BEHIND}'"
    found = [(table, row) for table in TABLES for row in _rows(folder, table, where, SAID + 1)]
    if not found:
        raise UsageError(f"{folder.path} holds no text, persona or sample with the id {digits}")
    if len(found) > 1:
        named = ", ".join(f"{row['id']} ({table})" for table, row in found[:SAID])
        raise UsageError(f"{digits} may be any of {named}{' and more' if len(found) > SAID else ''}; give more digits")
    return found[0]


def _rows(folder: Folder, table: str, where: str, limit: int, columns: tuple[str, ...] = ()) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = folder.tables[table].first(where, limit, columns).to_pylist()
    return rows


@dataclass(frozen=True)
class _Lineage:
    folder: Folder
    table: str
    record: Row

    @property
    def id(self) -> str:
        return str(self.record["id"])

    def dropped(self) -> str | None:
        for batch in self.folder.judged(self.table, ["id"], f"id = '{self.id}'"):
            for reason in batch["reject"].to_pylist():
                return None if reason is None else str(reason)
        return None

    def path(self) -> Iterator[Row]:
        """From the nearest to the text, or to the file that it was read from."""
        table, row = self.table, self.record
        seen = {self.id}
        for _ in range(_FARTHEST):
            above = _above(table, row)
            if above is None:
                return
            table, name = above
            if name in seen:
                yield {"table": table, "id": name, "missing": "it comes from itself, so the path ends here"}
                return
            seen.add(name)
            found = _rows(self.folder, table, f"id = '{name}'", 1)
            if not found:
                yield {"table": table, "id": name, "missing": f"it is not in the table {table}"}
                return
            row = found[0]
            yield {"table": table, **row}

    def children(self, limit: int) -> Row:
        """The personas that were made from it."""
        origin = {"texts": "text", "personas": "relation"}.get(self.table)
        if origin is None:
            return {"count": 0, "listed": []}
        where = f"source = '{self.id}' AND origin = '{origin}'"
        return self._some("personas", where, limit, ("id", "relation", "text"))

    def samples(self, limit: int) -> Row:
        if self.table != "personas":
            return {"count": 0, "listed": []}
        return self._some("samples", f"persona_id = '{self.id}'", limit, ("id", "task", "text"))

    def _some(self, table: str, where: str, limit: int, columns: tuple[str, ...]) -> Row:
        count = self.folder.tables[table].count(where)
        return {"count": count, "listed": _rows(self.folder, table, where, limit, columns) if count else []}

    def verdicts(self) -> Iterator[Row]:
        """All that were ever given on it, the current ones first."""
        newest, heads = self._newest(rows := self._judged()), self.folder.current(self.table)
        for row in sorted(rows, key=lambda one: (newest.get(one["kind"]) != one["run"], one["kind"])):
            if row["reason"] == KEPT:
                continue
            others = _rows(self.folder, self.table, f"id = '{row['other']}'", 1, ("text",)) if row["other"] else []
            yield {
                **{name: row[name] for name in ("kind", "reason", "other", "score", "run")},
                "other_text": others[0]["text"] if others else None,
                "current": (current := newest.get(row["kind"]) == row["run"]),
                "settings": self._settings(row["kind"], heads[row["kind"]] if current else row["run"]),
            }

    def _judged(self) -> list[dict[str, Any]]:
        book = self.folder.tables["verdicts"].lookup([self.id], self.folder.tables["verdicts"].schema.names)
        rows: list[dict[str, Any]] = book.filter(pc.equal(book["table"], self.table)).to_pylist()
        return rows

    def _newest(self, rows: list[dict[str, Any]]) -> dict[str, str]:
        """By kind the run whose word counts."""
        said = {(row["kind"], row["run"]) for row in rows}
        families = self.folder.families(self.table)
        runs = {kind: next((run for run in runs if (kind, run) in said), "") for kind, runs in families.items()}
        return {kind: run for kind, run in runs.items() if run}

    def _settings(self, kind: str, run: str) -> Row | None:
        """What made verdicts of a run, as far as the hub knows."""
        explained = Explained.of(self.folder, self.table, run, kind)
        return dict(explained.settings) if explained else self.folder.ledger.settings(run)

    def asked(self) -> Row | None:
        """The prompt that made it, and the answer; None for what no model made."""
        run = self.record.get("run")
        if self.table == "texts" or not run or self.record.get("model") is None:
            return None
        told: dict[str, object] = {"run": run, "model": self.record["model"], "prompt": None, "answer": None}
        one = next((one for one in past(self.folder.path) if one.id == run), None)
        if one is None:
            return {**told, "note": "the record of its run is gone, so its prompt cannot be made again"}
        told["verb"] = one.settings.get("verb")
        try:
            task = task_of(one)
        except PersonahubError as error:
            return {**told, "note": f"its prompt cannot be made again: {error}"}
        asked = self._input()
        if asked is None:
            return {**told, "note": "what it was made from is not in the hub, so its prompt cannot be made again"}
        return {**told, **self._answer(task, str(one.settings["model"]), asked)}

    def _input(self) -> pa.RecordBatch | None:
        """The row that was asked about."""
        above = _above(self.table, self.record)
        if above is None:
            return None
        table, name = above
        found = self.folder.tables[table].lookup([name], ["id", "text"]).combine_chunks()
        whole = len(found) == 1 and found["text"].null_count == 0
        return found.to_batches()[0] if whole else None

    def _answer(self, task: Task, model: str, asked: pa.RecordBatch) -> Row:
        """Of the prompts about a row the one whose answer this record was read from."""
        prompts = task.prompts(asked)
        keys = [question(model, prompt) for prompt in prompts]
        place = self.folder.path / "journal"
        known = Journal(place, writing=False).known(keys) if place.is_dir() else {}
        answers = [known.get(key, Completion("", "not known")) for key in keys]
        made = task.rows(asked, answers)
        for row, name in enumerate(made["id"].to_pylist()):
            if name == self.id and made["reject"][row].as_py() is None:
                number = row if len(made) == len(prompts) and len(prompts) > 1 else 0
                return _told(prompts[number], answers[number])
        note = "no first answer in the journal holds it: it was mended by a second request, or came from another hub"
        return {**_told(prompts[0], None), "note": note}


def _told(prompt: Prompt, answer: Completion | None) -> dict[str, object]:
    told: dict[str, object] = {
        "prompt": [{"role": message.role, "content": message.content} for message in prompt.messages],
        "schema": prompt.schema or None,
    }
    if answer:
        tokens = {"prompt_tokens": answer.prompt_tokens, "completion_tokens": answer.completion_tokens}
        told |= {"answer": answer.text, "reasoning": answer.reasoning or None, **tokens}
    return told


def _above(table: str, row: Row) -> tuple[str, str] | None:
    """Table and id of what a record was made from; None where that is a file."""
    if table == "samples":
        return "personas", str(row["persona_id"])
    place = {"relation": "personas", "text": "texts"}.get(str(row.get("origin"))) if table == "personas" else None
    return (place, str(row["source"])) if place and row["source"] else None
