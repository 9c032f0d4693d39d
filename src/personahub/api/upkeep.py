"""Verbs on a hub as a whole."""

from collections.abc import Sequence
from os import PathLike

from personahub import stats
from personahub.api.base import Place, on_hub
from personahub.events import Progress, Report, Step, silent
from personahub.health.check import check
from personahub.health.compact import compact
from personahub.hub import Folder
from personahub.lineage import show
from personahub.merge import merge
from personahub.selections import load


class Upkeep(Place):
    """Verbs on a hub as a whole."""

    @on_hub
    def show(
        self,
        id: str,  # noqa: A002 - the word people look for
        *,
        limit: int = 20,
        progress: Progress = silent,  # noqa: ARG002 - as every verb
    ) -> Report:
        """One record with its lineage: the text it came from and the way from there, what came of it, verdicts, prompt.

        Args:
            id: or its first digits.
            limit: of children, and of samples, that are listed; all are counted.
        """
        return show(self._folder, id, limit)

    @on_hub
    def stats(self, *, selection: str | None = None, progress: Progress = silent) -> Report:
        """Count what the hub holds, what was dropped and why.

        Args:
            selection: of its records alone.
        """

        def tell(done: int, total: int) -> None:
            progress(Step("stats", "rows", done, total))

        if selection is not None:
            return stats.stats_of(self._folder, load(self._folder, selection), tell)
        return stats.stats(self._folder, tell)

    @on_hub
    def check(self, *, repair: bool = False, progress: Progress = silent) -> Report:
        """Look over everything that the hub holds, and say what is wrong and what to do.

        Returns:
            a report whose `listed` has `place`, `problem`, `cure` and `repairable` for each thing; `wrong` where there
            is one.
        """
        return check(self._folder, progress, repair=repair)

    @on_hub
    def compact(self, *, keep_hours: float = 24.0, progress: Progress = silent) -> Report:
        """Join what lies in many small files, bring indexes up to date and drop old versions; no row changes its place.

        Returns:
            a report whose `counts` has "bytes before" and "bytes after", by part of the hub.
        """
        return compact(self._folder, keep_hours, progress)

    @on_hub
    def merge(
        self, others: str | PathLike[str] | Sequence[str | PathLike[str]], *, progress: Progress = silent
    ) -> Report:
        """Take texts, personas, samples, answers, verdicts and runs of other hubs into this one.

        Args:
            others: one hub, or several; they are only read.
        """
        named = [others] if isinstance(others, str | PathLike) else others
        return merge(self._folder, [Folder(other) for other in named], progress)
