"""From the options of a verb that asks a model to a run that is ready to go, and from the run to its report."""

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict

import pyarrow as pa

from personahub.errors import UsageError
from personahub.events import Report, Tally, Usage
from personahub.export import OFFLINE_WARNING
from personahub.hub import JOURNAL, Folder
from personahub.models.base import Model
from personahub.models.budget import FREE, Meter, Metered, Price, price_of
from personahub.models.journal import Journal, Journaled
from personahub.models.mending import Mended
from personahub.models.pacing import Pace, Paced
from personahub.plugins import find
from personahub.run import Run, preview
from personahub.tasks.base import Task
from personahub.verbs import ASKING

DEFAULTS = {option.name: option.default for option in ASKING}
GUESSED_ANSWER = 400  # tokens, where no answer of this kind is known yet
COSTLESS = ("offline", "local")


class Asking(TypedDict, total=False):
    """The options of every verb that asks a model; `personahub.verbs.ASKING` has their defaults and what each means."""

    model: str | Model
    base_url: str | Sequence[str]
    key_file: str | None
    concurrency: int | None
    rpm: float | None
    tpm: float | None
    retries: int
    timeout: float | None
    patience: float
    temperature: float | None
    max_tokens: int | None
    seed: int | None
    max_cost: float | None
    max_total_tokens: int | None
    max_requests: int | None
    max_seconds: float | None
    prices: str | None
    reuse: str | Sequence[str]
    dry_run: bool


def begin(folder: Folder, task: Task, models: Sequence[Model], asked: Mapping[str, Any]) -> Run:
    """A run of this task by this model, noted in the hub's ledger.

    From the outside in: mended, journaled, paced, and in the middle, so that every try counts, metered.
    """
    meter = Meter(_price(models[0], asked), asked["max_cost"], asked["max_total_tokens"], asked["max_requests"])
    if meter.max_cost is not None and meter.price is None:
        raise UsageError(
            f"max_cost needs a price of {models[0].name}: give a file with --prices that says\n"
            f'["{models[0].name}"]\nprompt = 2.5        # US dollars for a million tokens\ncompletion = 10.0'
        )
    pace = Pace(asked["concurrency"], asked["rpm"], asked["tpm"])
    metered = [Metered(model, meter) for model in models]
    paced = Paced(metered, pace, retries=asked["retries"], patience=asked["patience"], seed=asked["seed"] or 0)
    journaled = Journaled(paced, folder.journal, others=[_journal_of(path) for path in _several(asked["reuse"])])
    run = Run(task, Mended(journaled), folder.ledger, folder.tables)
    run.expect, run.max_seconds = journaled.expect, asked["max_seconds"]
    run.in_flight, run.trouble = lambda: paced.in_flight, lambda: paced.trouble
    run.spent = lambda: Usage(meter.requests, 0, meter.prompt_tokens, meter.completion_tokens, meter.cost)
    folder.ledger.begin(run.id, {"task": task.identity, "model": run.model.identity})
    return run


def open_models(asked: Mapping[str, Any], folder: Path) -> list[Model]:
    """The model that the options name, once for each endpoint. Nothing is sent yet.

    Raises:
        UsageError: there is none such.
    """
    if not isinstance(asked["model"], str):
        return [asked["model"]]
    family, name = find("models", asked["model"])
    options = {**asked, "folder": str(folder)}
    urls: list[str | None] = [*_several(asked["base_url"])] or [None]
    return [family.open(name, {**options, "base_url": url}) for url in urls]


def dry_report(run: Run, verb_name: str, parts: Iterable[pa.RecordBatch], asked: Mapping[str, Any]) -> Report:
    """What it would ask, and how much, and what that would cost."""
    seen = preview(run.task, parts)
    answer = asked["max_tokens"] or GUESSED_ANSWER
    tokens = {"prompt": seen.tokens, "completion": seen.requests * answer}
    counts = {
        "dry run": {"requests": seen.requests, "prompt characters": seen.characters},
        "tokens, roughly": tokens,
    }
    price = _price(run.model, asked)
    said = (
        f"It would cost about {price.of(*tokens.values()):,.2f} USD, counting {answer} tokens for an answer."
        if price
        else f"No price of {run.model.name} is known, so no cost is told: name a file with --prices."
    )
    notes = ("Dry run: nothing was asked and nothing written.", said)
    return Report(verb_name, counts=counts, notes=notes, preview=tuple({"prompt": text} for text in seen.prompts))


def report(verb_name: str, tallies: Mapping[str, Tally], runs: Sequence[Run]) -> Report:
    """What these runs did, with a word on anything a person should not overlook."""
    notes = [f"Stopped: {run.stopped}." for run in runs if run.stopped]
    if not any(tally.read for tally in tallies.values()) and not notes:
        notes.append("There was nothing to ask about: 'personahub stats' shows what the hub holds.")
    if any(run.model.name == "offline" for run in runs):
        notes.append(OFFLINE_WARNING)
    if parts := sum(run.open_parts for run in runs):
        notes.append(f"Some requests got no answer, so {parts} parts stay open: run the same command to ask again.")
    usage = sum((run.usage for run in runs), Usage())
    new = sum((run.new for run in runs), Counter())
    kept = new["samples"] or new["personas"]
    if usage.cost and kept:
        notes.append(f"{usage.cost:,.4f} USD, which is {usage.cost / kept:,.6f} USD for each row kept.")
    return Report(verb_name, tallies, new=new, usage=usage, notes=tuple(notes), stopped=any(r.stopped for r in runs))


def _price(model: Model, asked: Mapping[str, Any]) -> Price | None:
    """Of the file that is named, else of the person's own, where there is one."""
    if model.name.partition(":")[0] in COSTLESS:
        return FREE
    own = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "personahub" / "prices.toml"
    return price_of(model.name, asked["prices"] or (str(own) if own.exists() else None))


def _journal_of(path: str) -> Journal:
    """What another hub has been answered."""
    return Journal(Folder(path).path / JOURNAL, writing=False)


def _several(value: str | Sequence[str] | None) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())
