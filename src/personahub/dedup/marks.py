"""Which rows of a table are compared: a bit for each, and where the nth of those is that are."""

from collections.abc import Iterable, Iterator
from functools import cached_property

import numpy as np
import numpy.typing as npt

from personahub.dedup.stands import Positions

Words = npt.NDArray[np.uint64]

_WORD = 64  # rows
_PACKED = 1 << 14  # words that are made at one time


class Marks:
    """Args:
    words: 64 rows each, the first in the lowest bit.
    """

    def __init__(self, words: Words) -> None:
        self.words = words

    @classmethod
    def of(cls, parts: Iterable[npt.NDArray[np.bool_]]) -> "Marks":
        """Of rows that come in parts."""
        return cls(np.concatenate([np.empty(0, "<u8"), *_packed(parts)]))

    @cached_property
    def _before(self) -> Positions:
        """Rows that are compared before each word."""
        return np.concatenate([[0], np.cumsum(np.bitwise_count(self.words), dtype=np.int64)])

    @property
    def count(self) -> int:
        return int(self._before[-1])

    def among(self, rows: int) -> int:
        """How many of the first so many rows."""
        word, rest = divmod(rows, _WORD)
        bits = _bits(self.words[word : word + 1])[:, :rest]
        return int(self._before[word]) + int(bits.sum())

    def held(self, rows: Positions) -> npt.NDArray[np.bool_]:
        """Whether each of these rows is compared."""
        return (self.words[rows // _WORD] >> (rows % _WORD).astype(np.uint64) & np.uint64(1)).astype(np.bool_)

    def rows(self, positions: Positions) -> Positions:
        """The row of each of those that are compared, by their position among them."""
        word = np.searchsorted(self._before, positions, side="right") - 1
        nth = np.cumsum(_bits(self.words[word]), axis=1, dtype=np.uint8)
        wanted = (positions - self._before[word] + 1).astype(np.uint8)
        return np.asarray(word * _WORD + np.argmax(nth == wanted[:, None], axis=1), np.int64)

    def first(self, rows: int) -> Iterator[npt.NDArray[np.bool_]]:
        """Of the first so many rows whether each is compared."""
        for start in range(0, rows, _PACKED * _WORD):
            word = start // _WORD
            yield _bits(self.words[word : word + _PACKED]).reshape(-1)[: rows - start].astype(np.bool_)


def _packed(parts: Iterable[npt.NDArray[np.bool_]]) -> Iterator[Words]:
    held, rows = [np.empty(0, np.bool_)], 0
    for part in parts:
        held.append(part)
        rows += len(part)
        if rows >= _PACKED * _WORD:
            together = np.concatenate(held)
            whole = rows // _WORD * _WORD
            yield np.packbits(together[:whole], bitorder="little").view("<u8")
            held, rows = [together[whole:]], rows - whole
    rest = np.concatenate(held)
    yield np.packbits(np.pad(rest, (0, -len(rest) % _WORD)), bitorder="little").view("<u8")


def _bits(words: Words) -> npt.NDArray[np.uint8]:
    """Of each word its bits, shape (n, 64)."""
    packed = np.ascontiguousarray(words).view(np.uint8).reshape(-1, 8)
    return np.unpackbits(packed, axis=1, bitorder="little")
