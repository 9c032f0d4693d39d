"""Parquet: read for a text and a number each, and written again, row by row the same, in the same schema."""

import os
from collections.abc import Iterator, Sequence
from io import FileIO
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from personahub.dedup.rows import Fault, Kept, Scanned
from personahub.errors import SourceError
from personahub.sources.base import BAD_UTF8, CHUNK, NO_TEXT, UNREADABLE, Broken, Columns, File, text_columns

_ROWS = 16_384  # decoded at once, fewer where rows are long
_BYTES = 2**24
_GROUP = 2**26  # bytes of a row group that is written


class ParquetRows:
    """The files of this kind. All have the columns of the first."""

    nothing: str = "it has no columns"
    suffixes: tuple[str, ...] = (".parquet",)

    def columns(self, file: File) -> Columns:
        with FileIO(file.path) as raw:
            return text_columns(_table(raw).schema_arrow)

    def scan(self, file: File, text: str, by: str) -> Iterator[Scanned]:
        names = list(dict.fromkeys([text, *([by] if by else [])]))
        done = 0
        for batch in _batches(file, names):
            yield _scanned(batch, names, done)
            done += len(batch)

    def check(self, files: Sequence[File]) -> None:
        schemas = [(file, schema) for file in files if (schema := _schema(file))]
        for file, schema in schemas:
            if not schema.equals(schemas[0][1]):
                raise SourceError(f"{file.name} has other columns than {schemas[0][0].name}; give files of one schema")

    def copy(self, files: Sequence[File], keep: Kept, output: Path) -> None:
        first = next(file for file in files if _schema(file))
        with FileIO(first.path) as raw:
            told = _table(raw)
            schema, groups = told.schema_arrow, told.metadata.num_row_groups
            packed = told.metadata.row_group(0).column(0).compression if groups and len(schema) else "SNAPPY"
        with output.open("wb") as raw_out:
            with pq.ParquetWriter(raw_out, schema, compression="NONE" if packed == "UNCOMPRESSED" else packed) as out:
                held: list[pa.RecordBatch] = []
                for batch in chain.from_iterable(_kept(file, keep) for file in files):
                    held.append(batch)
                    if sum(one.nbytes for one in held) >= _GROUP:
                        out.write_table(pa.Table.from_batches(held, schema))
                        held.clear()
                if held:
                    out.write_table(pa.Table.from_batches(held, schema))
            raw_out.flush()
            os.fsync(raw_out.fileno())


def _schema(file: File) -> pa.Schema | None:
    """None where it cannot be read, which is told when it is scanned."""
    try:
        with FileIO(file.path) as raw:
            return _table(raw).schema_arrow
    except (Broken, OSError):
        return None


def _kept(file: File, keep: Kept) -> Iterator[pa.RecordBatch]:
    try:
        for batch in _batches(file, None):
            yield batch.filter(pa.array(keep(len(batch))))
    except (Broken, OSError):
        return  # told when it was scanned


def _table(raw: FileIO) -> pq.ParquetFile:
    try:
        # Arrow's default would hold a whole row group, which may be the whole file.
        return pq.ParquetFile(raw, buffer_size=CHUNK, pre_buffer=False)
    except (pa.ArrowException, OSError) as error:
        raise Broken(UNREADABLE, f"it cannot be read as Parquet: {_first_line(error)}") from error


def _batches(file: File, names: list[str] | None) -> Iterator[pa.RecordBatch]:
    """Batches of as many rows, whichever columns are read."""
    with FileIO(file.path) as raw:
        table = _table(raw)
        groups = [table.metadata.row_group(index) for index in range(table.metadata.num_row_groups)]
        longest = max((group.total_byte_size // max(group.num_rows, 1) for group in groups), default=0)
        done = 0
        try:
            for batch in table.iter_batches(max(1, min(_ROWS, _BYTES // max(longest, 1))), columns=names):
                done += len(batch)
                file.seen = (file.size or 0) * done // table.metadata.num_rows
                yield batch
        except (pa.ArrowException, OSError) as error:
            raise Broken(UNREADABLE, f"it cannot be read as Parquet: {_first_line(error)}") from error


def _scanned(batch: pa.RecordBatch, names: list[str], before: int) -> Scanned:
    texts = batch[names[0]].cast(pa.large_string())
    valid = texts.is_valid().to_numpy(zero_copy_only=False)
    text = np.array([_is_utf8(texts[row]) for row in range(len(texts))]) if _is_odd(texts) else valid
    faults = [
        Fault(before + row + 1, BAD_UTF8, "no UTF-8") if valid[row] else _none(before + row + 1, names[0])
        for row in np.flatnonzero(~text).tolist()
    ]
    good = pa.array(text)
    values: npt.NDArray[np.float64] | None = None
    if len(names) > 1:
        values = np.asarray(pc.fill_null(batch[names[1]].cast(pa.float64(), safe=False), np.nan).filter(good))
    return Scanned(texts.filter(good), before + 1 + np.flatnonzero(text), values, text, faults)


def _none(number: int, name: str) -> Fault:
    return Fault(number, NO_TEXT, f"{name!r} is null")


def _is_odd(texts: pa.Array) -> bool:
    try:
        texts.validate(full=True)
    except pa.ArrowException:
        return True
    return False


def _is_utf8(value: pa.Scalar) -> bool:
    try:
        return value.as_py() is not None
    except UnicodeDecodeError:
        return False


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
