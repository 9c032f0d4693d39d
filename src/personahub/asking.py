"""From the options of a verb that asks a model to a run that is ready to go, and from the run to its report."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypedDict

import pyarrow as pa

from personahub.events import Report, Tally, Usage
from personahub.export import OFFLINE_WARNING
from personahub.hub import Folder
from personahub.models.base import Model
from personahub.models.journal import Journaled
from personahub.models.pacing import Paced
from personahub.plugins import find
from personahub.run import Run, preview
from personahub.tasks.base import Task
from personahub.verbs import ASKING

DEFAULTS = {option.name: option.default for option in ASKING}


class Asking(TypedDict, total=False):
    """The options of every verb that asks a model; `personahub.verbs.ASKING` has their defaults and what each means."""

    model: str | Model
    base_url: str | None
    key_file: str | None
    concurrency: int
    retries: int
    timeout: float
    temperature: float | None
    max_tokens: int | None
    seed: int | None
    dry_run: bool


def begin(folder: Folder, task: Task, model: Model, asked: Mapping[str, Any]) -> Run:
    """A run of this task by this model, paced and journaled, noted in the hub's ledger."""
    paced = Paced(model, concurrency=asked["concurrency"], retries=asked["retries"], seed=asked["seed"] or 0)
    run = Run(task, Journaled(paced, folder.journal), folder.ledger, folder.tables)
    folder.ledger.begin(run.id, {"task": task.identity, "model": model.identity})
    return run


def open_model(asked: Mapping[str, Any]) -> Model:
    """The model that the options name; UsageError where there is none such. Nothing is sent yet."""
    if not isinstance(asked["model"], str):
        given: Model = asked["model"]
        return given
    family, name = find("models", asked["model"])
    opened: Model = family.open(name, asked)
    return opened


def dry_report(verb_name: str, task: Task, parts: Iterable[pa.RecordBatch]) -> Report:
    """What it would ask, and how much."""
    seen = preview(task, parts)
    return Report(
        verb_name,
        counts={"dry run": {"requests": seen.requests, "prompt characters": seen.characters}},
        notes=("Dry run: nothing was asked and nothing written.",),
        preview=tuple({"prompt": text} for text in seen.prompts),
    )


def report(verb_name: str, tallies: Mapping[str, Tally], runs: Sequence[Run]) -> Report:
    """What these runs did, with a word on anything a person should not overlook."""
    notes = []
    if not any(tally.read for tally in tallies.values()):
        notes.append("There was nothing to ask about: 'personahub stats' shows what the hub holds.")
    if any(run.model.name == "offline" for run in runs):
        notes.append(OFFLINE_WARNING)
    if parts := sum(run.open_parts for run in runs):
        notes.append(f"Some requests got no answer, so {parts} parts stay open: run the same command to ask again.")
    usage = sum((run.usage for run in runs), Usage())
    new = sum((run.new for run in runs), Counter())
    return Report(verb_name, tallies, new=new, usage=usage, notes=tuple(notes))
