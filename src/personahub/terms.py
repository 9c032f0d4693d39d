"""What people type to search: words that must all be there, "phrases", beginnings*, this OR that, -what must not be.

Words are runs of letters and digits; case does not count, nor do accents on Latin letters. What is written without
spaces (Chinese, Japanese, Thai, ...) is looked for as it stands, anywhere.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from personahub.errors import UsageError
from personahub.text import printable

LONGEST = 2000  # characters of a search
MOST = 50  # terms of it
SHORTEST = 2  # letters of a beginning: one letter stands for a large part of all words

WORD, PHRASE, BEGINNING, PART, EITHER = "word", "phrase", "beginning", "part", "either"
OR = "OR"

# Scripts that put no space between words.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
_MARKS = (
    "\u0300-\u036f\u0900-\u0903\u093a-\u094f\u0981-\u0983\u09bc-\u09cd\u0b82\u0bbe-\u0bcd\u0610-\u061a\u064b-\u065f"
)
_PART = re.compile(rf"[{_UNSPACED}]+")
_WORD = re.compile(rf"(?:(?![{_UNSPACED}])[^\W_]|[{_MARKS}])+")
_PIECE = re.compile(rf"[{_UNSPACED}]+|(?:(?![{_UNSPACED}])[^\W_]|[{_MARKS}])+")
_TYPED = re.compile(r'(-?)(?:"([^"]*)"|([^\s"]+))(\S?)')


@dataclass(frozen=True, slots=True)
class Term:
    """Args:
    kind: word | phrase | beginning | part, which is looked for as it stands | either.
    said: the word, the words of a phrase with a space between, the letters of a beginning, or the part.
    out: what has it is no hit.
    either: of several words, phrases and beginnings one must be there.
    """

    kind: str
    said: str
    out: bool = False
    either: "tuple[Term, ...]" = ()

    @property
    def each(self) -> "tuple[Term, ...]":
        """What is looked for, one by one."""
        return self.either or (self,)


def terms(query: str) -> tuple[Term, ...]:
    """What is searched for; UsageError where it cannot be told, with the place."""
    if len(query) > LONGEST:
        raise UsageError(f"query has {len(query):,} characters, and {LONGEST:,} are the most: shorten it")
    if query != printable(query) or any("\ud800" <= character <= "\udfff" for character in query):
        raise UsageError(f"query holds control characters: {printable(query[:80])!r}")
    found = tuple(dict.fromkeys(_joined(_read(query))))
    if (count := sum(len(term.each) for term in found)) > MOST:
        raise UsageError(f"query has {count} terms, and {MOST} are the most")
    if not any(not term.out for term in found):
        raise UsageError(f'query {query[:80]!r} names nothing to look for: give a word, a "phrase" or a beginn*')
    return found


def _joined(read: Iterator[Term | None]) -> Iterator[Term]:
    """Terms between which OR stands as one; one at the end waits for what is still to be typed."""
    several: list[Term] = []
    joins = False
    for one in read:
        if one is None:
            if joins or not several:
                raise UsageError(f'query has an {OR} that stands not between two terms; the word itself is "{OR}"')
            joins = True
            continue
        if several and not joins:
            yield _either(several)
            several = []
        several.append(one)
        joins = False
    if several:
        yield _either(several)


def _either(several: Sequence[Term]) -> Term:
    if len(several) == 1:
        return several[0]
    if odd := next((one for one in several if one.out or one.kind == PART), None):
        raise UsageError(f"query has {odd.said!r} beside an {OR}, which joins words, phrases and beginnings only")
    return Term(EITHER, f" {OR} ".join(one.said for one in several), either=tuple(several))


def _read(query: str) -> Iterator[Term | None]:
    """Terms as they are typed; None for each OR."""
    place = 0
    while place < len(query):
        if query[place].isspace():
            place += 1
            continue
        typed = _TYPED.match(query, place)
        if typed is None:
            raise UsageError(f"query has a quote that is not closed, at character {place + 1}: {query[place:][:40]}")
        out, phrase, word, after = typed.groups()
        if phrase is not None and after:
            raise UsageError(f"query has no space after the phrase at character {place + 1}: {query[place:][:40]}")
        said = phrase if phrase is not None else word
        if word == OR and not out:
            yield None
        else:
            yield from _meant(said, bool(out), query, place, phrase=phrase is not None)
        place = typed.end() if phrase is not None else typed.end(3)


def _meant(said: str, out: bool, query: str, place: int, *, phrase: bool) -> Iterator[Term]:
    open_end = not phrase and said.endswith("*")
    pieces = _PIECE.findall(said.rstrip("*") if open_end else said)
    at = f"at character {place + 1}: {query[place:][:40]}"
    if not pieces:
        raise UsageError(f"query has nothing to look for {at}")
    if "*" in said[:-1] and not phrase:
        raise UsageError(f"query has a * inside a word, and it goes at the end, {at}")
    if phrase and any(map(_PART.fullmatch, pieces)):
        yield Term(PART, said.strip(), out)
        return
    runs = [piece for piece in pieces if _PART.fullmatch(piece)]
    words = [piece for piece in pieces if not _PART.fullmatch(piece)]
    if out and len(runs) + bool(words) > 1:
        yield Term(PART, said.rstrip("*"), out)
        return
    yield from (Term(PART, run, out) for run in runs)
    if open_end and words and pieces[-1] == words[-1]:
        if len(words[-1]) < SHORTEST:
            raise UsageError(f"query has a beginning of fewer than {SHORTEST} letters, {at}")
        yield Term(BEGINNING, words.pop(), out)
    if words:
        yield Term(PHRASE if len(words) > 1 else WORD, " ".join(words), out)


def marks(text: str, wanted: Sequence[Term]) -> list[tuple[int, int]]:
    """Where in the text the terms stand that are looked for, from the first; spans in characters, which do not overlap.

    None where the text does not have them.
    """
    found: list[tuple[int, int]] = []
    words = [(match.start(), match.end(), folded(match.group())) for match in _WORD.finditer(text)]
    for term in (each for one in wanted if not one.out for each in one.each):
        found += _parts(text, term.said) if term.kind == PART else _words(words, term)
    return _apart(sorted(found))


def has(text: str, term: Term) -> bool:
    """Whether the term stands in the text."""
    return bool(marks(text, [replace(term, out=False)]))


def folded(word: str) -> str:
    """The form in which words are compared: in lower case, without accents."""
    plain = unicodedata.normalize("NFKD", word).casefold()
    return "".join(character for character in plain if not "\u0300" <= character <= "\u036f")


def words_of(text: str) -> list[str]:
    """The words of a text that has spaces between them, as they stand there."""
    return _WORD.findall(text)


def _parts(text: str, said: str) -> Iterator[tuple[int, int]]:
    place = text.find(said)
    while place >= 0:
        yield place, place + len(said)
        place = text.find(said, place + len(said))


def _words(words: Sequence[tuple[int, int, str]], term: Term) -> Iterator[tuple[int, int]]:
    wanted = [folded(word) for word in term.said.split(" ")]
    for place in range(len(words) - len(wanted) + 1):
        some = [word for _, _, word in words[place : place + len(wanted)]]
        if some == wanted or (term.kind == BEGINNING and some[0].startswith(wanted[0])):
            yield words[place][0], words[place + len(wanted) - 1][1]


def _apart(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
