"""Verbs that carry records out of a hub and into it."""

from os import PathLike
from pathlib import Path

from personahub.api.base import Place, Sources, counting, on_hub
from personahub.events import Progress, Report, Step, silent
from personahub.export import export
from personahub.imports import Import
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
