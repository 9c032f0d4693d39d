"""What a run gave up on, asked again: those rows, and nothing else."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from os import PathLike
from time import monotonic
from typing import Any, Unpack

import pyarrow as pa
import pyarrow.compute as pc

from personahub.asked import task_of
from personahub.asking import DEFAULTS, Reaching, begin_again, open_models, report
from personahub.errors import ModelError, SourceError, TemplateError, UsageError
from personahub.events import Progress, Report, Tally, silent
from personahub.hub import Folder
from personahub.intake import Intake
from personahub.labels.pairs import Paired, pairs
from personahub.models.base import Model
from personahub.run import PART_ROWS
from personahub.runs import Past, find_run, recorded
from personahub.schema import TEXTS
from personahub.sources import read
from personahub.store.batches import head, regroup
from personahub.tasks.attributes import Attributes
from personahub.tasks.base import Task
from personahub.tasks.comparison import Comparison
from personahub.tasks.judgement import JUDGED, Judgement
from personahub.tasks.solution import Solution
from personahub.verbs import verb

Options = Mapping[str, Any]

_ANEW = {"converse": "with another --seed or --task has conversations held anew"}


def retry_run(
    id: str,  # noqa: A002 - the word people look for
    hub: str | PathLike[str] | None = None,
    *,
    reason: str | Sequence[str] = (),
    progress: Progress = silent,
    **asking: Unpack[Reaching],
) -> Report:
    """Ask again about the rows of a run of whose answers one was of no use, for a reason that may pass.

    It goes on as that run, whatever is given: with more `max_tokens` too. An answer that came meanwhile is not
    asked for again. What the rows had come to is corrected in the ledger, and what stood in "rejected" of them is
    not shown any more. A row whose persona was dropped since is left out.

    Args:
        id: at least its first four digits.
        reason: only rows that were given up on for this reason, or one of these.
        asking: as the run had it, where not given.

    Raises:
        UsageError: there is no such run, or its wording or its model is another by now, or gone.
        SourceError: the hub holds only the ids of the texts, and they cannot be read again.
    """
    reasons = [reason] if isinstance(reason, str) else [*reason]
    given = {"reason": reasons, **asking}
    verb("runs retry").check({"id": id, "hub": hub, **given})
    start = monotonic()
    folder, one = find_run(id, hub)
    asked = {
        **DEFAULTS,
        **one.options,
        **{name: value for name, value in asking.items() if value not in (None, (), [])},
    }
    task, models = _task(one), _models(one, asked, folder)
    with folder.writing():
        rows = _Rows(folder, one, task, _given_up(folder, one, reasons))
        if not rows.wanted:
            nothing = "There was nothing to ask again: it gave up on nothing, or not for this reason."
            return Report("runs retry", {task.table: Tally()}, notes=(nothing,), seconds=monotonic() - start)
        run = begin_again(folder, task, models, asked, one.id)
        run.tell = lambda: progress(run.step("runs retry", "answers", len(rows.wanted) * task.samples))
        with recorded(folder.path, run, "runs retry", given, again=True):
            run.over(rows)
        left = set(_given_up(folder, one, ())).intersection(rows.wanted)
    done = report(folder, "runs retry", {task.table: run.tally}, [run])
    return replace(done, notes=(*rows.said(len(left)), *done.notes), seconds=monotonic() - start)


def _task(one: Past) -> Task:
    """What it asked; before anything is written."""
    try:
        return task_of(one)
    except (UsageError, TemplateError) as error:
        name = one.settings.get("verb")
        anew = f"'{name}' {_ANEW.get(str(name), 'makes a new run')}" if name else "its verb makes a new run"
        raise type(error)(f"run {one.id} cannot be asked again: {error}; {anew}") from error


def _models(one: Past, asked: Options, folder: Folder) -> list[Model]:
    """The models it asked; before anything is written, as one of them may be gone."""
    name = one.settings["model"]
    try:
        models = open_models(asked, folder.path)
        identity = models[0].identity
    except (UsageError, ModelError) as error:
        began = f"it asked {name} and was started in {one.settings.get('folder')}"
        raise type(error)(f"run {one.id} cannot be asked again: {error}; {began}") from error
    if identity != name:
        raise UsageError(f"run {one.id} asked {name}, which is not {identity}")
    return models


def _given_up(folder: Folder, one: Past, reasons: Sequence[str]) -> list[str]:
    """The rows of which an answer was of no use, for one of these reasons where some are named."""
    fates = folder.ledger.lost(one.id)
    return list(
        dict.fromkeys(fate.place for fate in fates if not reasons or any(why in reasons for why in fate.failed))
    )


@dataclass
class _Rows:
    """The rows that are asked about again, in parts.

    Args:
        wanted: their ids; `given` counts those that were found.
    """

    folder: Folder
    one: Past
    task: Task
    wanted: list[str]
    given: int = field(default=0, init=False)

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        for part in regroup(self._found(), max(1, PART_ROWS // self.task.samples)):
            self.given += len(part)
            yield part

    def said(self, left: int) -> Iterator[str]:
        """What a person should know of them.

        Args:
            left: of how many some answer is still of no use.
        """
        yield f"Rows it had given up on: {len(self.wanted):,}. Mended: {len(self.wanted) - left:,}."
        if gone := len(self.wanted) - self.given:
            yield f"Not asked about, because they are dropped or not to be found by now: {gone:,}."

    def _found(self) -> Iterator[pa.RecordBatch]:
        if self.one.settings["verb"] == "extract":
            yield from self._texts()
            return
        if isinstance(self.task, Comparison):
            yield from self._pairs()
            return
        table, column = self._about()
        beside = JUDGED if isinstance(self.task, Judgement) else []
        ignoring = ("judgement" if beside else "agreement",)
        for among in self._some():
            for batch in self.folder.kept(table, ["id", column, *beside], among, ignoring=ignoring):
                yield batch.rename_columns(["id", "text", *beside])

    def _pairs(self) -> Iterator[pa.RecordBatch]:
        given: Options = self.one.options
        wanted = pa.array(self.wanted, pa.string())
        for batch in pairs(self.folder, Paired(given["pairwise"], given["task"], given["where"], given["between"])):
            yield batch.filter(pc.is_in(batch["id"], wanted))

    def _about(self) -> tuple[str, str]:
        """The table whose rows were asked about, and the column that was shown."""
        if isinstance(self.task, Attributes):
            return str(self.one.options["table"]), self.task.field
        if isinstance(self.task, Solution | Judgement):
            return "samples", "text"
        return "personas", "text"

    def _some(self) -> Iterator[str]:
        """Conditions for the tables, for a part of the ids each."""
        for start in range(0, len(self.wanted), PART_ROWS):
            ids = ", ".join(repr(name) for name in self.wanted[start : start + PART_ROWS])
            yield f"id IN ({ids})"

    def _texts(self) -> Iterator[pa.RecordBatch]:
        """From the hub; those of which it holds only the id from where they were read."""
        missing: set[str] = set()
        for among in self._some():
            for batch in self.folder.kept("texts", TEXTS.names, among):
                there = pc.is_valid(batch["text"])
                missing.update(batch["id"].filter(pc.invert(there)).to_pylist())
                yield batch.filter(there)
        for options in self._options() if missing else ():
            for batch in self._read(options):
                found = batch.filter(pc.is_in(batch["id"], pa.array(sorted(missing), pa.string())))
                missing.difference_update(found["id"].to_pylist())
                yield found

    def _options(self) -> Iterator[Options]:
        """With which `extract` was called for this run, the last first; the same sources are not read twice."""
        seen: list[object] = []
        for call in reversed(self.one.calls):
            reading = [call.options.get(name) for name in ("sources", "text_column", "max_chars", "limit")]
            if call.verb == "extract" and reading not in seen:
                seen.append(reading)
                yield call.options

    def _read(self, options: Options) -> Iterator[pa.RecordBatch]:
        why = "the hub holds only the ids of its texts, so they are read again to ask about them"
        if "-" in options["sources"]:
            raise SourceError(f"standard input cannot be read a second time: {why}")
        try:
            reading = read(options["sources"], text_column=options["text_column"], batch_rows=PART_ROWS)
        except SourceError as error:
            started = self.one.settings.get("folder")
            raise SourceError(f"{error}; {why}, and the run was started in {started}") from error
        documents = head(reading, options["limit"])
        rejected = self.folder.tables["rejected"]
        yield from Intake(documents, self.one.id, options["max_chars"], self.folder.ledger, rejected)
