"""What a text is about, as noun phrases that can stand in another sentence."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import repeat

from personahub.models.offline.grammar import plural
from personahub.models.offline.vocabulary import fields, lexicon

LOOKED_AT = 3_000  # characters; what comes later seldom changes what a page is about
MOST = 4  # phrases that are handed on
LONGEST_PHRASE = 3  # words
ENGLISH = 0.2  # share of articles, pronouns and the like; prose has twice as many, lists somewhat more
SHORT = 60  # words; one cue is enough to place what is shorter
WORDS_TO_JUDGE = 15  # below this a text says nothing about its language
_WORDS_KEPT = 2**14  # whose class is remembered: more than common English has

# Of kinds, one letter a word: a phrase with its opener.
_RUN = re.compile(rf"[atp](n{{1,{LONGEST_PHRASE}}}+)(?!n)")
# A word, or a mark that no phrase runs across.
_TOKEN = re.compile(r"[A-Za-z]++(?:['-][A-Za-z]++)*+|[^\sA-Za-z'-]")
_NO_NOUN = re.compile(r"(?:ly|ed|ous|ful|less|able|ible|ive|est|ing|n't|'\w+|ish|ary|ified|ical|ional)$")
_NO_MODIFIER = re.compile(r"'|(?:ly|ing|ed|est)$")
_MASS_ENDING = re.compile(r"(?:ness|ism|ship|hood|ics|logy|graphy|ware|care)$")
_PLURAL_ENDING = re.compile(r"(?<![sui])s$")
_FOREIGN = re.compile(r"[^\W\d_A-Za-z]")


@dataclass(frozen=True, slots=True)
class Gist:
    """What the writer takes from a text.

    Args:
        topics: noun phrases without article, the best first.
        fields: numbers of the fields of life it touches, the strongest first.
        english: whether its words look like English.
    """

    topics: tuple[str, ...] = ()
    fields: tuple[int, ...] = ()
    english: bool = False


@dataclass(slots=True)
class _Seen:
    """How a phrase occurs: how often, and how often with nothing but a preposition before it."""

    first: int
    times: int = 0
    bare: int = 0
    one: int = 0


def gist(text: str, *, topics_from: int = 0) -> Gist:
    """Args:
    topics_from: the character where topics begin; what stands before tells the field only.
    """
    text = text[:LOOKED_AT].replace("\u2019", "'")
    tokens: list[str] = _TOKEN.findall(text)
    lower = list(map(str.lower, tokens))
    kinds = _kinds(lower, text)
    counts = Counter(lower)
    if not _is_english(kinds, text[:400]):
        return Gist(fields=_touched(counts, least=2.0))
    after = _TOKEN.findall(text[topics_from:]) if topics_from else tokens
    found = _phrases(after, kinds[len(kinds) - len(after) :])
    return Gist(tuple(_best(found, counts)), _touched(counts, least=0.9 if len(tokens) > SHORT else 0.2), english=True)


def _kinds(lower: list[str], text: str) -> str:
    """A letter for each word or mark: "n" for what a noun phrase may hold, else as `_letters` has it."""
    letters = _letters()
    if text.isascii():
        return "".join(map(letters.get, lower, repeat("n")))
    return "".join([letters.get(word) or ("n" if word[0].isalpha() else "m") for word in lower])


def _is_english(kinds: str, head: str) -> bool:
    if not head.isascii() and len(_FOREIGN.findall(head)) > 0.1 * len(head):
        return False
    words = len(kinds) - kinds.count("m")
    common = words - kinds.count("n") - kinds.count("c")
    return 0 < words < WORDS_TO_JUDGE or common > ENGLISH * words


def _touched(counts: Counter[str], *, least: float) -> tuple[int, ...]:
    """The fields whose cues occur; a cue counts once more when it comes again, and then no more."""
    scores: dict[int, float] = {}
    cues = fields().cues
    # In the order of the text: a set's order changes from process to process, and with it how the sums round.
    for word in [word for word in counts if word in cues]:
        more = 1.4 if counts[word] > 1 else 1.0
        for number, weight in cues[word]:
            scores[number] = scores.get(number, 0.0) + weight * more
    ranked = sorted(scores, key=lambda number: (-scores[number], number))
    return tuple(number for number in ranked[:3] if scores[number] >= max(0.6 * scores[ranked[0]], least))


def _phrases(tokens: list[str], kinds: str) -> dict[str, _Seen]:
    """Runs of content words between an article or a preposition and whatever cannot be in a noun phrase."""
    found: dict[str, _Seen] = {}
    for run in _RUN.finditer(kinds):
        start, end = run.span(1)
        if not _may_end(tokens[end - 1]):
            continue
        phrase = _noun_phrase(tokens[start:end])
        if phrase:
            seen = found.get(phrase)
            if seen is None:
                found[phrase] = seen = _Seen(start)
            opener = kinds[start - 1]
            seen.times += 1
            seen.bare += opener == "p"
            seen.one += opener == "a"
    return found


def _noun_phrase(words: list[str]) -> str | None:
    """Words that may end one as a phrase, less adjectives at its front that say little; None where it is none."""
    first, last = 0, len(words) - 1
    while first < last and _says_little(words[first]):
        first += 1
    for word in words[first:last]:
        if _is_no_modifier(word):
            return None
    return " ".join(words[first:])


@lru_cache(_WORDS_KEPT)
def _may_end(word: str) -> bool:
    return len(word) >= 3 and word.islower() and word not in _weak()["end"] and not _ends_badly(word)


@lru_cache(_WORDS_KEPT)
def _says_little(word: str) -> bool:
    low = word.lower()
    return low in _weak()["front"] or (low.endswith(("ing", "est")) and _ends_badly(low))


@lru_cache(_WORDS_KEPT)
def _is_no_modifier(word: str) -> bool:
    words = lexicon()
    if not word.islower():
        return not (word.isupper() and 1 < len(word) <= 5)
    if word in words["nouns_after_all"] or word in words["ing"]:
        return False
    return word in _weak()["within"] or bool(_NO_MODIFIER.search(word))


def _ends_badly(word: str) -> bool:
    return bool(_NO_NOUN.search(word)) and word not in lexicon()["nouns_after_all"] and word not in lexicon()["ing"]


def _best(found: dict[str, _Seen], counts: Counter[str]) -> Iterator[str]:
    """The phrases by how often their words occur and how early, no noun twice, each in a form that needs no article."""

    def worth(phrase: str) -> float:
        seen, words = found[phrase], phrase.lower().split()
        total, cued = 0, False
        for word in words:
            total += min(counts[word], 6)
            cued = cued or word in cues
        often = total / len(words)
        length = (1.4 if cued else 0.5, 2.6 if cued else 1.8, 1.8 if cued else 1.2)[len(words) - 1]
        chance = 0.5 if often + seen.times <= 2.0 and not cued else 1.0
        return (often + seen.times) * length * chance / (1.0 + seen.first / 500)

    cues = fields().cues
    nouns: set[str] = set()
    given = 0
    for phrase in sorted(found, key=lambda phrase: (-worth(phrase), phrase)):
        words = {word.removesuffix("s") for word in phrase.lower().split()}
        if words & nouns:
            continue
        nouns |= words
        given += 1
        yield _standing_alone(phrase, found[phrase])
        if given == MOST:
            return


def _standing_alone(phrase: str, seen: _Seen) -> str:
    """What can follow "writes about": "smokers" for "smoker", "cocoa" as it is."""
    noun = phrase.rsplit(" ", 1)[-1]
    words = lexicon()
    if noun in words["mass"] or noun in words["plurals"]:
        return phrase
    if noun in words["ing"] and noun not in words["countable_ing"]:
        return phrase
    if _PLURAL_ENDING.search(noun) and noun not in words["singular"]:
        return phrase
    often_bare = seen.bare > 1 and 2 * seen.bare > seen.times
    stands = (often_bare or _MASS_ENDING.search(noun)) and not seen.one
    return phrase if stands else plural(phrase)


@cache
def _letters() -> dict[str, str]:
    """What stands in no noun phrase of ours, by kind, of which a, t and p open one.

    a: a, an; t: other articles; p: prepositions; s: other small words; c: adverbs; m: marks of ASCII.
    """
    words = lexicon()
    small = words["articles"] | words["prepositions"] | words["function"]
    closed = {"this", "that", "these", "those", "no", "as", "and", "or", "than", "to"}
    articles, prepositions = words["articles"] - closed, words["prepositions"] - closed
    return (
        {chr(code): "m" for code in range(128) if not chr(code).isalpha()}
        | dict.fromkeys(words["adverbs"], "c")
        | dict.fromkeys(small, "s")
        | dict.fromkeys(prepositions, "p")
        | dict.fromkeys(articles, "t")
        | dict.fromkeys(("a", "an"), "a")
    )


@cache
def _weak() -> dict[str, frozenset[str]]:
    """What may not stand at a place: at the end, at the front, or within."""
    words = lexicon()
    front = words["adjectives"]
    end = words["adjectives"] | words["verbs"] | words["noise"] | words["adverbs"]
    return {"end": end, "front": front, "within": words["verbs"] | words["noise"] | words["adverbs"]}
