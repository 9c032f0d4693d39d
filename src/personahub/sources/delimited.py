"""CSV and TSV: a header, then a record a row; fields may be quoted and hold line ends."""

import csv
from collections.abc import Iterator, Sequence

from personahub.sources.base import (
    BAD_ROW,
    BAD_UTF8,
    LONGEST,
    TOO_LONG,
    UNREADABLE,
    Broken,
    File,
    Pick,
    Record,
    bad_utf8,
    lines,
)

LONGEST_FIELD = 2**24  # characters; the csv module takes four bytes for each


def read_csv(file: File, pick: Pick) -> Iterator[Record]:
    """Numbered by the line on which a row begins.

    The separator is the comma, the semicolon or the tab that the header holds most of: spreadsheets write
    semicolons under the name of CSV where the comma is the decimal point.
    """
    return _read(file, max(",;\t", key=file.first_line().decode(errors="replace").count), pick)


def read_tsv(file: File, pick: Pick) -> Iterator[Record]:
    return _read(file, "\t", pick)


class _Rows:
    """The rows of a file, and for the last one: where it began, and what was wrong with its lines."""

    def __init__(self, chunks: Iterator[bytes], delimiter: str) -> None:
        # The limit belongs to the whole process, so it is only ever raised: nobody's rows begin to fail.
        csv.field_size_limit(max(csv.field_size_limit(), LONGEST_FIELD))
        self._lines = lines(chunks)
        self._rows = csv.reader(self._texts(), delimiter=delimiter, strict=True)
        self._line = 0
        self.began = 1
        self.problem: tuple[str, str] | None = None

    def next(self) -> list[str] | None:
        """The fields of the next row, none where `problem` says why; None at the end."""
        self.problem = None
        self.began = self._line + 1
        try:
            row = next(self._rows, None)
        except csv.Error as error:
            self.problem = self.problem or _reason(error)
            return []
        return row if self.problem is None else []

    def _texts(self) -> Iterator[str]:
        for number, line in self._lines:
            self._line = number
            yield self._text(number, line) + "\n"

    def _text(self, number: int, line: bytes | None) -> str:
        if line is None:
            self.problem = TOO_LONG, f"line {number} has over {LONGEST:,} bytes"
            return ""
        try:
            return line.decode()
        except UnicodeDecodeError as error:
            self.problem = BAD_UTF8, bad_utf8(error, f"line {number}")
            return line.decode(errors="replace")  # its quotes still tell where the row ends


def _reason(error: csv.Error) -> tuple[str, str]:
    return TOO_LONG if "field limit" in str(error) else BAD_ROW, str(error)


def _read(file: File, delimiter: str, pick: Pick) -> Iterator[Record]:
    rows = _Rows(file.chunks(), delimiter)
    header = rows.next()
    while header == [] and rows.problem is None:
        header = rows.next()
    if rows.problem:
        raise Broken(UNREADABLE, f"its header cannot be read: {rows.problem[1]}")
    if header is None:
        return
    pick(dict.fromkeys(header, True))
    while (row := rows.next()) is not None:
        if row or rows.problem:
            yield _record(file.name, rows, header, row)


def _record(source: str, rows: _Rows, header: Sequence[str], row: Sequence[str]) -> Record:
    if rows.problem:
        return Record(source, rows.began, {}, *rows.problem)
    if len(row) != len(header):
        return Record(source, rows.began, {}, BAD_ROW, f"it has {len(row)} fields and the header {len(header)}")
    return Record(source, rows.began, dict(zip(header, row, strict=True)))
