r"""JSON lines: read for a text and a number each, and copied byte for byte.

Whole blocks of lines are parsed by Arrow. A block that it refuses is cut in halves until the line at fault stands
alone, and that one is read by itself, which tells what is wrong with it. Cut at `\n` alone.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.json as pj

from personahub.dedup.rows import Fault, Kept, Scanned
from personahub.engines.local import Local
from personahub.sources.base import BAD_UTF8, LONGEST, NO_TEXT, NOT_JSON, TOO_LONG, Broken, Columns, File, bad_utf8

BLOCK = 4 << 20  # bytes of lines that are parsed at once
FIRST_ROWS = 100  # by which the columns are known

_FEW = 16  # lines that are read one by one


@dataclass(frozen=True)
class Lines:
    """Some lines of a file, those that are blank left out.

    Args:
        data: their bytes.
        starts: where each begins in them.
        ends: where the next one does.
        numbers: as an editor has them.
        count: of all lines, blank ones too.
        over: the first of them is longer than LONGEST, and only its end is here.
    """

    data: bytes
    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    numbers: npt.NDArray[np.int64]
    count: int
    over: bool

    @classmethod
    def of(cls, data: bytes, before: int, *, over: bool = False) -> "Lines":
        """Args:
        before: lines of the file that stand before these.
        """
        held = np.frombuffer(data, np.uint8)
        ends = np.flatnonzero(held == ord("\n")) + 1
        if not len(ends) or ends[-1] < len(held):
            ends = np.append(ends, len(held))
        starts = np.append(0, ends[:-1])
        blank = [row for row in np.flatnonzero(held[starts] <= ord(" ")) if data[starts[row] : ends[row]].isspace()]
        told = np.ones(len(ends), np.bool_)
        told[blank] = False
        numbers = before + 1 + np.flatnonzero(told)
        return cls(data, starts[told], ends[told], numbers, len(ends), over)

    def line(self, row: int) -> bytes:
        return self.data[self.starts[row] : self.ends[row]]

    def kept(self, keep: npt.NDArray[np.bool_]) -> bytes:
        """Their bytes, each line with its end."""
        view = memoryview(self.data)
        # rows that follow each other are copied at once, unless a blank line stands between
        edges = np.flatnonzero(keep)
        if not len(edges):
            return b""
        apart = np.flatnonzero((np.diff(edges) > 1) | (self.starts[edges[1:]] != self.ends[edges[:-1]]))
        firsts, lasts = np.append(0, apart + 1), np.append(apart, len(edges) - 1)
        pieces = zip(self.starts[edges[firsts]].tolist(), self.ends[edges[lasts]].tolist(), strict=True)
        joined = b"".join([view[start:end] for start, end in pieces])
        return joined if joined.endswith(b"\n") else joined + b"\n"


@dataclass(frozen=True)
class JsonLines:
    """The files of this kind: .jsonl and .ndjson, .gz and .zst of them."""

    nothing: str = "no line of it is a JSON object; near duplicates are looked for in JSON lines and Parquet"
    suffixes: tuple[str, ...] = (".jsonl", ".ndjson", ".json")

    def check(self, files: Sequence[File]) -> None:
        """Lines of any kind can stand together."""

    def columns(self, file: File) -> Columns:
        found: dict[str, bool | None] = {}
        seen = 0
        broken: list[Broken | OSError] = []
        for lines in _until(_blocks(file), broken):
            for row in range(min(len(lines.starts), FIRST_ROWS - seen)):
                value = _loaded(lines.line(row))
                if isinstance(value, dict):
                    seen += 1
                    for name, one in value.items():
                        is_text = None if one is None else isinstance(one, str)
                        found[name] = found.get(name) or is_text
            if seen >= FIRST_ROWS:
                break
        if broken and not seen:
            raise broken[0]
        return found

    def scan(self, file: File, text: str, by: str) -> Iterator[Scanned]:
        broken: list[Broken | OSError] = []
        yield from Local().map(partial(_scanned, text=text, by=by), _until(_blocks(file), broken))
        if broken:
            raise broken[0]

    def copy(self, files: Sequence[File], keep: Kept, output: Path) -> None:
        with _opened(output) as out:
            for file in files:
                try:
                    for lines in _blocks(file):
                        out.write(lines.kept(keep(len(lines.starts))))
                except (Broken, OSError):
                    continue  # told when it was scanned


def _blocks(file: File) -> Iterator[Lines]:
    before = 0
    for data, over in whole_lines(file.chunks()):
        lines = Lines.of(data, before, over=over)
        before += lines.count
        yield lines


def _until(blocks: Iterator[Lines], broken: list[Broken | OSError]) -> Iterator[Lines]:
    """Those before the file breaks off, and why it does."""
    try:
        yield from blocks
    except (Broken, OSError) as wrong:
        broken.append(wrong)


def whole_lines(chunks: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Some BLOCK bytes at a time, and whether the first line is over LONGEST, of which the end alone is given.

    What stands before the point where a file breaks off is given first.
    """
    held, looked, over = bytearray(), 0, False
    broken: Broken | None = None
    try:
        for chunk in chunks:
            held += chunk
            if len(held) < BLOCK:
                continue
            cut = held.rfind(b"\n", looked) + 1
            looked = len(held)
            if cut:
                yield bytes(held[:cut]), over
                del held[:cut]
                looked, over = 0, False
            elif len(held) > LONGEST:
                held, looked, over = held[:1], 0, True
    except Broken as wrong:
        broken = wrong
    rest = bytes(held[: held.rfind(b"\n") + 1] if broken else held)
    if rest:
        yield rest, over
    if broken:
        raise broken


