"""Languages by their script and their commonest words."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

SCRIPTS = {
    "ar": r"\p{Arabic}",
    "el": r"\p{Greek}",
    "he": r"\p{Hebrew}",
    "hi": r"\p{Devanagari}",
    "ja": r"\p{Han}\p{Hiragana}\p{Katakana}",
    "ko": r"\p{Hangul}\p{Han}",
    "ru": r"\p{Cyrillic}",
    "th": r"\p{Thai}",
    "zh": r"\p{Han}",
}
STOP_WORDS = {
    "de": "der die das und ein eine einen einem einer mit von im auf den dem des ist sich f\u00fcr seit aus nicht zu",
    "en": "a an the and of in on with to for who that is are his her their by from at as has have i i'm my",
    "es": "el la los las un una y de del en con que por para su es al se como",
    "fr": "le la les un une et de des du en dans avec qui pour par sur est son sa ses au aux d'un d'une",
    "it": "il lo la i gli le un una e di del della dei nel con che per sul sua suo alla in",
    "nl": "de het een en van met voor die op is zijn haar door als aan bij naar te",
    "pt": "o a os as um uma e de do da dos das em no na com que por para seu sua pela pelo",
    "sv": "en ett och av i med som f\u00f6r till har den det om att sin",
}
_OWN = {"ja": r"\p{Hiragana}\p{Katakana}", "ko": r"\p{Hangul}"}  # what no other language of the list is written in
_SHARE = 0.3  # of the letters: names and terms in other scripts stand in every text
_LEAST = 2  # common words

Counts = npt.NDArray[np.int64]


def count(texts: pa.Array, pattern: str) -> Counts:
    """How often a pattern is found in each text."""
    counts: Counts = pc.count_substring_regex(texts, pattern).to_numpy(zero_copy_only=False).astype(np.int64)
    return counts


def common_words(texts: pa.Array) -> dict[str, Counts]:
    """How many of the commonest words of each language are in each text."""
    return {name: count(texts, rf"(?i)\b(?:{stop.replace(' ', '|')})\b") for name, stop in STOP_WORDS.items()}


def languages(texts: pa.Array) -> tuple[pa.Array, npt.NDArray[np.float32]]:
    """The code of each text's language, null where nothing tells, and how sure that is, from 0 to 1."""
    names = list(STOP_WORDS)
    hits = np.stack(list(common_words(texts).values()), axis=1)
    best = hits.argmax(axis=1)
    first = hits[np.arange(len(hits)), best]
    second = np.sort(hits, axis=1)[:, -2] if len(hits) else first
    sure = np.where(first >= _LEAST, 0.5 + 0.5 * (first - second) / np.maximum(first, 1), 0).astype(np.float32)
    codes = np.array([*names, *SCRIPTS], object)[best]
    foreign = np.flatnonzero(count(texts, r"[^\p{Latin}\pN\pP\pS\pZ\s]"))
    some = texts.take(pa.array(foreign))
    letters = np.maximum(count(some, r"\pL"), 1)
    for code in [*sorted(SCRIPTS.keys() - _OWN.keys()), *_OWN]:  # the latter last: they share letters with the former
        share = count(some, f"[{_OWN.get(code, SCRIPTS[code])}]") / letters
        mine = foreign[share >= _SHARE]
        codes[mine], sure[mine] = code, 0.95
    return pa.array(np.where(sure > 0, codes, None), pa.string()), sure
