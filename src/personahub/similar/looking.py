"""One question to the vectors of a field: made whole before it, and mended where they turn out to be damaged."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from personahub.embedded import VECTORS, Embedded
from personahub.embedders.base import Embedding, Remote, Vectors, opened, queries
from personahub.errors import HubBusy, UsageError
from personahub.events import Progress, Step
from personahub.similar.wanted import Wanted

ENDING = ".cells"  # of an index, beside its vectors

Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.uint8]
Seen = dict[tuple[Path, bool], object]
Opened = dict[Path, tuple[object, Any]]  # searches, by the path of their vectors, and how the files were


@dataclass(frozen=True)
class Found:
    """Args:
    rows: numbers of records, the nearest first.
    exact: whether all were compared.
    records: what is shown of each.
    """

    rows: Whole
    cosines: Vectors
    exact: bool
    records: pa.Table


@dataclass
class Looking:
    """Args:
    opened: what is open from earlier questions.
    busy: whether another process writes to the hub, so that nothing could be made.
    """

    vectors: Embedded
    embedding: Embedding
    wanted: Wanted
    shown: Sequence[str]
    opened: Opened
    whole: Seen
    progress: Progress
    busy: bool = False

    def complete(self) -> None:
        """Make what is missing, unless another process writes."""
        self.catch_up()
        if self.overdue:
            self._locked(self._index)

    @property
    def caught_up(self) -> bool:
        """Whether nothing came since all vectors were there."""
        return self.whole.get((self.vectors.path, self.wanted.all)) == self._stand()

    def catch_up(self) -> None:
        """The vectors alone, without the index of them."""
        if not self.caught_up:
            if not self.vectors.covers(every=self.wanted.all):
                self._locked(lambda: self.vectors.catch_up(self._tell("vectors"), every=self.wanted.all))
            if not self.busy:
                self.whole[self.vectors.path, self.wanted.all] = self._stand()

    def query(self, row: int | None) -> Vectors:
        """The vector that others are compared with; of the record in this row, or of the text.

        Raises UsageError where it has no direction.
        """
        embedder, column = self.vectors.embedder, self.vectors.column
        if row is None:
            found = queries(embedder, [self.wanted.text or ""])[0]
        elif (held := self._search().vector(row)) is not None:
            found = held
        else:
            said = self.vectors.folder.tables[self.vectors.table].take([row], [column])[column][0].as_py()
            found = embedder.embed([said or ""])[0]
        if not found.any():
            raise UsageError(f"embedder {embedder.name} knows no word of it, so nothing is similar; say it otherwise")
        return np.asarray(found, np.float32)

    def nearest(self, query: Vectors, row: int | None, allowed: Flags | None) -> Found:
        """Of the records that may be found, less the one in this row and those that are not wanted.

        Args:
            allowed: 1 for each row that may be, None for all.
        """
        from personahub.vectors.index.file import Damaged  # noqa: PLC0415 - a third of a second for its compiler

        for _ in range(2):
            try:
                found = self._look(query, row, allowed, exact=self.wanted.exact)
            except Damaged:
                found = None
            if found and not self._search().damaged:
                return found
            self._locked(self._mend)
        return self._look(query, row, allowed, exact=True)

    def notes(self, found: Found) -> Iterator[str]:
        """What a person should know of what was found."""
        search, name = self._search(), f"{self.vectors.table}.{self.vectors.column} by {self.vectors.embedder.name}"
        if found.exact:
            yield f"Exact: compared with every one that fits of {search.count:,} vectors of {name}."
        else:
            told, like = search.told(self._kind), "records" if self.wanted.text is None else "blends of records"
            yield (
                f"By an index of {search.count:,} vectors of {name}: of the 20 nearest it finds "
                f"{told['recall']:.1%}, as measured on {told['sampled']} {like}; --exact finds all."
            )
        missing = self._count() - search.count
        if self.busy and missing > 0:
            yield f"Another process is writing to the hub: up to {missing:,} records have no vector yet."
        if search.damaged:
            yield "Some vectors are damaged and were left out; they are made anew when no other process writes."
        if others := self.vectors.others:
            yield (
                f"{self.vectors.embedder.name} is not what it was: vectors that it made before stay in {VECTORS}/, as "
                f"{', '.join(others)}, are not used, and may be removed."
            )

    def _look(self, query: Vectors, row: int | None, allowed: Flags | None, *, exact: bool) -> Found:
        search, limit = self._search(), self.wanted.limit
        wanted = limit + (row is not None)
        while True:
            hits = search.exact(query, wanted, allowed) if exact else search.nearest(query, wanted, allowed, self._kind)
            others = np.flatnonzero((hits.rows != (-1 if row is None else row)) & (hits.rows < self._count()))
            records = self._records(hits.rows[others])
            kept = np.flatnonzero(pc.is_null(records["reject"]).to_numpy())[:limit]
            if len(kept) >= limit or len(hits.rows) < wanted:
                at = others[kept]
                return Found(hits.rows[at], hits.cosines[at], hits.exact, records.take(pa.array(kept)))
            wanted = max(2 * wanted, wanted * limit // max(len(kept), 1))

    def _records(self, rows: Whole) -> pa.Table:
        """What is shown of them, with `reject` where a verdict drops one that is not wanted so."""
        folder, table = self.vectors.folder, self.vectors.table
        if self.wanted.all and not self.shown:
            return pa.table({"reject": pa.nulls(len(rows), pa.string())})
        if self.wanted.all or not len(rows):
            found = folder.tables[table].pick(rows, self.shown)
            return found.append_column("reject", pa.nulls(len(found), pa.string()))
        return pa.Table.from_batches(list(folder.judged(table, self.shown, rows=rows)))

    def _stand(self) -> object:
        """Another one when vectors may be missing that were not."""
        shelf, card = self.vectors.shelf, self.vectors.path.with_name(f"{self.vectors.name}.json")
        return self._count(), self.vectors.verdicts(), *(_state(path) for path in (shelf.file, shelf.marked, card))

    @property
    def _path(self) -> Path:
        """Of the index."""
        return self.vectors.path.with_name(f"{self.vectors.name}{ENDING}")

    @property
    def _kind(self) -> str:
        from personahub.vectors.index.search import RECORD, TEXT  # noqa: PLC0415

        return RECORD if self.wanted.text is None else TEXT

    def _count(self) -> int:
        return self.vectors.folder.tables[self.vectors.table].count()

    def _search(self) -> Any:
        """A personahub.vectors.index.search.Search of the files as they are now."""
        from personahub.vectors.index.file import Damaged, Index  # noqa: PLC0415
        from personahub.vectors.index.search import Search  # noqa: PLC0415
        from personahub.vectors.reading import Reading  # noqa: PLC0415

        shelf, count = self.vectors.shelf, self._count()
        now = count, *(_state(path) for path in (shelf.file, shelf.marked, self._path))
        before, search = self.opened.get(self.vectors.path, (None, None))
        if before != now:
            try:
                index = Index(self._path) if self._path.exists() else None
            except Damaged:
                index = None
            search = Search(Reading(shelf, count), index)
            self.opened[self.vectors.path] = now, search
        return search

    @property
    def overdue(self) -> bool:
        """Whether an index would pay that there is not."""
        return not self.wanted.exact and bool(self._search().overdue)

    def _index(self) -> None:
        from personahub.vectors.index.build import build  # noqa: PLC0415
        from personahub.vectors.reading import Reading  # noqa: PLC0415

        if self.overdue:  # another process may have made it meanwhile
            build(Reading(self.vectors.shelf, self._count()), self._path, self._tell("indexed"))

    def _mend(self) -> None:
        """Make anew what is damaged."""
        self._path.unlink(missing_ok=True)
        self.opened.pop(self.vectors.path, None)
        self.vectors.make(self._tell("vectors"))
        self._index()

    def _locked(self, work: Callable[[], object]) -> None:
        """Do it as the one process that writes, or not at all."""
        try:
            with self.vectors.folder.writing():
                if isinstance(self.vectors.embedder, Remote):
                    embedder = opened(self.embedding, folder=self.vectors.folder.path, writing=True)
                    self.vectors = replace(self.vectors, embedder=embedder)
                work()
        except HubBusy:
            self.busy = True

    def _tell(self, unit: str) -> Callable[[int, int], None]:
        return lambda done, total: self.progress(Step("similar", unit, done, total))


def _state(path: Path) -> tuple[int, int, int] | None:
    """Of a file; None where there is none. One that was written to has another."""
    try:
        told = path.stat()
    except FileNotFoundError:
        return None
    return told.st_ino, told.st_size, told.st_mtime_ns
