"""What every character is to the definition of a word, as tables that compiled loops read.

Built from the same library and the same pattern that `personahub.text.words` uses, so that the two agree on every
character that this Python knows.
"""

import re
import sys
import unicodedata
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from personahub.joins.compiled import Bytes, Whole
from personahub.text import UNSPACED

IN_WORD = 1  # a letter or digit
ALONE = 2  # a word by itself where no word runs into it
APOSTROPHE = 4  # joins two letters
UNSETTLED = 8  # NFC may change it, or what stands before it

_CHARACTERS = sys.maxunicode + 1
_SURROGATES = range(0xD800, 0xE000)
_JAMO = (range(0x1161, 0x1176), range(0x11A8, 0x11C3))  # vowels and finals that NFC joins to what precedes
_STEP = 256


class Alphabet(NamedTuple):
    """One entry for each code point.

    Args:
        kinds: IN_WORD, ALONE, APOSTROPHE, UNSETTLED.
        ranks: canonical combining class; NFC puts marks in the order of it.
        folds: row of `folded` that stands for the character when case is folded, 0 for itself.
        folded: how many characters, and which.
    """

    kinds: Bytes
    ranks: Bytes
    folds: Whole
    folded: Whole


@cache
def alphabet() -> Alphabet:
    """The tables, made once in a process in about a quarter of a second."""
    kinds = np.zeros(_CHARACTERS, np.uint8)
    characters = "".join(map(chr, range(_SURROGATES.start)))
    above = "".join(map(chr, range(_SURROGATES.stop, _CHARACTERS)))
    for text, start in ((characters, 0), (above, _SURROGATES.stop)):
        for pattern, kind in ((r"[^\W_]+", IN_WORD), (f"{UNSPACED}+", ALONE), ("['\u2019]", APOSTROPHE)):
            for found in re.finditer(pattern, text):
                kinds[start + found.start() : start + found.end()] |= kind
    ranks = np.zeros(_CHARACTERS, np.uint8)
    _mark_unsettled(kinds, ranks)
    return Alphabet(kinds, ranks, *_folds())


def _blocks() -> list[range]:
    """Every code point but surrogates, which no Arrow string holds."""
    edges = [*range(0, _CHARACTERS, _STEP), _CHARACTERS]
    return [range(*edge) for edge in pairwise(edges) if edge[0] not in _SURROGATES]


def _mark_unsettled(kinds: Bytes, ranks: Bytes) -> None:
    for points in _JAMO:
        kinds[points.start : points.stop] |= UNSETTLED
    for block in _blocks():
        for point in block:
            ranks[point] = unicodedata.combining(chr(point))
            parts = unicodedata.decomposition(chr(point))
            if parts and parts[0] != "<":
                trailing = parts.split()[1:]
                if not unicodedata.is_normalized("NFC", chr(point)):
                    kinds[point] |= UNSETTLED
                elif trailing:
                    kinds[int(trailing[0], 16)] |= UNSETTLED


def _folds() -> tuple[Whole, Whole]:
    folds = np.zeros(_CHARACTERS, np.int64)
    rows = [[1, 0, 0, 0]]
    for block in _blocks():
        text = "".join(map(chr, block))
        if text.casefold() == text:
            continue
        for point in block:
            folded = chr(point).casefold()
            if folded != chr(point):
                folds[point] = len(rows)
                rows.append([len(folded), *map(ord, folded), *[0] * (3 - len(folded))])
    return folds, np.array(rows, np.int64)
