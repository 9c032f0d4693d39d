"""Records by what they mean: their vectors, how near they are to some texts, and how they are spread.

Import it only where it is used: the compiler below it takes a third of a second.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from personahub.choosing.draw import Keys, smallest
from personahub.embedded import Embedded
from personahub.embedders.base import Embedding, opened, queries
from personahub.errors import UsageError
from personahub.hub import Folder
from personahub.schema import ALIASES
from personahub.sources import records
from personahub.vectors.apart import Apart, apart
from personahub.vectors.products import products
from personahub.vectors.rows import Block, Rows

SAMPLED = 1_000  # records whose nearest other is looked for, to tell how a choice is spread

_ID = re.compile(r"[0-9a-f]{32}")
_SIDE = 4_096  # vectors of blocks that are compared with each other

Tell = Callable[[int, int], None]
Whole = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Meanings:
    """Vectors of some records of a table; places are those in `rows`.

    Args:
        rows: numbers of the records in the table.
    """

    held: Embedded
    rows: Whole

    @classmethod
    def of(cls, folder: Folder, table: str, column: str, embedding: Embedding, tell: Tell) -> "Meanings":
        """Those of all records; where one has none it is made, and only then is the hub's lock needed."""
        held = Embedded(folder, table, opened(embedding, folder=folder.path), column)
        if not held.complete:
            with folder.writing():
                held = Embedded(folder, table, opened(embedding, folder=folder.path, writing=True), column)
                held.make(tell)
        return cls(held, np.arange(folder.tables[table].count()))

    def at(self, rows: Whole) -> "Meanings":
        return replace(self, rows=rows)

    def near(self, said: Sequence[str], tell: Tell) -> Block:
        """For each record its highest cosine to any of these texts, or records where one is an id; shape (n,)."""
        texts = [self._text(one) if _ID.fullmatch(one) else one for one in said]
        return self._highest([queries(self.held.embedder, texts)], tell)

    def nearest(self, examples: Sequence[str], tell: Tell) -> Block:
        """For each record its highest cosine to any record of these files, or of the hub where one is an id."""
        return self._highest(self._examples(examples), tell)

    def apart(self, count: int, seed: int, tell: Tell) -> Apart:
        return apart(self._vectors, count, seed=seed, tell=tell)

    def distance(self, places: Whole, keys: Keys) -> float:
        """Mean distance, which is 1 less the cosine, of one of these to the nearest other; from SAMPLED of them."""
        some = smallest(keys[places], SAMPLED)
        asked, highest = self._vectors.take(places[some]), np.full(len(some), -1, np.float32)
        for start in range(0, len(places), _SIDE):
            cosines = asked @ self._vectors.take(places[start : start + _SIDE]).T
            itself = np.flatnonzero((start <= some) & (some < start + _SIDE))
            cosines[itself, some[itself] - start] = -1
            np.maximum(highest, cosines.max(axis=1), out=highest)
        return float(1 - highest.mean())

    @property
    def _vectors(self) -> Rows:
        return Rows(self.held.shelf.mapped(), self.rows)

    def _highest(self, others: Iterable[Block], tell: Tell) -> Block:
        on, highest = products("auto"), np.full(len(self.rows), -1, np.float32)
        for some in others:
            for start, block in self._vectors.blocks(_SIDE) if len(some) else ():
                known = highest[start : start + len(block)]
                np.maximum(known, on.largest(block, some), out=known)
                tell(start + len(block), len(self.rows))
        return highest

    def _examples(self, said: Sequence[str]) -> Iterator[Block]:
        ids = [one for one in said if _ID.fullmatch(one)]
        if ids:
            yield self.held.embedder.embed([self._text(one) for one in ids])
        for batch in records(files) if (files := [one for one in said if not _ID.fullmatch(one)]) else ():
            yield self.held.embedder.embed(self._field(batch).to_pylist())

    def _field(self, batch: pa.RecordBatch) -> pa.Array:
        """The texts to compare with, by the names that the field has here and in released data."""
        column = self.held.column
        names = [column, *(name for name, of in ALIASES.get(self.held.table, {}).items() if of == column), "text"]
        usable = batch.filter(pc.is_null(batch["reject"]))
        found = pc.coalesce(*(pc.map_lookup(usable["fields"], name, "first") for name in names)).drop_null()
        if len(usable) and not len(found):
            source = usable["source"][0].as_py()
            raise UsageError(f"{source} has none of the fields {', '.join(dict.fromkeys(names))} to compare with")
        return found

    def _text(self, name: str) -> str:
        table = self.held.folder.tables[self.held.table]
        found = table.lookup([name], [self.held.column])[self.held.column].to_pylist()
        if not found:
            raise UsageError(f"{self.held.table} have no record {name}")
        return found[0] or ""
