"""Verbs that choose records, and look after what was chosen."""

from collections.abc import Sequence
from typing import Unpack

from personahub.api.base import Place, on_hub
from personahub.choosing.choice import Choice
from personahub.choosing.job import select
from personahub.choosing.listing import forget, listed, shown
from personahub.embedders.base import Embedding
from personahub.events import Progress, Report, silent


class Choosing(Place):
    """Verbs that choose records, and look after what was chosen."""

    @on_hub
    def select(
        self,
        *,
        save: str,
        table: str = "personas",
        by: str = "random",
        count: int | None = None,
        share: float | None = None,
        where: str | None = None,
        exclude: Sequence[str] = (),
        unused: str | None = None,
        stratify: Sequence[str] = (),
        even: bool = False,
        near: Sequence[str] = (),
        not_nearer: float | None = None,
        examples: Sequence[str] = (),
        field: str = "text",
        seed: int = 0,
        progress: Progress = silent,
        **embedding: Unpack[Embedding],
    ) -> Report:
        """Choose among the records that no verdict drops, and save which they are.

        Args:
            save: a name for them; what was chosen in the same way under it is replaced.

        Raises:
            UsageError: nothing fits, the name is that of another choice, or options that do not go together.
        """
        choice = Choice(
            table=table,
            by=by,
            count=count,
            share=share,
            where=where,
            exclude=exclude,
            unused=unused,
            stratify=stratify,
            even=even,
            near=near,
            not_nearer=not_nearer,
            examples=examples,
            field=field,
            seed=seed,
        )
        return select(self._folder, save, choice, embedding, progress)

    @on_hub
    def list_selections(self, *, progress: Progress = silent) -> Report:  # noqa: ARG002 - as every verb
        """Every selection, by name; `listed` has name, table, count, made and how."""
        return listed(self._folder)

    @on_hub
    def show_selection(self, name: str, *, limit: int = 10, progress: Progress = silent) -> Report:  # noqa: ARG002
        """How it was chosen, in `preview`, and its first records in `listed`."""
        return shown(self._folder, name, limit)

    @on_hub
    def remove_selection(self, name: str, *, progress: Progress = silent) -> Report:  # noqa: ARG002
        """Forget which records were chosen; they themselves stay."""
        return forget(self._folder, name)
