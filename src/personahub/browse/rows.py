"""From a view to the rows that it means, in its order."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Protocol

import numpy as np
import numpy.typing as npt

from personahub import selections
from personahub.browse.columns import Column, Columns, Flags, ordered
from personahub.browse.memory import Memory
from personahub.browse.standing import Standing
from personahub.browse.view import BROWSED, MOST_NEAR, Area, Filter, Near, Unusable, View
from personahub.errors import UsageError
from personahub.events import silent
from personahub.hub import Folder
from personahub.search import TEXTS, Sought, behind, found
from personahub.store.judged import STATUSES

VERDICT, STATUS = "verdict", "status"
ORDER, RELEVANCE, RANDOM, DISAGREEMENT, KEPT = "order", "relevance", "random", "disagreement", "kept"

Whole = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float32]
Tell = Callable[[int, int], None]

_REMEMBERED = 6  # searches, conditions and orders
_FIRST, _LAST = 100, 3200  # hits that are asked for while somebody types: all of a frequent word take a second


@dataclass(frozen=True)
class Ranked:
    """Rows, the best first, and a number of each.

    Args:
        all: there are no more.
    """

    rows: Whole
    scores: Scores
    all: bool = True
    notes: tuple[str, ...] = ()
    reference: int | None = None  # the row that the others are compared with


@dataclass(frozen=True)
class Result:
    """Args:
    scores: of each row that of the search or its cosine; None where it has none.
    """

    rows: Whole
    scores: Scores | None = None
    notes: tuple[str, ...] = ()
    reference: int | None = None
    exact: bool = True  # else there are more than these
    all: int | None = None  # how many there are, where that is known though these are the first of them

    def __len__(self) -> int:
        return len(self.rows) if self.all is None else self.all


class NotReady(Exception):  # noqa: N818 - says what is so; `web` makes a job of it
    """An index, vectors or a map must be made first, which takes longer than anybody waits.

    Args:
        make: does so; the caller may do it on another thread.
    """

    def __init__(self, what: str, name: str, make: Callable[[Tell], object]) -> None:
        super().__init__(f"{what} must be made first; this answers when that is done")
        self.name, self.make = name, make


class Meaning(Protocol):
    """What knows of vectors: rows by likeness, and places on a map."""

    def near(self, view: View, near: Near, flags: Flags | None, most: int | None, row: int | None) -> Ranked: ...

    def known(self, table: str, field: str) -> int: ...

    def like(self, table: str, field: str, rows: Whole) -> Scores: ...

    def inside(self, table: str, area: Area) -> Flags: ...


@dataclass
class Rows:
    """Rows of one hub by views; several threads may ask."""

    folder: Folder
    meaning: Meaning
    _memory: Memory = field(default_factory=lambda: Memory(_REMEMBERED))

    @cached_property
    def columns(self) -> dict[str, Columns]:
        return {name: Columns(name, self.folder.tables[name]) for name in BROWSED}

    @cached_property
    def standing(self) -> dict[str, Standing]:
        return {name: Standing(self.folder, name) for name in BROWSED}

    def of(self, view: View, reviewer: str, *, most: int | None = None) -> Result:
        """The rows that a view means, in its order.

        Args:
            most: how many are needed, where all would take long; None for all.

        Raises Unusable where it cannot be meant.
        """
        if most is not None and (some := self._best(view, reviewer, most)) is not None:
            return some
        flags = self.flags(view, reviewer)
        if view.near is not None:
            # the most similar ones may be all that is not wanted
            row = self.standing[view.table].known(view.near.id)
            ranked = self.meaning.near(view, view.near, flags, most if view.near.most >= 1 else None, row)
            fits = (ranked.scores >= view.near.least) & (ranked.scores <= view.near.most)
            whole = ranked.all or not bool(fits.all())
            count = None if whole else self._likes(view, flags)
            found = ranked.rows[fits], ranked.scores[fits], ranked.notes, ranked.reference
            return Result(*found, whole or count is not None, count)
        hits = self.hits(view)
        if view.sort == RELEVANCE:
            if hits is None:
                raise Unusable("relevance needs a query", "view.sort")
            kept = slice(None) if flags is None else flags[hits.rows]
            rows, scores = hits.rows[kept], hits.scores[kept]
            return Result(*((rows[::-1], scores[::-1]) if view.down else (rows, scores)), hits.notes)
        notes = hits.notes if hits else ()
        if view.sort == ORDER:
            rows = np.arange(self.columns[view.table].count) if flags is None else np.flatnonzero(flags)
            return Result(rows[::-1] if view.down else rows, None, notes)
        order = self._order(view, reviewer)
        return Result((order if flags is None else order[flags[order]]).astype(np.int64), None, notes)

    def flags(self, view: View, reviewer: str, *, without: str | None = None) -> Flags | None:
        """Which rows fit all that is said of them, but how they are near; None for all.

        Args:
            without: what shall not count: query, where, show, selection, area, task, or a column of a filter.
        """
        found: Flags | None = None
        for name, made in self._conditions(view, reviewer):
            if name != without:
                some = made()
                found = some if found is None else found & some
        return found

    def conditions(self, view: View, reviewer: str) -> list[str]:
        """The names of all that is said of the rows."""
        return [name for name, _ in self._conditions(view, reviewer)]

    def total(self, view: View, reviewer: str) -> int:
        """How many records a view means."""
        if view.near is not None and (count := self._likes(view, self.flags(view, reviewer))) is not None:
            return count
        return len(self.of(view, reviewer))

    def _likes(self, view: View, flags: Flags | None) -> int | None:
        """How many are nearest to one, where that is plain before they are looked for; None where it is not."""
        near, count = view.near, self.columns[view.table].count
        if near is None or near.least > -1 or near.most < 1:
            return None
        without = count - self.meaning.known(view.table, near.field)
        fit = count if flags is None else int(np.count_nonzero(flags))
        return MOST_NEAR if fit - without > MOST_NEAR else None

    def column(self, table: str, name: str, reviewer: str) -> Column | None:
        """One in memory; None for one of text."""
        if name == STATUS:
            return self.standing[table].status(reviewer)
        return self.standing[table].verdict() if name == VERDICT else self.columns[table].get(name)

    def hits(self, view: View) -> Ranked | None:
        """All that a search finds; None where there is none."""
        if not view.query.strip():
            return None
        return self._memory.of(self._named(view), lambda: self._found(view, None))

    def _found(self, view: View, most: int | None) -> Ranked:
        if view.table not in TEXTS:
            raise Unusable(f"{view.table} have no words to search; give a condition", "view.query")
        wanted = Sought(view.table, view.field)
        try:
            if behind(self.folder, view.table, view.field):
                name = f"index of the words of {view.table}.{view.field or 'all texts'}"
                raise NotReady(f"the {name}", name, partial(self._index, wanted))
            hits, notes = found(self.folder, wanted, view.query, most, silent)
        except UsageError as error:
            what = "view.field" if "field" in str(error).split(";")[0] else "view.query"
            raise Unusable(str(error), what) from error
        return Ranked(hits.rows, hits.scores, hits.all, notes)

    def _index(self, wanted: Sought, tell: Tell) -> None:
        found(self.folder, wanted, "index", 1, lambda step: tell(step.done, step.total or step.done))

    def _named(self, view: View) -> tuple[object, ...]:
        return "hits", view.table, self.folder.tables[view.table].count(), view.query, view.field

    def _best(self, view: View, reviewer: str, most: int) -> Result | None:
        """The first of a search, without all that it finds; None where all must be known, or are."""
        ranked = view.query.strip() and view.sort == RELEVANCE and not view.down and view.near is None
        if not ranked or self._named(view) in self._memory:
            return None
        flags = self.flags(view, reviewer, without="query")
        ask = max(_FIRST, 2 * most)
        while ask <= _LAST:
            hits = self._found(view, ask)
            kept = slice(None) if flags is None else flags[hits.rows]
            rows, scores = hits.rows[kept], hits.scores[kept]
            if hits.all or len(rows) > most:
                return Result(rows, scores, hits.notes, exact=hits.all)
            ask *= 4
        return None

    def _conditions(self, view: View, reviewer: str) -> list[tuple[str, Callable[[], Flags]]]:
        found: list[tuple[str, Callable[[], Flags]]] = []
        if view.task is not None:
            found.append(("task", lambda: self._filtered(view, Filter("task", (view.task,)), reviewer)))
        if view.show != "all":
            found.append(("show", lambda: self._shown(view)))
        found += [(one.column, partial(self._filtered, view, one, reviewer)) for one in view.filters]
        if view.where:
            found.append(("where", lambda: self._where(view.table, view.where)))
        if view.query.strip():
            found.append(("query", lambda: self._flagged(view.table, self.hits(view).rows)))  # type: ignore[union-attr]
        if view.selection is not None:
            found.append(("selection", lambda: self._flagged(view.table, self._selected(view).rows)))
        if view.area is not None:
            found.append(("area", lambda: self.meaning.inside(view.table, view.area)))  # type: ignore[arg-type]
        return found

    def _shown(self, view: View) -> Flags:
        standing = self.standing[view.table]
        # who asks for what is judged asks for what was discarded, too
        dropped = standing.dropped_by_runs() if view.by_status else standing.dropped()
        return ~dropped if view.show == "kept" else dropped

    def _filtered(self, view: View, wanted: Filter, reviewer: str) -> Flags:
        column = self.column(view.table, wanted.column, view.judged_by or reviewer)
        if column is None:
            raise Unusable(
                f"{wanted.column} of {view.table} is a text: search in it, or give a condition",
                f"view.filters.{wanted.column}",
            )
        if wanted.column == STATUS and wanted.among:
            odd = [one for one in wanted.among if one not in STATUSES]
            if odd:
                raise Unusable(f"there is no status {str(odd[0])[:40]!r}", "view.filters.status")
        return column.flags(wanted)

    def _where(self, table: str, where: str) -> Flags:
        try:
            condition = self.folder.condition(table, where)
        except UsageError as error:
            raise Unusable(str(error), "view.where") from error
        held = self.folder.tables[table]
        key = ("where", table, held.version, condition)
        return self._memory.of(key, lambda: self._flagged(table, held.numbers(condition or "")))

    def _selected(self, view: View) -> selections.Selection:
        name = view.selection or ""
        try:
            about = selections.about(self.folder, name)
            key = ("selection", name, about.made, about.count)
            return self._memory.of(key, lambda: selections.load(self.folder, name, view.table))
        except UsageError as error:
            raise Unusable(str(error), "view.selection") from error

    def _order(self, view: View, reviewer: str) -> npt.NDArray[np.int32]:
        """All rows in the order of a sort, as it stands now."""
        count, down = self.columns[view.table].count, view.down
        if view.sort == RANDOM:
            return self._memory.of(("random", count, view.seed), lambda: _shuffled(count, view.seed))
        if view.sort == DISAGREEMENT:
            return ordered(-self.standing[view.table].disagreement(), down=down)
        if view.sort == KEPT:
            chosen = self.standing[view.table].statuses(view.judged_by or reviewer) == STATUSES.index("submitted")
            if not chosen.any():
                raise Unusable("nothing is submitted yet, so nothing is near to it", "view.sort")
            return ordered(-self.meaning.like(view.table, "text", np.flatnonzero(chosen)), down=down)
        column = self.column(view.table, view.sort, reviewer)
        if column is None:
            raise Unusable(f"{view.sort} of {view.table} is a text, by which nothing is sorted", "view.sort")
        if view.sort in (VERDICT, STATUS):
            return ordered(column.order(), down=down)
        key = ("sort", view.table, self.folder.tables[view.table].version, view.sort, down)
        return self._memory.of(key, lambda: ordered(column.order(), down=down))

    def _flagged(self, table: str, rows: Whole) -> Flags:
        flags = np.zeros(self.columns[table].count, np.bool_)
        flags[rows[rows < len(flags)]] = True
        return flags


def _shuffled(count: int, seed: int) -> npt.NDArray[np.int32]:
    return np.random.default_rng(seed).permutation(count).astype(np.int32)
