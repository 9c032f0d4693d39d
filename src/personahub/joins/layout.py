"""How much of the memory goes to what, and into how many partitions rows are laid."""

from dataclasses import dataclass

_PER_SUM = 24  # bits of a filter for each set, where memory allows
_PER_KEY = 16  # and for each key
_SHARE = 0.35  # of the memory, for the largest filter
_TWICE = 8  # times smaller is the filter of keys that come again
_LOADED = 80  # bytes for a row of a partition while it is joined, its tables included
_PARTITION = 1 << 20  # rows: a partition and its tables stay near the processor's caches
_STAGED = 48  # bytes for a row on its way to the disk
_LEAST, _MOST = 1 << 10, 1 << 19  # rows on their way, of one thread


@dataclass(frozen=True)
class Layout:
    """Follows from the memory, and changes no result.

    Args:
        bits: logarithm of the number of partitions.
        staged: rows that one thread holds before it writes.
        singles: 64-bit words of the filter of sums.
        seen: of the filter of keys.
        twice: of the filter of keys that come again.
    """

    bits: int
    staged: int
    singles: int
    seen: int
    twice: int

    @classmethod
    def of(cls, rows: int, keys: int, memory: int, workers: int) -> "Layout":
        most = max(min(memory // 4 // (workers * _LOADED), _PARTITION), _LEAST)
        bits = max((max(rows - 1, 1) // most).bit_length(), 1)
        staged = min(max(memory // 8 // (workers * _STAGED), _LEAST), _MOST)
        largest = int(memory * _SHARE) // 8
        seen = min(keys * _PER_KEY // 64, largest) + 1
        return cls(bits, staged, min(rows * _PER_SUM // 64, largest) + 1, seen, seen // _TWICE + 1)
