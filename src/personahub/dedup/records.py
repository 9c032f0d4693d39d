"""Near duplicates among the records of a hub, by their words or by their meaning, as one verb has it."""

from typing import cast

from personahub.dedup.likeness import Likeness, Limits, Nearness
from personahub.dedup.meaning import Meaning, dedup_by_meaning
from personahub.embedders.base import Embedding
from personahub.errors import UsageError
from personahub.events import Progress, Report
from personahub.hub import Folder
from personahub.options import EMBEDDING, SEMANTIC


class Sought(Nearness, Embedding, total=False):
    """The options that say what near duplicates are, by words or by vectors."""


def dedup_records(
    folder: Folder, table: str, sought: Sought, limits: Limits, *, keep: int | None, progress: Progress
) -> Report:
    """Raises UsageError where options are given that the method has no use for."""
    defaults = {option.name: option.default for option in EMBEDDING}
    near = cast("Nearness", {name: value for name, value in sought.items() if name not in defaults})
    embedding = cast("Embedding", {name: value for name, value in sought.items() if name in defaults})
    if near.get("method") == SEMANTIC:
        if limits.incremental is not None:
            raise UsageError("incremental is for methods that compare words; vectors stay in the hub without it")
        return dedup_by_meaning(folder, table, Meaning.of(near, keep), embedding, progress)
    if named := [name for name, value in embedding.items() if value != defaults[name]]:
        raise UsageError(f"{named[0]} is for method semantic, which compares vectors; leave it out")
    if keep is not None:
        raise UsageError("keep is for method semantic, which knows what is diverse")
    likeness = Likeness(**near)
    from personahub.dedup.tables import dedup_table  # noqa: PLC0415 - a third of a second for its compiler

    return dedup_table(folder, table, likeness, limits, progress)
