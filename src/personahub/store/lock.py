"""One writer a hub: a lock that the system lets go of when its holder dies, however it dies."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from personahub.errors import HubBusy

_MOMENT = 0.001  # seconds


@contextmanager
def write_lock(path: Path) -> Iterator[None]:
    """Hold the lock file, or raise HubBusy with the process that holds it."""
    with path.open("a+", encoding="utf-8") as file:
        while not _locks(file, fcntl.LOCK_EX):
            if not _locks(file, fcntl.LOCK_SH):
                file.seek(0)
                holder = file.read(20).strip() or "unknown"
                raise HubBusy(
                    f"another process ({holder}) is writing to {path.parent}; wait for it to end, or stop it and try "
                    "again"
                )
            fcntl.flock(file, fcntl.LOCK_UN)  # somebody only looks who holds it, and is gone in a moment
            time.sleep(_MOMENT)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def holder(path: Path) -> int | None:
    """The process that holds the lock file; None where none does."""
    try:
        with path.open(encoding="utf-8") as file:
            return None if _locks(file, fcntl.LOCK_SH) else int(file.read(20).strip() or 0)
    except (OSError, ValueError):
        return None


def _locks(file: TextIO, how: int) -> bool:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