def _scanned(lines: Lines, text: str, by: str) -> Scanned:
    read = _Read(lines, text, by)
    read.rows(0, len(lines.starts))
    good = np.ones(len(lines.starts), np.bool_)
    good[read.bad] = False
    values = np.concatenate([np.empty(0), *read.values]) if by else None
    texts = pa.concat_arrays([pa.array([], pa.string()), *read.texts])
    return Scanned(texts, lines.numbers[good], values, good, read.faults)


class _Read:
    """What is read of some lines; faults are told in their order."""

    def __init__(self, lines: Lines, text: str, by: str) -> None:
        self.texts: list[pa.Array] = []
        self.values: list[npt.NDArray[np.float64]] = []
        self.faults: list[Fault] = []
        self.bad: list[int] = []
        self._lines = lines
        self._names = text, by
        fields = [pa.field(text, pa.string()), *([pa.field(by, pa.float64())] if by else [])]
        self._how = pj.ParseOptions(explicit_schema=pa.schema(fields), unexpected_field_behavior="ignore")
        self._first = 1 if lines.over else 0

    def rows(self, first: int, end: int) -> None:
        if first == end:
            return
        table = self._at_once(first, end)
        if table is None and end - first > _FEW:
            middle = (first + end) // 2
            self.rows(first, middle)
            self.rows(middle, end)
        elif table is None:
            for row in range(first, end):
                self._alone(row)
        else:
            self._take(first, table)

    def _at_once(self, first: int, end: int) -> pa.Table | None:
        """The lines as a table with a row for each; None where that cannot be."""
        if first < self._first or not self._are_objects(first, end):
            return None
        start, stop = int(self._lines.starts[first]), int(self._lines.ends[end - 1])
        block = pa.py_buffer(memoryview(self._lines.data)[start:stop])
        try:
            whole = pj.ReadOptions(use_threads=False, block_size=stop - start + 1)
            table = pj.read_json(pa.BufferReader(block), read_options=whole, parse_options=self._how)
            table.validate(full=True)
        except (pa.ArrowException, OverflowError):
            return None
        return table if len(table) == end - first else None

    def _are_objects(self, first: int, end: int) -> bool:
        """Whether each begins and ends as an object does; then none can share a line with another, or span two."""
        held = np.frombuffer(self._lines.data, np.uint8)
        last = self._lines.ends[first:end] - 1
        last = last - (held[last] == ord("\n"))
        last = last - (held[last] == ord("\r"))
        return bool((held[self._lines.starts[first:end]] == ord("{")).all() and (held[last] == ord("}")).all())

    def _take(self, first: int, table: pa.Table) -> None:
        text, by = self._names
        texts = table[text].combine_chunks()
        values = table[by].to_numpy() if by else None
        start = 0
        for none in np.flatnonzero(texts.is_null().to_numpy(zero_copy_only=False)).tolist():
            self._keep(texts.slice(start, none - start), None if values is None else values[start:none])
            self._alone(first + none)
            start = none + 1
        self._keep(texts.slice(start), None if values is None else values[start:])

    def _keep(self, texts: pa.Array, values: npt.NDArray[np.float64] | None) -> None:
        self.texts.append(texts)
        if values is not None:
            self.values.append(values)

    def _alone(self, row: int) -> None:
        text, by = self._names
        number = int(self._lines.numbers[row])
        value = _loaded(self._lines.line(row)) if row >= self._first else TOO_LONG
        if isinstance(value, dict) and isinstance(value.get(text), str):
            one = value.get(by)
            ranked = float(one) if isinstance(one, int | float) and not isinstance(one, bool) else np.nan
            self._keep(pa.array([value[text]], pa.string()), np.array([ranked]) if by else None)
            return
        self.bad.append(row)
        self.faults.append(Fault(number, *_reason(value, text, self._lines.line(row))))


def _loaded(line: bytes) -> object:
    """What it holds, or what is wrong with it."""
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return error


def _reason(value: object, text: str, line: bytes) -> tuple[str, str]:
    if value is TOO_LONG:
        return TOO_LONG, f"the line has over {LONGEST:,} bytes"
    if isinstance(value, orjson.JSONDecodeError):
        try:
            line.decode()
        except UnicodeDecodeError as wrong:
            return BAD_UTF8, bad_utf8(wrong, "line")
        return NOT_JSON, f"{value.msg} at character {value.pos + 1}"
    if not isinstance(value, dict):
        return NO_TEXT, f"a JSON {type(value).__name__} and no object"
    held = "null" if value.get(text) is None else type(value[text]).__name__
    return NO_TEXT, f"{text!r} is {held}" if text in value else f"it has no {text!r}"


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """A new file, compressed as its name says."""
    kind = {".gz": "gzip", ".zst": "zstd"}.get(path.suffix)
    if kind is None:
        with path.open("wb") as raw:
            yield raw
    else:
        with pa.CompressedOutputStream(str(path), kind) as packed:
            yield packed
    with path.open("rb+") as written:
        os.fsync(written.fileno())
