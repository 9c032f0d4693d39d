"""Verbs that look into a hub."""

from collections.abc import Sequence
from functools import cached_property
from typing import Unpack

from personahub.api.base import Place, on_hub
from personahub.dedup.clusters import clusters
from personahub.embedders.base import Embedding
from personahub.events import Progress, Report, silent
from personahub.search import Sought, search
from personahub.similar.job import Similar
from personahub.similar.wanted import Wanted


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
        selection: str | None = None,
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
        wanted = Sought(
            table=table, field=field, where=where, facets=facet, limit=limit, dropped=all, selection=selection
        )
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

    @on_hub
    def similar(
        self,
        id: str | None = None,  # noqa: A002 - what it is called everywhere
        *,
        text: str | None = None,
        field: str = "text",
        table: str = "personas",
        limit: int = 20,
        where: str | None = None,
        selection: str | None = None,
        all: bool = False,  # noqa: A002
        exact: bool = False,
        save: str | None = None,
        progress: Progress = silent,
        **embedding: Unpack[Embedding],
    ) -> Report:
        """The records whose meaning is nearest to that of one, or of a text, the nearest first, in `listed`.

        The first question makes the vectors that are missing, and an index where there are many.

        Raises:
            UsageError: no such record, field, condition, selection or embedder, or a name to save by that is taken.
            ModelError: the embedder has no such model, or gives no usable vectors.
        """
        wanted = Wanted(
            id=id,
            text=text,
            field=field,
            table=table,
            limit=limit,
            where=where,
            all=all,
            exact=exact,
            save=save,
            selection=selection,
        )
        return self._similar.find(wanted, embedding, progress)

    @cached_property
    def _similar(self) -> Similar:
        return Similar(self._folder)
