"""What language a text is in, as far as a persona's description needs to know."""

import re
from collections import Counter
from functools import cache

from personahub.models.offline.vocabulary import phrases

LOOKED_AT = 600  # characters
_SURE = 0.12  # share of the words that are among a language's commonest

_SCRIPTS = (
    ("Japanese", re.compile("[\u3040-\u30ff]")),
    ("Korean", re.compile("[\uac00-\ud7af]")),
    ("Chinese", re.compile("[\u4e00-\u9fff]")),
    ("Ukrainian", re.compile("[\u0456\u0457\u0454\u0491]")),
    ("Russian", re.compile("[\u0400-\u04ff]")),
    ("Greek", re.compile("[\u0370-\u03ff]")),
    ("Persian", re.compile("[\u067e\u0686\u06af\u06cc]")),
    ("Arabic", re.compile("[\u0600-\u06ff]")),
    ("Hebrew", re.compile("[\u0590-\u05ff]")),
    ("Hindi", re.compile("[\u0900-\u097f]")),
    ("Bengali", re.compile("[\u0980-\u09ff]")),
    ("Tamil", re.compile("[\u0b80-\u0bff]")),
    ("Thai", re.compile("[\u0e00-\u0e7f]")),
    ("Georgian", re.compile("[\u10a0-\u10ff]")),
    ("Armenian", re.compile("[\u0530-\u058f]")),
)
_WORD = re.compile(r"[^\W\d_]+")


def language(text: str) -> str | None:
    """Its English name, by script and commonest words; None where that settles nothing."""
    head = text[:LOOKED_AT]
    letters = sum(map(str.isalpha, head))
    for name, script in () if head.isascii() else _SCRIPTS:
        if letters and len(script.findall(head)) > letters * (0.02 if name in ("Ukrainian", "Persian") else 0.2):
            return name
    counts = Counter(_WORD.findall(head.lower()))
    hits = {name: sum([counts[word] for word in words if word in counts]) for name, words in _commonest().items()}
    best = max(hits, key=lambda name: hits[name])
    return best if hits[best] >= 2 and hits[best] > _SURE * counts.total() else None


@cache
def _commonest() -> dict[str, list[str]]:
    return {name: said.split() for name, (said,) in phrases("languages")["commonest"].items()}
