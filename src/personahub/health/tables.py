"""The tables of a hub, looked over: every file, every row, every index."""

import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from personahub.errors import HubError
from personahub.findings import Finding
from personahub.hub import Folder
from personahub.store.examined import Examined, Indexed, Piece, manifests
from personahub.store.ids import Halves, Repeats, halves, spelled
from personahub.store.known import held, in_files
from personahub.store.packing import id_index
from personahub.store.seals import Seals, broken
from personahub.store.table import Table
from personahub.text import content_id, normal

Tell = Callable[[int], None]

ASKED = 1024  # rows that each index is asked for
NAMED = 3  # ids that a finding names

_BACK = "put it back from a copy of the hub"
# What an id is made of, where nobody has vouched for the file that holds it.
_NAMES: dict[str, tuple[Sequence[str], Callable[..., str]]] = {
    "texts": (("text",), content_id),
    "personas": (("text",), lambda text: content_id(normal(text))),
    "samples": (("task", "persona_id", "text"), content_id),
    "rejected": (
        ("run", "table", "place", "reason", "detail"),
        lambda *fields: content_id(*fields[:4], fields[4] or ""),
    ),
}


@dataclass
class TableCheck:
    """One table; `rows` and `version` are of what was looked at.

    Args:
        seals: what its files should read as.
        tell: hears of bytes that were read.
    """

    folder: Folder
    name: str
    seals: Seals
    tell: Tell

    @property
    def table(self) -> Table:
        return self.folder.tables[self.name]

    @property
    def place(self) -> str:
        return self.table.path.name

    def __iter__(self) -> Iterator[Finding]:
        version, rows = self.seals.tables.get(self.name, (0, 0))
        known = held(self.table.path.with_suffix(".ids"))
        if not self.table.exists:
            if rows:
                yield Finding(self.place, f"it is gone, with {rows:,} rows", _BACK)
            return
        try:
            seen = Examined(self.table)
            pieces = list(seen.pieces())
        except HubError as error:
            yield from self._closed(error)
            return
        if seen.version < version or seen.rows < rows:
            yield Finding(
                self.place,
                f"it is older than the rest of the hub: {seen.rows:,} rows where {rows:,} were",
                f"{_BACK}, of the same moment as the rest",
            )
        yield from self._sealed("it", manifests(self.table.path)[:1])
        told = list(self._rows(seen, pieces, known))
        yield from told
        if all(one.mend for one in told):  # else an index would be held against rows that are not to be trusted
            yield from self._indexes(seen)

    def _closed(self, error: HubError) -> Iterator[Finding]:
        newest = manifests(self.table.path)[:1]
        damaged = list(self._sealed("it", newest))
        yield from damaged
        if not damaged:
            said = str(error).split(" failed: ", 1)[-1].split("; look at", 1)[0]
            yield Finding(self.place, f"it cannot be opened: {said}", _BACK)

    def _rows(self, seen: Examined, pieces: list[Piece], known: object) -> Iterator[Finding]:
        judged = _Rows(self.name, self.table.schema, Repeats(seen.rows))
        missed = 0
        covered, _, files = known if isinstance(known, tuple) else (0, "", [])
        for piece in pieces:
            what = f"rows {piece.first:,} to {piece.first + piece.rows - 1:,} of it"
            damaged = list(self._sealed(what, piece.files))
            yield from damaged
            if damaged:
                continue  # what would be read of them says nothing
            vouched = all(f"{self.place}/{file}" in self.seals.files for file in piece.files)
            count = 0
            try:
                for batch in seen.batches(piece):
                    names = judged.take(batch, vouched=vouched)
                    first = piece.first + count
                    missed += int((~in_files(files, names[: max(0, covered - first)])).sum())
                    count += len(batch)
            except HubError as error:
                said = str(error).split(" failed: ", 1)[-1].split("; look at", 1)[0]
                yield Finding(f"{self.place}/{piece.files[0]}", f"{what} cannot be read: {said}", _BACK)
                continue
            if count != piece.rows:
                yield Finding(f"{self.place}/{piece.files[0]}", f"{what} are {count:,} rows", _BACK)
        yield from judged.told(self.place)
        if missed:
            yield Finding(
                f"{self.name}.ids",
                f"it does not know {missed:,} ids that are there, so that they could be added a second time",
                "it may be removed at any time and is made again",
                partial(shutil.rmtree, self.table.path.with_suffix(".ids"), ignore_errors=True),
            )

    def _sealed(self, what: str, files: Sequence[str]) -> Iterator[Finding]:
        """Those files of the table that are not as they were written."""
        for file in files:
            path = self.table.path / file
            size, check = self.seals.files.get(f"{self.place}/{file}", (0, 0))
            why = broken(path, size, check, self.tell) if size else None if path.exists() else "is gone"
            if why:
                yield Finding(f"{self.place}/{file}", f"the file {why}: {what} cannot be trusted", _BACK)

    def _indexes(self, seen: Examined) -> Iterator[Finding]:
        try:
            found = seen.indexes()
        except HubError as error:
            yield Finding(self.place, f"its indexes cannot be read: {error}", _BACK)
            return
        dice = random.Random(0)  # noqa: S311 - which rows are asked for is no secret
        rows = sorted(dice.sample(range(seen.rows), min(ASKED, seen.rows)))
        for index in found:
            why = self._index_wrong(seen, index, rows)
            if why:
                cure = (
                    "it is made from the rows again" if index.name == id_index("id") else "it is made anew when needed"
                )
                yield Finding(
                    f"{self.place}, index {index.name}", why, cure, partial(self.table.index_anew, index.name)
                )

    def _index_wrong(self, seen: Examined, index: Indexed, rows: Sequence[int]) -> str:
        if damaged := list(self._sealed("it", index.files)):
            return damaged[0].problem
        if not index.files and index.rows:
            return "its files are gone"
        if index.astray or index.rows > seen.rows:
            return "it speaks of rows that are not there"
        column = index.columns[0]
        if index.name != id_index(column) or not rows:
            return ""  # of another kind: its files are as they were written, and that is all that can be told here
        try:
            asked = seen.take(rows, ["id", column]).filter(pc.is_valid(pc.field(column)))
            there = set(seen.places(column, asked[column].to_pylist()))
        except HubError as error:
            return f"it cannot be read: {error}"
        missed = sum(name not in there for name in asked["id"].to_pylist())
        return f"it does not find {missed:,} of {len(asked):,} rows that it was asked for" if missed else ""


