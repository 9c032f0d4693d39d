"""Which texts may be near duplicates: MinHash of their words, cut into bands. (paper, section 2.3)"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from personahub.errors import UsageError
from personahub.stages.base import Grams, grams, texts_of

PERMUTATIONS = 128  # paper, section 2.3
THRESHOLD = 0.9  # paper, section 2.3
MISSED = 0.001  # of the pairs exactly at the threshold: what the number of bands is chosen for
SEED = 1  # of the permutations; bands made under two seeds do not compare

_ROWS = 4_096  # digests that pass through Python integers at one time
_ALL_PAIRS = 64  # rows that share a band key up to which each is paired with each
_NEIGHBOURS = 16  # above it: how many of the rows that follow in the order of their keys
_MULTIPLIER = np.uint64(0xD6E8FEB86659FD93)  # odd, so multiplying loses no bit


@dataclass(frozen=True)
class MinHash:
    """`id` and `text` in, `id` and `bands` out: uint64 keys, one for each band, null for a text without words.

    Two texts of word n-gram Jaccard similarity s share at least one key with probability
    1 - (1 - s^r)^b, where b is `bands` and r is `rows_per_band` (Leskovec, Rajaraman, Ullman: Mining of
    Massive Datasets, 3.4). Keys only nominate: `candidates` pairs the rows and the exact similarity
    decides, so more bands cost time and never precision.

    Raises UsageError where a setting cannot be meant.
    """

    permutations: int = PERMUTATIONS
    threshold: float = THRESHOLD
    ngram: int = 1

    def __post_init__(self) -> None:
        if not 0 < self.threshold <= 1:
            raise UsageError(f"threshold is {self.threshold}; a Jaccard similarity lies above 0 and up to 1")
        if self.permutations < 1 or self.ngram < 1:
            raise UsageError("permutations and ngram count from 1")

    @property
    def rows_per_band(self) -> int:
        """The most rows (fewest candidates) that still miss at most MISSED of the pairs at the threshold; else 1."""
        for rows in range(self.permutations, 1, -1):
            if _missed(self.threshold, rows, self.permutations // rows) <= MISSED:
                return rows
        return 1

    @property
    def bands(self) -> int:
        return self.permutations // self.rows_per_band

    @property
    def miss_probability(self) -> float:
        """Of a pair exactly at the threshold; 0.00012 for 128 permutations at 0.9, which makes 16 bands of 8."""
        return _missed(self.threshold, self.rows_per_band, self.bands)

    def __call__(self, rows: pa.RecordBatch) -> pa.RecordBatch:
        found = grams(texts_of(rows), self.ngram)
        keys = pa.array(self._keys(found).reshape(-1), pa.uint64())
        wordless = pa.array(found.counts == 0)
        bands = pa.FixedSizeListArray.from_arrays(keys, self.bands, mask=wordless)
        return pa.RecordBatch.from_arrays([rows["id"], bands], names=["id", "bands"])

    def _keys(self, found: Grams) -> npt.NDArray[np.uint64]:
        keys = np.empty((len(found.counts), self.bands), np.uint64)
        for start in range(0, len(keys), _ROWS):
            offsets = found.offsets[start : start + _ROWS + 1]
            digests = _digests(found.hashes[offsets[0] : offsets[-1]], offsets - offsets[0], self.permutations)
            used = digests[:, : self.bands * self.rows_per_band].reshape(len(digests), self.bands, -1)
            keys[start : start + _ROWS] = _mixed(used)
        return keys


def candidates(bands: pa.Array | pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """Pairs of row numbers that share a band key: shape (n, 2), each once, the smaller number first, sorted.

    Rows whose keys all agree are paired with the first of them and with the one before. Of the rest,
    rows that share a key are paired each with each up to 64 of them; a larger group is laid in the
    order of all of its keys, and each row is paired with the first and with the 16 that follow. So the
    number of pairs is bounded by about 32 times the rows times the bands, whatever the texts are. A
    row whose bands are null is in no pair.
    """
    column = bands.combine_chunks() if isinstance(bands, pa.ChunkedArray) else bands
    rows = np.flatnonzero(column.is_valid().to_numpy(zero_copy_only=False))
    if len(rows) < 2:
        return np.empty((0, 2), np.int64)
    keys = column.flatten().to_numpy().reshape(len(rows), -1)
    order = np.lexsort(keys.T[::-1])
    sorted_keys = keys[order]
    fresh = np.concatenate([[True], (sorted_keys[1:] != sorted_keys[:-1]).any(axis=1)])
    # The sort is stable, so the first row of equal keys has the smallest number.
    firsts = order[np.flatnonzero(fresh)]
    equal = firsts[np.cumsum(fresh) - 1]
    before = order[np.flatnonzero(~fresh) - 1]
    codes = [_codes(equal[~fresh], order[~fresh], len(rows)), _codes(before, order[~fresh], len(rows))]
    found = _distinct(np.concatenate(codes))
    # `firsts` is in the order of all keys, which is the order in which a large group is laid.
    for band in range(keys.shape[1]):
        found = _distinct(np.concatenate([found, _in_band(firsts, keys[firsts, band], len(rows))]))
    return rows[np.stack([found // len(rows), found % len(rows)], axis=1)]


def _in_band(rows: npt.NDArray[np.int64], keys: npt.NDArray[np.uint64], total: int) -> npt.NDArray[np.int64]:
    order = np.argsort(keys, kind="stable")
    rows, keys = rows[order], keys[order]
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    sizes = np.diff(np.concatenate([starts, [len(rows)]]))
    shared = np.repeat(sizes > 1, sizes)
    first = np.repeat(starts, sizes)[shared]
    end = np.repeat(starts + sizes, sizes)[shared]
    place = np.flatnonzero(shared)
    reach = np.where(end - first > _ALL_PAIRS, _NEIGHBOURS, _ALL_PAIRS)
    codes = [_codes(rows[first], rows[place], total)[place > first]]
    for step in range(1, min(_ALL_PAIRS, int(sizes.max()))):
        near = (place + step < end) & (step <= reach)
        place, end, reach = place[near], end[near], reach[near]
        codes.append(_codes(rows[place], rows[place + step], total))
    return np.concatenate(codes)


def _codes(left: npt.NDArray[np.int64], right: npt.NDArray[np.int64], total: int) -> npt.NDArray[np.int64]:
    return np.minimum(left, right) * total + np.maximum(left, right)


def _distinct(codes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Sorted, each once; by sorting, because np.unique hashes integers, which is ten times slower on millions."""
    codes.sort()
    return codes[np.concatenate([[True], codes[1:] != codes[:-1]])] if len(codes) else codes


def _missed(similarity: float, rows: int, bands: int) -> float:
    return float((1 - similarity**rows) ** bands)


def _digests(hashes: npt.NDArray[np.uint64], offsets: npt.NDArray[np.uint64], size: int) -> npt.NDArray[np.uint32]:
    from rensa import RMinHash  # noqa: PLC0415 - compiled, loaded when a hash is asked for

    matrix = RMinHash.digest_matrix_from_flat_token_hashes(hashes, offsets, size, SEED)
    return np.array(matrix.to_rows(), np.uint32).reshape(len(offsets) - 1, size)


def _mixed(digests: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint64]:
    """One 64-bit key for the digests along the last axis; equal digests, equal keys."""
    keys = np.zeros(digests.shape[:-1], np.uint64)
    for place in range(digests.shape[-1]):
        keys = (keys ^ digests[..., place]) * _MULTIPLIER
        keys ^= keys >> np.uint64(32)
    return keys
