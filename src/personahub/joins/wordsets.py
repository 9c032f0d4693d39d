"""The set of words of each text, straight from the bytes of an Arrow column, as 64-bit hashes.

Words are exactly those of `personahub.text.words`: a text of ASCII is read 64 bytes at a step, any other by code
point over the tables of `alphabet`, and one that NFC would change is changed before, by the standard library.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from personahub.joins.alphabet import ALONE, APOSTROPHE, IN_WORD, Alphabet, alphabet
from personahub.joins.compiled import (
    Bytes,
    Words,
    above_ascii,
    alphanumeric,
    compiled,
    copy_lower,
    quotes,
    whole,
    zeros_below,
)
from personahub.joins.hashing import gram_hash, word_hash
from personahub.joins.texts import Texts, is_ascii, point_at, put_point, texts_of

_ALL = np.uint64(0xFFFF_FFFF_FFFF_FFFF)
_ONE = np.uint64(1)
_ROOM = 160  # bytes behind a text that may be read or written
_PLACES = 1024
_MANY = 64  # words above which repetitions are found by a table of all
_WORD, _JOINED = 1, 2  # in a word; behind an apostrophe in one
_GROWTH = 3  # bytes that folding case makes of one, at most


class Scratch(NamedTuple):
    """What one thread writes while it reads a text.

    Args:
        text: its bytes, case folded.
        runs: a bit for each byte: in a word or not.
        words: hashes in the order of the text, then those of the set.
        seen: at which of 1024 places a word of this text was seen, and the number of the text.
        table: the words of a text that has many.
        last: a copy of the last text of an array, with room behind it.
    """

    text: Bytes
    runs: Words
    words: Words
    seen: Words
    table: Words
    last: Bytes


class Reading(NamedTuple):
    """How texts are read.

    Args:
        key: uint64, shape (KEYS,).
        ngram: words to a gram.
    """

    key: Words
    ngram: int
    alphabet: Alphabet


def reading(key: Words, ngram: int, *, ascii_only: bool) -> Reading:
    """Tables are made only where a text needs them."""
    nothing = np.zeros(1, np.uint8), np.zeros(1, np.uint8), np.zeros(1, np.int64), np.zeros((1, 4), np.int64)
    return Reading(key, ngram, Alphabet(*nothing) if ascii_only else alphabet())


def scratch_for(texts: Texts) -> Scratch:
    longest = max(int(np.diff(borders).max(initial=0)) for borders in (texts.offsets, texts.other_offsets))
    size = _GROWTH * longest + _ROOM
    # a word is a letter and a space, or a character of three bytes
    return Scratch(
        np.zeros(size, np.uint8),
        np.zeros(size // 64 + 3, np.uint64),
        np.zeros(size // 2 + 8, np.uint64),
        np.zeros(_PLACES + 1, np.uint64),
        np.zeros(1 << (size + 16).bit_length(), np.uint64),
        np.zeros(size, np.uint8),
    )


def sets(column: pa.Array, key: Words, ngram: int = 1) -> Iterator[Words]:
    """The set of each text, in the order of the texts; hashes in no order worth a name."""
    texts = texts_of(column)
    how = reading(key, ngram, ascii_only=is_ascii(texts))
    scratch = scratch_for(texts)
    for row in range(len(column)):
        yield scratch.words[: set_of(texts, row, how, scratch)].copy()


@compiled
def set_of(texts: Texts, row: int, how: Reading, scratch: Scratch) -> int:
    """How many words its set has; their hashes stand first in `scratch.words`."""
    at = texts.patched[row]
    if at < 0:
        count = _by_point(texts.other, texts.other_offsets[-at - 1], texts.other_offsets[-at], how, scratch)
    else:
        start, end = texts.offsets[row], texts.offsets[row + 1]
        if _lowered(texts.data, start, end, scratch):
            count = _by_run(end - start, how.key, scratch)
        else:
            count = _by_point(texts.data, start, end, how, scratch)
    if count and how.ngram > 1:
        size = min(how.ngram, count)
        count += 1 - size
        for place in range(count):
            scratch.words[place] = gram_hash(scratch.words, place, place + size, how.key)
    return distinct(scratch, count)


@compiled
def _lowered(data: Bytes, start: int, end: int, scratch: Scratch) -> bool:
    """Lower case into `scratch.text` and the runs of words as bits; False at once where it is not ASCII."""
    size = end - start
    source, shift = data, start
    if start + (size | 63) >= len(data):
        # 64 bytes are read at a step, and the array does not have them all
        source, shift = scratch.last, 0
        for place in range(size):
            source[place] = data[start + place]
    before = np.uint64(0)  # the letters of the 64 bytes before
    for base in range(0, size + 1, 64):
        inside = _ALL >> np.uint64(64 - min(size - base, 64)) if size > base else np.uint64(0)
        if above_ascii(source, shift + base) & inside:
            return False
        copy_lower(source, shift + base, scratch.text, base)
        letters = alphanumeric(source, shift + base) & inside
        marks = quotes(source, shift + base) & inside
        runs = letters
        if marks:
            # letters around an apostrophe: of this step, of the one before, of the one behind
            after = letters >> _ONE
            if marks >> np.uint64(63) and size > base + 64 and _letter(source[shift + base + 64]):
                after |= _ONE << np.uint64(63)
            runs |= marks & ((letters << _ONE) | (before >> np.uint64(63))) & after
        scratch.runs[base >> 6] = runs
        before = letters
    scratch.runs[(size >> 6) + 1] = np.uint64(0)
    return True


@compiled
def _letter(byte: int) -> bool:
    return 0x30 <= byte <= 0x39 or 0x61 <= byte | 0x20 <= 0x7A


@compiled
def _by_run(size: int, key: Words, scratch: Scratch) -> int:
    count = 0
    at = 0
    while at < size:
        rest = scratch.runs[at >> 6] >> np.uint64(at & 63)
        if not rest:
            at = (at | 63) + 1
            continue
        start = at + zeros_below(rest)
        at = start
        while True:
            rest = ~(scratch.runs[at >> 6]) >> np.uint64(at & 63)
            if rest:
                at += zeros_below(rest)
                break
            at = (at | 63) + 1
        scratch.words[count] = word_hash(scratch.text, start, at, key)
        count += 1
    return count


@compiled
def _by_point(data: Bytes, start: int, end: int, how: Reading, scratch: Scratch) -> int:
    """The same for any text in NFC, over case-folded code points; `state` is kept as `_step` has it."""
    folds, rows = how.alphabet.folds, how.alphabet.folded
    state = (0, 0, 0)
    count = write = 0
    at = start
    while at < end:
        point, at = point_at(data, at, end)
        row = folds[point]
        for place in range(rows[row, 0]):
            part = rows[row, 1 + place] if row else point
            before = write
            write = put_point(scratch.text, write, part)
            state, count = _step(how.alphabet.kinds[part], (before, write), state, count, how, scratch)
    if state[0]:
        scratch.words[count] = word_hash(scratch.text, state[1], write if state[0] == _WORD else state[2], how.key)
        count += 1
    return count


@compiled
def _step(
    kind: int, place: tuple[int, int], state: tuple[int, int, int], count: int, how: Reading, scratch: Scratch
) -> tuple[tuple[int, int, int], int]:
    """What a character does: (_WORD or _JOINED or 0, where the word begins, where it ends if nothing joins it)."""
    before, write = place
    mode, begin, stop = state
    if mode and kind & IN_WORD:
        return (_WORD, begin, stop), count
    if mode == _WORD and kind & APOSTROPHE:
        return (_JOINED, begin, before), count
    if mode:
        scratch.words[count] = word_hash(scratch.text, begin, before if mode == _WORD else stop, how.key)
        count += 1
    if kind & ALONE:
        scratch.words[count] = word_hash(scratch.text, before, write, how.key)
        count += 1
    elif kind & IN_WORD:
        return (_WORD, before, 0), count
    return (0, 0, 0), count


@compiled
def distinct(scratch: Scratch, count: int) -> int:
    """Words once each, at the front. A word is looked for only where another was seen at its place in a small table."""
    words, seen = scratch.words, scratch.seen
    if count > _MANY:
        return _distinct_of_many(words, scratch.table, count)
    seen[_PLACES] += np.uint64(1)  # the number of this text: what earlier ones left is not cleared
    text = seen[_PLACES]
    kept = 0
    for at in range(count):
        word = words[at]
        place = whole(word & np.uint64(_PLACES - 1))
        if seen[place] == text:
            first = 0
            while first < kept and words[first] != word:
                first += 1
            if first < kept:
                continue
        seen[place] = text
        words[kept] = word
        kept += 1
    return kept


@compiled
def _distinct_of_many(words: Words, table: Words, count: int) -> int:
    places = 1
    while places < 2 * count:
        places *= 2
    table[:places] = np.uint64(0)
    kept = nothing = 0
    for at in range(count):
        word = words[at]
        place = whole(word) & (places - 1)
        while table[place] and table[place] != word:
            place = (place + 1) & (places - 1)
        if table[place] == word and (word or nothing):
            continue
        nothing |= word == 0  # which is what an empty place holds
        table[place] = word
        words[kept] = word
        kept += 1
    return kept
