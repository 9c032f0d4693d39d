"""Verbs that look into a hub."""

from personahub.api.base import Place, on_hub
from personahub.dedup.clusters import clusters
from personahub.events import Progress, Report, silent


class Finding(Place):
    """Verbs that look into a hub."""

    @on_hub
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
