"""A folder that one process at a time works in, with files that are there whole or not at all.

Shared by the models that keep what they are asked on the disk.
"""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import IO

from personahub.errors import HubBusy, failing

DRAFT = ".draft"  # the ending of a file that is not whole yet


def locked(folder: Path) -> IO[bytes]:
    """Make the folder and hold it until what is returned is closed, or the process dies.

    Raises:
        HubBusy: somebody else holds it.
        HubError: it cannot be made or written.
    """
    with failing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / "lock").open("ab+", buffering=0)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.seek(0)
        holder = file.read(20).decode("ascii", "replace") or "unknown"
        file.close()
        raise HubBusy(
            f"another run (process {holder}) asks by way of {folder}; wait for it to end, or stop it and try again"
        ) from error
    with suppress(OSError):  # who holds it is a courtesy
        file.truncate(0)
        file.write(str(os.getpid()).encode())
    return file


def put(path: Path, data: bytes) -> None:
    """Replace the file in one step: afterwards a kill or a power cut leaves it as it is now."""
    draft = path.with_name(path.name + DRAFT)
    with failing(path):
        draft.write_bytes(data)
    put_in_place(draft, path)


def put_in_place(draft: Path, path: Path) -> None:
    """Make a file that is whole on the disk by its final name."""
    with failing(path):
        _to_disk(draft)
        draft.replace(path)
        _to_disk(path.parent)


def _to_disk(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
