"""Verbs that look into a hub."""

from collections.abc import Sequence

from personahub.api.base import Place, on_hub
from personahub.dedup.clusters import clusters
from personahub.events import Progress, Report, silent
from personahub.search import Wanted, search


class Finding(Place):
    """Verbs that look into a hub."""

    @on_hub
    def search(
        self,
        query: str,
        *,
        table: str = "personas",
        field: str | None = None,
        where: str | None = None,
        facet: Sequence[str] = (),
        limit: int = 20,
        all: bool = False,  # noqa: A002 - the word people look for
        save: str | None = None,
        progress: Progress = silent,
    ) -> Report:
        """Find records by their words, ranked by BM25.

        Args:
            query: words that must all be there, "words in a row", beginnings as nurs*, and -words.

        Returns:
            a report whose `listed` has for each hit its `score`, `id`, texts, and `marks`: by field, where words stand.
        """
        wanted = Wanted(table=table, field=field, where=where, facets=facet, limit=limit, dropped=all)
        return search(self._folder, query, wanted, save, progress)

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
