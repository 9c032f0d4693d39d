"""The neck: a hub and the verbs on it. It joins what lies below and decides nothing itself."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial, wraps
from inspect import signature
from os import PathLike
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any, ParamSpec, Unpack

import pyarrow as pa

from personahub import stats, verdicts
from personahub.asking import DEFAULTS, Asking, begin, dry_report, open_models, report
from personahub.dedup.clusters import clusters
from personahub.dedup.likeness import Limits, Nearness
from personahub.dedup.records import dedup_records
from personahub.events import Progress, Report, Step, silent
from personahub.export import export
from personahub.hub import Folder
from personahub.imports import Import
from personahub.intake import Intake, to_keep
from personahub.run import PART_ROWS, Run
from personahub.runs import recorded
from personahub.schema import check_task
from personahub.sources import read, records
from personahub.stages.quality import Quality
from personahub.store.batches import head, regroup
from personahub.tasks.base import Task
from personahub.tasks.persona_to_persona import PersonaToPersona
from personahub.tasks.synthesis import Synthesis
from personahub.tasks.text_to_persona import TextToPersona
from personahub.verbs import verb

Sources = Sequence[str | PathLike[str]]
P = ParamSpec("P")


def _verb(method: Callable[P, Report]) -> Callable[P, Report]:
    """Hold what is given to the list of verbs before any work, and time the work."""
    called, shape = verb(method.__name__.rstrip("_")), signature(method)

    @wraps(method)
    def checked(*args: P.args, **given: P.kwargs) -> Report:
        named = dict(shape.bind(*args, **given).arguments)
        for several in ("asking", "near"):
            named.update(named.pop(several, {}))
        called.check({name: value for name, value in named.items() if name not in ("self", "progress")})
        hub: Hub = named["self"]
        hub._given = {name: named.get(name, option.default) for name, option in called.settings.items()}
        start = monotonic()
        return replace(method(*args, **given), seconds=monotonic() - start)

    return checked


class Hub:
    """A hub and its verbs. Each may be stopped at any time and called again: it does what is missing.

    Each takes `progress`, called as it goes, and returns a Report.
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        self._folder = Folder(path)
        self._given: dict[str, Any] = {}  # to the verb that is at work

    @property
    def path(self) -> Path:
        return self._folder.path

    def rows(self, table: str, where: str | None = None) -> Iterator[pa.RecordBatch]:
        """The kept records of "texts", "personas" or "samples", in batches with every column of the table.

        Args:
            where: a SQL condition on the columns, such as "hop = 1".
        """
        return self._folder.kept(table, self._folder.tables[table].schema.names, where)

    @_verb
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

    @_verb
    def expand(
        self,
        *,
        hops: int = 1,
        branch: int = 3,
        template: str | None = None,
        limit: int | None = None,
        progress: Progress = silent,
        **asking: Unpack[Asking],
    ) -> Report:
        """Infer personas from those in a close relationship with the ones of the hop before (paper, section 2.2)."""
        asked = {**DEFAULTS, **asking}
        runs = []
        for hop in range(1, hops + 1):
            task = PersonaToPersona.worded(template, hop=hop, count=branch)
            where = f"hop = {hop - 1}"
            if asked["dry_run"]:
                return self._would_ask("expand", task, asked, where, limit)
            runs.append(self._ask("expand", task, asked, where, limit, progress))
            if runs[-1].stopped:
                break
        return report(self._folder, "expand", {f"hop {hop}": run.tally for hop, run in enumerate(runs, 1)}, runs)

    @_verb
    def quality(
        self, *, language: str | None = None, min_words: int = 3, max_words: int = 250, progress: Progress = silent
    ) -> Report:
        """Drop personas that are unusable, each with a reason (the rules: personahub.stages.quality.RULES)."""
        stage = Quality(language=language, min_words=min_words, max_words=max_words)
        with self._folder.writing():
            personas = self._folder.tables["personas"]
            tell = partial(_tell, progress, "quality", total=personas.count())
            judgement = verdicts.unusable(personas.scan(["id", "text"]), stage, tell)
            new = self._folder.judge("personas", "quality", judgement.run, judgement.verdicts)
        return Report("quality", {"personas": judgement.tally}, new={"verdicts": new})

    @_verb
    def dedup(
        self,
        *,
        table: str = "personas",
        embedder: str = "static",
        keep: int | None = None,
        incremental: bool | None = None,
        memory_limit: str = "2GB",
        disk_limit: str | None = None,
        progress: Progress = silent,
        **near: Unpack[Nearness],
    ) -> Report:
        """Drop near duplicates among the records that other verdicts keep (paper, section 2.3)."""
        with self._folder.writing():
            limits = Limits.of(memory_limit, disk_limit, incremental)
            return dedup_records(self._folder, table, near, limits, embedder=embedder, keep=keep, progress=progress)

    @_verb
    def duplicates(
        self,
        *,
        table: str = "personas",
        method: str = "words",
        limit: int = 20,
        progress: Progress = silent,  # noqa: ARG002 - as every verb
    ) -> Report:
        """The largest clusters of near duplicates: what stays, what goes in its favour, and how similar it is."""
        return clusters(self._folder, table, method, limit)

    @_verb
    def synthesize(
        self,
        task: str,
        *,
        samples: int = 1,
        template: str | None = None,
        limit: int | None = None,
        progress: Progress = silent,
        **asking: Unpack[Asking],
    ) -> Report:
        """Write samples from each kept persona's point of view (paper, section 4).

        Args:
            task: a shipped template such as "math"; with a template of your own, the name the samples get.
        """
        asked = {**DEFAULTS, **asking}
        writing = Synthesis.worded(template, task=check_task(task), samples=samples)
        if asked["dry_run"]:
            return self._would_ask("synthesize", writing, asked, None, limit)
        run = self._ask("synthesize", writing, asked, None, limit, progress)
        return report(self._folder, "synthesize", {"samples": run.tally}, [run])

    @_verb
    def stats(self, *, progress: Progress = silent) -> Report:
        """Count what the hub holds, what was dropped and why."""
        return stats.stats(self._folder, partial(_tell, progress, "stats"))

    @_verb
    def export(
        self,
        what: str,
        *,
        output: str | PathLike[str],
        format: str | None = None,  # noqa: A002 - the word people look for
        license: str = "other",  # noqa: A002
        progress: Progress = silent,
    ) -> Report:
        """Write what is kept to a file, with a card that says how it was made.

        Args:
            what: a task such as "math", "samples" for all tasks, or "personas".
        """
        tell = partial(_tell, progress, "export")
        done = export(self._folder, what, output=Path(output), layout=format, licence=license, tell=tell)
        return Report("export", {what: done.tally}, output=str(output), preview=tuple(done.preview))

    @_verb
    def import_(
        self,
        sources: Sources,
        *,
        persona_column: str | None = None,
        task: str = "imported",
        limit: int | None = None,
        progress: Progress = silent,
    ) -> Report:
        """Take in released PERSONA HUB rows: personas, or samples with the personas they came from."""
        coming = records(sources)
        self._folder.create()
        with self._folder.writing():
            taken = Import(check_task(task), persona_column, self._folder.ledger, self._folder.tables)
            taken.over(head(coming, limit), lambda done: progress(Step("import", "rows", done, None, coming.share)))
        return Report("import", taken.tallies, new=taken.new)

    def _personas(self, task: Task, where: str | None, limit: int | None) -> Iterator[pa.RecordBatch]:
        """The kept personas in parts; the same rows give the same parts, however they lie on the disk."""
        kept = self._folder.kept("personas", ["id", "text"], where)
        return regroup(head(kept, limit), max(1, PART_ROWS // task.samples))

    def _ask(
        self, name: str, task: Task, asked: Mapping[str, Any], where: str | None, limit: int | None, progress: Progress
    ) -> Run:
        """A run over the kept personas."""
        models = open_models(asked, self.path)
        kept = self._folder.tally("personas", where).kept
        total = kept if limit is None else min(kept, limit)
        with self._folder.writing():
            run = begin(self._folder, task, models, asked)
            run.tell = lambda: progress(run.step(name, "answers", total * task.samples))
            with recorded(self.path, run, name, self._given):
                run.over(self._personas(task, where, limit))
        return run

    def _would_ask(
        self, name: str, task: Task, asked: Mapping[str, Any], where: str | None, limit: int | None
    ) -> Report:
        with self._folder.writing():
            run = begin(self._folder, task, open_models(asked, self.path), asked)
            return dry_report(run, name, self._personas(task, where, limit), asked)

    @contextmanager
    def _place(self, *, dry_run: bool) -> Iterator[Folder]:
        """The hub to write to; for a dry run one that is thrown away."""
        with TemporaryDirectory() if dry_run else nullcontext() as scratch:
            folder = Folder(scratch) if scratch else self._folder
            folder.create()
            with folder.writing():
                yield folder


def open(path: str | PathLike[str]) -> Hub:  # noqa: A001 - `personahub.open` says it best
    """The hub at this path; the first verb that writes makes a new one.

    Raises HubError where the folder is no hub, HubTooNew where a later version made it.
    """
    return Hub(path)


def _tell(progress: Progress, name: str, done: int, total: int | None = None) -> None:
    progress(Step(name, "rows", done, total))
