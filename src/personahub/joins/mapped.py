"""Columns on the disk as they are mapped into memory."""

import mmap
from pathlib import Path
from typing import NamedTuple

from personahub.joins.compiled import Words


class Mapped(NamedTuple):
    """A spool that is closed as it lies on the disk, for who checks what it reads.

    Args:
        listed: as `Blocks` has it; what it names is there.
    """

    path: Path
    data: Words
    listed: Words


def let_go(flat: Words) -> None:
    """Let what was read of a mapped file leave the memory; it comes back when it is read again."""
    held = getattr(flat.base, "_mmap", None)
    if held is not None and hasattr(mmap, "MADV_DONTNEED"):  # not on Windows
        held.madvise(mmap.MADV_DONTNEED)
