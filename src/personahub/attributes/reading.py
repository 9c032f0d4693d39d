"""Where phrases stand in descriptions, and what each place means: columns that the rules are written in."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from personahub.attributes.vocabulary import KINDS, Vocabulary, vocabulary

Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Sure = npt.NDArray[np.float32]

_FAR = np.int64(1) << 40


@dataclass(frozen=True)
class Told:
    """One attribute of many texts.

    Args:
        values: strings, null where nothing tells.
        sure: float32 of each, from 0 to 1.
    """

    values: pa.Array
    sure: Sure

    def least(self, sure: float) -> pa.Array:
        """The values that are as sure as that; null elsewhere."""
        return pc.if_else(pa.array(self.sure >= sure), self.values, None)


@dataclass(frozen=True)
class Facts:
    """Each fact that a phrase somewhere tells, by row, then by start, the longest first."""

    row: Whole
    start: Whole
    end: Whole
    kind: Whole
    value: Whole
    weight: npt.NDArray[np.float32]

    def of(self, *kinds: str) -> "Facts":
        return self[np.isin(self.kind, [KINDS.index(kind) for kind in kinds])]

    def __getitem__(self, some: Flags) -> "Facts":
        return Facts(*(column[some] for column in vars(self).values()))

    def __len__(self) -> int:
        return len(self.row)

    def longest(self) -> "Facts":
        """Less those within a longer one."""
        reach = np.maximum.accumulate(np.append(-1, (self.row << 32) + self.end))[:-1]
        # facts of one phrase stand side by side
        again = np.append(False, (np.diff(self.row) == 0) & (np.diff(self.start) == 0) & (np.diff(self.end) == 0))
        first = np.maximum.accumulate(np.where(again, 0, np.arange(len(self))))
        return self[((self.row << 32) + self.end > reach)[first]]


@dataclass(frozen=True)
class Reading:
    """Texts, what their phrases tell, and how each is built."""

    texts: pa.Array
    words: Vocabulary
    facts: Facts
    clause: Whole  # where the first clause of each text begins
    other: Whole  # from where on somebody else is spoken of

    def in_head(self, facts: Facts) -> Flags:
        return (facts.start < self.clause[facts.row]) & ~self.of_another(facts)

    def of_another(self, facts: Facts) -> Flags:
        return facts.start >= self.other[facts.row]

    def behind(self, facts: Facts, kind: str, bytes_between: int) -> Flags:
        """Whether a phrase of that kind ends so near before."""
        context = self.facts.of(kind)
        order = np.argsort((context.row << 32) + context.end, kind="stable")
        ends = ((context.row << 32) + context.end)[order]
        at = np.searchsorted(ends, (facts.row << 32) + facts.start, side="right") - 1
        last = np.append(ends, -_FAR)[at]
        return (facts.row << 32) + facts.start - last <= bytes_between

    def before(self, facts: Facts, kind: str, bytes_between: int) -> Flags:
        """Whether a phrase of that kind begins so near behind."""
        context = self.facts.of(kind)
        starts = np.append((context.row << 32) + context.start, _FAR << 20)
        here = (facts.row << 32) + facts.end
        near: Flags = starts[np.searchsorted(starts, here)] - here <= bytes_between
        return near

    def told(self, kind: str, facts: Facts, sure: Sure) -> Told:
        """Of each text the surest of these facts, of equals the first."""
        best = np.zeros(len(self.texts), np.float32)
        np.maximum.at(best, facts.row, sure)
        mine = sure >= best[facts.row]
        found = np.full(len(self.texts), -1, np.int64)
        found[facts.row[mine][::-1]] = facts.value[mine][::-1]
        return Told(named(self.words.values[kind], found), best)


def read(texts: pa.Array) -> Reading:
    words = vocabulary()
    hits = words.phrases.find(texts)
    order = np.lexsort((-hits.end, hits.start, hits.row))
    counts = np.diff(words.starts)[hits.phrase[order]]
    each = np.repeat(order, counts)
    within = np.arange(len(each)) - np.repeat(np.cumsum(counts) - counts, counts)
    fact = words.starts[hits.phrase[each]] + within
    facts = Facts(
        hits.row[each], hits.start[each], hits.end[each], words.kind[fact], words.value[fact], words.weight[fact]
    )
    facts = facts[~_within_occupation(facts)]
    return Reading(
        texts, words, facts, _first(facts.of("clause"), len(texts)), _first(facts.of("relative"), len(texts))
    )


def _within_occupation(facts: Facts) -> Flags:
    """What is a part of the name of an occupation says nothing by itself: a child psychologist is no child."""
    longer = facts.of("occupation").longest()
    at = np.searchsorted((longer.row << 32) + longer.start, (facts.row << 32) + facts.start, side="right") - 1
    start, end = (np.append((longer.row << 32) + column, -1)[at] for column in (longer.start, longer.end))
    inside = (facts.row << 32) + facts.end <= end
    part: Flags = inside & (facts.end - facts.start < end - start)
    return part


def _first(facts: Facts, rows: int) -> Whole:
    """Where the first of them begins in each text; far behind its end where there is none."""
    found = np.full(rows, _FAR)
    np.minimum.at(found, facts.row, facts.start)
    return found


def named(names: tuple[str, ...], found: Whole) -> pa.Array:
    """The names of these numbers; null for -1."""
    return pc.take(pa.array(names, pa.string()), pa.array(found, mask=found < 0))


def bytes_at(texts: pa.Array, rows: Whole, places: Whole) -> npt.NDArray[np.uint8]:
    """The byte of a text at each place; 0 behind its end."""
    plain = texts.cast(pa.large_string())
    _, offsets, data = plain.buffers()
    ends = np.frombuffer(offsets, np.int64)[plain.offset : plain.offset + len(plain) + 1]
    at = ends[rows] + places
    held = np.append(np.frombuffer(data or b"", np.uint8), np.uint8(0))
    return np.where(at < ends[rows + 1], held[np.minimum(at, len(held) - 1)], np.uint8(0))


def capital(texts: pa.Array, facts: Facts) -> Flags:
    """Whether it begins with a capital, or in a script that has none."""
    byte = bytes_at(texts, facts.row, facts.start)
    return ((byte >= 65) & (byte <= 90)) | (byte >= 128)


def dense(texts: pa.Array, facts: Facts) -> Flags:
    """Whether it is written without spaces, so that no preposition stands before it."""
    return bytes_at(texts, facts.row, facts.start) >= 0xE3


def possessive(texts: pa.Array, facts: Facts) -> Flags:
    """Whether something of theirs is meant: "the plumber's son"."""
    apostrophe: Flags = bytes_at(texts, facts.row, facts.end) == 39
    return apostrophe
