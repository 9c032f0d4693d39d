"""Whether a text is in a language, as far as its script and commonest words tell."""

from dataclasses import dataclass

import pyarrow as pa

from personahub.attributes.languages import SCRIPTS, STOP_WORDS, languages
from personahub.checks.base import Made

KNOWN = frozenset({*SCRIPTS, *STOP_WORDS})


@dataclass(frozen=True, slots=True)
class Language:
    """Args:
    code: in ISO 639-1, such as "en".
    """

    code: str

    def __call__(self, made: Made) -> str | None:
        """Where nothing tells the language, nothing is held against a text."""
        found = languages(pa.array([made.text], pa.string()))[0][0].as_py()
        return f"it is in {found!r} and not in {self.code!r}" if found not in (None, self.code) else None


def code(value: object) -> str:
    """A setting that is a language; ValueError where it is none that can be told."""
    if value not in KNOWN:
        raise ValueError(f"one of {', '.join(sorted(KNOWN))}")
    return str(value)
