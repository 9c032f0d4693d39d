"""Which persona descriptions are not one: rules for what the released PERSONA HUB data let through.

The paper names a quality filter and none of its rules (section 2.3); these come from reading the
released rows. A wrong drop costs more than a miss, so a rule takes what its words prove and leaves
the rest. Kept on purpose: the first person ("I am a ..."), which still describes somebody; families,
companies and other groups, which have needs like a person's; people who are only mentioned ("a fan
of ...", "a former classmate of ...").
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from personahub.attributes.languages import SCRIPTS, STOP_WORDS, common_words, count
from personahub.errors import UsageError
from personahub.stages.base import texts_of, with_reasons
from personahub.text import words

# In this order: the first that takes a row names the reason.
RULES: Mapping[str, str] = MappingProxyType(
    {
        "refusal": 'A model\'s excuse instead of a description ("I\'m sorry, but", "as an AI language model").',
        "not_a_persona": "JSON, a list, several descriptions, an unfilled placeholder, a heading, or no letters.",
        "too_short": "Fewer words than `min_words`: it tells nobody apart.",
        "too_long": "More words than `max_words`: an essay, not a description.",
        "wrong_language": "In another language than `language`, where that is set.",
        "source_leak": 'Speaks of the text it was made from ("this article", "mentioned in the text").',
        "real_person": "Its subject is one person by full name, not a kind of person.",
        "dangling_reference": 'Leans on somebody never introduced ("the engineer\'s ability", "Another nurse who").',
    }
)

MIN_WORDS = 3  # "a doctor" says too little; "a reluctant beekeeper" can be asked for something
MAX_WORDS = 250  # the longest of the released elite descriptions has 227

# Patterns are RE2, which reads any text in linear time; the compiled ones are Python's and see the start of a row.
_APOSTROPHE = "['\u2019]"
_WORD = r"[\x{3040}-\x{30ff}\x{3400}-\x{4dbf}\x{4e00}-\x{9fff}\x{f900}-\x{faff}]|[\pL\pN]+(?:['\x{2019}][\pL\pN]+)*"

_REFUSAL = (
    rf"(?i)^\W*(?:i(?: a|{_APOSTROPHE})?m (?:\w+ )?sorry(?:\W+(?:but|i|for|as)\b|\W*$)"
    rf"|(?:sorry,? (?:but )?|unfortunately,? )?i (?:can(?:no|{_APOSTROPHE})t|am (?:unable|not able) to|must decline)"
    r"|as an? (?:ai|(?:large )?language) (?:language )?(?:model|assistant)\b"
    "|(?:\u62b1\u6b49|\u5bf9\u4e0d\u8d77|\u5c0d\u4e0d\u8d77).{0,12}(?:\u65e0\u6cd5|\u7121\u6cd5|\u4e0d\u80fd))"
)
_NOT_A_PERSONA = (
    r"(?i)^\s*(?:[\[{<]|```)"
    r"|^\s*[^\pL\s][^\pL]*$"
    r"|^\W*(?:n/?a|none|null|unknown|undefined|not (?:applicable|available|specified|provided))\W*$"
    r"|\[(?:insert|your|name|occupation|profession|location|city|country|age|field|topic)\b[^\]]*\]"
    r"|[:\x{ff1a}]\s*$"  # an opening whose description never came
    r"|(?s:^\W{0,3}1[.)].*\n\W{0,3}2[.)])|(?s:^\s*[-*\x{2022}] .*\n\s*[-*\x{2022}] )"
    r"|(?s:\bpersona #?1\b.*\bpersona #?2\b)|\n\W*or\W*\n"
)

_TEXT = r"(?:text|article|passage|excerpt|paragraph|blog post|web ?page|transcript|document|essay|news story)"
_READ = r"(?:interested in|of interest in|reads?|reading|wr[io]te|written|writing|created)"
_SHOWS = (
    r"(?:is (?:written|likely|clearly|about|structured|presented|intended)|suggests?|mentions|includes|provides"
    r"|discusses|describes|focuses|covers|appears|seems|also)"
)
_TRAIT = (
    r"(?:mention|inclusion|references?|writing|tone|text|level of detail|detailed|simplistic|formal|in-depth|clear and"
    r"|depth of|range of|(?:extensive )?list of)"
)
_SOURCE_LEAK = "|".join(
    (
        rf"(?i)\bthis (?:{_TEXT}|piece (?:\w+ly )?(?:piqued|is|was|caught|made|resonat\w+|explores|discusses))\b",
        r"\bthe input persona\b|\bas the text\b",
        rf"\b(?:above|given|provided|input|source|following|preceding) {_TEXT}\b|\b{_TEXT} (?:above|below|provided)\b",
        rf"\bthe {_TEXT}(?:{_APOSTROPHE}s)? {_SHOWS}\b|\b{_READ} the {_TEXT}\b|\bthe author of the {_TEXT}\b",
        r"\b(?:mentioned|described|presented|provided|given|discussed|used|outlined|referenced|cited)(?: \w+)?"
        rf" (?:in|by|from) the {_TEXT}\b",
        rf"\b(?:given|as (?:evidenced|indicated|suggested|shown) by|judging by) the {_TRAIT}\b",
        r"\bbased on the (?:text|writing|tone|formal and|explanations and|level of detail)\b",
    )
)

# A full name as the subject: behind a title, or before what the person is.
_TITLE = r"(?:Prof|Professor|Dr|Mr|Mrs|Ms|Sir|Dame|Rev|Reverend|Senator|President|Judge|Captain|General)\.? "
_NAME = rf"\p{{Lu}}(?:[\pL-]|{_APOSTROPHE}\p{{Lu}})*\p{{Ll}}"
_FULL_NAME = rf"{_NAME}(?: (?:\p{{Lu}}\.|van|von|de|da|bin|al|{_NAME})){{0,3}} {_NAME}"
_IS = r"(?:, (?:an?|the|who|\p{Lu}\p{Ll}+)|,? (?:is|was) (?:an?|the|one)) "
_I_AM = rf"(?:(?:I am|I{_APOSTROPHE}m|My name is|Meet) )?"
_NAMED_SUBJECT = rf"^\W*{_I_AM}(?:(?:{_TITLE})+{_FULL_NAME}\b|{_FULL_NAME}{_IS})"
_NAMED_RELATIVE = rf"^[Tt]he (?:mother|father|wife|husband|widow|son|daughter|brother|sister) of {_FULL_NAME}\b"
_PEOPLE = (
    r"\w+ologist \w+ician \w+ographer \w*(?:maker|keeper|worker|runner|writer|designer|developer|engineer|trainer)"
    r" \w{3,}woman (?:sales|fisher|business|police|fire|crafts|chair|handy|camera)man persona"
    " accountant acrobat activist actor actress administrator advisor analyst apprentice architect archivist artist"
    " assistant astronaut astronomer athlete attendant attorney author baker banker barber barista baritone bartender"
    " benefactor biochemist biostatistician blogger bookbinder boxer boyfriend breeder broker builder butcher captain"
    " caregiver carpenter cashier cellist champion chef chemist choreographer classmate cleaner clerk coach collector"
    " columnist comedian commander composer conductor conservationist consultant contractor controller coordinator"
    " counselor couple courier cousin creator critic curator cyclist dad dancer daughter dentist detective director"
    " dispatcher diver doctor driver drummer economist editor electrician employee entrepreneur executive expert"
    " explorer fan farmer father firefighter florist gamer gardener geek geneticist girl girlfriend grandfather"
    " grandmother grandparent guitarist gymnast hacker hairdresser herbalist hiker historian homeowner hunter husband"
    " illustrator immigrant individual influencer inspector instructor intern inventor investor janitor jeweler"
    " journalist judge lawyer leader lecturer librarian magician manager mathematician mayor mechanic medalist mentor"
    " midwife modder mom musician navigator neighbor novelist nurse nutritionist officer operator optometrist"
    " organizer owner painter pastor pathologist performer pharmacist photographer physicist pianist pilot pitmaster"
    " player plumber podcaster poet politician potter priest principal producer professional professor programmer"
    " protagonist psychiatrist publisher ranger realtor receptionist recruiter referee refugee reporter representative"
    " researcher retiree rival roaster sailor scholar scientist screenwriter sculptor secretary sergeant sibling"
    " singer sister soldier songwriter soprano specialist spokesperson stepfather strategist streamer student"
    " superintendent supervisor supplier surfer surgeon swimmer tailor teacher technician teenager therapist toymaker"
    " trader translator traveler tutor umpire veteran veterinarian violinist vlogger volunteer waiter waitress wife"
    " winemaker youtuber"
).replace(" ", "|")
_AFTER = (
    r"to|and|with|on|about|as|by|from|into|during|through|when|while|after|before|because|since|but|so|if|is|was|has"
    r"|does|via|without|regarding|against|towards?|throughout|across|in (?:\w+ing|their|his|her)"
)
# No modifier of an unknown person: function words, and what makes somebody one of a kind ("the 13th", "the best").
_NO_MODIFIER = (
    r"the|a|an|of|and|or|in|on|to|for|by|with|from|at|as|is|are|was|who|that|which|their|his|her|its"
    r"|\d+(?:st|nd|rd|th)|first|last|only|best|greatest|youngest|oldest|most|next|average|ideal|right|same"
)


def _definite(modifier: str) -> str:
    """Somebody with "the", as a whole noun phrase: owner of something, or followed by what cannot belong to it."""
    end = rf"{_APOSTROPHE}s\b|[,.;)]|\s*$| (?:{_AFTER})\b"
    return rf"(?i)\bthe (?P<before>(?:{modifier} ){{0,3}}?)(?P<noun>{_PEOPLE})(?:{end})"


_ANOTHER = r"^\W*Another \w+"
_MAYBE_DANGLING = rf"{_ANOTHER}|{_definite('[0-9A-Za-z_&-]+')}"
# The words of an idiom: a farmer's market and a writer's block belong to nobody.
_IDIOM = re.compile(
    r" (?:market|office|block|degree|role|perspective|experience|immersion|journey|guild|union|league|club|day"
    r"|compensation)(?![\w-])"
)
# What is capitalised before a comma without being a name: "Retired Teacher, a ...".
_NOT_NAMES = re.compile(
    r"(?i)\b(?:african|american|asian|canadian|european|indian|retired|former|senior|junior|young|old|local|north|south"
    rf"|east|west|user|player|mother|parent|resident|citizen|man|woman|{_PEOPLE})\b"
)
_TITLED = re.compile(rf"^\W*(?:{_TITLE})+")
_STARTS_WITH_ANOTHER = re.compile(_ANOTHER)
_DEFINITE = re.compile(_definite(rf"(?!(?:{_NO_MODIFIER})\b)[\w&-]{{1,40}}"))
_SUBJECT = re.compile(r"[^,]{1,200}?(?=,| (?:who|whose|that|which|with)\b)")
_NAMED = re.compile(r"[A-Z][a-z]+ [A-Z][a-z]+")
_FIRST_SENTENCE = re.compile(r"[.!?]\s|\n")
_HEAD = 2_000  # characters within which a first sentence ends

_LATIN = r"\p{Latin}"
_DENSE = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}"
_DENSE_LANGUAGES = ("ja", "ko", "zh")
_DENSITY = 3  # one of these letters says about as much as three of an alphabet


@dataclass(frozen=True)
class Quality:
    """`text` in, the same rows and `reject` out: the first of RULES that takes a description, or null.

    Args:
        language: "ar", "el", "he", "hi", "ja", "ko", "ru", "th", "zh" by their script (so Ukrainian counts as
            "ru", Persian as "ar", and Japanese in Chinese characters alone as "zh"); "de", "en", "es", "fr",
            "it", "nl", "pt", "sv" by the Latin script and common words: a text stays if it has at least half as
            many of this language as of any other of the eight, or hardly any at all. None lets every language
            through. The rules for leaks, names and references read English; those for form read any language.
        min_words: words as personahub.text.words counts them, so Chinese and Japanese by character.

    Raises UsageError for a language that is not one of these.
    """

    language: str | None = None
    min_words: int = MIN_WORDS
    max_words: int = MAX_WORDS

    def __post_init__(self) -> None:
        known = sorted({*SCRIPTS, *STOP_WORDS})
        if self.language is not None and self.language not in known:
            raise UsageError(f"language {self.language!r} is not known; choose one of {', '.join(known)}")

    def __call__(self, rows: pa.RecordBatch) -> pa.RecordBatch:
        texts = pc.utf8_normalize(texts_of(rows), form="NFC")
        long = pc.count_substring_regex(texts, _WORD)
        taken = {
            "refusal": _matches(texts, _REFUSAL),
            "not_a_persona": _matches(texts, _NOT_A_PERSONA),
            "too_short": pc.less(long, self.min_words),
            "too_long": pc.greater(long, self.max_words),
            "wrong_language": _foreign(texts, self.language),
            "source_leak": _matches(texts, _SOURCE_LEAK),
            "real_person": pc.or_(_matches(texts, _NAMED_RELATIVE), _confirmed(texts, _NAMED_SUBJECT, _is_named)),
            "dangling_reference": _confirmed(texts, _MAYBE_DANGLING, _dangles),
        }
        reasons = pa.nulls(len(texts), pa.string())
        for name in reversed(list(RULES)):
            reasons = pc.if_else(taken[name], name, reasons)
        return with_reasons(rows, reasons)


def _matches(texts: pa.Array, pattern: str) -> pa.Array:
    return pc.match_substring_regex(texts, pattern)


def _confirmed(texts: pa.Array, pattern: str, judge: Callable[[str], bool]) -> pa.Array:
    """Rows that match the pattern and that `judge`, which sees only those, takes as well."""
    places = np.flatnonzero(_matches(texts, pattern).to_numpy(zero_copy_only=False))
    mask = np.zeros(len(texts), bool)
    mask[places] = [judge(text) for text in texts.take(pa.array(places)).to_pylist()]
    return pa.array(mask)


def _is_named(text: str) -> bool:
    """Whether what stands before the comma is no role ("Retired Teacher, a ..."); a title is one, and goes first."""
    subject = re.split(r",| (?:is|was|of) ", _TITLED.sub("", text[:_HEAD]), maxsplit=1)[0]
    return not _NOT_NAMES.search(subject)


def _dangles(text: str) -> bool:
    """Whether the first sentence leans on "the" somebody of whom nothing was said before.

    Only the first: in a later one "the engineer" is most often the persona. Told apart from an honest
    "the" by what follows ("the founder of", "the teacher who"), by a word that makes it one of a kind
    ("the first"), and by the same word or a full name before it ("helps a farmer ... the farmer"). The
    subject does not count: "an engineer who assists the engineer" speaks of two.
    """
    head = _FIRST_SENTENCE.split(text[:_HEAD], maxsplit=1)[0]
    if _STARTS_WITH_ANOTHER.match(head):
        return True
    subject = _SUBJECT.match(head)
    told_from = subject.end() if subject else 0
    return any(_is_unknown(found, head[told_from : found.start()]) for found in _DEFINITE.finditer(head, 1))


def _is_unknown(found: re.Match[str], told: str) -> bool:
    noun = found["noun"]
    known = noun.casefold() in words(told) or noun.istitle() or _NAMED.search(told)
    return not known and not _IDIOM.match(found.string, found.end())


def _foreign(texts: pa.Array, language: str | None) -> pa.Array:
    if language is None:
        return pa.array(np.zeros(len(texts), bool))
    own = count(texts, f"[{SCRIPTS.get(language, _LATIN)}]") * (_DENSITY if language in _DENSE_LANGUAGES else 1)
    foreign = own * 2 < count(texts, r"\pL") + (_DENSITY - 1) * count(texts, f"[{_DENSE}]")
    if language in STOP_WORDS:
        hits = common_words(texts)
        best = np.max([count for name, count in hits.items() if name != language], axis=0)
        foreign |= (best >= 2) & (best > 2 * hits[language])
    return pa.array(foreign)
