"""One version of a table as a look over it sees it: its files, rows and indexes. A writer may go on meanwhile."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from personahub.store.guard import as_hub_errors, lance
from personahub.store.table import CACHE, Table

_BATCH_ROWS = 4096


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows that lie in files of their own, one for all columns or several.

    Args:
        first: number of its first row in the table.
        files: paths in the table's folder.
    """

    number: int
    first: int
    rows: int
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Indexed:
    """An index of a table.

    Args:
        rows: that it covers.
        files: paths in the table's folder.
        astray: it covers rows that the table does not have.
    """

    name: str
    columns: tuple[str, ...]
    rows: int
    files: tuple[str, ...]
    astray: bool


class Examined:
    """The newest version of a table that exists, and no other as long as this lives.

    Raises HubError where it cannot be opened; so do the methods where something cannot be read.
    """

    def __init__(self, table: Table) -> None:
        self._path = table.path
        with as_hub_errors(self._path):
            session = lance().Session(index_cache_size_bytes=CACHE, metadata_cache_size_bytes=CACHE)
            self._data: Any = lance().dataset(str(self._path), session=session)
            self.version = int(self._data.version)
            self.rows = int(self._data.count_rows())
            self.names: list[str] = list(self._data.schema.names)

    def pieces(self) -> Iterator[Piece]:
        """In the order of the rows."""
        first = 0
        with as_hub_errors(self._path):
            for part in self._data.get_fragments():
                rows = int(part.metadata.num_rows)
                yield Piece(part.fragment_id, first, rows, tuple(f"data/{file.path}" for file in part.data_files()))
                first += rows

    def batches(self, piece: Piece) -> Iterator[pa.RecordBatch]:
        """Every column of its rows."""
        with as_hub_errors(self._path):
            part = self._data.get_fragment(piece.number)
            yield from part.to_batches(batch_size=_BATCH_ROWS, batch_readahead=2)

    def indexes(self) -> list[Indexed]:
        with as_hub_errors(self._path):
            there = {part.fragment_id for part in self._data.get_fragments()}
            found = []
            for one in self._data.describe_indices():
                covered = {number for segment in one.segments for number in segment.fragment_ids}
                files = tuple(name for segment in one.segments for name in self._files(str(segment.uuid)))
                rows, columns = int(one.num_rows_indexed), tuple(one.field_names)
                found.append(Indexed(one.name, columns, rows, files, not covered <= there))
            return found

    def places(self, column: str, values: Sequence[str]) -> list[str]:
        """The ids of the rows with one of these values, as the index on the column knows them where there is one."""
        named = ", ".join(repr(value) for value in values)
        with as_hub_errors(self._path):
            found: list[str] = self._data.to_table(columns=["id"], filter=f"{column} IN ({named})")["id"].to_pylist()
        return found

    def take(self, rows: Sequence[int], columns: Sequence[str]) -> pa.Table:
        with as_hub_errors(self._path):
            return self._data.take(list(rows), columns=list(columns))

    def drop_index(self, name: str) -> None:
        with as_hub_errors(self._path):
            self._data.drop_index(name)

    def _files(self, segment: str) -> list[str]:
        folder = self._path / "_indices" / segment
        return [file.relative_to(self._path).as_posix() for file in sorted(folder.iterdir())] if folder.is_dir() else []


def manifests(path: Path) -> list[str]:
    """The files that say what is in each version of a table, the newest first; paths in its folder."""
    names = [file.name for file in (path / "_versions").glob("*.manifest")]
    # The newer naming counts down, so that a listing has the newest first.
    descending = any(len(name) >= _INVERTED for name in names)
    ordered = sorted(names, key=lambda name: int(name.partition(".")[0]), reverse=not descending)
    return [f"_versions/{name}" for name in ordered]


_INVERTED = len("18446744073709551615.manifest")
