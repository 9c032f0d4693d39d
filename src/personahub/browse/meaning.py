"""Rows by the meaning of a field: those nearest to one, how like some they are, and where they lie on the map."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import RLock

import numpy as np

from personahub import schema
from personahub.browse.columns import Flags
from personahub.browse.rows import NotReady, Ranked, Scores, Tell, Whole
from personahub.browse.view import BROWSED, MOST_NEAR, Area, Near, Unusable, View
from personahub.embedded import Embedded, there
from personahub.embedders.base import Embedder, Embedding, opened
from personahub.errors import UsageError
from personahub.events import silent
from personahub.hub import Folder
from personahub.maps import plane as planes
from personahub.maps.plane import Plane
from personahub.maps.raster import inside
from personahub.similar.looking import Looking, Opened, Seen
from personahub.similar.wanted import Wanted

AT_ONCE = 2_000  # vectors that are made while somebody waits


@dataclass
class Vectors:
    """The vectors of one hub, opened once, by the embedder that is named; two questions to them wait for each other.

    Args:
        later: what has something made beside, which nobody waits for.
    """

    folder: Folder
    embedding: Embedding = field(default_factory=lambda: Embedding(embedder="static"))
    later: Callable[[str, Callable[[Tell], object]], object] = lambda _name, _make: None
    _opened: Opened = field(default_factory=dict)
    _whole: Seen = field(default_factory=dict)
    _planes: dict[Path, Plane] = field(default_factory=dict)
    _turn: RLock = field(default_factory=RLock)
    _embedder: Embedder | None = None

    def of(self, table: str, name: str, *, at: str = "view.near.field") -> Embedded:
        """Those of a field.

        Raises Unusable where it has none.
        """
        if table not in ("personas", "samples", "texts"):
            raise Unusable(f"{table} have no vectors", at)
        stored = self.folder.tables[table].stored
        try:
            column = schema.field(table, name, stored.names)
        except UsageError as error:
            raise Unusable(str(error), at) from error
        if str(stored.field(column).type) != "string":
            raise Unusable(f"{column} of {table} is no text, so it has no vectors", at)
        with self._turn:
            if self._embedder is None:
                self._embedder = opened(self.embedding, folder=self.folder.path)
            return Embedded(self.folder, table, self._embedder, column)

    def there(self, table: str) -> list[str]:
        """The fields of a table whose vectors there are."""
        held = there(self.folder, table, self.embedding.get("embedder", "static"))
        return [name for name in self.folder.tables[table].stored.names if name in held & set(BROWSED[table])]

    def near(self, view: View, near: Near, flags: Flags | None, most: int | None, row: int | None) -> Ranked:
        """The rows nearest to a record or a text among those that may be.

        Args:
            most: how many are needed, where more would take longer; None for as many as there may be.
            row: of the record, where it is known; else it is looked up.
        """
        table, every = view.table, view.show != "kept"
        limit = MOST_NEAR if most is None or near.turned else min(MOST_NEAR, most + 1)
        vectors = self.of(table, near.field)
        wanted = Wanted(near.id, near.text, near.field, table, limit, None, every, near.turned, None)
        try:
            row = wanted.row(self.folder.tables[table]) if row is None else row
            with self._turn:
                looking = Looking(vectors, self.embedding, wanted, [], self._opened, self._whole, silent)
                self._complete(vectors, looking, every=every)
                looking.wanted = replace(wanted, all=True)  # which may be found is in the flags
                query = looking.query(row)
                allowed = None if flags is None or flags.all() else flags.view(np.uint8)
                missing = vectors.missing(every=every) if looking.busy else 0
                found = looking.nearest(-query if near.turned else query, row, allowed)
        except UsageError as error:
            raise Unusable(str(error), "view.near.id" if near.id else "view.near.text") from error
        scores = -found.cosines if near.turned else found.cosines
        cut = (f"The {MOST_NEAR:,} nearest.",) if len(found.rows) >= MOST_NEAR else ()
        left = (f"Up to {missing:,} records have no vector yet, and are not found.",) if missing else ()
        whole = len(found.rows) < limit or limit == MOST_NEAR
        return Ranked(found.rows, scores.astype(np.float32), whole, (*cut, *left), row)

    def warm(self, table: str, name: str) -> None:
        """Load what the first likeness needs, where all of it is there already."""
        if name not in self.there(table) or not (vectors := self.of(table, name)).complete:
            return
        with self._turn:
            wanted = Wanted(None, "warm", name, table, 1, None, True, False, None)
            looking = Looking(vectors, self.embedding, wanted, [], self._opened, self._whole, silent)
            if not looking.overdue:
                looking.nearest(looking.query(None), None, None)

    def known(self, table: str, name: str) -> int:
        """How many vectors of a field there are."""
        found = self._opened.get(self.of(table, name).path)
        return int(found[1].count) if found else 0

    def like(self, table: str, name: str, rows: Whole) -> Scores:
        """Of every row the cosine to the middle of some; nothing like them where it has no vector."""
        from personahub.vectors.reading import Reading  # noqa: PLC0415 - as in embedded.py

        vectors, count = self.of(table, name, at="view.sort"), self.folder.tables[table].count()
        if not vectors.shelf.marked.exists():
            raise self._missing(vectors)
        reading = Reading(vectors.shelf, count)
        held = rows[reading.has(rows)]
        scores = np.full(count, -np.inf, np.float32)
        if not len(held):
            return scores
        middle = reading.take(held).mean(axis=0)
        middle /= max(float(np.linalg.norm(middle)), 1e-9)
        for part in range(reading.parts):
            some, block = reading.part(part)
            fit = some < count
            scores[some[fit]] = block[fit] @ middle
        return scores

    def inside(self, table: str, area: Area) -> Flags:
        """Which rows lie in an area of the map."""
        found = self.plane(table, area.field, at="view.area.field")
        flags = np.zeros(self.folder.tables[table].count(), np.bool_)
        held = inside(found.places, area.polygon)[: len(flags)]
        flags[: len(held)] = held
        return flags

    def plane(self, table: str, name: str, *, at: str = "field") -> Plane:
        """The map of a field.

        Raises NotReady where there is none yet.
        """
        vectors = self.of(table, name, at=at)
        found = self.plane_there(vectors)
        if found is None:
            raise self.unmapped(vectors)
        return found

    def plane_there(self, vectors: Embedded) -> Plane | None:
        with self._turn:
            if vectors.path not in self._planes and (read := planes.load(vectors)) is not None:
                self._planes[vectors.path] = read
            return self._planes.get(vectors.path)

    def unmapped(self, vectors: Embedded) -> NotReady:
        """What makes a map of them, with the vectors that are missing."""

        def make(tell: Tell) -> None:
            if not vectors.complete:
                self._made(vectors, tell)
            made = planes.make(vectors, tell)
            with self._turn:
                self._planes[vectors.path] = made

        return NotReady("the places of the map", f"map of {vectors.table}.{vectors.column}", make)

    def _complete(self, vectors: Embedded, looking: Looking, *, every: bool) -> None:
        """Make what is missing where that is little, and have an index made where one would pay."""
        if not looking.caught_up:
            if self.folder.writer is not None:
                looking.busy = True  # another process, or a job of this one
                return
            if vectors.missing(every=every) > AT_ONCE:
                raise self._missing(vectors)
            looking.catch_up()
        if looking.overdue:
            own = Looking(vectors, self.embedding, looking.wanted, [], {}, {}, silent)
            self.later(f"index of {vectors.table}.{vectors.column}", lambda tell: _indexed(own, tell))

    def _missing(self, vectors: Embedded) -> NotReady:
        name = f"vectors of {vectors.table}.{vectors.column}"
        return NotReady(f"the {name}", name, lambda tell: self._made(vectors, tell))

    def _made(self, vectors: Embedded, tell: Tell) -> None:
        with self.folder.writing():
            vectors.catch_up(tell, every=True)


def _indexed(looking: Looking, tell: Tell) -> None:
    looking.progress = lambda step: tell(step.done, step.total or step.done)
    looking.complete()
