"""Persona-like texts in any number, with near duplicates planted among them and known.

Every text follows from the seed and its number alone, so any part can be made again. Words repeat as Zipf's law has
it: 460 of a vocabulary, and a long tail of compounds.
"""

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from personahub.joins.compiled import Bytes, Whole, Words, compiled, whole
from personahub.joins.hashing import mixed

PLANTED = 16  # one record in this many is an edited copy of another
LONGEST = 48  # words of a text, edits included
_GROUPS = ("links", "traits", "people", "places", "topics", "acts")
_SEED_STEP = np.uint64(0x9E37_79B9_7F4A_7C15)
_COMPOUNDS = 60_000
_CHARS = 28  # of the longest word, and its space


class Vocabulary(NamedTuple):
    data: Bytes
    offsets: Whole
    links: int


class Desk(NamedTuple):
    """What is written while a text is made: its words, what it is a copy of, and the state of the dice."""

    words: Whole
    told: Whole
    state: Words


class Shape(NamedTuple):
    """What texts are made: their seed, their first and last length, and how many of a thousand are long (24 to 40)."""

    seed: int
    least: int
    most: int
    long: int


@dataclass(frozen=True)
class Corpus:
    """`rows` texts, in parts; calling it reads them from the first."""

    rows: int
    seed: int = 1
    least: int = 13
    most: int = 23
    long: int = 30
    part: int = 100_000

    @property
    def shape(self) -> Shape:
        return Shape(self.seed, self.least, self.most, self.long)

    def __call__(self) -> Iterator[pa.Array]:
        return self.behind(0)

    def behind(self, row: int) -> Iterator[pa.Array]:
        """The texts from a row on, without those before it being made."""
        known = vocabulary()
        for start in range(row, self.rows, self.part):
            count = min(self.part, self.rows - start)
            data = np.empty(count * LONGEST * _CHARS, np.uint8)
            offsets = np.zeros(count + 1, np.int64)
            _write(known, self.shape, start, data, offsets, desk())
            held = data[: offsets[-1]].copy()
            yield pa.LargeStringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(held))

    def planted(self, first: int = 0, end: int | None = None) -> npt.NDArray[np.int64]:
        """Edited copies: number of the original, of the copy, words in both, words in either; shape (n, 4).

        All of them, or those of the rows from `first` to before `end`.
        """
        end = self.rows if end is None else end
        found = np.empty(((end - first) // PLANTED * 2 + 1_000, 4), np.int64)
        return found[: _planted(vocabulary(), self.shape, (first, end), found, desk())]

    def grouped(self, size: int) -> Callable[[], Iterator[pa.Array]]:
        """The same texts in parts of another size."""
        return Corpus(self.rows, self.seed, self.least, self.most, self.long, size)


def desk() -> Desk:
    return Desk(np.empty(LONGEST * 2, np.int64), np.empty(3, np.int64), np.empty(1, np.uint64))


def vocabulary() -> Vocabulary:
    """In the order of their ranks: words of every group in turn, then compounds."""
    lists = tomllib.loads((Path(__file__).parent / "vocabulary.toml").read_text(encoding="utf-8"))
    groups = {name: text.split() for name, text in lists.items()}
    words = list(groups["links"])
    rest = [groups[name] for name in _GROUPS[1:]]
    for rank in range(max(map(len, rest))):
        words += [group[rank] for group in rest if rank < len(group)]
    stems, tails = groups["stems"], groups["tails"]
    for rank in range(_COMPOUNDS):
        place, again = rank % (len(stems) * len(tails)), rank // (len(stems) * len(tails))
        words.append(stems[place % len(stems)] + tails[place // len(stems)] + (str(again) if again else ""))
    words = list(dict.fromkeys(words))
    raw = [word.encode() for word in words]
    return Vocabulary(
        np.frombuffer(b"".join(raw), np.uint8).copy(), np.cumsum([0, *map(len, raw)]), len(groups["links"])
    )


@compiled
def _next(state: Words) -> np.uint64:
    state[0] += _SEED_STEP
    return mixed(state[0])


@compiled
def _below(state: Words, bound: int) -> int:
    return whole((_next(state) >> np.uint64(32)) * np.uint64(bound) >> np.uint64(32))


@compiled
def _ranked(state: Words, first: int, end: int) -> int:
    """A rank in the range: each twofold of ranks as likely as the next (Zipf's law)."""
    share = np.float64(_next(state) >> np.uint64(11)) / 9007199254740992.0
    return first - 1 + whole((end - first + 1) ** share)


@compiled
def _add(state: Words, known: Vocabulary, words: Whole, count: int) -> int:
    while True:
        if _below(state, 100) < 40:
            word = _ranked(state, 0, known.links)
        else:
            word = _ranked(state, known.links, len(known.offsets) - 1)
        place = 0
        while place < count and words[place] != word:
            place += 1
        if place == count:
            words[count] = word
            return count + 1


@compiled
def _is_copy(shape: Shape, number: int) -> bool:
    return number > 0 and mixed(np.uint64(shape.seed * 1_000_003 + number)) % np.uint64(PLANTED) == np.uint64(0)


@compiled
def _original(known: Vocabulary, shape: Shape, number: int, words: Whole, state: Words) -> int:
    state[0] = mixed(np.uint64(shape.seed) * _SEED_STEP + np.uint64(number))
    size = shape.least + _below(state, shape.most - shape.least + 1)
    if _below(state, 1000) < shape.long:
        size = 24 + _below(state, 17)
    count = 0
    while count < size:
        count = _add(state, known, words, count)
    return count


@compiled
def _words(known: Vocabulary, shape: Shape, number: int, words: Whole, told: Whole, state: Words) -> int:
    """Word numbers of one text; `told` gets the original and words in both, or -1."""
    told[0] = -1
    if not _is_copy(shape, number):
        return _original(known, shape, number, words, state)
    state[0] = mixed(np.uint64(shape.seed + 77) * _SEED_STEP + np.uint64(number))
    source = _below(state, number)
    while _is_copy(shape, source):
        source = _below(state, number)
    size = _original(known, shape, source, words, state)
    state[0] = mixed(np.uint64(shape.seed + 78) * _SEED_STEP + np.uint64(number))
    edits = _below(state, 6)
    removed = min(_below(state, edits + 1), size - 1)
    count = size
    for _ in range(removed):
        place = _below(state, count)
        count -= 1
        words[place], words[count] = words[count], words[place]
    # new words stand behind all of the old ones, so that none that was taken away comes back
    total = size
    for _ in range(edits - removed):
        total = _add(state, known, words, total)
    for place in range(size, total):
        words[count + place - size] = words[place]
    told[0], told[1], told[2] = source, count, total
    if _below(state, 2):
        words[0], words[count - 1] = words[count - 1], words[0]
    return count + total - size


@compiled
def _planted(known: Vocabulary, shape: Shape, rows: tuple[int, int], found: Whole, desk: Desk) -> int:
    words, told = desk.words, desk.told
    count = 0
    for number in range(rows[0], rows[1]):
        if _is_copy(shape, number):
            _words(known, shape, number, words, told, desk.state)
            found[count, 0], found[count, 1], found[count, 2], found[count, 3] = told[0], number, told[1], told[2]
            count += 1
    return count


@compiled
def _write(known: Vocabulary, shape: Shape, first: int, data: Bytes, offsets: Whole, desk: Desk) -> None:
    words, told = desk.words, desk.told
    at = 0
    for row in range(len(offsets) - 1):
        for place in range(_words(known, shape, first + row, words, told, desk.state)):
            if place:
                data[at] = 0x20
                at += 1
            for source in range(known.offsets[words[place]], known.offsets[words[place] + 1]):
                data[at] = known.data[source]
                at += 1
        data[at] = 0x2E
        at += 1
        offsets[row + 1] = at
