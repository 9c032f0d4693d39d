"""The records of a table that other verdicts keep, by their position among them: names, texts, and numbers in files."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from personahub.dedup.clusters import WORDS
from personahub.dedup.likeness import SCORES, Likeness, too_long
from personahub.dedup.stands import Positions
from personahub.hub import ARRIVED, Folder

_ID = 16  # bytes, of which an id is the digits
_TAKEN = 4_096  # texts that are taken at one time


@dataclass
class Records:
    """Args:
    task: the samples of this task alone.
    place: where the files lie while they are compared.
    digests: of the ids of the first so many, in their order.
    long: how many are too long to be compared, as far as they were read.
    """

    folder: Folder
    table: str
    likeness: Likeness
    place: Path
    task: str | None
    count: int = field(default=0, init=False)
    digests: dict[int, str] = field(default_factory=dict, init=False)
    long: int = field(default=0, init=False)

    @property
    def digest(self) -> str:
        """Of all ids."""
        return self.digests[self.count]

    def survey(self, borders: Collection[int] = ()) -> None:
        """Count and name them, and note where in the table each is: 24 bytes a record, and 8 for a score.

        Args:
            borders: numbers of first records that are to be named, too.
        """
        self.place.mkdir(parents=True, exist_ok=True)
        digest, first, before = blake2b(digest_size=_ID), 0, sorted(borders)
        by = [self.likeness.field] if self.likeness.field else []
        columns = list(dict.fromkeys(["id", *(["text"] if self.likeness.scored else []), *by]))
        paths = (self.place / name for name in ("rows", "ids", SCORES))
        with next(paths).open("wb") as file, next(paths).open("wb") as names, next(paths).open("wb") as scores:
            for batch in self._judged(columns):
                rows = np.flatnonzero(pc.is_null(batch["reject"]).to_numpy(zero_copy_only=False))
                kept = batch.take(pa.array(rows))
                ids = kept["id"].to_pylist()
                for border in before:
                    if self.count <= border <= self.count + len(ids):
                        self._name(border, digest, ids[: border - self.count])
                named = "".join(ids)
                digest.update(named.encode())
                names.write(bytes.fromhex(named))
                file.write((first + rows).astype("<u8").tobytes())
                if self.likeness.scored:
                    numbers = kept[by[0]].cast(pa.float64()).to_numpy(zero_copy_only=False) if by else None
                    scores.write(self.likeness.scores(kept["text"], numbers).tobytes())
                self.count += len(rows)
                first += len(batch)
        self._name(self.count, digest, [])

    def _name(self, border: int, digest: blake2b, behind: list[str]) -> None:
        ended = digest.copy()
        ended.update("".join(behind).encode())
        self.digests[border] = ended.hexdigest()

    def texts(self) -> Iterator[pa.Array]:
        self.long = 0
        for batch in self._judged(["text"]):
            texts = batch.filter(pc.is_null(batch["reject"]))["text"]
            self.long += too_long(texts)
            yield texts

    def behind(self, start: int) -> Iterator[pa.Array]:
        """The texts from that position on, and no other row is read."""
        self.long = 0
        for first in range(start, self.count, _TAKEN):
            some = np.arange(first, min(first + _TAKEN, self.count))
            texts = pa.concat_arrays(self.text(some).chunks)
            self.long += too_long(texts)
            yield texts

    def text(self, positions: Positions) -> pa.ChunkedArray:
        """Of some of them."""
        if not len(positions):
            return self.folder.tables[self.table].take([], ["text"])["text"]
        rows = np.memmap(self.place / "rows", "<u8", "r")
        wanted, places = np.unique(rows[positions].astype(np.int64), return_inverse=True)
        return self.folder.tables[self.table].take(wanted, ["text"]).take(pa.array(places))["text"]

    def ids(self, positions: Positions) -> pa.Array:
        """Of some of them."""
        if not len(positions):
            return pa.array([], pa.string())
        held: npt.NDArray[np.uint8] = np.memmap(self.place / "ids", np.uint8, "r").reshape(-1, _ID)
        digits = held[positions].tobytes().hex().encode()
        ends = np.arange(0, len(digits) + 1, 2 * _ID, dtype=np.int32)
        return pa.StringArray.from_buffers(len(positions), pa.py_buffer(ends), pa.py_buffer(digits))

    def _judged(self, columns: list[str]) -> Iterator[pa.RecordBatch]:
        """Every row of the table, those of other tasks with a reason too: rows are counted by it."""
        if self.task is None:
            yield from self.folder.judged(self.table, columns, ignoring=(WORDS, *ARRIVED.values()))
            return
        for batch in self.folder.judged(self.table, [*columns, "task"], ignoring=(WORDS, *ARRIVED.values())):
            reject = pc.if_else(pc.equal(batch["task"], self.task), batch["reject"], "other_task")
            yield batch.set_column(batch.schema.get_field_index("reject"), "reject", reject)
