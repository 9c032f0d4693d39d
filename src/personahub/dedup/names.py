"""Names for the first so many of ids that come one after the other, which can be gone on with from any block."""

from collections.abc import Collection
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

BLOCK = 1 << 16  # ids
_SIZE = 16  # bytes of a name

Halves = npt.NDArray[np.uint64]


class Names:
    """Each block is named by the name of those before it and its ids.

    Args:
        chain: names of the whole blocks that came before, to go on behind them.
        borders: numbers of first ids whose names are wanted.
    """

    def __init__(self, chain: list[bytes], borders: Collection[int]) -> None:
        self.chain = chain
        self.found: dict[int, str] = {}
        self.count = len(chain) * BLOCK
        self._borders = sorted(border for border in borders if border >= self.count)
        self._begin()

    def add(self, ids: Halves) -> None:
        """Shape (n, 2)."""
        at = 0
        while at < len(ids):
            end = (len(self.chain) + 1) * BLOCK
            stop = min([at + end - self.count, len(ids), *(at + border - self.count for border in self._borders[:1])])
            self._hash.update(np.ascontiguousarray(ids[at:stop]).data)
            self.count += stop - at
            at = stop
            if self.count == end:
                self.chain.append(self._hash.digest())
                self._begin()
            self._tell()

    def close(self) -> None:
        """Name all that came."""
        self.found[self.count] = self._hash.hexdigest()

    def _begin(self) -> None:
        self._hash = blake2b(b"".join(self.chain[-1:]), digest_size=_SIZE)
        self._tell()

    def _tell(self) -> None:
        while self._borders and self._borders[0] == self.count:
            self.found[self._borders.pop(0)] = self._hash.hexdigest()
