"""Which words an answer has, which it has not, and in which language they are."""

import re

from personahub.constraints.base import Kind, several
from personahub.text import words

_NAMED = ("harbour", "ledger", "patience", "lantern", "threshold", "compass", "harvest", "margin", "bridge", "weather")
_COMMON = ("very", "really", "however", "important", "simply", "great", "always", "never", "perhaps", "actually")
_BEGINNINGS = ("To begin with,", "In short,", "Seen from here,", "First of all,", "A word before anything else:")
_ENDINGS = (
    "That is all there is to it.",
    "The rest is up to you.",
    "Ask again when this is done.",
    "And so it goes.",
    "Nothing more is needed.",
)
LANGUAGES = {
    "German": "de",
    "Spanish": "es",
    "French": "fr",
    "Italian": "it",
    "Portuguese": "pt",
    "Chinese": "zh",
    "Japanese": "ja",
}
_MARKS = " \t\r\n*_`\"'\u201c\u201d\u2019"
_ENGLISH = frozenset({"keyword", "keyword_often", "forbidden", "begins", "ends"})


def keyword(answer: str, word: str) -> str | None:
    return None if _times(answer, word) else f"the word {word!r} is not in it"


def keyword_often(answer: str, word: str, least: int) -> str | None:
    count = _times(answer, word)
    return (
        None if count >= least else f"the word {word!r} is in it {several(count, 'time')}, at least {least} asked for"
    )


def forbidden(answer: str, *banned: str) -> str | None:
    there = [word for word in banned if _times(answer, word)]
    return f"it has the forbidden {', '.join(map(repr, there))}" if there else None


def begins(answer: str, beginning: str) -> str | None:
    return None if _plain(answer).startswith(_plain(beginning)) else f"it begins {answer.strip()[:40]!r}"


def ends(answer: str, ending: str) -> str | None:
    return None if _plain(answer).endswith(_plain(ending)) else f"it ends {answer.strip()[-40:]!r}"


def question(answer: str) -> str | None:
    last = answer.rstrip(_MARKS)
    return None if last.endswith(("?", "\uff1f")) else f"it ends {answer.strip()[-40:]!r}"


def language(answer: str, wanted: str) -> str | None:
    """By script and common words, as personas are labelled."""
    import pyarrow as pa  # noqa: PLC0415 - the columns that the rules work on; other constraints need none

    from personahub.attributes.languages import languages  # noqa: PLC0415

    found, _ = languages(pa.array([answer.encode("utf-8", "replace").decode()], pa.string()))
    code = found[0].as_py()
    return None if code == LANGUAGES.get(wanted) else f"it reads as {code or 'no language that is known'}"


def _times(answer: str, word: str) -> int:
    """How often a word, or several in a row, stand in it, whatever their case."""
    wanted, there = words(word), words(answer)
    return sum(there[at : at + len(wanted)] == wanted for at in range(len(there))) if wanted else 0


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text.strip(_MARKS)).casefold()


WORDING = (
    Kind("keyword", 'Use the word "{word}".', keyword, {"word": _NAMED}),
    Kind(
        "keyword_often",
        'Use the word "{word}" at least {least} times.',
        keyword_often,
        {"word": _NAMED, "least": (2, 3)},
        frozenset({"keyword"}),
    ),
    Kind(
        "forbidden",
        'Do without the words "{one}", "{two}" and "{three}".',
        forbidden,
        {"one": _COMMON, "two": _COMMON, "three": _COMMON},
    ),
    Kind("begins", 'Begin with the words "{beginning}"', begins, {"beginning": _BEGINNINGS}),
    Kind("ends", 'End with the sentence "{ending}"', ends, {"ending": _ENDINGS}, frozenset({"question", "postscript"})),
    Kind("question", "End with a question.", question, clashes=frozenset({"postscript"})),
    Kind(
        "language",
        "Answer in {wanted}.",
        language,
        {"wanted": tuple(LANGUAGES)},
        _ENGLISH | {"postscript", "lower_case"},
    ),
)
