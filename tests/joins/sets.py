"""What the join must find, by comparing every text with every other."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import pyarrow as pa

from personahub.joins.found import Found
from personahub.joins.near import Near
from personahub.text import words

Equal = list[tuple[int, int]]
Pairs = list[tuple[int, int, int, int]]


def grams(text: str, ngram: int) -> frozenset[tuple[str, ...]]:
    found = words(text)
    size = min(ngram, len(found)) or 1
    return frozenset(tuple(found[n : n + size]) for n in range(len(found) - size + 1)) if found else frozenset()


def compared(texts: list[str], threshold: str, ngram: int = 1) -> tuple[Equal, Pairs]:
    least = Fraction(threshold)
    sets = [grams(text, ngram) for text in texts]
    first: dict[frozenset[tuple[str, ...]], int] = {}
    equal = []
    for number, found in enumerate(sets):
        if found and first.setdefault(found, number) != number:
            equal.append((number, first[found]))
    stay = sorted(first.values())
    pairs = []
    for place, one in enumerate(stay):
        for two in stay[place + 1 :]:
            shared, either = len(sets[one] & sets[two]), len(sets[one] | sets[two])
            if shared >= least * either:
                pairs.append((one, two, shared, either))
    return equal, pairs


def parts_of(texts: list[str], size: int, kind: pa.DataType | None = None) -> Callable[[], Iterator[pa.Array]]:
    def parts() -> Iterator[pa.Array]:
        for start in range(0, len(texts), size):
            yield pa.array(texts[start : start + size], kind or pa.string())

    return parts


def told(found: Found) -> tuple[Equal, Pairs]:
    equal = [tuple(row.values()) for batch in found.equal() for row in batch.to_pylist()]
    pairs = [tuple(row.values()) for batch in found.pairs() for row in batch.to_pylist()]
    return equal, pairs


def joined(near: Near, texts: list[str], folder: Path, part: int = 50) -> tuple[Equal, Pairs]:
    found = near(parts_of(texts, part), rows=len(texts), folder=folder)
    try:
        return told(found)
    finally:
        found.remove()
