"""What the words of a description say of whom it describes: columns of texts to columns of values.

Reading is by position. What somebody is stands in the head of a description, before its first clause ("a retired nurse
who ..."), or behind words such as "works as a"; what stands behind "the daughter of" is said of somebody else. A place
counts behind a preposition and an interest beside a word of fondness. Everything else stays unknown.
"""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from personahub.attributes.languages import languages
from personahub.attributes.names import AGE_GROUPS, BETWEEN, DOMAINS, MOST_INTERESTS
from personahub.attributes.reading import Reading, Told, Whole, capital, dense, named, possessive, read

LOOKED_AT = 4_000  # bytes of a text, about: who somebody is stands at its front
LIKELY = 0.5  # sure enough to be told, where nobody says how sure it must be
NEAR = 60  # bytes between a word of fondness and what is liked
NEAR_AFTER = 14  # or from what is liked to that word, as in "chess enthusiast"

# How much is made of where something stands: an order, and no measured shares; what comes of them together is measured.
HEAD, TOLD, BEHIND = 0.9, 0.75, 0.55

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


def told(texts: pa.Array) -> Mapping[str, Told]:
    """Every attribute of each text.

    Args:
        texts: strings without null.
    """
    reading = read(pc.utf8_slice_codeunits(texts, 0, LOOKED_AT))
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


def _occupation(reading: Reading) -> Told:
    """The last of those that follow each other in the head, as in "volunteer firefighter"; else one behind "is a"."""
    facts = reading.facts.of("occupation").longest()
    # the modifiers of an occupation are occupations themselves now and then
    follows = (np.diff(facts.row) == 0) & (facts.start[1:] - facts.end[:-1] <= 1)
    facts = facts[~np.append(follows, False)] if len(facts) else facts
    told_so = reading.behind(facts, "works_as", 30) & ~reading.of_another(facts)
    sure = np.where(reading.in_head(facts), HEAD, np.where(told_so, TOLD, 0)).astype(np.float32)
    sure[possessive(reading.texts, facts) | reading.behind(facts, "fondness", 1)] = 0
    found = reading.told("occupation", facts, sure)
    other = _by_last_word(reading, pc.is_null(found.values))
    return Told(pc.coalesce(found.values, other), np.where(pc.is_valid(other), np.float32(TOLD), found.sure))


def _by_last_word(reading: Reading, wanted: pa.Array) -> pa.Array:
    """Occupations that are in no list, by a last word that only occupations have; null where not wanted."""
    found = pc.extract_regex(reading.texts, _LAST_WORD)
    before, last = (pc.utf8_lower(part) for part in _fields(found, "mw"))
    plain = pc.is_in(before, pa.array(_NO_PART))
    named = pc.if_else(plain, last, pc.binary_join_element_wise(before, last, " "))
    near = pc.find_substring_regex(reading.texts, _LAST_WORD).to_numpy(zero_copy_only=False)
    head = (near >= 0) & (near < np.minimum(reading.clause, reading.other))
    return pc.if_else(pc.and_(wanted, pa.array(head)), named, None)


def _domain(reading: Reading) -> Told:
    """That for which most speaks, the head more than the rest."""
    facts = reading.facts.of("domain").longest()
    weight = np.where(reading.in_head(facts), facts.weight, np.minimum(facts.weight, 1) * 0.7)
    cells = np.bincount(facts.row * len(DOMAINS) + facts.value, weight, len(reading.texts) * len(DOMAINS))
    scores = cells.reshape(-1, len(DOMAINS))
    best = scores.argmax(axis=1) if len(scores) else np.empty(0, np.int64)
    most = scores.max(axis=1, initial=0)
    sure = np.divide(most, scores.sum(axis=1) + 0.5, out=np.zeros(len(most)), where=most > 0).astype(np.float32)
    return Told(named(DOMAINS, np.where(most > 0, best, -1)), sure)


def _seniority(reading: Reading) -> Told:
    facts = reading.facts.of("seniority")
    retired = facts.value == reading.words.values["seniority"].index("retired")
    sure = np.where(reading.in_head(facts), np.where(retired, HEAD + 0.05, HEAD), 0).astype(np.float32)
    return reading.told("seniority", facts, sure)


def _age_group(reading: Reading) -> Told:
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


def _place(reading: Reading) -> Told:
    """A name behind a preposition, that is no subject of interest and is written as a name."""
    facts = reading.facts.of("place").longest()
    placed = reading.behind(facts, "location", 1) | dense(reading.texts, facts)
    placed &= ~(reading.behind(facts, "fondness", 1) | reading.behind(facts, "about", 1) | reading.of_another(facts))
    placed &= capital(reading.texts, facts)
    head = reading.in_head(facts)
    return reading.told("place", facts, np.where(placed, np.where(head, HEAD, TOLD), 0).astype(np.float32))


def _interests(reading: Reading) -> Told:
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


def _tone(reading: Reading) -> Told:
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
    return Told(named(names, found), np.where(most > 0, np.where(alone, TOLD, BEHIND), 0).astype(np.float32))
