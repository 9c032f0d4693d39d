"""Verbs that say more of records than these say themselves."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Unpack

import pyarrow as pa

from personahub.api.base import Place, counting, on_hub, stepping
from personahub.asking import DEFAULTS, Asking, begin, dry_report, open_models, report
from personahub.attributes.names import ATTRIBUTES
from personahub.embedded import Embedded
from personahub.embedders.base import Embedding, opened, used
from personahub.events import Progress, Report, silent
from personahub.labels import answers
from personahub.labels.card import Card, Maker, column_read
from personahub.labels.rules import by_stage, only_of_models
from personahub.labels.topics import group
from personahub.run import PART_ROWS
from personahub.runs import recorded
from personahub.stages.attributes import NEAREST, AttributesOf
from personahub.store.batches import head, regroup
from personahub.tasks.attributes import Attributes


class Labelling(Place):
    """Verbs that say more of records than these say themselves."""

    @on_hub
    def label(
        self,
        *,
        attribute: Sequence[str] = (),
        table: str = "personas",
        field: str | None = None,
        confidence: float = 0.5,
        embedder: str = "static",
        redo: bool = False,
        template: str | None = None,
        limit: int | None = None,
        progress: Progress = silent,
        **asking: Unpack[Asking],
    ) -> Report:
        """Tell attributes of the records that have none yet: columns that every `where` knows.

        Raises:
            UsageError: another has labelled them, and `redo` is not asked for; nothing is mixed.
        """
        asked, column = {**DEFAULTS, **asking}, column_read(table, field)
        names = [name for name in ATTRIBUTES if name in (attribute or ATTRIBUTES)]
        if asked["model"] is not None:
            task = Attributes.worded(template, names=names, field=column)
            return self._by_model(task, table, asked, progress, limit=limit, redo=redo)
        only_of_models("label", {"template": template, "limit": limit, **asking})
        vectors = opened({"embedder": embedder}) if confidence <= NEAREST and "domain" in names else None
        stage = AttributesOf(tuple(names), confidence, vectors)
        with self._folder.writing():
            tell = counting(progress, "label", self._folder.tables[table].count())
            maker = Maker(stage.fingerprint, "rules", column)
            done = by_stage(Card(self._folder, table), names, stage, maker, tell, redo=redo)
        return Report("label", done.tallies(names), counts=done.counts, notes=done.notes)

    @on_hub
    def topics(
        self,
        *,
        count: int = 50,
        table: str = "personas",
        field: str = "text",
        seed: int = 0,
        limit: int = 50,
        redo: bool = False,
        progress: Progress = silent,
        **embedding: Unpack[Embedding],
    ) -> Report:
        """Give each kept record that has none yet the topic nearest to it, a column that every `where` knows.

        Raises:
            UsageError: there are topics by other settings, and `redo` is not asked for.
        """
        with self._folder.writing():
            vectors = opened(embedding, folder=self.path, writing=True)
            embedded = Embedded(self._folder, table, vectors, column_read(table, field))
            done = group(embedded, count, seed, stepping(progress, "topics"), redo=redo)
        usage, notes = used(vectors)
        return Report("topics", {table: done.tally}, usage=usage, listed=done.listed[:limit], notes=notes)

    def _by_model(
        self,
        task: Attributes,
        table: str,
        asked: Mapping[str, Any],
        progress: Progress,
        *,
        limit: int | None,
        redo: bool,
    ) -> Report:
        models = open_models(asked, self.path)
        task = replace(task, labeller=models[0].identity)
        maker = answers.maker(task, models[0])
        Card(self._folder, table).check(task.names, maker, redo=redo)
        kept = self._folder.tally(table).kept
        with self._folder.writing():
            run = begin(self._folder, task, models, asked)
            parts = self._described(table, task.field, limit)
            if asked["dry_run"]:
                return dry_report(run, "label", parts, asked)
            run.tell = lambda: progress(run.step("label", "answers", kept if limit is None else min(kept, limit)))
            with recorded(self.path, run, "label", self._given):
                run.over(parts)
            answers.begin(self._folder, table, task.names, maker, redo=redo)
            done = answers.put_beside(self._folder, table, answers.attributes_of(task.names), run.id)
        told = report(self._folder, "label", {"answers": run.tally, **done.tallies(task.names)}, [run])
        return replace(told, counts=done.counts)

    def _described(self, table: str, column: str, limit: int | None) -> Iterator[pa.RecordBatch]:
        """The kept records in parts, with the column that is read as `text`."""
        kept = head(self._folder.kept(table, ["id", column]), limit)
        return regroup((batch.rename_columns(["id", "text"]) for batch in kept), PART_ROWS)
