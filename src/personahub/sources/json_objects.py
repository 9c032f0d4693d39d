"""JSON objects: one a line (JSONL), or a list of them in one document."""

from collections.abc import Iterator

import orjson

from personahub import values
from personahub.errors import SourceError
from personahub.sources.base import (
    BAD_UTF8,
    LONGEST,
    NO_TEXT,
    NOT_JSON,
    TOO_LONG,
    File,
    Pick,
    Record,
    bad_utf8,
    lines,
    shown,
)


def read_jsonl(file: File, pick: Pick) -> Iterator[Record]:
    """A record a line, numbered as in an editor; blank lines are none."""
    return shown(_records(file), pick)


def read_json(file: File, pick: Pick) -> Iterator[Record]:
    """The objects of a list, or the only one; JSONL is told by its first line, whatever the file's name.

    Raises:
        SourceError: the document has more than LONGEST bytes.
    """
    if isinstance(_loaded(file.first_line()), dict):
        return read_jsonl(file, pick)
    return shown(_listed(file), pick)


def _records(file: File) -> Iterator[Record]:
    for number, line in lines(file.chunks()):
        if line is None:
            yield Record(file.name, number, {}, TOO_LONG, f"the line has over {LONGEST:,} bytes")
        elif line and not line.isspace():
            yield _record(file.name, number, line)


def _record(source: str, number: int, line: bytes) -> Record:
    try:
        return _of(source, number, values.loads(line))
    except orjson.JSONDecodeError as error:
        return Record(source, number, {}, *_reason(line, error))


def _of(source: str, number: int, value: object) -> Record:
    if isinstance(value, dict):
        return Record(source, number, value)
    return Record(source, number, {}, NO_TEXT, f"a JSON {type(value).__name__} and no object")


def _reason(data: bytes, error: orjson.JSONDecodeError) -> tuple[str, str]:
    try:
        data.decode()
    except UnicodeDecodeError as wrong:
        return BAD_UTF8, bad_utf8(wrong, "line")
    return NOT_JSON, f"{error.msg} at character {error.pos + 1}"


def _loaded(data: bytes) -> object:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return None


def _listed(file: File) -> Iterator[Record]:
    data = bytearray()
    for chunk in file.chunks():
        data += chunk
        if len(data) > LONGEST:
            raise SourceError(
                f"{file.name} is one JSON document of over {LONGEST:,} bytes; make it JSONL, one object a line"
            )
    try:
        value = values.loads(bytes(data))
    except orjson.JSONDecodeError as error:
        yield Record(file.name, 1, {}, *_reason(bytes(data), error))
        return
    for number, one in enumerate(value if isinstance(value, list) else [value], 1):
        yield _of(file.name, number, one)
