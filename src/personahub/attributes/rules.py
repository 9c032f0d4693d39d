"""What the words of a description say of whom it describes: columns of texts to columns of values.

Reading is by position. What somebody is stands in the head of a description, before its first clause ("a retired nurse
who ..."), or behind words such as "works as a"; what stands behind "the daughter of" is said of somebody else. A place
counts behind a preposition and an interest beside a word of fondness. Everything else stays unknown.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from personahub.attributes.languages import languages
from personahub.attributes.names import AGE_GROUPS, BETWEEN, DOMAINS, MOST_INTERESTS
from personahub.attributes.vocabulary import KINDS, Vocabulary, vocabulary

Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Sure = npt.NDArray[np.float32]

LOOKED_AT = 4_000  # bytes of a text, about: who somebody is stands at its front
LIKELY = 0.5  # sure enough to be told, where nobody says how sure it must be
NEAR = 60  # bytes between a word of fondness and what is liked
NEAR_AFTER = 14  # or from what is liked to that word, as in "chess enthusiast"

# How often what such a place in a sentence tells is right, as counted on the odd lines of benchmarks/labels.
HEAD, TOLD, BEHIND, ALONE = 0.9, 0.75, 0.55, 0.4

_AGE = r"(?i)(?P<a>\d{1,3})[- ]?years?[- ]old|aged (?P<b>\d{1,3})\b|(?P<c>\d{1,3})\s?\x{5c81}"
_SPELLED = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
_SPELLED_AGE = rf"(?i)\b(?P<w>{'|'.join((_SPELLED + ' eighteen nineteen').split())})[- ]year[- ]old"
_LAST_WORD = (
    r"(?i)(?:\b(?P<m>[a-z-]+) )?\b(?P<w>adjuster|analyst|attendant|clerk|controller|critic|curator|designer|developer"
    r"|dealer|estimator|guard|inspector|installer|instructor|keeper|maker|operator|officer|planner|repairer|restorer"
    r"|scholar|scientist|specialist|strategist|supervisor|surveyor|technician|technologist|therapist|trainer|[a-z]{4,}ologist"
    r"|[a-z]{4,}ographer|[a-z]{4,}smith)\b"
)
_NO_PART = (
    *("", "a", "an", "the", "and", "or", "of", "junior", "senior", "young", "old", "retired", "former", "experienced"),
    *("seasoned", "ambitious", "passionate", "skilled", "dedicated", "professional", "local", "lead", "chief", "head"),
    *(
        "female",
        "male",
        "aspiring",
        "elderly",
        "veteran",
        "renowned",
        "expert",
        "freelance",
        "meticulous",
        "competitive",
    ),
)
_UP_TO = (12, 19, 35, 59)  # years, of the first four age groups
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
class _Facts:
    """Each fact that a phrase somewhere tells, by row, then by start, the longest first."""

    row: Whole
    start: Whole
    end: Whole
    kind: Whole
    value: Whole
    weight: npt.NDArray[np.float32]

    def of(self, *kinds: str) -> "_Facts":
        return self[np.isin(self.kind, [KINDS.index(kind) for kind in kinds])]

    def __getitem__(self, some: Flags) -> "_Facts":
        return _Facts(*(column[some] for column in vars(self).values()))

    def __len__(self) -> int:
        return len(self.row)

    def longest(self) -> "_Facts":
        """Less those within a longer one."""
        reach = np.maximum.accumulate(np.append(-1, (self.row << 32) + self.end))[:-1]
        # facts of one phrase stand side by side
        again = np.append(False, (np.diff(self.row) == 0) & (np.diff(self.start) == 0) & (np.diff(self.end) == 0))
        first = np.maximum.accumulate(np.where(again, 0, np.arange(len(self))))
        return self[((self.row << 32) + self.end > reach)[first]]


@dataclass(frozen=True)
class _Reading:
    """Texts, what their phrases tell, and how each is built."""

    texts: pa.Array
    words: Vocabulary
    facts: _Facts
    clause: Whole  # where the first clause of each text begins
    other: Whole  # from where on somebody else is spoken of

    def in_head(self, facts: _Facts) -> Flags:
        return (facts.start < self.clause[facts.row]) & ~self.of_another(facts)

    def of_another(self, facts: _Facts) -> Flags:
        return facts.start >= self.other[facts.row]

    def behind(self, facts: _Facts, kind: str, bytes_between: int) -> Flags:
        """Whether a phrase of that kind ends so near before."""
        context = self.facts.of(kind)
        order = np.argsort((context.row << 32) + context.end, kind="stable")
        ends = ((context.row << 32) + context.end)[order]
        at = np.searchsorted(ends, (facts.row << 32) + facts.start, side="right") - 1
        last = np.append(ends, -_FAR)[at]
        return (facts.row << 32) + facts.start - last <= bytes_between

    def before(self, facts: _Facts, kind: str, bytes_between: int) -> Flags:
        """Whether a phrase of that kind begins so near behind."""
        context = self.facts.of(kind)
        starts = np.append((context.row << 32) + context.start, _FAR << 20)
        here = (facts.row << 32) + facts.end
        near: Flags = starts[np.searchsorted(starts, here)] - here <= bytes_between
        return near

    def told(self, kind: str, facts: _Facts, sure: Sure) -> Told:
        """Of each text the surest of these facts, of equals the first."""
        best = np.zeros(len(self.texts), np.float32)
        np.maximum.at(best, facts.row, sure)
        mine = sure >= best[facts.row]
        found = np.full(len(self.texts), -1, np.int64)
        found[facts.row[mine][::-1]] = facts.value[mine][::-1]
        return Told(_named(self.words.values[kind], found), best)


def told(texts: pa.Array) -> Mapping[str, Told]:
    """Every attribute of each text.

    Args:
        texts: strings without null.
    """
    reading = _read(pc.utf8_slice_codeunits(texts, 0, LOOKED_AT))
    return {
        "occupation": _occupation(reading),
        "domain": _domain(reading),
        "seniority": _seniority(reading),
        "age_group": _age_group(reading),
        "place": _place(reading),
        "interests": _interests(reading),
        "language": Told(*languages(reading.texts)),
        "tone": _tone(reading),
    }


def _read(texts: pa.Array) -> _Reading:
    words = vocabulary()
    hits = words.phrases.find(texts)
    order = np.lexsort((-hits.end, hits.start, hits.row))
    counts = np.diff(words.starts)[hits.phrase[order]]
    each = np.repeat(order, counts)
    within = np.arange(len(each)) - np.repeat(np.cumsum(counts) - counts, counts)
    fact = words.starts[hits.phrase[each]] + within
    facts = _Facts(
        hits.row[each], hits.start[each], hits.end[each], words.kind[fact], words.value[fact], words.weight[fact]
    )
    facts = facts[~_within_occupation(facts)]
    return _Reading(
        texts, words, facts, _first(facts.of("clause"), len(texts)), _first(facts.of("relative"), len(texts))
    )


def _within_occupation(facts: _Facts) -> Flags:
    """What is a part of the name of an occupation says nothing by itself: a child psychologist is no child."""
    longer = facts.of("occupation").longest()
    at = np.searchsorted((longer.row << 32) + longer.start, (facts.row << 32) + facts.start, side="right") - 1
    start, end = (np.append((longer.row << 32) + column, -1)[at] for column in (longer.start, longer.end))
    inside = (facts.row << 32) + facts.end <= end
    part: Flags = inside & (facts.end - facts.start < end - start)
    return part


def _first(facts: _Facts, rows: int) -> Whole:
    """Where the first of them begins in each text; far behind its end where there is none."""
    found = np.full(rows, _FAR)
    np.minimum.at(found, facts.row, facts.start)
    return found


def _occupation(reading: _Reading) -> Told:
    """The last of those that follow each other in the head, as in "volunteer firefighter"; else one behind "is a"."""
    facts = reading.facts.of("occupation").longest()
    # the modifiers of an occupation are occupations themselves now and then
    follows = (np.diff(facts.row) == 0) & (facts.start[1:] - facts.end[:-1] <= 1)
    facts = facts[~np.append(follows, False)] if len(facts) else facts
    told_so = reading.behind(facts, "works_as", 30) & ~reading.of_another(facts)
    sure = np.where(reading.in_head(facts), HEAD, np.where(told_so, TOLD, 0)).astype(np.float32)
    sure[_possessive(reading.texts, facts) | reading.behind(facts, "fondness", 1)] = 0
    found = reading.told("occupation", facts, sure)
    other = _by_last_word(reading, pc.is_null(found.values))
    return Told(pc.coalesce(found.values, other), np.where(pc.is_valid(other), np.float32(TOLD), found.sure))


def _by_last_word(reading: _Reading, wanted: pa.Array) -> pa.Array:
    """Occupations that are in no list, by a last word that only occupations have; null where not wanted."""
    found = pc.extract_regex(reading.texts, _LAST_WORD)
    before, last = (pc.utf8_lower(part) for part in _fields(found, "mw"))
    plain = pc.is_in(before, pa.array(_NO_PART))
    named = pc.if_else(plain, last, pc.binary_join_element_wise(before, last, " "))
    near = pc.find_substring_regex(reading.texts, _LAST_WORD).to_numpy(zero_copy_only=False)
    head = (near >= 0) & (near < np.minimum(reading.clause, reading.other))
    return pc.if_else(pc.and_(wanted, pa.array(head)), named, None)


def _domain(reading: _Reading) -> Told:
    """That for which most speaks, the head more than the rest."""
    facts = reading.facts.of("domain").longest()
    weight = np.where(reading.in_head(facts), facts.weight, np.minimum(facts.weight, 1) * 0.7)
    cells = np.bincount(facts.row * len(DOMAINS) + facts.value, weight, len(reading.texts) * len(DOMAINS))
    scores = cells.reshape(-1, len(DOMAINS))
    best = scores.argmax(axis=1) if len(scores) else np.empty(0, np.int64)
    most = scores.max(axis=1, initial=0)
    sure = np.divide(most, scores.sum(axis=1) + 0.5, out=np.zeros(len(most)), where=most > 0).astype(np.float32)
    return Told(_named(DOMAINS, np.where(most > 0, best, -1)), sure)


def _seniority(reading: _Reading) -> Told:
    facts = reading.facts.of("seniority")
    retired = facts.value == reading.words.values["seniority"].index("retired")
    sure = np.where(reading.in_head(facts), np.where(retired, HEAD + 0.05, HEAD), 0).astype(np.float32)
    return reading.told("seniority", facts, sure)


def _age_group(reading: _Reading) -> Told:
    """The number of years where it is said, else what a word in the head says."""
    facts = reading.facts.of("age_group")
    said = reading.told("age_group", facts, np.where(reading.in_head(facts), HEAD, 0).astype(np.float32))
    years, start = _years(reading.texts)
    known = (years > 0) & (start < reading.clause)
    groups = pa.array(np.array(AGE_GROUPS, object)[np.searchsorted(_UP_TO, years)], pa.string())
    values = pc.if_else(pa.array(known), groups, said.values)
    return Told(values, np.where(known, np.float32(0.95), said.sure).astype(np.float32))


def _years(texts: pa.Array) -> tuple[Whole, Whole]:
    """An age in years where one is written, else 0; and where it is."""
    numbers = pc.extract_regex(texts, _AGE)
    digits = pc.coalesce(*(pc.if_else(pc.equal(part, ""), None, part) for part in _fields(numbers, "abc")))
    spelled = _fields(pc.extract_regex(texts, _SPELLED_AGE), "w")[0]
    named = pc.index_in(pc.utf8_lower(spelled), pa.array([*_SPELLED.split(), "eighteen", "nineteen"]))
    years = pc.coalesce(digits.cast(pa.int64()), pc.add(named.cast(pa.int64()), 1))
    starts = [pc.find_substring_regex(texts, pattern).to_numpy() for pattern in (_AGE, _SPELLED_AGE)]
    at = np.where(starts[0] >= 0, starts[0], starts[1]).astype(np.int64)
    return years.fill_null(0).to_numpy(), at


def _fields(found: pa.StructArray, names: str) -> list[pa.Array]:
    return [pc.struct_field(found, name) for name in names]


def _place(reading: _Reading) -> Told:
    """A name behind a preposition, that is no subject of interest and is written as a name."""
    facts = reading.facts.of("place").longest()
    placed = reading.behind(facts, "location", 1) | _dense(reading.texts, facts)
    placed &= ~(reading.behind(facts, "fondness", 1) | reading.behind(facts, "about", 1) | reading.of_another(facts))
    placed &= _capital(reading.texts, facts)
    head = reading.in_head(facts)
    return reading.told("place", facts, np.where(placed, np.where(head, HEAD, TOLD), 0).astype(np.float32))


def _interests(reading: _Reading) -> Told:
    """Up to three, in the order in which they come."""
    facts = reading.facts.of("interests").longest()
    liked = reading.behind(facts, "fondness", NEAR) | reading.before(facts, "fondness", NEAR_AFTER)
    facts = facts[liked & ~reading.of_another(facts)]
    names: dict[int, dict[str, None]] = {}
    listed = reading.words.values["interests"]
    for row, value in zip(facts.row.tolist(), facts.value.tolist(), strict=True):
        names.setdefault(row, {})[listed[value]] = None
    values: list[str | None] = [None] * len(reading.texts)
    sure = np.zeros(len(reading.texts), np.float32)
    for row, some in names.items():
        values[row], sure[row] = BETWEEN.join(list(some)[:MOST_INTERESTS]), TOLD
    return Told(pa.array(values, pa.string()), sure)


def _tone(reading: _Reading) -> Told:
    """That of most words; of equals the first in the list, and less surely."""
    facts = reading.facts.of("tone").longest()
    facts = facts[~reading.of_another(facts)]
    names = reading.words.values["tone"]
    counts = np.bincount(facts.row * len(names) + facts.value, minlength=len(reading.texts) * len(names))
    counts = counts.reshape(-1, len(names))
    first = np.full(len(reading.texts), -1, np.int64)
    first[facts.row[::-1]] = facts.value[::-1]
    most = counts.max(axis=1, initial=0)
    alone = (counts == most[:, None]).sum(axis=1) == 1
    found = np.where(alone & (most > 0), counts.argmax(axis=1) if len(counts) else first, first)
    return Told(_named(names, found), np.where(most > 0, np.where(alone, TOLD, BEHIND), 0).astype(np.float32))


def _named(names: tuple[str, ...], found: Whole) -> pa.Array:
    """The names of these numbers; null for -1."""
    return pc.take(pa.array(names, pa.string()), pa.array(found, mask=found < 0))


def _bytes_at(texts: pa.Array, rows: Whole, places: Whole) -> npt.NDArray[np.uint8]:
    """The byte of a text at each place; 0 behind its end."""
    plain = texts.cast(pa.large_string())
    _, offsets, data = plain.buffers()
    ends = np.frombuffer(offsets, np.int64)[plain.offset : plain.offset + len(plain) + 1]
    at = ends[rows] + places
    held = np.append(np.frombuffer(data or b"", np.uint8), np.uint8(0))
    return np.where(at < ends[rows + 1], held[np.minimum(at, len(held) - 1)], np.uint8(0))


def _capital(texts: pa.Array, facts: _Facts) -> Flags:
    """Whether it begins with a capital, or in a script that has none."""
    byte = _bytes_at(texts, facts.row, facts.start)
    return ((byte >= 65) & (byte <= 90)) | (byte >= 128)


def _dense(texts: pa.Array, facts: _Facts) -> Flags:
    """Whether it is written without spaces, so that no preposition stands before it."""
    return _bytes_at(texts, facts.row, facts.start) >= 0xE3


def _possessive(texts: pa.Array, facts: _Facts) -> Flags:
    """Whether something of theirs is meant: "the plumber's son"."""
    apostrophe: Flags = _bytes_at(texts, facts.row, facts.end) == 39
    return apostrophe
