"""The contract of a reader: a file in, its records out in order, what is wrong with a record beside it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import FileIO
from itertools import chain
from typing import Protocol

import pyarrow as pa

# Why a record, or the rest of a file, is set aside.
BAD_UTF8 = "bad_utf8"  # bytes that are no UTF-8
NUL_BYTES = "nul_bytes"  # a text that holds U+0000: most likely a binary file
EMPTY = "empty"  # nothing but space
TOO_LONG = "too_long"  # over LONGEST, never loaded
NOT_JSON = "not_json"  # a line the parser refuses
NO_TEXT = "no_text"  # no text where it should be
BAD_ROW = "bad_row"  # a CSV row that does not fit its header
TRUNCATED = "truncated"  # compressed data that ends too early
UNREADABLE = "unreadable"  # a file that cannot be opened, or read any further

LONGEST = 64 * 2**20  # bytes of a line or of a whole document: what one record may take of the memory
CHUNK = 2**18  # bytes read at once
MARK = b"\xef\xbb\xbf"  # the byte order mark that some editors put before UTF-8

# The columns of a file and whether each holds text; None where that cannot be told: one row without is no proof.
Columns = Mapping[str, bool | None]
# Called once a file, when its columns are known: which are wanted? It may raise SourceError.
Pick = Callable[[Columns], Sequence[str]]
# The bytes of an open file, decompressed, in pieces of about CHUNK; it may raise Broken.
Inflate = Callable[[FileIO], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Record:
    """One record of one file.

    Args:
        number: line of a JSONL or CSV file, row of a table, place in a JSON list, 1 for a document.
        fields: what it holds, by column; it may be more than was picked.
        reject: one of the reasons above; `detail` says more to people.
    """

    source: str
    number: int
    fields: Mapping[str, object] = field(default_factory=dict)
    reject: str | None = None
    detail: str | None = None


class Broken(Exception):  # noqa: N818 - no error of a run: it becomes a record with a reason
    """The file cannot be read from here on; the records before are good."""

    def __init__(self, reject: str, detail: str) -> None:
        super().__init__(reject, detail)
        self.reject = reject
        self.detail = detail


class Reader(Protocol):
    def __call__(self, file: "File", pick: Pick, /) -> Iterator[Record]:
        """The records of one kind of file, in order and in bounded memory.

        Raises:
            Broken, OSError: the file cannot be read from here on.
            SourceError: what `pick` raises, or a file that no later record can mend.
        """
        ...


def as_it_is(raw: FileIO) -> Iterator[bytes]:
    while chunk := raw.read(CHUNK):
        yield chunk


@dataclass(slots=True)
class File:
    """Something to read, and how far that has come.

    Args:
        name: how rows name it.
        path: where it is; 0 for standard input.
        size: bytes on the disk; None for what has no end that is known, such as a pipe.
        seen: how many of them are read.
        twice: it can be read more than once, and its first record costs little.
    """

    name: str
    path: str | int
    reader: Reader
    inflate: Inflate = as_it_is
    size: int | None = None
    seen: int = 0
    twice: bool = False
    _coming: Iterator[bytes] | None = None

    def chunks(self) -> Iterator[bytes]:
        """The bytes of the text, in pieces of about CHUNK, without a byte order mark."""
        coming, self._coming = self._coming, None
        return self._opened() if coming is None else coming

    def first_line(self) -> bytes:
        """The first line that is not blank, as far as LONGEST; `chunks` still gives it."""
        coming = self.chunks()
        head = bytearray()
        for chunk in coming:
            head += chunk
            if len(head) > LONGEST or (b"\n" in chunk and b"\n" in head.lstrip()):
                break
        self._coming = chain([bytes(head)], coming)
        return bytes(head.lstrip().partition(b"\n")[0])

    def _opened(self) -> Iterator[bytes]:
        with FileIO(self.path, closefd=self.path != 0) as raw:
            mark = MARK
            for chunk in self.inflate(raw):
                if self.size is not None:
                    self.seen = raw.tell()
                yield chunk.removeprefix(mark)
                mark = b""


def lines(chunks: Iterator[bytes]) -> Iterator[tuple[int, bytes | None]]:
    r"""Lines with their numbers from 1; None for one of more than LONGEST bytes.

    Cut at `\n` alone: texts hold the other line ends of Unicode, such as U+2028, unescaped.
    """
    held: list[bytes] = []
    number, size = 1, 0
    for chunk in chunks:
        *ended, rest = chunk.split(b"\n")
        for piece in ended:
            held.append(piece)
            yield number, b"".join(held) if size + len(piece) <= LONGEST else None
            held, number, size = [], number + 1, 0
        size += len(rest)
        held = [*held, rest] if size <= LONGEST else []
    if size:
        yield number, b"".join(held) if size <= LONGEST else None


def shown(records: Iterator[Record], pick: Pick) -> Iterator[Record]:
    """The same records, after `pick` has seen the columns of the first good one."""
    for record in records:
        if record.fields and record.reject is None:
            pick({name: isinstance(value, str) or None for name, value in record.fields.items()})
            yield record
            break
        yield record
    yield from records


def text_columns(schema: pa.Schema) -> dict[str, bool | None]:
    return {column.name: _is_text(column.type) for column in schema}


def _is_text(kind: pa.DataType) -> bool | None:
    if pa.types.is_null(kind):
        return None
    if pa.types.is_dictionary(kind):
        return _is_text(kind.value_type)
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def table_records(source: str, first: int, rows: pa.RecordBatch | pa.Table) -> Iterator[Record]:
    """The rows of an Arrow table as records; `first` is the number of the first."""
    try:
        for number, fields in enumerate(rows.to_pylist(), first):
            yield Record(source, number, fields)
    except UnicodeDecodeError as error:
        if len(rows) == 1:
            yield Record(source, first, {}, BAD_UTF8, bad_utf8(error, "field"))
            return
        for index in range(len(rows)):
            yield from table_records(source, first + index, rows.slice(index, 1))


def bad_utf8(error: UnicodeDecodeError, what: str) -> str:
    return f"no UTF-8 at byte {error.start + 1} of the {what}"
