"""The words of a column and how often each occurs: what a beginning such as nurs* stands for.

Counted once and kept in a file beside the table, which grows by what is new; it may be removed at any time.
"""

import os
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from personahub.joins.compiled import Bytes, Whole, Words, compiled, whole
from personahub.store.words import Words as Table
from personahub.terms import folded, words_of

KEPT_FROM = 1000  # rows that are new, from which on the file is written
FIRST_SLOTS = 2**18
FRESH = 2**16  # words that are new, at a time

_SCHEMA = pa.schema([("word", pa.string()), ("plain", pa.string()), ("count", pa.int64())])
_ROWS, _LAST = b"rows", b"last"


def beginning(file: Path, table: Table, column: str, start: str, tell: Callable[[int], None]) -> list[str]:
    """The words of a column that begin so, accents and case aside, the most frequent first.

    Args:
        file: where the words of the column are kept.
        tell: hears of the rows whose words are counted.
    """
    known = counted(file, table, column, tell)
    found = known.filter(pc.starts_with(known["plain"], folded(start))).sort_by(
        [("count", "descending"), ("word", "ascending")]
    )
    return [str(word) for word in found["word"].to_pylist()]


def counted(file: Path, table: Table, column: str, tell: Callable[[int], None]) -> pa.Table:
    """Every word of the column with its plain form and its count."""
    kept = _read(file, table)
    rows = int(kept.schema.metadata[_ROWS])
    counting, seen = _Counting(), rows
    for texts in table.texts(column, rows):
        counting.add(texts)
        seen += len(texts)
        tell(seen)
    if seen == rows:
        return kept
    new = counting.words()
    both = pa.concat_tables([kept, pa.table([list(new), list(map(folded, new)), list(new.values())], _SCHEMA)])
    summed = both.group_by(["word", "plain"]).aggregate([("count", "sum")])
    whole_ = summed.rename_columns(["word", "plain", "count"]).replace_schema_metadata(
        {_ROWS: str(seen).encode(), _LAST: table.last(seen).encode()}
    )
    if seen - rows >= KEPT_FROM:
        _write(file, whole_)
    return whole_


def _read(file: Path, table: Table) -> pa.Table:
    """What is kept, if it is of the rows that the table begins with."""
    with suppress(OSError, pa.ArrowInvalid, KeyError, ValueError, TypeError), pa.memory_map(str(file)) as source:
        kept = pa.ipc.open_file(source).read_all()
        rows = int(kept.schema.metadata[_ROWS])
        if rows and table.last(rows) == kept.schema.metadata[_LAST].decode() and kept.schema.equals(_SCHEMA):
            return kept
    return _SCHEMA.with_metadata({_ROWS: b"0", _LAST: b""}).empty_table()


def _write(file: Path, words: pa.Table) -> None:
    """Whole or not at all; what cannot be kept is counted again."""
    draft = file.with_name(f"{file.name}.{os.getpid()}.draft")
    with suppress(OSError):
        file.parent.mkdir(exist_ok=True)
        try:
            with pa.OSFile(str(draft), "wb") as sink, pa.ipc.new_file(sink, words.schema) as writer:
                writer.write_table(words)
            draft.replace(file)
        finally:
            draft.unlink(missing_ok=True)


class _Counting:
    """Runs of letters, digits and bytes above ASCII are told apart by their hash in compiled code; what is a word in
    one that is met for the first time is looked at with care, once.
    """

    def __init__(self) -> None:
        self._hashes = np.zeros(FIRST_SLOTS, np.uint64)
        self._slots = np.zeros((FIRST_SLOTS, 2), np.int64)  # of each hash how often it was met, and which run it is
        self._runs: list[list[str]] = []  # the words of each run, in the order in which they were met

    def add(self, texts: pa.Array) -> None:
        column = texts.cast(pa.large_string())
        if not len(column):
            return
        offsets = np.frombuffer(column.buffers()[1], np.int64, len(column) + 1, 8 * column.offset)
        data = np.frombuffer(column.buffers()[2] or b"\0", np.uint8)
        longest = int(np.max(np.diff(offsets))) // 2 + 1
        fresh = np.zeros((max(FRESH, longest), 2), np.int64)
        state = np.array([0, 0, len(self._runs)], np.int64)
        while state[0] < len(column):
            while 2 * (len(self._runs) + len(fresh)) > len(self._hashes):
                self._widen()
            state[1] = 0
            _count(data, offsets, self._hashes, self._slots, fresh, state)
            for start, end in fresh[: state[1]].tolist():
                self._runs.append(words_of(data[start:end].tobytes().decode("utf-8", "replace").lower()))

    def words(self) -> Counter[str]:
        total: Counter[str] = Counter()
        for count, number in self._slots[self._hashes > 0].tolist():
            for word in self._runs[number]:
                total[word] += count
        return total

    def _widen(self) -> None:
        hashes, slots = np.zeros(2 * len(self._hashes), np.uint64), np.zeros((2 * len(self._hashes), 2), np.int64)
        _move(self._hashes, self._slots, hashes, slots)
        self._hashes, self._slots = hashes, slots


@compiled
def _count(data: Bytes, offsets: Whole, hashes: Words, slots: Whole, fresh: Whole, state: Whole) -> None:
    """Count the runs of the texts from state[0] on, until what is new could be more than `fresh` takes.

    state[1] is how many are new, with their first and last byte in `fresh`; state[2] how many there are in all.
    """
    while state[0] < len(offsets) - 1:
        at, end = offsets[state[0]], offsets[state[0] + 1]
        if state[1] + (end - at) // 2 + 1 > len(fresh):
            return
        state[0] += 1
        while at < end:
            after, value = _run(data, at, end)
            if value != 0:
                here = _place(hashes, value)
                if hashes[here] == 0:
                    hashes[here], slots[here, 1] = value, state[2]
                    fresh[state[1], 0], fresh[state[1], 1] = at, after
                    state[1] += 1
                    state[2] += 1
                slots[here, 0] += 1
            at = max(after, at + 1)


@compiled
def _run(data: Bytes, at: int, end: int) -> tuple[int, np.uint64]:
    """Where the run that begins here ends, and its hash (FNV-1a), ASCII letters in lower case; 0 where none begins."""
    start, value = at, np.uint64(14695981039346656037)
    while at < end:
        byte = data[at]
        if 65 <= byte <= 90:
            byte += np.uint8(32)
        if not (byte >= 128 or 97 <= byte <= 122 or 48 <= byte <= 57):
            break
        value = (value ^ np.uint64(byte)) * np.uint64(1099511628211)
        at += 1
    return at, value | np.uint64(1) if at > start else np.uint64(0)


@compiled
def _place(hashes: Words, value: np.uint64) -> int:
    """Where this hash is, or the empty place where it goes."""
    mask = np.uint64(len(hashes) - 1)
    place = (value ^ (value >> np.uint64(32))) & mask
    while hashes[whole(place)] != value and hashes[whole(place)] != 0:
        place = (place + np.uint64(1)) & mask
    return whole(place)


@compiled
def _move(hashes: Words, slots: Whole, to: Words, to_slots: Whole) -> None:
    for old in range(len(hashes)):
        if hashes[old] != 0:
            here = _place(to, hashes[old])
            to[here] = hashes[old]
            to_slots[here, 0], to_slots[here, 1] = slots[old, 0], slots[old, 1]
