"""One Lance table of a hub: appended to, looked up by id, scanned in order; never rewritten."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import RLock
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from personahub.store.covered import SEARCHED, uncover
from personahub.store.guard import Room, dataset, newest
from personahub.store.guard import as_hub_errors as _as_hub_errors
from personahub.store.guard import lance as _lance
from personahub.store.ids import check_ids
from personahub.store.known import Known
from personahub.store.numbering import ROW, Starts, numbered, numbers_of
from personahub.store.packing import FRAGMENT_ROWS, KEYS, drop_versions, extend, id_index, join_last, settled, to_merge
from personahub.store.system import give_back_memory

VERSION = "2.1"  # of Lance's file format: pinned, so that an upgrade of the library changes no hub unasked
TIDY_AFTER = 16  # appends: look-ups read what the index does not hold yet, so it must not grow long
INDEX_BYTES = 2**18  # small segments of the id index are joined up to this; to join larger ones takes their memory
CACHE = 2**19  # bytes for the index and for metadata, a table; the library's own default is gigabytes
READING = Room(2**26, 2**29, 48, 2**24)  # for the index where nothing is written: all of that of the ids
WRITING = Room(CACHE)
LOOKUP_IDS = 8192  # a look-up
_NUMBERED = 65_536  # rows whose numbers are read at one time
OLD = timedelta(days=1)  # a reader, such as a long export, may be at a version as old as this


class Table:
    """Rows by `id`. Readers see whole versions; one writer at a time (the hub's lock sees to it)."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._path = path
        self._schema = schema
        self._untidy = 0
        self._data: Any = None
        self._cache = READING
        self._known: Known | None = None  # once this process has written
        self._starts = Starts()
        self._turn = RLock()  # a run reads on one thread while it commits on another

    @property
    def schema(self) -> pa.Schema:
        return self._schema

    @property
    def path(self) -> Path:
        return self._path

    @property
    def exists(self) -> bool:
        """Whether anything was ever put into it."""
        return self._committed()

    @property
    def version(self) -> int:
        """The newest one, from 1; 0 where there is no table."""
        with self.opened() as data:
            return 0 if data is None else int(data.version)

    @property
    def stored(self) -> pa.Schema:
        """As it is on the disk: columns may have been added to those that it began with."""
        with self.opened() as data:
            return self._schema if data is None else data.schema

    def append(self, rows: pa.Table) -> None:
        """Add rows in one atomic commit that is on the disk when this returns; no row, no commit.

        Columns beyond the schema are added where they are not there yet, null in the rows before; those that the rows
        do not have are null in them.
        """
        if not len(rows):
            return
        with self.opened() as data:
            known = self._known = self._known or self._recalled(data)
            beside = [field for field in rows.schema if field.name not in self._schema.names]
            if data is not None and (added := [field for field in beside if field.name not in data.schema.names]):
                data.add_columns(pa.schema(added))
            shape = pa.schema([*self._schema, *beside])
            # Onto the dataset that is open: its caches are bounded, those of a new one are not.
            written = _lance().write_dataset(
                rows.select(shape.names).cast(shape),
                str(self._path) if data is None else data,
                mode="create" if data is None else "append",
                data_storage_version=VERSION,
            )
            known.add(rows["id"].to_pylist())
            self._data = None if data is None else written
            self._untidy += 1
            give_back_memory()
        if self._untidy >= TIDY_AFTER:
            self.tidy()

    def lookup(self, ids: Sequence[str], columns: Sequence[str], where: str | None = None) -> pa.Table:
        """These columns of the rows that have one of these ids, in no particular order."""
        found = [self._schema_of(columns).empty_table()]
        distinct = list(dict.fromkeys(ids))
        if self._known and distinct:
            check_ids(distinct)
            distinct = [name for name, maybe in zip(distinct, self._known.may_hold(distinct), strict=True) if maybe]
        data = self._open()
        for start in range(0, 0 if data is None else len(distinct), LOOKUP_IDS):
            some = distinct[start : start + LOOKUP_IDS]
            check_ids(some)
            wanted = f"id IN ({', '.join(repr(value) for value in some)})"
            with self._turn, _as_hub_errors(self._path):
                found.append(
                    data.to_table(columns=list(columns), filter=f"{wanted} AND ({where})" if where else wanted)
                )
        return pa.concat_tables(found)

    def scan(
        self, columns: Sequence[str] | None = None, where: str | None = None, *, batch_rows: int = 1024, start: int = 0
    ) -> Iterator[pa.RecordBatch]:
        """The rows in the order in which they came, of one version, from one on; column ROW is their number."""
        data = self._open()
        if data is None:
            return
        named = list(columns or self._schema.names)
        with _as_hub_errors(self._path):
            with self._turn:  # what is at another version meanwhile goes on at its own
                starts = self._starts.of(data) if ROW in named else None
                scanner = data.scanner(
                    columns=[name for name in named if name != ROW],
                    filter=where,
                    offset=start or None,
                    batch_size=batch_rows,
                    fragment_readahead=1,
                    batch_readahead=2,
                    io_buffer_size=CACHE,
                    with_row_address=starts is not None,
                )
            for batch in scanner.to_batches():
                yield batch if starts is None else numbered(batch, starts).select(named)

    def take(self, rows: Sequence[int] | npt.NDArray[np.int64], columns: Sequence[str]) -> pa.Table:
        """These columns of the rows at these numbers, from 0 in the order in which they came; each number once."""
        with self.opened() as data:
            if data is None or not len(rows):
                return self._schema_of(columns).empty_table()
            return data.take([int(row) for row in rows], columns=list(columns))

    def pick(self, rows: npt.NDArray[np.int64], columns: Sequence[str], where: str | None = None) -> pa.Table:
        """These columns of the rows at these numbers, in the order of the numbers, as far as the condition holds."""
        order = np.argsort(rows, kind="stable")
        if where is None:
            back = np.empty(len(rows), np.int64)
            back[order] = np.arange(len(rows))
            return self.take(rows[order], columns).take(pa.array(back))
        ids = self.pick(rows, ["id"])["id"].combine_chunks()
        found = self.lookup(ids.to_pylist(), list(dict.fromkeys(["id", *columns])), where)
        places = pc.index_in(ids, found["id"].combine_chunks()).drop_null()
        return found.take(places).select(list(columns))

    def places(self, ids: Sequence[str]) -> npt.NDArray[np.int64]:
        """The row number of each of these ids, from 0 in the order in which they came; -1 where there is none."""
        found, numbers = [pa.array([], pa.string())], [np.empty(0, np.int64)]
        data = self._open()
        for start in range(0, 0 if data is None else len(ids), LOOKUP_IDS):
            some = ids[start : start + LOOKUP_IDS]
            check_ids(some)
            with self._turn, _as_hub_errors(self._path):
                named = ", ".join(map(repr, some))
                rows = data.to_table(columns=["id"], filter=f"id IN ({named})", with_row_address=True)
                starts = self._starts.of(data)
            for batch in rows.to_batches():
                numbers.append(numbered(batch, starts)[ROW].to_numpy())
                found.append(batch["id"])
        at = pc.index_in(pa.array(ids, pa.string()), pa.chunked_array(found).combine_chunks())
        known = np.append(np.concatenate(numbers), -1)
        return np.asarray(known[at.fill_null(len(known) - 1).to_numpy()], np.int64)

    def numbers(self, where: str, limit: int | None = None) -> npt.NDArray[np.int64]:
        """The numbers of the rows that are so, ascending; the first so many.

        Args:
            where: a condition that the library reads; of people, one that `personahub.where` wrote.
        """
        found = [np.empty(0, np.int64)]
        with self.opened() as data:
            if data is not None:
                starts = self._starts.of(data)
                batches = data.to_batches(
                    columns=[], filter=where, limit=limit, with_row_address=True, batch_size=_NUMBERED
                )
                found += [numbers_of(batch["_rowaddr"], starts) for batch in batches]
        return np.concatenate(found)

    @contextmanager
    def opened(self) -> Iterator[Any]:
        """Its newest version as the library has it, None before the first append; other threads wait meanwhile."""
        with self._turn, _as_hub_errors(self._path):
            yield self._open()

    def count(self, where: str | None = None) -> int:
        with self.opened() as data:
            return 0 if data is None else int(data.count_rows(where))

    def first(self, where: str, limit: int, columns: Sequence[str] = ()) -> pa.Table:
        """The first rows that are so; every column that there is on the disk, where none is named."""
        with self.opened() as data:
            if data is None:
                return self._schema_of(columns or self._schema.names).empty_table()
            return data.to_table(columns=list(columns) or None, filter=where, limit=limit)

    def tidy(self) -> None:
        """Join small fragments and bring the id index up to date; the order of the rows stays."""
        with self.opened() as data:
            if data is None or not self._untidy:
                return
            # The index first: fragments that it covers and others are never joined with each other, and what is
            # joined moves behind what is not, which would change the order.
            there = [one for one in data.describe_indices() if not one.name.startswith(SEARCHED)]
            if not any(one.name == "id_idx" for one in there):
                data.create_scalar_index("id", "BTREE", name="id_idx")
            for index in there:  # each by its own segments: that of one may be large where that of another is small
                extend(data, index, INDEX_BYTES)
            give_back_memory()  # of one before the other takes as much
            sizes = [part.metadata.num_rows for part in data.get_fragments()]
            small = sizes[settled(sizes) :]
            if joined := to_merge(small):
                uncover(data, joined)
                join_last(data, joined, min(sum(small[-joined:]), FRAGMENT_ROWS))
            if self._known:
                self._save(self._known)
            self._untidy = 0
        give_back_memory()

    def index_anew(self, name: str) -> None:
        """Make the index of a column from the rows again by which they are looked up, in one commit; drop any other."""
        columns = {id_index(column): column for column in ("id", *KEYS.get(self._path.stem, ()))}
        with self.opened() as data:
            if data is not None and name in columns:
                data.create_scalar_index(columns[name], "BTREE", name=name, replace=True)
            elif data is not None:
                data.drop_index(name)

    def save_memory(self) -> None:
        """Look ids up in less memory from here on, and more slowly: beside a run, memory counts."""
        with self._turn:
            self._data, self._cache = (self._data if self._cache == WRITING else None), WRITING

    def clean(self) -> None:
        """Drop the files of versions that no reader can still be at; not while this process scans the table."""
        with self.opened() as data:
            if data is not None:
                drop_versions(data, OLD)

    def _recalled(self, data: Any) -> Known:
        """The ids of this table, with those that were added when they could not be noted any more."""
        known, rows = Known(self._path.with_suffix(".ids")), 0 if data is None else data.count_rows()
        if known.covered > rows or (known.covered and self._id_at(known.covered - 1) != known.last):
            known.clear()  # of a table that is gone, or was put back from a copy
        if rows > known.covered:
            for batch in data.to_batches(columns=["id"], offset=known.covered, io_buffer_size=CACHE):
                known.add(batch["id"].to_pylist())
            self._save(known)
        return known

    def _save(self, known: Known) -> None:
        rows = self._data.count_rows()
        known.save(rows, self._id_at(rows - 1))

    def _id_at(self, row: int) -> str:
        return str(self._data.take([row], columns=["id"])["id"][0])

    def _open(self) -> Any:
        """The newest version, None where there is no table.

        It is what to read from: another thread may put another one, or none, in its place meanwhile.
        """
        if self._data is None and not self._committed():
            return None
        with self._turn, _as_hub_errors(self._path):
            if self._data is None:
                self._data = dataset(self._path, self._cache)
            else:
                self._data = newest(self._data)
            return self._data

    def _committed(self) -> bool:
        """Whether a first append was ever finished: a kill or a full disk in it leaves a folder without a version."""
        versions = self._path / "_versions"
        return versions.is_dir() and any(file.suffix == ".manifest" for file in versions.iterdir())

    def _schema_of(self, columns: Sequence[str]) -> pa.Schema:
        schema = self._schema if set(columns) <= set(self._schema.names) else self.stored
        return pa.schema([schema.field(name) for name in columns])
