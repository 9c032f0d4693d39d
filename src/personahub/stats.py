"""Figures of a hub: what it holds, what its verdicts drop, and how the kept records spread."""

from collections import Counter
from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from personahub.events import Report
from personahub.hub import Folder
from personahub.selections import Selection

_FACETS = ("hop", "origin", "model")
_FACETS_OF = {"personas": _FACETS, "samples": ("task", "model"), "texts": ("source",)}


def stats(folder: Folder, tell: Callable[[int], None]) -> Report:
    """One tally for texts, personas and each task's samples, and the kept personas by hop, origin and model."""
    tallies = {"texts": folder.tally("texts"), "personas": folder.tally("personas")}
    for task in _tasks(folder):
        tallies[f"samples: {task}"] = folder.tally("samples", f"task = '{task}'")
    counts: dict[str, Counter[str]] = {f"personas by {facet}": Counter() for facet in _FACETS}
    seen = 0
    for batch in folder.kept("personas", _FACETS):
        seen += len(batch)
        tell(seen)
        for facet in _FACETS:
            for pair in pc.value_counts(batch[facet]).to_pylist():
                counts[f"personas by {facet}"][str(pair["values"] if pair["values"] is not None else "none")] += pair[
                    "counts"
                ]
    return Report("stats", tallies, counts=counts)


def stats_of(folder: Folder, selection: Selection, tell: Callable[[int], None]) -> Report:
    """What verdicts leave of a selection, and how that spreads."""
    table, facets = selection.table, _FACETS_OF[selection.table]
    counts: dict[str, Counter[str]] = {f"{table} by {facet}": Counter() for facet in facets}
    seen = 0
    for batch in folder.kept(table, facets, rows=selection.rows):
        seen += len(batch)
        tell(seen)
        for facet in facets:
            values = pc.fill_null(batch[facet].cast(pa.string()), "none")
            counts[f"{table} by {facet}"].update(values.to_pylist())
    return Report("stats", {table: folder.tally(table, rows=selection.rows)}, counts=counts)


def _tasks(folder: Folder) -> list[str]:
    found: set[str] = set()
    for batch in folder.tables["samples"].scan(["task"]):
        found.update(pc.unique(batch["task"]).to_pylist())
    return sorted(found)
