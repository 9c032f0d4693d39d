"""Indexes of vectors, looked over."""

from collections.abc import Callable, Iterator
from functools import partial

from personahub.embedded import VECTORS
from personahub.findings import Finding
from personahub.hub import Folder
from personahub.similar.looking import ENDING

_CURE = "it may be removed at any time, and is made again when it is needed"


def check_indexes(folder: Folder, tell: Callable[[int], None] = lambda _: None) -> Iterator[Finding]:
    """Those that are not as they were written, and what processes that were killed left of them.

    Args:
        tell: hears of bytes that were read.
    """
    place = folder.path / VECTORS
    whole, begun = (sorted(place.glob(pattern)) for pattern in (f"*{ENDING}", f".*{ENDING}.*"))
    if whole:
        from personahub.vectors.index.file import damaged  # noqa: PLC0415 - a third of a second for its compiler

        for path in whole:
            if damaged(path, tell):
                mend = partial(path.unlink, missing_ok=True)
                yield Finding(f"{VECTORS}/{path.name}", "the index is damaged", _CURE, mend)
    for path in begun if folder.writer is None else ():
        mend = partial(path.unlink, missing_ok=True)
        yield Finding(f"{VECTORS}/{path.name}", "it was begun by a process that was ended", _CURE, mend, True)
