"""Verbs on a hub as a whole."""

from personahub import stats
from personahub.api.base import Place, counting, on_hub
from personahub.events import Progress, Report, silent
from personahub.selections import load


class Upkeep(Place):
    """Verbs on a hub as a whole."""

    @on_hub
    def stats(self, *, selection: str | None = None, progress: Progress = silent) -> Report:
        """Count what the hub holds, what was dropped and why.

        Args:
            selection: of its records alone.
        """
        tell = counting(progress, "stats")
        if selection is not None:
            return stats.stats_of(self._folder, load(self._folder, selection), tell)
        return stats.stats(self._folder, tell)
