"""Two requests to the system that Python has no word for; where it cannot, they do what comes nearest."""

import ctypes
import os
from pathlib import Path


def to_disk(path: Path) -> None:
    """Wait until the file system that holds this path has written all that it was given.

    The tables' library closes its files without a sync of their own. Once a part, this costs less than
    a sync of each file would.
    """
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "syncfs"):  # not on Linux
        os.sync()
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        libc.syncfs(folder)
    finally:
        os.close(folder)


def give_back_memory() -> None:
    """Return what was freed to the system: after a compaction the C allocator keeps tens of megabytes."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "malloc_trim"):  # glibc
        libc.malloc_trim(0)
