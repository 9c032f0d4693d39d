"""Near duplicates among the records of a hub, by their words or by their meaning, as one verb has it."""

from personahub.dedup.likeness import Likeness, Limits, Nearness
from personahub.dedup.meaning import Meaning, dedup_by_meaning
from personahub.errors import UsageError
from personahub.events import Progress, Report
from personahub.hub import Folder
from personahub.options import SEMANTIC


def dedup_records(  # noqa: PLR0913 - its arguments are the options of the verb
    folder: Folder, table: str, near: Nearness, limits: Limits, *, embedder: str, keep: int | None, progress: Progress
) -> Report:
    """Raises UsageError where options are given that the method has no use for."""
    if near.get("method") == SEMANTIC:
        if limits.incremental is not None:
            raise UsageError("incremental is for methods that compare words; vectors stay in the hub without it")
        return dedup_by_meaning(folder, table, Meaning.of(near, keep), embedder, progress)
    if keep is not None:
        raise UsageError("keep is for method semantic, which knows what is diverse")
    likeness = Likeness(**near)
    from personahub.dedup.tables import dedup_table  # noqa: PLC0415 - a third of a second for its compiler

    return dedup_table(folder, table, likeness, limits, progress)
