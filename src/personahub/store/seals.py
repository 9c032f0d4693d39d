"""What the files of a hub should read as: a checksum of each that is never changed once written, or only grows.

The storage library keeps none, so a bit that the disk turned would be read as if it had been written so. Sealed is
what a writer leaves behind when it ends; a writer that was killed leaves that to the next one.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zlib import crc32

import orjson

from personahub.errors import failing

SEALS = "seals.json"

_SEALED = (
    "*.lance/data/*.lance",
    "*.lance/_indices/*/*",
    "*.lance/_versions/*.manifest",
    "journal/*.log",
    "runs/*/calls.jsonl",
)
_CHUNK = 2**20  # bytes that are read at one time


@dataclass(frozen=True)
class Seals:
    """Args:
    files: size and checksum (CRC-32) of each, by its path in the hub; a log may have grown since.
    tables: version and rows of each table then.
    """

    files: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    tables: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def sealed(hub: Path) -> Seals | None:
    """What was sealed; None where the file of it is damaged. A hub that was never sealed has no seals."""
    try:
        check, _, body = (hub / SEALS).read_bytes().partition(b"\n")
        if int(check, 16) != crc32(body):
            return None
        told = orjson.loads(body)
        return Seals(*({name: (first, second) for name, (first, second) in told[part].items()} for part in _PARTS))
    except FileNotFoundError:
        return Seals()
    except (OSError, ValueError, KeyError, TypeError):
        return None


def seal(hub: Path, tables: Mapping[str, tuple[int, int]]) -> None:
    """Seal what is new, and let go of what is gone: only new bytes are read.

    Args:
        tables: version and rows of each.
    """
    before = sealed(hub) or Seals()
    with failing(hub / SEALS):
        files = {}
        for path in _there(hub):
            name = path.relative_to(hub).as_posix()
            size, check = before.files.get(name, (0, 0))
            if path.stat().st_size > size:
                size, check = _summed(path, size, check)
            files[name] = (size, check)
        if files == before.files and tables == before.tables:
            return
        body = orjson.dumps(dict(zip(_PARTS, (files, tables), strict=True)))
        draft = hub / f"{SEALS}.draft"
        with draft.open("wb") as file:
            file.write(b"%08x\n%b" % (crc32(body), body))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(hub / SEALS)


def broken(path: Path, size: int, check: int, tell: Callable[[int], None] = lambda _: None) -> str | None:
    """Why a file is not as it was sealed, as the end of a sentence; None where it is.

    Args:
        tell: hears of bytes that were read.
    """
    try:
        there = path.stat().st_size
        if there < size:
            return f"has {there:,} bytes where {size:,} were written"
        found, left = 0, size
        with path.open("rb") as file:
            while left and (chunk := file.read(min(left, _CHUNK))):
                found, left = crc32(chunk, found), left - len(chunk)
                tell(len(chunk))
    except FileNotFoundError:
        return "is gone"
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    return None if found == check else "does not read as it was written"


_PARTS = ("files", "tables")


def _there(hub: Path) -> Iterator[Path]:
    for pattern in _SEALED:
        yield from sorted(hub.glob(pattern))


def _summed(path: Path, start: int, check: int) -> tuple[int, int]:
    """Size and checksum, of which those up to `start` are known."""
    with path.open("rb") as file:
        file.seek(start)
        while chunk := file.read(_CHUNK):
            check, start = crc32(chunk, check), start + len(chunk)
    return start, check
