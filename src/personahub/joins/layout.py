"""How much of the memory goes to what, into how many partitions rows are laid, and how often the texts are read."""

from dataclasses import dataclass
from math import exp

from personahub.errors import HubError

MOST_BITS = 6  # of passes: 64 of them, 191 readings
_PER_SUM = 24  # bits of a filter for each set, where memory allows
_PER_KEY = 16  # and for each key
_SUMS, _SEEN = 0.6, 0.5  # of the memory, for the filter of sums and, before it is made, for that of keys
_TWICE = 8  # times smaller is the filter of keys that come again
_LOADED = 80  # bytes for a row of a partition while it is joined, its tables included
_PARTITION = 1 << 20  # rows: a partition and its tables stay near the processor's caches
_STAGED = 96  # bytes for a row on its way to the disk, of which two kinds are under way at one time
_BLOCK, _SHORTEST = 1 << 11, 1 << 7  # rows of a block, where memory allows and where it does not
_LEAST, _MOST = 1 << 10, 1 << 19  # rows on their way, of one thread; more where blocks would be short
_FLOOR = 1 << 26  # bytes of memory below which no limit is obeyed
_NEAR = 0.04  # of keys, how many are thought to come again; where they are more the join notices and takes more passes
_EARLY = 0.4  # of what a full filter holds by chance, what it does on the average while it is filled
_GIVEN = 2  # bytes a record of what is found, equal ones and pairs


@dataclass(frozen=True)
class Sample:
    """What a survey of the first texts foretells of all.

    Args:
        rows: texts.
        keys: that they get.
        keyed: of how many sets.
        words: of those that get keys.
        lacking: words of those that may lack one.
    """

    rows: int
    keys: int
    keyed: int
    words: int
    lacking: int


@dataclass(frozen=True)
class Layout:
    """Follows from memory and disk, and changes no result.

    Args:
        bits: logarithm of the number of partitions.
        key_bits: of the number of those that keys are laid into.
        staged: rows that one thread holds before it writes.
        singles: 64-bit words of the filter of sums.
        seen: of the filter of keys.
        twice: of the filter of keys that come again.
        halvings: logarithm of the number of passes.
        memory: bytes that it was made for.
    """

    bits: int
    key_bits: int
    staged: int
    singles: int
    seen: int
    twice: int
    halvings: int
    memory: int

    @classmethod
    def of(cls, sample: Sample, memory: int, workers: int, halvings: int) -> "Layout":
        """Raises HubError where a bit for each record is more than half of the memory."""
        rows, keys = sample.rows, sample.keys
        if rows // 8 > max(memory, _FLOOR) // 2:
            raise HubError(f"{rows:,} records need {rows // 4:,} bytes of memory at least, and may use {memory:,}")
        most = max(min(memory // 4 // (workers * _LOADED), _PARTITION), _LEAST)
        bits, key_bits = (max((max(count - 1, 1) // most).bit_length(), 1, halvings) for count in (rows, keys))
        staged = min(memory // 8 // (workers * _STAGED), max(_MOST, _BLOCK << bits))
        staged = max(staged, _LEAST, _SHORTEST << max(bits, key_bits))
        own_rows, own_keys = rows >> halvings, keys >> halvings
        free = max(memory - rows // 8, memory // 2)
        singles = min(own_rows * _PER_SUM // 64, int(free * _SUMS) // 8) + 1
        seen = min(own_keys * _PER_KEY // 64, int(free * _SEEN) // 8) + 1
        return cls(bits, key_bits, staged, singles, seen, seen // _TWICE + 1, halvings, memory)

    @property
    def passes(self) -> int:
        return 1 << self.halvings

    @property
    def readings(self) -> int:
        """Of the texts: for the sums, and what is to be compared; of several passes each reads for equal sets first."""
        return 2 if self.passes == 1 else 3 * self.passes - 1

    def disk(self, sample: Sample, segment: int) -> int:
        """Bytes that it may well take at one time, where filters are marked after so many rows of a reading."""
        rows, keys = max(sample.rows >> self.halvings, 1), sample.keys >> self.halvings
        again = _EARLY * by_chance(self.seen, keys)
        wrong = min(again + by_chance(self.twice, int(keys * (_NEAR + again))), 1)
        lacking = 24 * ((sample.lacking >> self.halvings) * by_chance(self.singles, rows) + rows * _NEAR)
        keyed = 24 * keys * min(wrong + _NEAR, 1)
        # a set is put down where any of its keys comes again
        stored = 9 * sample.words * (1 - (1 - min(wrong + _NEAR / 2, 1)) ** (keys / max(sample.keyed, 1)))
        filters = 8 * (2 * self.seen if sample.rows > segment else 0) + 8 * self.twice
        return int(16 * rows + max(lacking + keyed + stored, filters)) + _GIVEN * sample.rows


def fitting(sample: Sample, memory: int, workers: int, disk: int | None, segment: int, least: int = 0) -> Layout:
    """The fewest passes, two to the power of `least` of them at least, that the disk has room for.

    Raises HubError where the most would take too much.
    """
    for halvings in range(least, MOST_BITS + 1):
        layout = Layout.of(sample, memory, workers, halvings)
        needed = layout.disk(sample, segment)
        if disk is None or needed <= disk:
            return layout
    raise HubError(
        f"the search for near duplicates needs some {needed:,} bytes of disk, and {disk:,} are the bytes of disk it "
        "may use; allow it more, or free some, and run the same command again"
    )


def by_chance(words: int, keys: int) -> float:
    """How often a filter of so many 64-bit words holds what was not put in, with so many keys in it."""
    load, most = keys / words, 64
    if load > most / 2:
        return 1.0
    chance, total = exp(-load), 0.0
    for count in range(1, most):
        chance *= load / count
        total += chance * (1 - (63 / 64) ** (4 * count)) ** 4
    return total
