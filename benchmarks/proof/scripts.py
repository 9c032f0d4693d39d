"""Records in many scripts and of 0 to 200 words, with copies planted that differ in a known number of words or only in
how they are written: case, composed and decomposed characters, separators, order.
"""

import random
import unicodedata
from bisect import bisect
from itertools import accumulate

LARGEST = 200
_SYLLABLES = (
    "ba ce di fo gu ka le mi no pu ra se ti vo wu xa ye zi",  # Latin
    "\u00e9 \u00fc \u00f1a \u00e5 \u0151 \u0219i \u1ec7 \u01d8 c\u0327a z\u030ca \u1e69 q\u0323\u0307",  # with marks
    "stra\u00dfe gro\u00df \u1e9ee \u0130z \u0131\u015f \u0130\u0131 \ufb01n \ufb03e \u0149a \u01c6i \u017fa",  # fold
    "\u03b1\u03c3 \u03bf\u03c2 \u03a3\u03b1 \u1fb3 \u0390 \u03c9\u0301 \u1f80\u03bd \u03b8\u03b5",  # Greek
    "\u0434\u0430 \u0439 \u0438\u0306 \u0451\u0436 \u043d\u043e \u0456\u0457 \u0491",  # Cyrillic
    "\u0643\u062a \u0628\u064e \u0627\u0653 \u0645\u064f \u0644\u0627 \u0640 \u0646\u064b \u0661\u0662",  # Arabic
    "\u05e9\u05c1 \u05d0\u05b7 \u05dc\u05d5 \u05dd \ufb2a",  # Hebrew
    "\u0915\u093f \u0928\u094d \u0958 \u0915\u093c \u092e\u093e \u0967",  # Devanagari
    "\u0e01\u0e49 \u0e32 \u0e44\u0e17 \u0e22",  # Thai
    "\uac00 \ub098\u11a8 \u1100\u1161 \ud55c \u1112\u1161\u11ab",  # Hangul, and letters that make it
    "\u4e2d \u56fd \u4eba \u6587 \uf900 \u8c48 \u3400 \u9f8d \u5b66 \u751f",  # Chinese: each a word
    "\u304b\u3099 \u304c \u30f3 \u30fc \u30ab\u309a \u3042 \u30c8",  # Japanese
    "\uff21 \uff42 \uff11 \U0001d504 \U00010400 \u212b \u2126 \u00b5 \u00b2",  # wide, mathematical, signs
    "o'n d\u2019a l'e rock'n'ro x_y a'",  # apostrophes
    "0 1 2 3 4 5 6 7 8 9",
)
_BETWEEN = (
    " ",
    " ",
    " ",
    " ",
    ", ",
    "\n",
    " - ",
    " \U0001f600 ",
    " \U0001f468\u200d\U0001f469\u200d\U0001f467 ",
    "\t",
    "_",
    "; ",
)
_NO_WORDS = ("", " ", "!!!", "\U0001f600\U0001f389", "\u0301\u0323", "___", "\u200d\ufeff", "\u2014 \u2026", "\u064b")
_KNOWN = 2_500  # words of a script
_COPY, _NOTHING = 0.4, 0.01  # share of the records
_THRESHOLDS = (0.68, 0.7, 0.72, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0)


def records(rows: int, seed: int = 1) -> list[str]:
    dice = random.Random(seed)
    known = [_vocabulary(dice, syllables.split()) for syllables in _SYLLABLES]
    # the n-th word is as likely as 1 / n
    ladder = list(accumulate(1 / rank for rank in range(1, _KNOWN + 1)))
    made: list[list[str]] = []
    texts: list[str] = []
    while len(texts) < rows:
        if dice.random() < _NOTHING:
            texts.append(dice.choice(_NO_WORDS))
            continue
        if made and dice.random() < _COPY:
            told = _edited(dice, dice.choice(made), known, ladder)
        else:
            told = _drawn(dice, round(LARGEST ** dice.random()), dice.choices(known, k=dice.choice((1, 1, 2))), ladder)
        made.append(told)
        texts.append(_written(dice, told))
    return texts


def _vocabulary(dice: random.Random, syllables: list[str]) -> list[str]:
    return ["".join(dice.choices(syllables, k=dice.choice((1, 2, 3, 3, 4, 5)))) for _ in range(_KNOWN)]


def _drawn(dice: random.Random, count: int, known: list[list[str]], ladder: list[float]) -> list[str]:
    """So many different words, and now and then one of them again."""
    found: dict[str, None] = {}
    while len(found) < count:
        found[dice.choice(known)[bisect(ladder, dice.random() * ladder[-1])]] = None
    return [*found, *dice.choices(list(found), k=count // 20)] if found else []


def _edited(dice: random.Random, told: list[str], known: list[list[str]], ladder: list[float]) -> list[str]:
    """A copy about as similar as one of the thresholds: words taken away, others put in their place or elsewhere."""
    similar = dice.choice(_THRESHOLDS)
    edits = max(round(2 * len(told) * (1 - similar) / (1 + similar)) + dice.choice((-1, 0, 0, 1)), 0)
    gone = dice.choice((0, edits // 2, edits, dice.randint(0, edits)))
    places = set(dice.sample(range(len(told)), min(gone, len(told) - 1)))
    copy = [word for place, word in enumerate(told) if place not in places]
    where = dice.randint(0, len(copy))
    copy[where:where] = _drawn(dice, min(edits - gone, LARGEST - len(copy)), [dice.choice(known)], ladder)
    if dice.random() < 0.3:
        dice.shuffle(copy)
    return copy


def _written(dice: random.Random, told: list[str]) -> str:
    way, between = dice.random(), dice.choice(_BETWEEN)
    text = "".join(word + (between if dice.random() < 0.7 else dice.choice(_BETWEEN)) for word in told)
    if way < 0.15:
        text = unicodedata.normalize("NFD", text)
    elif way < 0.3:
        text = unicodedata.normalize("NFC", text)
    return text.upper() if way > 0.9 else text.title() if way > 0.8 else text
