"""What a join may use of memory and disk, and what it says when the disk takes no more."""

import os
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from personahub.errors import HubError


class Full(HubError):  # noqa: N818 - says what is so
    """More was to be written than may be."""


class Room:
    """Bytes that may be written, counted over all threads.

    Raises Full where more are asked for; what was finished before stays.
    """

    def __init__(self, limit: int | None, used: int = 0) -> None:
        self._limit = limit
        self._lock = Lock()
        self.used = used
        self.most = used

    def take(self, count: int) -> None:
        with self._lock:
            if self._limit is not None and self.used + count > self._limit:
                raise Full(
                    f"the search for near duplicates needs more than the {self._limit:,} bytes of disk it may use; "
                    "allow it more and run the same command again"
                )
            self.used += count
            self.most = max(self.most, self.used)

    def give(self, count: int) -> None:
        with self._lock:
            self.used -= count


def to_disk(*files: int) -> None:
    """Wait until the disk has all of them: for the slowest and not for one after the other."""
    one = getattr(os, "fdatasync", os.fsync)  # macOS has none
    with ThreadPoolExecutor(len(files)) as pool:
        for done in [pool.submit(one, file) for file in files]:
            done.result()
