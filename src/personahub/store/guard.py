"""The border to the storage library: it is imported when used, and none of its exceptions gets past here."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa

from personahub.errors import HubError


@dataclass(frozen=True)
class Room:
    """Bytes for what was read of the indexes of a table: within bounds so many a row.

    What does not fit is read again by each question, which costs more time than it saves memory.

    Args:
        metadata: for what files say of themselves; with too few, a record that is read at random takes twice as long.
    """

    least: int
    most: int = 0
    each: int = 0
    metadata: int = 2**19

    def of(self, rows: int) -> int:
        return max(self.least, min(rows * self.each, self.most))


def lance() -> ModuleType:
    # Searches of two pieces of an index go side by side then; the library leaves two cores to reading, of two as well.
    os.environ.setdefault("LANCE_CPU_THREADS", str(os.cpu_count() or 1))
    import lance  # noqa: PLC0415 - a third of a second that only a verb on rows should cost

    return lance


def dataset(path: Path, room: Room) -> Any:
    """Opened at its newest version, with some bytes for what was read of it."""
    opened = _opened(path, room.least, room.metadata)
    index = room.of(opened.count_rows()) if room.most > room.least else room.least
    return opened if index == room.least else _opened(path, index, room.metadata)


def _opened(path: Path, index: int, metadata: int) -> Any:
    session = lance().Session(index_cache_size_bytes=index, metadata_cache_size_bytes=metadata)
    return lance().dataset(str(path), session=session)


def newest(data: Any) -> Any:
    """A dataset at its newest version: another object where that is another one, with what was read until now.

    The library cannot move one that a thread is reading from, which `checkout_latest` would.
    """
    latest = data.latest_version
    return data if latest == data.version else data.checkout_version(latest)


@contextmanager
def as_hub_errors(path: Path) -> Iterator[None]:
    """Lance raises OSError, ValueError, RuntimeError and, on damaged files, Rust's panics, which are no Exception."""
    try:
        yield
    except (OSError, ValueError, RuntimeError, pa.ArrowInvalid) as error:
        raise _told(path, error) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise _told(path, error) from error


def _told(path: Path, error: BaseException) -> HubError:
    # The first line without the places in the library's own source.
    first = str(error).split("\n", 1)[0].split(", /", 1)[0][:300]
    return HubError(
        f"table {path.name} of the hub {path.parent.name} failed: {first}; "
        "look at the disk and run the command again ('personahub check' says what is damaged), or restore the table "
        "from a copy"
    )
