"""A recipe: the verbs that a person would type, in one TOML file, with the same options.

    hub = "my.hub"
    model = "offline"            # for every step that takes a model; so is base_url

    [[steps]]
    verb = "extract"
    sources = ["notes/*.txt"]

Paths are as if typed on the command line. Steps run in order; a recipe that was stopped goes on when it is
run again.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from personahub import api
from personahub.errors import UsageError
from personahub.events import Progress, Report, silent
from personahub.verbs import Verb, verb

SHARED = ("model", "base_url", "dry_run")  # may stand above the steps, and override them from outside


@dataclass(frozen=True, slots=True)
class Step:
    verb: Verb
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Recipe:
    hub: str
    steps: tuple[Step, ...]


def read(recipe: str | PathLike[str], **given: Any) -> Recipe:
    """A recipe file, checked as a whole before its first step runs.

    Args:
        given: hub, model, base_url or dry_run, which win over what the file says.

    Raises:
        UsageError: the file cannot be read, or a step has no such verb or option.
    """
    try:
        content = tomllib.loads(Path(recipe).read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"recipe {str(recipe)!r} cannot be read: {error}") from error
    top = {**content, **{name: value for name, value in given.items() if value}}
    steps = top.pop("steps", None)
    hub = top.pop("hub", None)
    if not isinstance(hub, str) or not isinstance(steps, list) or not steps:
        raise UsageError(f'recipe {str(recipe)!r} needs a line hub = "NAME.hub" and at least one [[steps]]')
    if odd := [name for name in top if name not in SHARED]:
        raise UsageError(f"recipe {str(recipe)!r}: {odd[0]!r} cannot stand above the steps; {', '.join(SHARED)} can")
    return Recipe(hub, tuple(_step(number, step, top, given) for number, step in enumerate(steps, 1)))


def run_recipe(
    recipe: str | PathLike[str],
    *,
    hub: str | None = None,
    model: str | None = None,
    base_url: str | Sequence[str] = (),
    dry_run: bool = False,
    progress: Progress = silent,
) -> Iterator[Report]:
    """Run a recipe's steps in order, giving each report as its step ends; a step that a limit stops is the last.

    Args:
        hub, model, base_url, dry_run: win over what the recipe says.
    """
    found = read(recipe, hub=hub, model=model, base_url=base_url, dry_run=dry_run)
    opened = api.open(found.hub)
    for step in found.steps:
        if dry_run and "dry_run" not in step.verb.settings:
            continue
        report: Report = getattr(opened, step.verb.method)(**step.options, progress=progress)
        yield report
        if report.stopped:
            return  # the next step would work with half of what this one is for
        if dry_run and not opened.path.exists():
            return  # what the next step would ask depends on what this one would make


def _step(number: int, step: object, shared: Mapping[str, Any], given: Mapping[str, Any]) -> Step:
    if not isinstance(step, dict) or not isinstance(step.get("verb"), str):
        raise UsageError(f'step {number} of the recipe needs a line verb = "..."')
    called = verb(step["verb"])
    if not called.on_hub:
        raise UsageError(f"step {number} of the recipe: {called.name} cannot be a step")
    own = {name: value for name, value in step.items() if name != "verb"}
    options = {**shared, **own, **{name: value for name, value in given.items() if value}}
    options = {name: value for name, value in options.items() if name in called.settings or name in own}
    try:
        called.check(options)
    except UsageError as error:
        raise UsageError(f"step {number} of the recipe: {error}") from error
    return Step(called, options)
