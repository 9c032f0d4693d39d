"""Runs of words that texts share with a few others, such as those of a test set; exact but for chance.

A run is known by a 64-bit hash under a key that is drawn anew: among 10^8 runs a strange one is taken for one of
10^6 others once in 180,000 times.
"""

import os
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from personahub.errors import UsageError
from personahub.joins.compiled import Whole, Words, compiled, whole
from personahub.joins.hashing import KEYS
from personahub.joins.texts import Texts, is_ascii, texts_of
from personahub.joins.wordsets import Reading, Scratch, reading, scratch_for, set_of

_NONE = -1
_LEAST = 1 << 16  # places of the table, of which at most half are taken
_PLACE = 16  # bytes
_SHORTEST = 2  # bytes of a word and what parts it from the next


@dataclass
class Runs:
    """The runs of `size` words of some texts, and which text had each first; a shorter text is one run.

    Args:
        memory: bytes that the table may take.
    """

    size: int
    memory: int
    texts: int = 0
    _taken: int = 0
    _key: Words = field(default_factory=lambda: np.frombuffer(os.urandom(8 * KEYS), np.uint64).copy())
    _hashes: Words = field(default_factory=lambda: np.zeros(_LEAST, np.uint64))
    _rows: Whole = field(default_factory=lambda: np.zeros(_LEAST, np.int64))

    def add(self, column: pa.Array) -> None:
        """Raises UsageError where they need more memory than they may take."""
        texts = texts_of(column)
        self._make_room(self._taken + int(texts.offsets[-1] - texts.offsets[0]) // _SHORTEST + len(column))
        self._taken += _put(texts, *self._desk(texts), self.texts, self._hashes, self._rows)
        self.texts += len(column)

    def shared(self, column: pa.Array) -> npt.NDArray[np.int64]:
        """For each text the number of one that has a run in common with it, -1 where none has; shape (n,)."""
        texts = texts_of(column)
        found = np.full(len(column), _NONE, np.int64)
        _look(texts, *self._desk(texts), self._hashes, self._rows, found)
        return found

    def _desk(self, texts: Texts) -> tuple[Reading, Scratch]:
        return reading(self._key, self.size, ascii_only=is_ascii(texts)), scratch_for(texts)

    def _make_room(self, wanted: int) -> None:
        places = len(self._hashes)
        while places < 2 * wanted:
            places *= 2
        if places * _PLACE > self.memory:
            raise UsageError(
                f"the rows to compare against need {places * _PLACE:,} bytes of memory; allow that with "
                "--memory-limit, or name fewer of them"
            )
        if places > len(self._hashes):
            hashes, rows = np.zeros(places, np.uint64), np.zeros(places, np.int64)
            _move(self._hashes, self._rows, hashes, rows)
            self._hashes, self._rows = hashes, rows


@compiled
def _place(hashed: np.uint64, hashes: Words) -> int:
    """Where it stands, or may; no hash is 0, which marks a free place."""
    at = whole(hashed >> np.uint64(8)) & (len(hashes) - 1)
    while hashes[at] != np.uint64(0) and hashes[at] != hashed:
        at = (at + 1) & (len(hashes) - 1)
    return at


@compiled
def _put(texts: Texts, how: Reading, scratch: Scratch, first: int, hashes: Words, rows: Whole) -> int:
    count = 0
    for row in range(len(texts.offsets) - 1):
        for place in range(set_of(texts, row, how, scratch)):
            at = _place(scratch.words[place] | np.uint64(1), hashes)
            if hashes[at] == np.uint64(0):
                hashes[at] = scratch.words[place] | np.uint64(1)
                rows[at] = first + row
                count += 1
    return count


@compiled
def _look(texts: Texts, how: Reading, scratch: Scratch, hashes: Words, rows: Whole, found: Whole) -> None:
    for row in range(len(found)):
        for place in range(set_of(texts, row, how, scratch)):
            at = _place(scratch.words[place] | np.uint64(1), hashes)
            if hashes[at] != np.uint64(0):
                found[row] = rows[at]
                break


@compiled
def _move(hashes: Words, rows: Whole, to: Words, to_rows: Whole) -> None:
    for place in range(len(hashes)):
        if hashes[place] != np.uint64(0):
            at = _place(hashes[place], to)
            to[at] = hashes[place]
            to_rows[at] = rows[place]
