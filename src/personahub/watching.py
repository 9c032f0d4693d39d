"""From the options of a verb to who watches what a run makes, and from there to its report."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from personahub.dedup.likeness import prepare, size
from personahub.embedders.base import Embedder, opened
from personahub.errors import UsageError
from personahub.events import Report
from personahub.hub import Folder
from personahub.novelty.base import Block
from personahub.novelty.meanings import Meanings
from personahub.novelty.shares import Shares
from personahub.novelty.watch import NEAR, Index, Measure, Watch
from personahub.options import BY, COMPARING
from personahub.reasons import ARRIVED
from personahub.run import Run
from personahub.text import content_id

DEFAULTS = {option.name: option.default for option in COMPARING}
_INDEXES = 2  # of a kind: of what is there, and of what has arrived and is not put down


def watch(folder: Folder, run: Run, asked: Mapping[str, Any], where: str | None, tell: Callable[[str], None]) -> None:
    """Let a run be watched, where that is asked for; what the hub holds is read first. The caller holds its lock.

    Args:
        where: a condition on the records that it is held against.
        tell: hears what is waited for.

    Raises:
        UsageError: options that do not go together.
    """
    by = asked["compare"] or (BY[0] if asked["stop_when_saturated"] is not None else None)
    if not by:
        if odd := [name for name in DEFAULTS if asked[name] != DEFAULTS[name]]:
            raise UsageError(f"{odd[0]} is for records that are compared as they come; add --compare words")
        return
    if by == BY[0] and asked["embedder"] != DEFAULTS["embedder"]:
        raise UsageError("embedder is for --compare meaning; with words it has nothing to do")
    prepare(tell)
    table = run.task.table
    measures = _measures(folder, table, by, asked)
    embedder = opened({"embedder": asked["embedder"]}, folder=folder.path, writing=True) if by == BY[1] else None
    shares = Shares(asked["window"], asked["stop_when_saturated"])
    embed = partial(_embedded, embedder) if embedder else None
    run.watch = Watch(run.task, folder.tables["verdicts"], measures, shares, embed)
    run.watch.load(folder.judged(table, ["id", "text", "run"], where), run.id)
    for measure in measures:
        subject = f"{table}/{measure.kind}"
        if folder.ledger.head(subject) != measure.run:
            folder.ledger.set_head(subject, measure.run)


def enough(run: Run) -> bool:
    """Whether a run that came to its end has shown that a further one is not worth it."""
    if run.watch and not run.saturated:
        run.saturated = run.watch.shares.all_saturated
    return bool(run.saturated)


def told(report: Report, runs: Sequence[Run]) -> tuple[Mapping[str, Mapping[str, int]], tuple[str, ...]]:
    """Figures and sentences for a report on watched runs."""
    watched = [run.watch for run in runs if run.watch]
    if not watched:
        return {}, ()
    new, known = (sum(getattr(one.shares, name) for one in watched) for name in ("new", "known"))
    notes = [f"Ended: {run.saturated}." for run in runs if run.saturated]
    if forgotten := max(one.forgotten for one in watched):
        notes.append(
            f"{forgotten:,} of the oldest records were not compared with: the memory limit had no room for them; "
            "'personahub dedup' compares all."
        )
    if new and report.usage.cost:
        notes.append(f"{report.usage.cost / new:,.6f} USD for each new record.")
    return {"records as they came": {"new": new, "near to one before": known}}, tuple(notes)


def _measures(folder: Folder, table: str, by: str, asked: Mapping[str, Any]) -> list[Measure]:
    from personahub.joins.growing import Growing  # noqa: PLC0415 - a third of a second for its compiler

    several = 1 + (by == BY[1])
    memory = (size(asked["memory_limit"]) or 0) // _INDEXES // several

    def begin(kind: str) -> Callable[[], Index]:
        if kind == ARRIVED["duplicate"]:
            return lambda: Growing(asked["threshold"], memory)
        return lambda: Meanings(asked["threshold"], memory)

    return [
        Measure(
            kind,
            f"{NEAR}{kind}",
            content_id(kind, table, folder.ledger.head(f"{table}/{before}") or ""),
            begin(kind),
            vectors=kind == ARRIVED["meaning"],
        )
        for before, kind in list(ARRIVED.items())[:several]
    ]


def _embedded(embedder: Embedder, texts: Sequence[str]) -> Block:
    return embedder.embed(texts)
