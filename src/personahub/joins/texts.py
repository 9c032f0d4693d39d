"""The texts of an Arrow column as bytes and borders, in the form that words are read from."""

import unicodedata
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from personahub.joins.alphabet import UNSETTLED, Alphabet, alphabet
from personahub.joins.compiled import Bytes, Whole, compiled, whole


class Texts(NamedTuple):
    """Bytes and borders of some texts; row r stands at `other` row -patched[r] - 1 where that is negative."""

    data: Bytes
    offsets: Whole
    patched: Whole
    other: Bytes
    other_offsets: Whole


def texts_of(column: pa.Array) -> Texts:
    """A string or large_string array, with its slice and its nulls, as bytes; a null is the empty text."""
    if not pa.types.is_large_string(column.type):
        column = column.cast(pa.string())
    if column.null_count:
        column = pc.fill_null(column, "")
    wide = pa.types.is_large_string(column.type)
    _, borders, data = column.buffers()
    kind = np.dtype(np.int64 if wide else np.int32)
    if borders is None or not len(column):
        offsets = np.zeros(1, np.int64)
    else:
        offsets = np.frombuffer(borders, kind, len(column) + 1, column.offset * kind.itemsize).astype(np.int64)
    held = np.frombuffer(data if data is not None and data.size else b"\0", np.uint8)
    held.flags.writeable = False  # all are read-only, so that loops are compiled once
    nothing = np.frombuffer(b"\0", np.uint8)
    plain = Texts(held, offsets, np.arange(len(column)), nothing, np.zeros(1, np.int64))
    return plain if is_ascii(plain) else _settled(plain)


def is_ascii(texts: Texts) -> bool:
    part = texts.data[texts.offsets[0] : texts.offsets[-1]]
    return not len(part) or int(part.max()) < 0x80


def _settled(texts: Texts) -> Texts:
    found = np.zeros(len(texts.patched), np.uint8)
    _unsettled(texts, alphabet(), found)
    rows = np.flatnonzero(found)
    if not len(rows):
        return texts
    patched = texts.patched.copy()
    patched[rows] = -1 - np.arange(len(rows))
    changed = [
        unicodedata.normalize("NFC", texts.data[start:end].tobytes().decode()).encode()
        for start, end in zip(texts.offsets[rows].tolist(), texts.offsets[rows + 1].tolist(), strict=True)
    ]
    borders = np.cumsum([0, *map(len, changed)], dtype=np.int64)
    return texts._replace(
        patched=patched, other=np.frombuffer(b"".join(changed) + b"\0", np.uint8), other_offsets=borders
    )


@compiled
def point_at(data: Bytes, at: int, end: int) -> tuple[int, int]:
    """The code point that starts there and where the next one does."""
    first = whole(data[at])
    if first < 0x80:
        return first, at + 1
    length = 2 + (first >= 0xE0) + (first >= 0xF0)
    point = first & (0x7F >> length)
    for place in range(at + 1, min(at + length, end)):
        point = (point << 6) | (whole(data[place]) & 0x3F)
    return min(point, 0x10FFFF), at + length


@compiled
def put_point(text: Bytes, at: int, point: int) -> int:
    """The code point in UTF-8; where the next one goes."""
    if point < 0x80:
        text[at] = point
        return at + 1
    extra = 1 + (point >= 0x800) + (point >= 0x10000)
    text[at] = (0xF00 >> extra) & 0xFF | (point >> (6 * extra))
    for place in range(extra):
        text[at + 1 + place] = 0x80 | ((point >> (6 * (extra - 1 - place))) & 0x3F)
    return at + extra + 1


@compiled
def _unsettled(texts: Texts, tables: Alphabet, found: Bytes) -> None:
    """1 for each text that may not be in NFC: a character that may change, or marks out of their order."""
    for row in range(len(found)):
        at, end = texts.offsets[row], texts.offsets[row + 1]
        rank = 0
        while at < end:
            point, at = point_at(texts.data, at, end)
            own = whole(tables.ranks[point])
            if tables.kinds[point] & UNSETTLED or (own and own < rank):
                found[row] = 1
                break
            rank = own
