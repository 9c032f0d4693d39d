"""From the options of a verb that asks a model to a run that is ready to go, and from the run to its report."""

from asyncio import gather
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypedDict

import pyarrow as pa

from personahub.commit import useless
from personahub.errors import UsageError
from personahub.events import Report, Tally, Usage
from personahub.export.card import OFFLINE_WARNING
from personahub.hub import JOURNAL, Folder
from personahub.loops import finish
from personahub.models.base import NO_ANSWER, NOT_YET, Completion, Model, Prompt, Wrapper
from personahub.models.budget import Meter, Metered, meter, price
from personahub.models.journal import Journal, Journaled, question
from personahub.models.mending import Mended
from personahub.models.pacing import Pace, Paced
from personahub.models.two import Two
from personahub.options import ASKING, WRITING
from personahub.plugins import find
from personahub.preview import preview
from personahub.run import Run
from personahub.store.ledger import Amending
from personahub.tasks.base import Task
from personahub.text import sentence

DEFAULTS = {option.name: option.default for option in ASKING}
UNWRITTEN = {option.name: option.default for option in WRITING}
GUESSED_ANSWER = 400  # tokens, where no answer of this kind is known yet
PATIENT = ("batch", "files")  # they answer later, and try again by themselves


class Reaching(TypedDict, total=False):
    """The options that say how a model is reached and what it may cost; `personahub.options` has what each means."""

    base_url: str | Sequence[str]
    key_file: str | None
    concurrency: int | None
    rpm: float | None
    tpm: float | None
    retries: int
    timeout: float | None
    patience: float
    max_tokens: int | None
    max_cost: float | None
    max_total_tokens: int | None
    max_requests: int | None
    max_seconds: float | None
    prices: str | None
    reuse: str | Sequence[str]


class Asking(Reaching, total=False):
    """The options of every verb that asks a model; `personahub.options.ASKING` has their defaults."""

    model: str | Model
    temperature: float | None
    seed: int | None
    dry_run: bool


class Writing(Asking, total=False):
    """The options of every verb that writes samples, beside those above; `personahub.options.WRITING` has each."""

    samples: int
    template: str | None
    set: Sequence[str]
    shots: str
    examples: str | Sequence[str]
    example_count: int
    focus: str | None
    level: str | None
    language: str | None
    world: str | None
    constraints: float
    constraint_seed: int


def begin(folder: Folder, task: Task, models: Sequence[Model], asked: Mapping[str, Any]) -> Run:
    """A run of this task by this model, noted in the hub's ledger.

    From the outside in: mended, journaled, paced, and in the middle, so that every try counts, metered.
    """
    journaled, paced, spent = _journaled(folder, models, asked)
    run = Run(task, Mended(journaled), folder.ledger, folder.tables, expect=journaled.expect)
    folder.ledger.begin(run.id, {"task": task.identity, "model": run.model.identity})
    return _told(run, paced, spent, asked)


def begin_two(
    folder: Folder, task: Task, sides: Sequence[tuple[Sequence[Model], Mapping[str, Any]]]
) -> tuple[Run, Two]:
    """A run in which two models are asked, each in its own pace; the limits of the first hold for both together.

    Args:
        sides: of each the model at its endpoints, and the options that say how it is reached.
    """
    (first, paced, spent), (second, also, beside) = (_journaled(folder, *side) for side in sides)
    for one, other in ((spent, beside), (beside, spent)):
        one.others.append(other)
    both = Two(Mended(first), Mended(second))
    run = _told(Run(task, both, folder.ledger, folder.tables, expect=first.expect), paced, spent, sides[0][1])
    run.in_flight = lambda: paced.in_flight + also.in_flight
    run.trouble = lambda: "; ".join(filter(None, (paced.trouble, also.trouble)))
    run.spent = lambda: spent.usage + beside.usage
    folder.ledger.begin(run.id, {"task": task.identity, "model": run.model.identity})
    return run, both


def begin_again(folder: Folder, task: Task, models: Sequence[Model], asked: Mapping[str, Any], run_id: str) -> Run:
    """An earlier run that asks again what it gave up on.

    An answer that the journal has by now is taken where something can be made of it; else it is asked for anew.
    """
    # It answered before, so what it refuses now is about the prompt and no sign that it takes none.
    paced, spent = _reached(models, asked)
    paced.known_to_answer()
    known = Journaled(_Silent(paced), folder.journal, others=_others(asked))
    anew = Journaled(paced, folder.journal, anew=True)
    run = Run(task, Mended(anew), Amending(folder.ledger), folder.tables, expect=known.expect, named=run_id)
    run.ask = partial(_asked_again, task, Mended(known), run.model)
    return _told(run, paced, spent, asked)


def open_models(asked: Mapping[str, Any], folder: Path) -> list[Model]:
    """The model that the options name, once for each endpoint. Nothing is sent yet.

    Raises:
        UsageError: there is none such.
    """
    if not isinstance(asked["model"], str):
        return [asked["model"]]
    if len(_several(asked["base_url"])) > 1 and _family(asked) in PATIENT:
        raise UsageError(f"{_family(asked)} works with one base_url: what one endpoint holds no other can answer")
    family, name = find("models", asked["model"])
    options = {**asked, "folder": str(folder)}
    urls: list[str | None] = [*_several(asked["base_url"])] or [None]
    return [family.open(name, {**options, "base_url": url}) for url in urls]


