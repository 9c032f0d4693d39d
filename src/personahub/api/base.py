"""What all verbs of a hub stand on: its folder, and the check of what they are given."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import wraps
from inspect import Parameter, signature
from os import PathLike
from pathlib import Path
from time import monotonic
from typing import Any, ParamSpec

import pyarrow as pa

from personahub.events import Progress, Report, Step
from personahub.hub import Folder, Whole
from personahub.selections import load
from personahub.verbs import VERBS

Sources = Sequence[str | PathLike[str]]
P = ParamSpec("P")


def on_hub(method: Callable[P, Report]) -> Callable[P, Report]:
    """Hold what is given to the list of verbs before any work, and time the work."""
    called = next(one for one in VERBS if one.method == method.__name__)
    shape = signature(method)
    several = [one.name for one in shape.parameters.values() if one.kind is Parameter.VAR_KEYWORD]

    @wraps(method)
    def checked(*args: P.args, **given: P.kwargs) -> Report:
        named = dict(shape.bind(*args, **given).arguments)
        for group in several:
            named.update(named.pop(group, {}))
        called.check({name: value for name, value in named.items() if name not in ("self", "progress")})
        hub: Place = named["self"]
        hub._given = {name: named.get(name, option.default) for name, option in called.settings.items()}
        start = monotonic()
        return replace(method(*args, **given), seconds=monotonic() - start)

    return checked


class Place:
    """A hub, as the verbs on it see it."""

    def __init__(self, path: str | PathLike[str]) -> None:
        self._folder = Folder(path)
        self._given: dict[str, Any] = {}  # to the verb that is at work

    @property
    def path(self) -> Path:
        return self._folder.path

    def rows(self, table: str, where: str | None = None, selection: str | None = None) -> Iterator[pa.RecordBatch]:
        """The kept records of "texts", "personas" or "samples", in batches with every column of the table.

        Args:
            where: a condition on the columns, such as "hop = 1".
            selection: name of one of that table; its records come in the order in which they were chosen.
        """
        rows = self._selected(table, selection)
        return self._folder.kept(table, self._folder.tables[table].schema.names, where, rows=rows)

    def _selected(self, table: str, selection: str | None) -> Whole | None:
        """Numbers of the rows of a selection; None where none is named."""
        return None if selection is None else load(self._folder, selection, table).rows


def counting(progress: Progress, name: str, total: int | None = None) -> Callable[[int], None]:
    """What a verb that counts rows calls as it goes."""
    return lambda done: progress(Step(name, "rows", done, total))
