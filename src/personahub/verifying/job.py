"""Records of a task held to what was promised of them; what does not hold is a verdict that names the stage."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pyarrow as pa

from personahub.events import Tally
from personahub.hub import Folder
from personahub.ruling import RULED, rule
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
    settings: of the sandbox, where one is needed.
    shown: faults that are listed at most.
    """

    folder: Folder
    table: str
    task: str
    verifiers: Sequence[Verifier]
    settings: Mapping[str, object]
    shown: int = 20

    def done(self, tell: Callable[[int], None]) -> Verified:
        """Look at every record of the task that nothing else drops, and put down the verdicts."""
        found = Verified(passed={one.name: Counter() for one in self.verifiers})
        gone: list[tuple[str, str]] = []
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            for rows in self._rows():
                faults = list(pool.map(self._looked_at, rows))
                some = list(self._gone(found, rows, faults))
                self._count(found, len(rows), some)
                gone += [(name, reason) for name, reason, _ in some]
                tell(found.tally.read)
        columns = [[name for name, _ in gone], [reason for _, reason in gone], [None] * len(gone)]
        ruled = pa.Table.from_arrays([pa.array(*pair) for pair in zip(columns, RULED.types, strict=True)], schema=RULED)
        found.new = rule(self.folder, KIND, self.task, ruled, self.settings, self.table)
        return found

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
        among = self.folder.of_task(self.table, self.task, None)
        kept = self.folder.kept(self.table, list(_COLUMNS[self.table]), among, ignoring=(KIND,))
        for batch in kept:
            rows: list[dict[str, str]] = batch.to_pylist()
            if self.table == "solutions":
                texts = self._samples({row["record"] for row in rows})
                rows = [{**row, "sample": texts.get(row["record"], "")} for row in rows]
            yield rows  # type: ignore[misc]  # a mapping of strings is what a row is

    def _samples(self, ids: set[str]) -> dict[str, str]:
        held = self.folder.tables["samples"].lookup(sorted(ids), ["id", "text"])
        return dict(zip(held["id"].to_pylist(), held["text"].to_pylist(), strict=True))
