"""Verbs on a hub as a whole."""

from personahub import stats
from personahub.api.base import Place, counting, on_hub
from personahub.events import Progress, Report, silent


class Upkeep(Place):
    """Verbs on a hub as a whole."""

    @on_hub
    def stats(self, *, progress: Progress = silent) -> Report:
        """Count what the hub holds, what was dropped and why."""
        return stats.stats(self._folder, counting(progress, "stats"))
