"""Texts in portions that an endpoint takes: how many, how large, and what to make of a refusal."""

import re
from collections.abc import Iterator, Sequence

MOST_TEXTS = 128  # in a request, until the endpoint takes fewer; TEI takes 32 where it is not told otherwise
MOST_BYTES = 1 << 18  # in a request: OpenAI takes 300,000 tokens, and a token has a byte at least
LEAST_CHARS = 32  # a text that is refused at this length is not refused for it
_SHORTER = 0.7  # of a refused text that is tried next, where the endpoint does not say how much is too much
_SURELY = 0.95  # of what it says it takes, as characters are not spread evenly over tokens
_BELIEVED = 0.005  # of a text, that may be what is taken; less is a number of something else
_COUNTED = re.compile(r"batch size|too many (?:inputs|texts)|number of inputs|array too long", re.IGNORECASE)
_NUMBER = re.compile(r"\d+")


class Portions:
    """What is known of an endpoint's limits, learned from what it refuses."""

    def __init__(self) -> None:
        self.most = MOST_TEXTS
        self._too_long = 1 << 62  # characters, the fewest that were refused in a text alone

    def of(self, texts: Sequence[str]) -> Iterator[Sequence[str]]:
        """All of them, in portions; one that will be refused for its length keeps no others from their vectors."""
        some: list[str] = []
        held = 0
        for text in texts:
            size = len(text.encode("utf-8", "replace"))
            alone = len(text) >= self._too_long
            if some and (alone or len(some) >= self.most or held + size > MOST_BYTES):
                yield some
                some, held = [], 0
            some.append(text)
            held += MOST_BYTES if alone else size
        if some:
            yield some

    def refused(self, count: int, words: str) -> None:
        """Learn from the refusal of several texts; what is not about their number is found out by halves."""
        if _COUNTED.search(words):
            least = [number for number in _numbers(words) if 0 < number < count]
            self.most = min(self.most, max(least, default=count // 2))

    def halves_taken(self, count: int) -> None:
        """So many were too many, while each half of them was not."""
        self.most = min(self.most, max(1, count // 2))

    def shorter(self, text: str, words: str) -> str:
        """The beginning of a text that was refused alone; "" where its length cannot be why."""
        self._too_long = min(self._too_long, len(text)) if len(text) > LEAST_CHARS else self._too_long
        if len(text) <= LEAST_CHARS:
            return ""
        *_, taken, given = (0, 0, *sorted(set(_numbers(words))))  # "less than 512 tokens. Given: 600"
        share = taken / given * _SURELY if taken > given * _BELIEVED else _SHORTER
        return text[: max(LEAST_CHARS, int(len(text) * share))]


def _numbers(words: str) -> list[int]:
    return [int(number) for number in _NUMBER.findall(words) if len(number) < 9]
