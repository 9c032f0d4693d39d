"""How much of the memory goes to what, and into how many partitions rows are laid."""

from dataclasses import dataclass

_PER_SUM = 24  # bits of a filter for each set, where memory allows
_PER_KEY = 16  # and for each key
_SUMS, _SEEN = 0.6, 0.5  # of the memory, for the filter of sums and, before it is made, for that of keys
_TWICE = 8  # times smaller is the filter of keys that come again
_LOADED = 80  # bytes for a row of a partition while it is joined, its tables included
_PARTITION = 1 << 20  # rows: a partition and its tables stay near the processor's caches
_STAGED = 96  # bytes for a row on its way to the disk, of which two kinds are under way at one time
_BLOCK, _SHORTEST = 1 << 11, 1 << 7  # rows of a block, where memory allows and where it does not
_LEAST, _MOST = 1 << 10, 1 << 19  # rows on their way, of one thread; more where blocks would be short


@dataclass(frozen=True)
class Layout:
    """Follows from the memory, and changes no result.

    Args:
        bits: logarithm of the number of partitions.
        key_bits: of the number of those that keys are laid into.
        staged: rows that one thread holds before it writes.
        singles: 64-bit words of the filter of sums.
        seen: of the filter of keys.
        twice: of the filter of keys that come again.
    """

    bits: int
    key_bits: int
    staged: int
    singles: int
    seen: int
    twice: int

    @classmethod
    def of(cls, rows: int, keys: int, memory: int, workers: int) -> "Layout":
        most = max(min(memory // 4 // (workers * _LOADED), _PARTITION), _LEAST)
        bits, key_bits = (max((max(count - 1, 1) // most).bit_length(), 1) for count in (rows, keys))
        staged = min(memory // 8 // (workers * _STAGED), max(_MOST, _BLOCK << bits))
        staged = max(staged, _LEAST, _SHORTEST << max(bits, key_bits))
        singles = min(rows * _PER_SUM // 64, int(memory * _SUMS) // 8) + 1
        seen = min(keys * _PER_KEY // 64, int(memory * _SEEN) // 8) + 1
        return cls(bits, key_bits, staged, singles, seen, seen // _TWICE + 1)
