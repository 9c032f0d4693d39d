"""The contract of a stage, how a row leaves with its reason, and the word n-grams that stages compare."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import chain
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from personahub.text import words

_SLICE = 8_192  # texts whose words are held as Python strings at one time
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio, odd: spreads neighbours apart


class Stage(Protocol):
    """Columns to columns, pure: no model, no disk, no clock, no dice.

    A stage is a frozen dataclass: its fields are its settings and its repr is its fingerprint.
    """

    def __call__(self, rows: pa.RecordBatch) -> pa.RecordBatch: ...


@dataclass(frozen=True, slots=True)
class Grams:
    """The word n-grams of some texts: those of text i are `hashes[offsets[i] : offsets[i + 1]]`.

    `hashes` is uint64, in the order of the text and with its repetitions; `offsets` is uint64 and
    one longer than the texts. A text without words has no grams.
    """

    hashes: npt.NDArray[np.uint64]
    offsets: npt.NDArray[np.uint64]

    @property
    def counts(self) -> npt.NDArray[np.int64]:
        offsets = self.offsets.astype(np.int64)
        return offsets[1:] - offsets[:-1]


def with_reasons(rows: pa.RecordBatch, reasons: Sequence[str | None] | pa.Array) -> pa.RecordBatch:
    """The same rows with a nullable string column `reject`; a reason that a row already had stands."""
    column = reasons if isinstance(reasons, pa.Array) else pa.array(list(reasons), pa.string())
    if "reject" not in rows.schema.names:
        return rows.append_column("reject", column)
    first = pc.coalesce(rows["reject"].cast(pa.string()), column)
    return rows.set_column(rows.schema.get_field_index("reject"), pa.field("reject", pa.string()), first)


def texts_of(rows: pa.RecordBatch) -> pa.Array:
    """The column `text` as strings, null as the empty one."""
    return pc.fill_null(rows["text"].cast(pa.string()), "")


def grams(texts: pa.Array, ngram: int = 1) -> Grams:
    """Word n-grams as 64-bit hashes that are the same in every process.

    Words are personahub.text.words. A text of fewer words than `ngram` has one gram: all of its words.
    """
    pieces = [_word_hashes(texts.slice(start, _SLICE)) for start in range(0, len(texts), _SLICE)]
    hashes = np.concatenate([np.empty(0, np.uint64), *(piece for piece, _ in pieces)])
    counts = np.concatenate([np.empty(0, np.int64), *(piece for _, piece in pieces)])
    return _joined(hashes, counts, ngram)


def _word_hashes(texts: pa.Array) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    found = [words(text) for text in texts.to_pylist()]
    counts = np.fromiter(map(len, found), np.int64, len(found))
    # Each distinct word is hashed once: the words of a slice repeat some five times.
    coded = pa.array(chain.from_iterable(found), pa.string()).dictionary_encode()
    digests = b"".join(blake2b(word.encode(), digest_size=8).digest() for word in coded.dictionary.to_pylist())
    return np.frombuffer(digests, "<u8").astype(np.uint64)[coded.indices.to_numpy()], counts


def _joined(hashes: npt.NDArray[np.uint64], counts: npt.NDArray[np.int64], ngram: int) -> Grams:
    """n-grams of consecutive words: a polynomial in the words' hashes, so their order counts."""
    starts = np.concatenate([[0], np.cumsum(counts)])
    kept = np.where(counts > 0, np.maximum(counts - ngram + 1, 1), 0)
    offsets = np.concatenate([[0], np.cumsum(kept)])
    if ngram == 1:
        return Grams(hashes, offsets.astype(np.uint64))
    first = np.repeat(starts[:-1] - offsets[:-1], kept) + np.arange(offsets[-1])
    end = np.repeat(starts[1:], kept)
    value = np.zeros(len(first), np.uint64)
    for step in range(ngram):
        inside = first + step < end
        word = hashes[np.minimum(first + step, len(hashes) - 1)] if len(hashes) else value
        value = np.where(inside, value * _MULTIPLIER + word, value)
    return Grams(value, offsets.astype(np.uint64))
