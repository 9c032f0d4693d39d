"""Records to Arrow batches: the text of each where one column is the text, else every field that is one."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import pyarrow as pa

from personahub.errors import SourceError
from personahub.schema import DOCUMENTS
from personahub.sources.base import EMPTY, NO_TEXT, NUL_BYTES, Columns, Record

NAMES = ("text", "content", "document", "body", "raw_content", "article", "passage")
BATCH_CHARS = 16_000_000  # so that a batch of long documents takes no more memory than one of short ones

# What `personahub.sources.records` gives: the fields that hold text, by column.
RECORDS = pa.schema([pa.field("fields", pa.map_(pa.string(), pa.string())), *list(DOCUMENTS)[1:]])


@dataclass(slots=True)
class TextColumn:
    """The column of one file that holds its text: the one that was asked for, or the likeliest.

    Args:
        asked: its name, None to find it.
        name: as it was decided; a file without columns is all text.
        option: what a person names it with.
    """

    source: str
    asked: str | None
    name: str = "text"
    option: str = "--text-column (text_column=)"

    def pick(self, columns: Columns) -> list[str]:
        """Decide by the columns of the file; SourceError where it has none that fits."""
        if self.asked is None:
            self.name = self._likeliest(columns)
        elif columns.get(self.asked, False) is not False:
            self.name = self.asked
        else:
            raise SourceError(f"{self.source}: {self.asked!r} is no column with text; {self._those_there(columns)}")
        return [self.name]

    def of(self, record: Record) -> Record:
        """The record with its text alone, or the reason why it has none."""
        if record.reject:
            return record
        reject, detail = self._fault(record)
        fields = {} if reject else {"text": record.fields[self.name]}
        return replace(record, fields=fields, reject=reject, detail=detail)

    def _likeliest(self, columns: Columns) -> str:
        sure = [name for name, is_text in columns.items() if is_text]
        named = [name for name in NAMES if name in sure] or [n for n in NAMES if columns.get(n, False) is None]
        if not named and len(sure) != 1:
            raise SourceError(f"{self.source}: which column is the text? {self._those_there(columns)}")
        return (named or sure)[0]

    def _fault(self, record: Record) -> tuple[str | None, str | None]:
        text = record.fields.get(self.name)
        if not isinstance(text, str):
            kind = "null" if text is None else type(text).__name__
            return NO_TEXT, f"{self.name!r} is {kind}" if self.name in record.fields else f"it has no {self.name!r}"
        if not text or text.isspace():
            return EMPTY, None
        if "\0" in text:
            return NUL_BYTES, f"U+0000 at character {text.index(chr(0)) + 1}"
        return None, None

    def _those_there(self, columns: Columns) -> str:
        return f"it has {', '.join(map(repr, columns))}; name one with {self.option}"


def every_column(columns: Columns) -> list[str]:
    return list(columns)


def grouped(records: Iterable[Record], rows: int) -> Iterator[list[Record]]:
    """Runs of at most `rows` records and, but for the last of them, BATCH_CHARS characters."""
    held: list[Record] = []
    size = 0
    for record in records:
        held.append(record)
        size += sum(len(value) if isinstance(value, str) else _chars(value) for value in record.fields.values())
        if len(held) >= rows or size >= BATCH_CHARS:
            yield held
            held, size = [], 0
    if held:
        yield held


def _chars(value: object) -> int:
    """About what a value of any kind takes, however deep it is."""
    total, left = 0, [value]
    while left:
        one = left.pop()
        if isinstance(one, str):
            total += len(one)
        elif isinstance(one, list | dict):
            left.extend(one.values() if isinstance(one, dict) else one)
        total += 8
    return total


def documents(records: list[Record]) -> pa.RecordBatch:
    """In schema DOCUMENTS."""
    return _batch(DOCUMENTS, records, lambda record: record.fields.get("text"))


def all_fields(records: list[Record]) -> pa.RecordBatch:
    """In schema RECORDS."""
    return _batch(RECORDS, records, _texts)


def _texts(record: Record) -> list[tuple[str, str]] | None:
    if record.reject:
        return None
    return [(name, value) for name, value in record.fields.items() if isinstance(value, str)]


def _batch(schema: pa.Schema, records: list[Record], first: Callable[[Record], object]) -> pa.RecordBatch:
    columns = (
        [first(record) for record in records],
        [record.source for record in records],
        [record.number for record in records],
        [record.reject for record in records],
        [record.detail for record in records],
    )
    arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
