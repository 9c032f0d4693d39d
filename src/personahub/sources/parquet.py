"""Parquet, by pages: only the wanted columns are read, a batch at a time."""

from collections.abc import Iterator
from io import FileIO

import pyarrow as pa
import pyarrow.parquet as pq

from personahub.sources.base import CHUNK, UNREADABLE, Broken, File, Pick, Record, table_records, text_columns

_ROWS = 1024  # decoded at once, fewer where rows are long
_BYTES = 2**22


def read_parquet(file: File, pick: Pick) -> Iterator[Record]:
    """A record a row, numbered from 1."""
    try:
        with FileIO(file.path) as raw:
            # Arrow's default would hold a whole row group, which may be the whole file.
            table = pq.ParquetFile(raw, buffer_size=CHUNK, pre_buffer=False)
            names = pick(text_columns(table.schema_arrow))
            done = 0
            for batch in table.iter_batches(_batch_rows(table.metadata), columns=list(names)):
                first, done = done + 1, done + len(batch)
                file.seen = (file.size or 0) * done // table.metadata.num_rows
                yield from table_records(file.name, first, batch)
    except (pa.ArrowException, OSError) as error:
        raise Broken(UNREADABLE, f"it cannot be read as Parquet: {_first_line(error)}") from error


def _batch_rows(table: pq.FileMetaData) -> int:
    groups = [table.row_group(index) for index in range(table.num_row_groups)]
    longest = max((group.total_byte_size // max(group.num_rows, 1) for group in groups), default=0)
    return max(1, min(_ROWS, _BYTES // max(longest, 1)))


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
