"""One normal form, one content id, words, sentences: what every other file means by them."""

import re
import unicodedata
from collections.abc import Iterator
from hashlib import blake2b
from itertools import pairwise

ID_BYTES = 16  # 128 bits: two of a billion ids agree by chance once in 10^20

UNSPACED = r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"  # written without spaces: a character, a word
# Letters and digits of any script, with apostrophes between them.
_WORD = re.compile(rf"{UNSPACED}|[^\W_]+(?:['\u2019][^\W_]+)*")
# A sentence ends at . ! ? (closing quotes allowed) before a space, at their full-width forms, or at a blank line.
_SENTENCE_END = re.compile(r"[.!?]+[\"')\]\u201d\u2019]*(?=\s)|[\u3002\uff01\uff1f]+|\n\s*\n")
_ENDS = (".", "!", "?", "\u2026", "\u3002", "\uff01", "\uff1f")
# C0, DEL, C1, bidirectional overrides and isolates: they move a terminal's cursor or reverse what it shows.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def normal(text: str) -> str:
    """The form in which two persona texts are compared: NFC, single spaces, no space at the ends."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def content_id(*fields: str) -> str:
    """32 hexadecimal digits that name these fields, in this order.

    BLAKE2b and not a faster hash: texts come from strangers, who must not be able to make two agree.
    """
    parts: list[bytes] = []
    for value in fields:
        data = value.encode("utf-8", "surrogatepass")
        parts += len(data).to_bytes(8, "little"), data
    return blake2b(b"".join(parts), digest_size=ID_BYTES).hexdigest()


def words(text: str) -> list[str]:
    """Case-folded words; Chinese and Japanese by character."""
    return _WORD.findall(unicodedata.normalize("NFC", text).casefold())


def spans(text: str, max_chars: int) -> Iterator[tuple[int, int]]:
    """Cuts of at most `max_chars` characters that end where sentences do; together they are the text.

    A sentence longer than `max_chars` is cut at a space, or failing that in the middle of a word.
    """
    if len(text) <= max_chars:
        yield 0, len(text)
        return
    start = 0
    ends = [match.end() for match in _SENTENCE_END.finditer(text)] + [len(text)]
    for end, following in pairwise([*ends, len(text) + max_chars + 1]):
        while end - start > max_chars:
            cut = text.rfind(" ", start + 1, start + max_chars) + 1 or start + max_chars
            yield start, cut
            start = cut
        if following - start > max_chars and end > start:
            yield start, end
            start = end


def sentence(said: str) -> str:
    """With a full stop at its end, where none and no other mark stands there that ends a sentence."""
    said = said.rstrip()
    return said if said.endswith(_ENDS) else f"{said}."


def printable(text: str) -> str:
    """The text with every character that could command a terminal shown as \ufffd."""
    return _UNPRINTABLE.sub("\ufffd", text)
