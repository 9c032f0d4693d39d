"""Verbs that make records, and those that drop them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from tempfile import TemporaryDirectory
from typing import Any, Unpack

import pyarrow as pa
import pyarrow.compute as pc

from personahub import verdicts, watching
from personahub.api.base import Place, Sources, counting, on_hub
from personahub.asked import synthesis
from personahub.asking import DEFAULTS, UNWRITTEN, Asking, Writing, begin, dry_report, open_models, report
from personahub.dedup.likeness import Limits
from personahub.dedup.records import Sought, dedup_records
from personahub.errors import UsageError
from personahub.events import Progress, Report, Step, Tally, silent
from personahub.hub import Folder, Whole
from personahub.intake import Intake, to_keep
from personahub.models.base import Prompt
from personahub.novelty.base import Comparing
from personahub.run import PART_ROWS, Run
from personahub.runs import recorded
from personahub.shots import shots
from personahub.sources import read
from personahub.stages.quality import Quality
from personahub.store.batches import head, regroup
from personahub.tasks.base import Task
from personahub.tasks.persona_to_persona import PersonaToPersona
from personahub.tasks.text_to_persona import TextToPersona


class Compared(Asking, Comparing, total=False):
    """The options of verbs that ask a model and hold what it makes against what is there."""


class WritingCompared(Writing, Comparing, total=False):
    """The same, of verbs that write samples."""


@dataclass(frozen=True)
class _Among:
    """Which of the kept personas are asked about: the first `limit` of those of `rows` that meet a condition."""

    where: str | None
    rows: Whole | None
    limit: int | None


class Making(Place):
    """Verbs that make records, and those that drop them."""

    @on_hub
    def extract(
        self,
        sources: Sources,
        *,
        granularity: str = "fine",
        personas_per_text: int = 1,
        text_column: str | None = None,
        max_chars: int = 8000,
        keep_texts: str = "full",
        template: str | None = None,
        limit: int | None = None,
        progress: Progress = silent,
        **asking: Unpack[Asking],
    ) -> Report:
        """Infer personas from texts (paper, section 2.1).

        Raises:
            SourceError: a source that is not there, or whose text column cannot be told.
            TemplateError, ModelError, HubBusy: as their names say; what was answered until then is kept.
        """
        asked = {**DEFAULTS, **asking}
        task = TextToPersona.worded(template, granularity=granularity, count=personas_per_text)
        reading = read(sources, text_column=text_column, batch_rows=PART_ROWS)
        models = open_models(asked, self.path)
        with self._place(dry_run=asked["dry_run"]) as folder:
            run = begin(folder, task, models, asked)
            run.keep_inputs = partial(to_keep, whole=keep_texts == "full")
            texts = Intake(head(reading, limit), run.id, max_chars, folder.ledger, folder.tables["rejected"])
            texts.position = lambda: reading.share
            run.tell = lambda: progress(run.step("extract", "texts", share=texts.share(run.done)))
            if asked["dry_run"]:
                return dry_report(run, "extract", texts, asked)
            with recorded(folder.path, run, "extract", self._given):
                run.over(texts)
        return report(self._folder, "extract", {**texts.tallies, "personas": run.tally}, [run])

    @on_hub
    def expand(
        self,
        *,
        hops: int = 1,
        branch: int = 3,
        template: str | None = None,
        selection: str | None = None,
        limit: int | None = None,
        progress: Progress = silent,
        **comparing: Unpack[Compared],
    ) -> Report:
        """Infer personas from those in a close relationship with the ones of the hop before (paper, section 2.2).

        Args:
            selection: ask about its personas alone, one step on from the hop of each.
        """
        asked = {**DEFAULTS, **watching.DEFAULTS, **comparing}
        runs: dict[str, Run] = {}
        rows = self._selected("personas", selection)
        for before in range(hops) if rows is None else self._hops_of(rows, hops):
            task = PersonaToPersona.worded(template, hop=before + 1, count=branch)
            among = _Among(f"hop = {before}", rows, limit)
            if asked["dry_run"]:
                return self._would_ask("expand", task, asked, among)
            run = runs[f"hop {before + 1}"] = self._ask("expand", task, asked, among, progress)
            if run.stopped or watching.enough(run):
                break
        return self._told("expand", {hop: run.tally for hop, run in runs.items()}, list(runs.values()))

    @on_hub
    def quality(
        self, *, language: str | None = None, min_words: int = 3, max_words: int = 250, progress: Progress = silent
    ) -> Report:
        """Drop personas that are unusable, each with a reason (the rules: personahub.stages.quality.RULES)."""
        stage = Quality(language=language, min_words=min_words, max_words=max_words)
        with self._folder.writing():
            personas = self._folder.tables["personas"]
            tell = counting(progress, "quality", total=personas.count())
            judgement = verdicts.unusable(personas.scan(["id", "text"]), stage, tell)
            self._folder.ledger.begin(judgement.run, {"stage": repr(stage)})
            new = self._folder.judge("personas", "quality", judgement.run, judgement.verdicts)
        return Report("quality", {"personas": judgement.tally}, new={"verdicts": new})

    @on_hub
    def dedup(
        self,
        *,
        table: str = "personas",
        keep: int | None = None,
        incremental: bool | None = None,
        memory_limit: str = "2GB",
        disk_limit: str | None = None,
        progress: Progress = silent,
        **near: Unpack[Sought],
    ) -> Report:
        """Drop near duplicates among the records that other verdicts keep (paper, section 2.3)."""
        with self._folder.writing():
            limits = Limits.of(memory_limit, disk_limit, incremental)
            return dedup_records(self._folder, table, near, limits, keep=keep, progress=progress)

    @on_hub
    def synthesize(
        self,
        task: str,
        *,
        selection: str | None = None,
        limit: int | None = None,
        progress: Progress = silent,
        **writing: Unpack[WritingCompared],
    ) -> Report:
        """Write samples from each kept persona's point of view (paper, section 4).

        Args:
            task: a shipped template such as "math", or a file of your own; with `template`, the name the samples get.
            selection: of its personas alone, in the order in which they were chosen.
        """
        asked = {**DEFAULTS, **UNWRITTEN, **watching.DEFAULTS, **writing, "task": task}
        synthesis(asked)  # whatever is wrong with the template shall be said before anything is paid for
        shown = shots(self._folder, asked)
        asked["demonstrations"] = self._given["demonstrations"] = shown.recorded
        wanted = synthesis(asked)
        among = _Among(None, self._selected("personas", selection), limit)
        if asked["dry_run"]:
            return self._would_ask("synthesize", wanted, asked, among, shown.asked)
        run = self._ask("synthesize", wanted, shown.left(asked), among, progress)
        done = self._told("synthesize", {"samples": run.tally}, [run])
        return replace(done, usage=done.usage + shown.usage)

    def _hops_of(self, rows: Whole, hops: int) -> list[int]:
        """Those at which these personas are."""
        if hops > 1:
            raise UsageError(
                "hops count from the web texts, and a selection is gone on with by one step: leave hops out, "
                "and select among those that were made for the next one"
            )
        found: set[int] = set()
        for batch in self._folder.kept("personas", ["hop"], rows=rows):
            found.update(pc.unique(batch["hop"]).to_pylist())
        return sorted(found)

    def _personas(self, task: Task, among: "_Among") -> Iterator[pa.RecordBatch]:
        """The kept personas in parts; the same rows give the same parts, however they lie on the disk."""
        kept = self._folder.kept("personas", ["id", "text"], among.where, rows=among.rows)
        return regroup(head(kept, among.limit), max(1, PART_ROWS // task.samples))

    def _ask(self, name: str, task: Task, asked: Mapping[str, Any], among: "_Among", progress: Progress) -> Run:
        """A run over the kept personas."""
        models = open_models(asked, self.path)
        like = f"task = '{asked['task']}'" if task.table == "samples" else None
        kept = self._folder.tally("personas", among.where, rows=among.rows).kept
        total = kept if among.limit is None else min(kept, among.limit)
        with self._folder.writing():
            run = begin(self._folder, task, models, asked)
            run.tell = lambda: progress(run.step(name, "answers", total * task.samples))
            watching.watch(self._folder, run, asked, like, partial(_waiting, progress, name))
            with recorded(self.path, run, name, self._given):
                run.over(self._personas(task, among))
        return run

    def _told(self, name: str, tallies: Mapping[str, Tally], runs: list[Run]) -> Report:
        made = report(self._folder, name, tallies, runs)
        counts, notes = watching.told(made, runs)
        return replace(made, counts=counts, notes=(*notes, *made.notes))

    def _would_ask(
        self, name: str, task: Task, asked: Mapping[str, Any], among: "_Among", first: Sequence[Prompt] = ()
    ) -> Report:
        with self._folder.writing():
            run = begin(self._folder, task, open_models(asked, self.path), asked)
            return dry_report(run, name, self._personas(task, among), asked, first)

    @contextmanager
    def _place(self, *, dry_run: bool) -> Iterator[Folder]:
        """The hub to write to; for a dry run one that is thrown away."""
        with TemporaryDirectory() if dry_run else nullcontext() as scratch:
            folder = Folder(scratch) if scratch else self._folder
            folder.create()
            with folder.writing():
                yield folder


def _waiting(progress: Progress, name: str, said: str) -> None:
    progress(Step(name, "answers", 0, state=said))
