"""The list of what is measured, by name; its words and numbers are in benchmarks.toml."""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import budgets
import changes
import full_disk
import killing
import limits
import long_run
import nineteen_runs
import pairs
import refusals
import storms
import tails
from promises import Benchmark, Line

_MEASURES: Mapping[str, Callable[..., Iterator[Line]]] = {
    "million": long_run.measure,
    "kills": killing.measure,
    "disk": full_disk.measure,
    "storm": storms.measure,
    "two": pairs.measure,
    "budget": budgets.measure,
    "faults": nineteen_runs.measure,
    "refused": refusals.refused,
    "limit": limits.measure,
    "cut_off": refusals.cut_off,
    "stragglers": tails.measure,
    "changes": changes.measure,
}
_WORDS = tomllib.loads(Path(__file__).with_name("benchmarks.toml").read_text("utf-8"))

BENCHMARKS = {
    name: Benchmark(
        words["title"],
        words["about"],
        _MEASURES[name],
        {key: (default, help_) for key, (default, help_) in words["settings"].items()},
    )
    for name, words in _WORDS.items()
}
