"""Choose records of a hub and save them by a name, as one verb has it."""

from collections.abc import Iterator

from personahub import selections
from personahub.choosing.choice import STRATIFIED, Choice
from personahub.choosing.chosen import Chosen, at_random, stratified
from personahub.choosing.fitting import Fitting, fitting
from personahub.embedders.base import Embedding
from personahub.errors import UsageError
from personahub.events import Progress, Report, Step
from personahub.hub import Folder
from personahub.schema import field

_SHOWN = 3  # records, of those that were chosen


def select(folder: Folder, name: str, choice: Choice, embedding: Embedding, progress: Progress) -> Report:
    """Only where vectors are missing is anything but the selection written, and the hub's lock needed.

    Raises:
        UsageError: the options cannot be meant, nothing fits, or the name is that of another choice.
        HubBusy: vectors are missing, and another process writes.
    """
    column = field(choice.table, choice.field, folder.tables[choice.table].stored.names)
    told = choice.told | ({"embedder": embedding.get("embedder", "static")} if choice.by_meaning else {})
    if selections.check_selection(name) in choice.exclude:
        raise UsageError(f"{name!r} cannot be chosen without itself; save it by another name")
    name = selections.check_free(folder, name, choice.table, told)
    chosen = _chosen(folder, choice, column, embedding, progress)
    if not len(chosen.places):
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in sorted(chosen.fit.tally.rejected.items()))
        raise UsageError(f"no {choice.table} fit, so nothing was chosen ({reasons or 'there are none'})")
    rows = chosen.fit.rows[chosen.places]
    selections.save_rows(folder, name, choice.table, rows, told, scores=chosen.scores)
    first = folder.tables[choice.table].pick(rows[:_SHOWN], ["id", column]).to_pylist()
    return Report(
        "select",
        {choice.table: chosen.fit.tally},
        counts={"chosen": {choice.table: len(rows)}, **chosen.counts},
        usage=chosen.usage,
        notes=(*_notes(folder, name, choice, chosen), *chosen.notes),
        preview=tuple(first),
    )


def _chosen(folder: Folder, choice: Choice, column: str, embedding: Embedding, progress: Progress) -> Chosen:
    fit = _fit(folder, choice, progress)
    if choice.by_meaning and len(fit.rows):
        from personahub.choosing.meaning import by_meaning  # noqa: PLC0415 - a third of a second for its compiler

        return by_meaning(folder, choice, column, fit, embedding, progress)
    return stratified(choice, fit) if choice.by == STRATIFIED else at_random(choice, fit)


def _fit(folder: Folder, choice: Choice, progress: Progress) -> Fitting:
    total = folder.tables[choice.table].count()
    return fitting(folder, choice, lambda done: progress(Step("select", "records", done, total)))


def _notes(folder: Folder, name: str, choice: Choice, chosen: Chosen) -> Iterator[str]:
    count = len(chosen.places)
    if choice.count is not None and count < choice.count:
        yield f"{choice.count:,} were asked for, and {count:,} fit."
    if choice.table == "personas":
        yield f"To use them: personahub synthesize {folder.path} math --selection {name}"