def dry_report(
    run: Run, verb_name: str, parts: Iterable[pa.RecordBatch], asked: Mapping[str, Any], first: Sequence[Prompt] = ()
) -> Report:
    """What it would ask, and how much, and what that would cost.

    Args:
        first: what would be asked before.
    """
    seen = preview(run.task, parts, first)
    answer = asked["max_tokens"] or GUESSED_ANSWER
    tokens = {"prompt": seen.tokens, "completion": seen.requests * answer}
    counts = {
        "dry run": {"requests": seen.requests, "prompt characters": seen.characters},
        "tokens, roughly": tokens,
    }
    known = price(run.model.name, asked)
    said = (
        f"It would cost about {known.of(*tokens.values()):,.2f} USD, counting {answer} tokens for an answer."
        if known
        else f"No price of {run.model.name} is known, so no cost is told: name a file with --prices."
    )
    same = f"{seen.share:.0%} of their characters are a beginning that all prompts share: a prefix cache serves it."
    notes = ("Dry run: nothing was asked and nothing written.", said, *([same] if seen.requests > 1 else []))
    return Report(verb_name, counts=counts, notes=notes, preview=tuple({"prompt": text} for text in seen.prompts))


def report(folder: Folder, verb_name: str, tallies: Mapping[str, Tally], runs: Sequence[Run]) -> Report:
    """What these runs did, with a word on anything a person should not overlook."""
    notes = [sentence(f"Stopped: {run.stopped}") for run in runs if run.stopped and not run.saturated]
    if not any(tally.read for tally in tallies.values()) and not notes:
        notes.append("There was nothing to ask about: 'personahub stats' shows what the hub holds.")
    if any(run.model.name == "offline" for run in runs):
        notes.append(OFFLINE_WARNING)
    if later := sum(run.failed[NOT_YET] for run in runs):
        notes.append(f"{later:,} answers come later: run the same command to collect them.")
    elif parts := sum(run.open_parts for run in runs):
        notes.append(f"Some requests got no answer, so {parts} parts stay open: run the same command to ask again.")
    if unread := folder.unread_journal:
        notes.append(
            f"{unread} is the journal of an earlier version: its answers are not read, so they are asked for anew; "
            "delete the file and this note is gone."
        )
    usage = sum((run.usage for run in runs), Usage())
    new = sum((run.new for run in runs), Counter())
    kept = new["samples"] or new["solutions"] or new["personas"] or new["labels"]
    if usage.cost and kept:
        notes.append(f"{usage.cost:,.4f} USD, which is {usage.cost / kept:,.6f} USD for each row kept.")
    return Report(
        verb_name,
        tallies,
        new=new,
        usage=usage,
        notes=tuple(notes),
        stopped=any(r.stopped and not r.saturated for r in runs),
    )


def answered(folder: Folder, prompts: Sequence[Prompt], asked: Mapping[str, Any]) -> tuple[list[Completion], Usage]:
    """Answers to a few prompts, at once and outside any run; from the journal what it has, and the rest into it."""

    async def gathered() -> list[Completion]:
        try:
            return list(await gather(*map(model.complete, prompts)))
        finally:
            await model.close()

    with folder.writing():
        journaled, _, spent = _journaled(folder, open_models(asked, folder.path), asked)
        journaled.expect(prompts)
        model = Mended(journaled)
        answers = finish(gathered())
    return answers, spent.usage + Usage(reused=sum(not answer.requests for answer in answers))


def known_answers(folder: Folder, prompts: Sequence[Prompt], asked: Mapping[str, Any]) -> list[Completion | None]:
    """What the journal has of the answers to these prompts; nothing is asked or written."""
    identity = open_models(asked, folder.path)[0].identity
    keys = [question(identity, prompt) for prompt in prompts]
    found = Journal(folder.path / JOURNAL, writing=False).known(keys) if (folder.path / JOURNAL).is_dir() else {}
    return [found.get(key) for key in keys]


def _journaled(folder: Folder, models: Sequence[Model], asked: Mapping[str, Any]) -> tuple[Journaled, Paced, Meter]:
    paced, spent = _reached(models, asked)
    return Journaled(paced, folder.journal, others=_others(asked)), paced, spent


def _reached(models: Sequence[Model], asked: Mapping[str, Any]) -> tuple[Paced, Meter]:
    counting = meter(models[0].name, asked)
    pace = Pace(asked["concurrency"], asked["rpm"], asked["tpm"])
    retries = 0 if _family(asked) in PATIENT else asked["retries"]
    metered = [Metered(model, counting) for model in models]
    return Paced(metered, pace, retries=retries, patience=asked["patience"], seed=asked["seed"] or 0), counting


def _told(run: Run, paced: Paced, spent: Meter, asked: Mapping[str, Any]) -> Run:
    """The same run, which knows what is in flight and spent, and when to stop."""
    run.max_seconds = asked["max_seconds"]
    run.in_flight, run.trouble = lambda: paced.in_flight, lambda: paced.trouble
    run.spent = lambda: spent.usage
    return run


async def _asked_again(task: Task, known: Model, anew: Model, row: pa.RecordBatch, prompt: Prompt) -> Completion:
    found = await known.complete(prompt)
    return await anew.complete(prompt) if useless(task, row, found) else found


class _Silent(Wrapper):
    """A model that is asked nothing: behind a journal, what is left of it is the journal."""

    async def complete(self, _: Prompt) -> Completion:
        return Completion("", NO_ANSWER, requests=0)


def _others(asked: Mapping[str, Any]) -> list[Journal]:
    return [_journal_of(path) for path in _several(asked["reuse"])]


def _journal_of(path: str) -> Journal:
    """What another hub has been answered."""
    return Journal(Folder(path).path / JOURNAL, writing=False)


def _family(asked: Mapping[str, Any]) -> str:
    return asked["model"].partition(":")[0] if isinstance(asked["model"], str) else ""


def _several(value: str | Sequence[str] | None) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())
