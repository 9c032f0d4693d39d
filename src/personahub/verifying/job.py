"""Records of a task held to what was promised of them; what does not hold is a verdict that names the stage."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pyarrow as pa

from personahub.events import Tally
from personahub.hub import Folder
from personahub.schema import VERDICTS
from personahub.text import content_id
from personahub.verifying.base import Fault, Row, Verifier

KIND = "verify"
_COLUMNS = {"samples": ("id", "text", "task", "template"), "solutions": ("id", "record", "text", "task", "template")}


@dataclass
class Verified:
    """What was found.

    Args:
        passed: by verifier and stage, how many records hold it.
        listed: the first of those that do not hold.
        nothing: records that no verifier takes.
    """

    tally: Tally = field(default_factory=Tally)
    passed: dict[str, Counter[str]] = field(default_factory=dict)
    listed: list[Mapping[str, object]] = field(default_factory=list)
    nothing: int = 0
    new: int = 0


@dataclass(frozen=True)
class Job:
    """Args:
    among: a condition on the records.
    settings: names the verdicts, with the table: other settings are other verdicts.
    shown: faults that are listed at most.
    """

    folder: Folder
    table: str
    among: str
    verifiers: Sequence[Verifier]
    settings: str
    shown: int = 20

    def done(self, tell: Callable[[int], None]) -> Verified:
        """Look at every record that nothing else drops, and put down the verdicts."""
        found = Verified(passed={one.name: Counter() for one in self.verifiers})
        run = content_id(KIND, self.table, self.settings)
        before = self.folder.current(self.table).get(KIND)
        self.folder.ledger.begin(run, {"verify": self.settings})
        found.new = self.folder.judge(self.table, KIND, run, self._verdicts(found, run, before, tell))
        return found

    def _verdicts(
        self, found: Verified, run: str, before: str | None, tell: Callable[[int], None]
    ) -> Iterator[pa.Table]:
        looked: set[str] = set()
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            for rows in self._rows():
                looked.update(row["id"] for row in rows)
                faults = list(pool.map(self._looked_at, rows))
                gone = list(self._gone(found, rows, faults))
                self._count(found, len(rows), gone)
                tell(found.tally.read)
                yield _table(self.table, [(name, reason) for name, reason, _ in gone], run)
        if before and before != run:  # what was said of other tasks by other settings stands
            yield from self._carried(before, run, looked)

    def _looked_at(self, row: Row) -> tuple[Verifier | None, Fault | None]:
        mine = next((one for one in self.verifiers if one.takes(row)), None)
        return mine, mine.fault(row) if mine else None

    def _gone(
        self, found: Verified, rows: Sequence[Row], looks: Iterable[tuple[Verifier | None, Fault | None]]
    ) -> Iterator[tuple[str, str, str]]:
        """The id, the reason and the words for those that do not hold; stages that hold are counted."""
        for row, (mine, fault) in zip(rows, looks, strict=True):
            if mine is None:
                found.nothing += 1
                continue
            found.passed[mine.name].update(mine.stages[: mine.stages.index(fault.stage)] if fault else mine.stages)
            if fault:
                yield row["id"], f"{mine.name}:{fault.stage}", fault.why

    def _count(self, found: Verified, read: int, gone: Sequence[tuple[str, str, str]]) -> None:
        found.tally += Tally(read, read - len(gone), Counter(reason for _, reason, _ in gone))
        for name, reason, why in gone[: self.shown - len(found.listed)]:
            found.listed.append({"id": name, "reason": reason, "why": why})

    def _rows(self) -> Iterator[list[Row]]:
        kept = self.folder.kept(self.table, list(_COLUMNS[self.table]), self.among, ignoring=(KIND,))
        for batch in kept:
            rows: list[dict[str, str]] = batch.to_pylist()
            if self.table == "solutions":
                texts = self._samples({row["record"] for row in rows})
                rows = [{**row, "sample": texts.get(row["record"], "")} for row in rows]
            yield rows  # type: ignore[misc]  # a mapping of strings is what a row is

    def _samples(self, ids: set[str]) -> dict[str, str]:
        held = self.folder.tables["samples"].lookup(sorted(ids), ["id", "text"])
        return dict(zip(held["id"].to_pylist(), held["text"].to_pylist(), strict=True))

    def _carried(self, before: str, run: str, looked: set[str]) -> Iterator[pa.Table]:
        mine = f"run = '{before}' AND kind = '{KIND}'"
        for batch in self.folder.tables["verdicts"].scan(["id", "table", "reason"], mine):
            rows = [row for row in batch.to_pylist() if row["table"] == self.table and row["id"] not in looked]
            yield _table(self.table, [(row["id"], row["reason"]) for row in rows], run)


def _table(table: str, gone: Sequence[tuple[str, str]], run: str) -> pa.Table:
    rows = [
        {"id": name, "table": table, "kind": KIND, "reason": reason, "other": None, "score": None, "run": run}
        for name, reason in gone
    ]
    return pa.Table.from_pylist(rows, schema=VERDICTS)
