"""Where any of thousands of phrases stands in texts: a trie walked from every beginning of a word, in one pass.

(Fredkin: Trie memory, 1960; its edges lie in one hash table)
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from personahub.joins.compiled import Bytes, Whole, compiled, whole

_ODD = np.uint64(0x9E3779B97F4A7C15)  # spreads keys over a table (Knuth: multiplicative hashing)
_NOTHING = -1

Edges = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Hits:
    """Of all texts, by row, then by start, then by end; shape (n,) each, in bytes of the text."""

    row: Whole
    start: Whole
    end: Whole
    phrase: Whole


@dataclass(frozen=True)
class Phrases:
    """Args:
    keys, nodes: an open hash table: 256 times a node and a byte -> the next node.
    ends: the phrase that ends at a node, or -1.
    """

    keys: Edges
    nodes: Edges
    ends: Edges

    @classmethod
    def of(cls, phrases: list[bytes]) -> "Phrases":
        """In lower case."""
        edges: dict[int, int] = {}
        ends = {}
        for number, phrase in enumerate(phrases):
            node = 0
            for byte in phrase:
                node = edges.setdefault(256 * node + byte, len(edges) + 1)
            ends[node] = number
        size = 1 << (2 * len(edges) + 1).bit_length()
        keys, nodes = np.full(size, _NOTHING, np.int64), np.zeros(size, np.int64)
        _put(np.fromiter(edges, np.int64), np.fromiter(edges.values(), np.int64), keys, nodes)
        last = np.full(len(edges) + 1, _NOTHING, np.int64)
        last[list(ends)] = list(ends.values())
        return cls(keys, nodes, last)

    def find(self, texts: pa.Array) -> Hits:
        """Every place in each text where a phrase stands as whole words, in any case of A to Z; a plural in s counts.

        In Chinese and Japanese, which put no spaces between words, a phrase may stand anywhere.
        """
        data, offsets = _bytes_of(texts)
        none = np.empty((0, 4), np.int64)
        found = np.empty((_walk(data, offsets, self.keys, self.nodes, self.ends, none), 4), np.int64)
        _walk(data, offsets, self.keys, self.nodes, self.ends, found)
        return Hits(*np.ascontiguousarray(found.T))


def _bytes_of(texts: pa.Array) -> tuple[Bytes, Whole]:
    plain = texts.cast(pa.large_string())
    _, offsets, data = plain.buffers()
    ends = np.frombuffer(offsets, np.int64)[plain.offset : plain.offset + len(plain) + 1]
    return np.frombuffer(data or b"", np.uint8), ends


@compiled
def _put(from_: Edges, to: Edges, keys: Edges, nodes: Edges) -> None:
    mask = np.uint64(len(keys) - 1)
    for edge in range(len(from_)):
        place = (np.uint64(from_[edge]) * _ODD >> np.uint64(20)) & mask
        while keys[whole(place)] != _NOTHING:
            place = (place + np.uint64(1)) & mask
        keys[whole(place)], nodes[whole(place)] = from_[edge], to[edge]


@compiled
def _step(node: int, byte: int, keys: Edges, nodes: Edges) -> int:
    """The next node; -1 where there is none."""
    mask = np.uint64(len(keys) - 1)
    key = 256 * node + byte
    place = (np.uint64(key) * _ODD >> np.uint64(20)) & mask
    while keys[whole(place)] != _NOTHING:
        if keys[whole(place)] == key:
            return int(nodes[whole(place)])
        place = (place + np.uint64(1)) & mask
    return _NOTHING


@compiled
def _in_word(byte: int) -> bool:
    """A letter or digit of ASCII, or a part of any other character."""
    return 97 <= byte <= 122 or 48 <= byte <= 57 or byte >= 128 or 65 <= byte <= 90


@compiled
def _unspaced(byte: int) -> bool:
    """The first byte of a character such as those of Chinese (U+3000 to U+9FFF, in UTF-8)."""
    return 0xE3 <= byte <= 0xE9


@compiled
def _begins(data: Bytes, at: int, low: int) -> bool:
    """Whether a word may begin at this byte of a text that begins at `low`."""
    if _unspaced(data[at]):
        return True
    if not _in_word(data[at]) or data[at] & 0xC0 == 0x80:
        return False
    return at == low or not _in_word(data[at - 1]) or _dense_before(data, at, low)


@compiled
def _ends(data: Bytes, at: int, stop: int, dense: bool) -> bool:
    """Whether a word may end before this byte."""
    return dense or at >= stop or not _in_word(data[at]) or _unspaced(data[at])


@compiled
def _walk(data: Bytes, offsets: Whole, keys: Edges, nodes: Edges, ends: Edges, found: Whole) -> int:
    """How many there are; they are put into `found` where it has room for them."""
    count = 0
    for row in range(len(offsets) - 1):
        low, high = offsets[row], offsets[row + 1]
        for start in range(low, high):
            if _begins(data, start, low):
                count = _from(data, start, high, keys, nodes, ends, found, count, row, low)
    return count


@compiled
def _from(  # noqa: PLR0913, PLR0917 - compiled code makes no objects
    data: Bytes,
    start: int,
    high: int,
    keys: Edges,
    nodes: Edges,
    ends: Edges,
    found: Whole,
    count: int,
    row: int,
    low: int,
) -> int:
    """With those that begin here: how many there are by now."""
    node, at, dense = 0, start, _unspaced(data[start])
    while at < high:
        byte = data[at]
        node = _step(node, byte + 32 if 65 <= byte <= 90 else byte, keys, nodes)
        if node < 0:
            return count
        at += 1
        if ends[node] < 0:
            continue
        plural = at < high and data[at] == 115 and _ends(data, at + 1, high, False)
        if plural or _ends(data, at, high, dense):
            if count < len(found):
                found[count, 0] = row
                found[count, 1] = start - low
                found[count, 2] = at + plural - low
                found[count, 3] = ends[node]
            count += 1
    return count


@compiled
def _dense_before(data: Bytes, start: int, low: int) -> bool:
    """Whether a character of three bytes as in Chinese stands before this one."""
    return start - low >= 3 and _unspaced(data[start - 3]) and data[start - 2] & 0xC0 == 0x80
