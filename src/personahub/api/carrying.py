"""Verbs that carry records out of a hub and into it."""

from collections.abc import Mapping, Sequence
from functools import partial
from os import PathLike
from pathlib import Path

import pyarrow as pa

from personahub.api.base import Place, Sources, counting, on_hub, stepping
from personahub.argilla import job
from personahub.events import Progress, Report, Step, silent
from personahub.export import export, to
from personahub.export.chosen import Chosen, count, table
from personahub.export.push import Push
from personahub.imports import ROWS, Import
from personahub.imports.forms import mapped
from personahub.imports.rows import Rows
from personahub.schema import check_task
from personahub.sources import records
from personahub.store.batches import head


class Carrying(Place):
    """Verbs that carry records out of a hub and into it."""

    @on_hub
    def export(
        self,
        what: str,
        *,
        output: str | PathLike[str],
        format: str | None = None,  # noqa: A002 - the word people look for
        license: str = "other",  # noqa: A002
        where: str | None = None,
        selection: str | None = None,
        splits: str | None = None,
        push: str | None = None,
        public: bool = False,
        corrected: bool = False,
        push_dry_run: bool = False,
        progress: Progress = silent,
    ) -> Report:
        """Write what is kept to a file or a folder, with a card that says how it was made.

        Args:
            what: a task such as "math", "samples" for all tasks, or "personas".
            output: a file, .jsonl or .parquet; or a folder, which `datasets.load_dataset` reads.
            push: OWNER/NAME of a dataset of the Hugging Face hub that becomes what the folder is.
        """
        chosen = Chosen(what, where, selection)
        goes = to(Path(output), what, layout=format, split=splits, licence=license, corrected=corrected)
        there = Push(push, public=public, dry_run=push_dry_run) if push else None
        if there:
            there.check(goes.path)
        done = export(self._folder, chosen, goes, counting(progress, "export", count(self._folder, chosen)))
        return Report(
            "export",
            {what: done.tally},
            output=str(output),
            counts={"records by split": done.splits} if splits else {},
            preview=tuple(done.preview),
            notes=(there.send(goes.path),) if there else (),
        )

    def table(
        self,
        what: str = "personas",
        *,
        where: str | None = None,
        selection: str | None = None,
        columns: Sequence[str] | None = None,
    ) -> pa.Table:
        """The kept records in memory, with every column on the disk: `.to_pandas()`, or `polars.from_arrow` of it.

        Args:
            what: "personas", "samples", or the task whose samples are wanted.
            where: a condition on the columns, such as "hop = 1".
            columns: only these.
        """
        return table(self._folder, Chosen(what, where, selection), columns)

    @on_hub
    def import_(
        self,
        sources: Sources,
        *,
        form: str | None = None,
        map: Mapping[str, str] | Sequence[str] = (),  # noqa: A002 - the word people look for
        task: str = "imported",
        limit: int | None = None,
        progress: Progress = silent,
    ) -> Report:
        """Take in records of others: personas, or samples with the personas they were written for.

        Args:
            form: one of imports.forms.FORMS; told by the fields where not given.
            map: which field holds "persona", "text", "description", or an attribute of any name.
        """
        asked = mapped(form, map)
        check_task(task)
        rows = Rows(asked, {})
        coming = records(sources, form=rows, batch_rows=ROWS)
        self._folder.create()
        with self._folder.writing():
            rows.kinds.update({one.name: one.type for one in self._folder.tables["personas"].stored})
            taken = Import(task, self._folder.ledger, self._folder.tables)
            taken.over(head(coming, limit), lambda done: progress(Step("import", "rows", done, None, coming.share)))
        return Report("import", taken.tallies, new=taken.new)

    @on_hub
    def push_to_argilla(
        self,
        what: str,
        *,
        dataset: str | None = None,
        workspace: str | None = None,
        server: str | None = None,
        key_file: str | None = None,
        where: str | None = None,
        selection: str | None = None,
        vectors: str | None = None,
        dry_run: bool = False,
        progress: Progress = silent,
    ) -> Report:
        """Send kept records to a dataset of an Argilla server, with what is asked about them and was said of them here.

        Args:
            what: a task such as "math", or "personas".
            vectors: field whose vectors go with them, so that Argilla finds similar ones.

        Returns:
            a report with tallies of the records and of the judgements on them.
        """
        there = job.There(dataset, workspace, server, key_file)
        tell = stepping(progress, "argilla push")
        meant = job.What(what, where, selection)
        return job.push(self._folder, meant, there, partial(tell, "rows"), field=vectors, dry_run=dry_run)

    @on_hub
    def pull_from_argilla(
        self,
        what: str,
        *,
        dataset: str | None = None,
        workspace: str | None = None,
        server: str | None = None,
        key_file: str | None = None,
        where: str | None = None,
        selection: str | None = None,
        dry_run: bool = False,
        progress: Progress = silent,
    ) -> Report:
        """Take responses of an Argilla dataset as judgements, one action of each reviewer for some records at a time.

        Returns:
            a report whose `listed` has the conflicts: `id`, `reviewer`, and what is said `here` and `there`.
        """
        there = job.There(dataset, workspace, server, key_file)
        meant = job.What(what, where, selection)
        return job.pull(self._folder, meant, there, counting(progress, "argilla pull"), dry_run=dry_run)
