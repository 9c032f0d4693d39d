"""Files that are written whole or not at all: JSON lines and Parquet, and a folder of Parquet shards."""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

from personahub import values
from personahub.errors import UsageError
from personahub.export.layouts import Out

GROUP_ROWS = 65_536  # of a Parquet row group, fewer where rows are long
GROUP_BYTES = 32 * 2**20
SHARD_BYTES = 500 * 2**20  # as `datasets` cuts its own


def write_jsonl(file: IO[bytes], batches: Iterable[Out]) -> None:
    r"""An object a line. A line ends in \n and holds none: U+2028 and the like stand in it as they are."""
    for batch in batches:
        rows = batch if isinstance(batch, list) else batch.to_pylist()
        file.writelines(values.dumps(row) + b"\n" for row in rows)


def write_parquet(file: IO[bytes], batches: Iterable[pa.RecordBatch]) -> None:
    coming = iter(_grouped(batches))
    first = next(coming)
    with pq.ParquetWriter(file, first.schema, compression="zstd") as writer:
        writer.write_table(first)
        for table in coming:
            writer.write_table(table)


@contextmanager
def whole(path: Path) -> Iterator[IO[bytes]]:
    """A file that takes its name only when it is complete and on the disk."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with _as_usage_errors(path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with draft.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
            _settle(path.parent)
        finally:
            draft.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path, ours: Callable[[Path], bool]) -> Iterator[Path]:
    """A folder that takes its name only when all in it is complete and on the disk.

    Args:
        ours: whether a folder that is there may be replaced.

    Raises:
        UsageError: what is there may not, or the disk does not take it.
    """
    path = path.absolute()
    draft, old = path.with_name(f".{path.name}.draft"), path.with_name(f".{path.name}.old")
    with _as_usage_errors(path):
        if path.exists() and not (path.is_dir() and (not any(path.iterdir()) or ours(path))):
            raise UsageError(f"output {str(path)!r} exists and is no dataset of ours; name another folder")
        for left in (draft, old):  # by a call that was killed
            shutil.rmtree(left, ignore_errors=True)
        draft.mkdir(parents=True)
        try:
            yield draft
            if path.exists():
                path.replace(old)
            draft.replace(path)
            _settle(path.parent)
        finally:
            if old.exists() and not path.exists():
                old.replace(path)
            for left in (draft, old):
                shutil.rmtree(left, ignore_errors=True)


@dataclass
class Shards:
    """The Parquet files of one split, NAME-00000-of-00003.parquet and so on."""

    folder: Path
    name: str
    schema: pa.Schema
    rows: int = 0
    _held: list[pa.RecordBatch] = field(default_factory=list)
    _bytes: int = 0
    _drafts: list[Path] = field(default_factory=list)
    _writer: pq.ParquetWriter | None = None

    def add(self, batch: pa.RecordBatch) -> None:
        self.rows += len(batch)
        self._held.append(batch)
        self._bytes += batch.get_total_buffer_size()
        if self._bytes >= GROUP_BYTES or sum(map(len, self._held)) >= GROUP_ROWS:
            self._write()

    def close(self) -> None:
        """Put down what is left, and name the files by how many there are."""
        if any(map(len, self._held)) or not self._drafts:
            self._write()
        self._end()
        for number, draft in enumerate(self._drafts):
            draft.replace(self.folder / f"{self.name}-{number:05d}-of-{len(self._drafts):05d}.parquet")

    def _write(self) -> None:
        if self._writer is None:
            self._drafts.append(self.folder / f".{self.name}-{len(self._drafts)}")
            self._writer = pq.ParquetWriter(self._drafts[-1], self.schema, compression="zstd")
        self._writer.write_table(pa.Table.from_batches(self._held, self.schema))
        self._held, self._bytes = [], 0
        if self._drafts[-1].stat().st_size >= SHARD_BYTES:
            self._end()

    def _end(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None
            with self._drafts[-1].open("rb") as file:
                os.fsync(file.fileno())


def _grouped(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """The same rows in tables of the size of a row group; at least one table, if an empty one."""
    held: list[pa.RecordBatch] = []
    for batch in batches:
        held.append(batch)
        if sum(map(len, held)) >= GROUP_ROWS or sum(one.get_total_buffer_size() for one in held) >= GROUP_BYTES:
            yield pa.Table.from_batches(held)
            held = []
    if held:
        yield pa.Table.from_batches(held)


def _settle(folder: Path) -> None:
    """A name is on the disk when its folder is."""
    place = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(place)
    finally:
        os.close(place)


@contextmanager
def _as_usage_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(f"output {str(path)!r} cannot be written: {error.strerror or error}") from error
