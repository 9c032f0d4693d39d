"""Verbs that carry records out of a hub and into it."""

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path

from personahub.api.base import Place, Sources, counting, on_hub
from personahub.events import Progress, Report, Step, silent
from personahub.export import export
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
        progress: Progress = silent,
    ) -> Report:
        """Write what is kept to a file, with a card that says how it was made.

        Args:
            what: a task such as "math", "samples" for all tasks, or "personas".
        """
        tell = counting(progress, "export")
        done = export(self._folder, what, output=Path(output), layout=format, licence=license, tell=tell)
        return Report("export", {what: done.tally}, output=str(output), preview=tuple(done.preview))

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
            rows.kinds.update({one.name: one.type for one in self._folder.tables["personas"].columns})
            taken = Import(task, self._folder.ledger, self._folder.tables)
            taken.over(head(coming, limit), lambda done: progress(Step("import", "rows", done, None, coming.share)))
        return Report("import", taken.tallies, new=taken.new)
