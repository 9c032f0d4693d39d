"""The records of a table that other verdicts keep, by their position among them: names, texts, and numbers in files."""

import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from personahub.dedup.clusters import WORDS
from personahub.dedup.likeness import SCORES, Likeness, too_long
from personahub.dedup.marks import Marks
from personahub.dedup.names import BLOCK, Names
from personahub.dedup.seen import Seen, judged
from personahub.dedup.stands import Positions
from personahub.hub import Folder
from personahub.store.ids import halves
from personahub.store.pieces import pieces


@dataclass
class Records:
    """Args:
    task: the samples of this task alone.
    place: where the files lie while they are compared.
    digests: of the ids of the first so many, in their order.
    marks: which rows of the table they are.
    long: how many are too long to be compared, as far as they were read.
    """

    folder: Folder
    table: str
    likeness: Likeness
    place: Path
    task: str | None
    count: int = field(default=0, init=False)
    digests: dict[int, str] = field(default_factory=dict, init=False)
    marks: Marks = field(init=False)
    long: int = field(default=0, init=False)
    _names: Names = field(init=False)

    @property
    def digest(self) -> str:
        """Of all ids."""
        return self.digests[self.count]

    def survey(self, borders: Collection[int] = (), before: Seen | None = None) -> None:
        """Count and name them, and note where in the table each is: a bit a row, and 8 bytes for a score.

        Args:
            borders: numbers of first records that are to be named, too.
            before: what an earlier survey saw; only what may be otherwise is read. Where scores are wanted, all is.
        """
        self.place.mkdir(parents=True, exist_ok=True)
        blocks = before.blocks(self.folder, self.table) if before and not self.likeness.scored else 0
        start, parts = 0, []
        if before and blocks:
            start = int(before.marks.rows(np.array([blocks * BLOCK - 1]))[0]) + 1
            parts.append(before.marks.first(start))
        self._names = Names(before.chain[:blocks] if before else [], borders)
        self.marks = Marks.of(chain(*parts, self._read(start)))
        self._names.close()
        self.count = self._names.count
        known = before.digests if before and blocks else {}
        self.digests = {at: name for at, name in known.items() if at in borders and at <= blocks * BLOCK}
        self.digests |= self._names.found

    def _read(self, start: int) -> Iterator[npt.NDArray[np.bool_]]:
        """From a row on, which rows are compared; their ids are named, and their scores noted."""
        by = [self.likeness.field] if self.likeness.field else []
        columns = list(dict.fromkeys(["id", *(["text"] if self.likeness.scored else []), *by]))
        with (self.place / SCORES).open("wb") as scores:
            for batch in self._judged(columns, range(start, sys.maxsize)):
                mine = np.asarray(pc.is_null(batch["reject"]).to_numpy(zero_copy_only=False))
                kept = batch.filter(pa.array(mine))
                self._names.add(halves(kept["id"]))
                if self.likeness.scored:
                    numbers = kept[by[0]].cast(pa.float64()).to_numpy(zero_copy_only=False) if by else None
                    scores.write(self.likeness.scores(kept["text"], numbers).tobytes())
                yield mine

    @property
    def seen(self) -> Seen:
        """For the next survey."""
        tables = self.folder.tables
        found = judged(self.folder, self.table), pieces(tables[self.table]), pieces(tables["verdicts"])
        return Seen(self.marks, self._names.chain, self.digests, *found)

    def texts(self) -> Iterator[pa.Array]:
        self.long = 0
        for batch in self._judged(["text"]):
            texts = batch.filter(pc.is_null(batch["reject"]))["text"]
            self.long += too_long(texts)
            yield texts

    def behind(self, start: int) -> Iterator[pa.Array]:
        """The texts from that position on, and no other row is read."""
        self.long = 0
        if start == self.count:
            return
        row = int(self.marks.rows(np.array([start]))[0])
        for batch in self._judged(["text"], range(row, sys.maxsize)):
            texts = batch.filter(pc.is_null(batch["reject"]))["text"]
            self.long += too_long(texts)
            yield texts

    def text(self, positions: Positions) -> pa.ChunkedArray:
        """Of some of them."""
        return self._some(positions, "text")

    def ids(self, positions: Positions) -> pa.Array:
        """Of some of them."""
        found = self._some(positions, "id").combine_chunks()
        return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found

    def _some(self, positions: Positions, column: str) -> pa.ChunkedArray:
        wanted, places = np.unique(self.marks.rows(positions), return_inverse=True)
        return self.folder.tables[self.table].take(wanted, [column])[column].take(pa.array(places))

    def _judged(self, columns: list[str], rows: range | None = None) -> Iterator[pa.RecordBatch]:
        """Every row of the table, those of other tasks with a reason too: rows are counted by it."""
        if self.task is None:
            yield from self.folder.judged(self.table, columns, ignoring=WORDS, rows=rows)
            return
        for batch in self.folder.judged(self.table, [*columns, "task"], ignoring=WORDS, rows=rows):
            reject = pc.if_else(pc.equal(batch["task"], self.task), batch["reject"], "other_task")
            yield batch.set_column(batch.schema.get_field_index("reject"), "reject", reject)