@dataclass
class _Rows:
    """What is wrong with rows: counted, and the first few named."""

    name: str
    schema: pa.Schema
    repeats: Repeats
    nulls: int = 0
    odd: int = 0
    strange: int = 0

    def __post_init__(self) -> None:
        self.strangers: list[str] = []

    def take(self, batch: pa.RecordBatch, *, vouched: bool) -> Halves:
        """The ids of a batch; none where they are no ids."""
        for field in self.schema:
            if not field.nullable:
                self.nulls += batch[field.name].null_count
        try:
            names = halves(batch["id"])
        except ValueError:
            self.odd += 1
            return np.empty((0, 2), np.uint64)
        self.repeats.add(_marked(batch, names) if self.name == "verdicts" else names)
        if not vouched and self.name in _NAMES:
            self._compare(batch)
        return names

    def told(self, place: str) -> Iterator[Finding]:
        if self.nulls:
            yield Finding(place, f"{self.nulls:,} values are missing where none may be", _BACK)
        if self.odd:
            yield Finding(place, f"{self.odd:,} stretches of rows hold what is no id", _BACK)
        if self.strange:
            some = ", ".join(self.strangers)
            yield Finding(place, f"{self.strange:,} rows are not what their ids say, such as {some}", _BACK)
        twice, some = 0, ""
        for found in self.repeats.found():
            twice += len(found)
            some = some or (spelled(found[:1])[0] if len(found) and self.name != "verdicts" else "")
        if twice:
            such = f", such as {some}" if some else ""
            cure = "'personahub merge NEW.hub THIS.hub' makes a hub with each of them once"
            yield Finding(place, f"{twice:,} rows are there twice{such}", cure)

    def _compare(self, batch: pa.RecordBatch) -> None:
        columns, name = _NAMES[self.name]
        for found, *fields in zip(batch["id"].to_pylist(), *(batch[one].to_pylist() for one in columns), strict=True):
            if fields[0] is not None and name(*fields) != found:
                self.strange += 1
                if len(self.strangers) < NAMED:
                    self.strangers.append(found)


def _marked(batch: pa.RecordBatch, names: Halves) -> Halves:
    """A verdict is one of a kind and a run on a record: numbers that are another for each."""
    said = pc.binary_join_element_wise(batch["kind"], batch["run"], " ").dictionary_encode()
    marks = [
        np.frombuffer(blake2b(one.encode(), digest_size=16).digest(), "<u8") for one in said.dictionary.to_pylist()
    ]
    mixed: Halves = names ^ np.array(marks, np.uint64).reshape(-1, 2)[said.indices.to_numpy()]
    return mixed
