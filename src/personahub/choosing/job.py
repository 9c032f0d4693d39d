"""Choose records of a hub and save them by a name, as one verb has it."""

from collections.abc import Callable, Iterator, Mapping

from personahub import selections
from personahub.choosing.choice import RANDOM, STRATIFIED, Choice
from personahub.choosing.chosen import Chosen, at_random, stratified
from personahub.choosing.fitting import Fitting, Without, fitting
from personahub.embedders.base import Embedding
from personahub.errors import UsageError
from personahub.events import Progress, Report, Step
from personahub.hub import Folder
from personahub.schema import field

_SHOWN = 3  # records, of those that were chosen


def select(folder: Folder, name: str, choice: Choice, embedding: Embedding, progress: Progress) -> Report:
    """Only where vectors are missing is the hub written to, and its lock needed.

    Raises:
        UsageError: the options cannot be meant, nothing fits, or the name is that of another choice.
        HubBusy: vectors are missing, and another process writes.
    """
    column = field(choice.table, choice.field, folder.tables[choice.table].stored.names)
    told = choice.told | ({"embedder": embedding.get("embedder", "static")} if choice.by_meaning else {})
    if selections.check_free(folder, name, choice.table, told) in choice.exclude:
        raise UsageError(f"{name!r} cannot be chosen without itself; save it by another name")
    chosen = _chosen(folder, choice, column, embedding, progress)
    if not len(chosen.places):
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in sorted(chosen.fit.tally.rejected.items()))
        raise UsageError(f"no {choice.table} fit, so nothing was chosen: {reasons or 'there are none at all'}")
    rows = chosen.fit.rows[chosen.places]
    about = selections.save_rows(folder, name, choice.table, rows, told, scores=chosen.scores)
    fit = len(chosen.fit.rows)
    return Report(
        "select",
        {choice.table: chosen.fit.tally},
        counts={"chosen": {choice.table: about.count}, **chosen.counts},
        usage=chosen.usage,
        notes=(*chosen.notes, *_notes(choice, about, fit)),
        preview=tuple(shown(folder, selections.Selection(about, rows[:_SHOWN], _first(chosen)), column)),
    )


def shown(folder: Folder, selection: selections.Selection, column: str = "text") -> Iterator[Mapping[str, object]]:
    """Some of its records."""
    found = folder.tables[selection.table].pick(selection.rows, ["id", column])
    for row, score in zip(found.to_pylist(), selection.scores.tolist(), strict=True):
        yield row | ({} if score != score else {"score": round(score, 4)})  # noqa: PLR0124 - not a number


def _chosen(folder: Folder, choice: Choice, column: str, embedding: Embedding, progress: Progress) -> Chosen:
    fit = _fit(folder, choice, progress)
    if choice.by_meaning and len(fit.rows):
        from personahub.choosing.meaning import by_meaning  # noqa: PLC0415 - a third of a second for its compiler

        return by_meaning(folder, choice, column, fit, embedding, progress)
    return stratified(choice, fit) if choice.by == STRATIFIED else at_random(choice, fit)


def _fit(folder: Folder, choice: Choice, progress: Progress) -> Fitting:
    total = folder.tables[choice.table].count()
    return fitting(
        folder,
        choice.table,
        choice.where,
        without=Without.of(folder, choice.table, choice.exclude, choice.unused),
        stratify=choice.stratify,
        seed=choice.seed,
        tell=lambda done: progress(Step("select", "records", done, total)),
    )
