"""Ids as numbers: what is compared by the million is compared so."""

import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from personahub.errors import HubError

Halves = npt.NDArray[np.uint64]

DIGITS = 32
_ID = re.compile(rf"[0-9a-f]{{{DIGITS}}}")
AT_ONCE = 2**22  # ids that are sorted in memory together: 100 MB


def check_ids(ids: Sequence[str]) -> None:
    """Raise HubError where one is none: they go into conditions."""
    if odd := next((value for value in ids if not _ID.fullmatch(value)), None):
        raise HubError(f"{odd[:80]!r} is no id: an id is {DIGITS} hexadecimal digits")


def halves(ids: pa.Array) -> Halves:
    """Both halves of each id, shape (n, 2); ValueError where one is no id."""
    if ids.null_count:
        raise ValueError("an id is null")
    if not len(ids):
        return np.empty((0, 2), np.uint64)
    plain = ids.cast(pa.string())
    ends = np.frombuffer(plain.buffers()[1], np.int32)[plain.offset : plain.offset + len(plain) + 1]
    if (np.diff(ends) != DIGITS).any():
        raise ValueError("an id has another length")
    digits = plain.buffers()[2][int(ends[0]) : int(ends[-1])].to_pybytes()
    data = bytes.fromhex(digits.decode("ascii"))
    if len(data) * 2 != len(digits) or digits.lower() != digits:
        raise ValueError("an id has other signs than hexadecimal digits in it")
    return np.frombuffer(data, "<u8").reshape(-1, 2)


class Sorted:
    """Ids in their order, each once, 24 bytes each.

    Args:
        ids: as `halves` has them, in any order.
    """

    def __init__(self, ids: Halves) -> None:
        self.order = np.lexsort((ids[:, 1], ids[:, 0]))  # where each of them was
        self.ids = ids[self.order]
        first = np.ones(len(self.ids), np.bool_)
        first[1:] = (self.ids[1:] != self.ids[:-1]).any(axis=1)
        self.ids, self.order = self.ids[first], self.order[first]
        self._left = np.ascontiguousarray(self.ids[:, 0])

    def __len__(self) -> int:
        return len(self.ids)

    def places(self, wanted: Halves) -> npt.NDArray[np.int64]:
        """Where each of these stands in the order, -1 where it does not; shape (len(wanted),)."""
        if not len(self.ids):
            return np.full(len(wanted), -1, np.int64)
        at, last = np.searchsorted(self._left, wanted[:, 0]), len(self._left) - 1
        while True:
            near = np.minimum(at, last)
            same = (self._left[near] == wanted[:, 0]) & (at <= last)
            there = same & (self.ids[near, 1] == wanted[:, 1])
            if not (same & ~there).any():  # two ids that begin alike are next to each other
                return np.where(there, near, -1)
            at = at + (same & ~there)


@dataclass
class Repeats:
    """Finds ids that came twice, in bounded memory: beyond AT_ONCE they lie on the disk, 16 bytes each.

    Args:
        expected: about how many come.
    """

    expected: int
    _held: list[Halves] = field(default_factory=list)
    _folder: tempfile.TemporaryDirectory[str] | None = None

    def __post_init__(self) -> None:
        self._parts = max(1, -(-self.expected // AT_ONCE))
        if self._parts > 1:
            self._folder = tempfile.TemporaryDirectory(prefix="personahub-check-")

    def add(self, some: Halves) -> None:
        if self._folder is None:
            self._held.append(some)
            return
        # Ids are as random as a hash, so equal parts of their range hold about as many each.
        part = (some[:, 0] >> np.uint64(32)) * np.uint64(self._parts) >> np.uint64(32)
        for number in np.unique(part):
            with (Path(self._folder.name) / str(number)).open("ab") as file:
                some[part == number].tofile(file)

    def found(self) -> Iterator[Halves]:
        """Those that came more than once, some at a time; each once less than it came."""
        if self._folder is None:
            yield _twice(np.concatenate([np.empty((0, 2), np.uint64), *self._held]))
            return
        for path in sorted(Path(self._folder.name).iterdir()):
            yield _twice(np.fromfile(path, np.uint64).reshape(-1, 2))
            path.unlink()
        self._folder.cleanup()


def spelled(some: Halves) -> list[str]:
    return [row.tobytes().hex() for row in some]


def _twice(some: Halves) -> Halves:
    some = some[np.lexsort((some[:, 1], some[:, 0]))]
    again = (some[1:] == some[:-1]).all(axis=1)
    return np.asarray(some[1:][again], np.uint64)
