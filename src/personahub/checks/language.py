"""Whether a text is in a language, as far as its script and commonest words tell."""

import re
from dataclasses import dataclass

import pyarrow as pa

from personahub.attributes.languages import SCRIPTS, STOP_WORDS, languages
from personahub.checks.base import Made

LEAST = 3  # common words
_COMMON = {name: frozenset(common.split()) for name, common in STOP_WORDS.items()}
_CHINESE, _KANA = re.compile("[\u4e00-\u9fff]"), re.compile("[\u3040-\u30ff]")
_LATIN = frozenset(map(chr, range(0x250)))

KNOWN = frozenset({*SCRIPTS, *STOP_WORDS})


@dataclass(frozen=True, slots=True)
class Language:
    """Args:
    code: in ISO 639-1, such as "en".
    """

    code: str

    def __call__(self, made: Made) -> str | None:
        """Where nothing tells the language, nothing is held against a text."""
        if _plainly(made.text, self.code):
            return None
        found = languages(pa.array([made.text], pa.string()))[0][0].as_py()
        return f"it is in {found!r} and not in {self.code!r}" if found not in (None, self.code) else None


def _plainly(text: str, code: str) -> bool:
    """Whether it is in this language beyond doubt; the rules for the others cost a hundred times as much."""
    if code == "zh":
        return len(_CHINESE.findall(text)) > 0.5 * len(text) and not _KANA.search(text)
    if code not in _COMMON or sum(map(_LATIN.__contains__, text)) < 0.9 * len(text):
        return False
    said = text.lower().split()
    hits = {name: sum(word in common for word in said) for name, common in _COMMON.items()}
    return hits[code] >= LEAST and hits[code] > max(hits[name] for name in _COMMON if name != code)


def code(value: object) -> str:
    """A setting that is a language; ValueError where it is none that can be told."""
    if value not in KNOWN:
        raise ValueError(f"one of {', '.join(sorted(KNOWN))}")
    return str(value)
