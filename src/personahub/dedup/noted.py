"""Numbers in a file with what is told of them: there whole or not at all, and believed only where a checksum fits."""

import os
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt
import orjson

from personahub.errors import failing

Told = dict[str, Any]

_HEAD = 512  # bytes before the numbers: what is told of them, as JSON
_CHECK = "check"
_CHUNK = 1 << 24  # bytes that are checked at one time


class Noting:
    """A file that is being written, from front to back; without `close` it is not there."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._draft = path.with_name(f"{path.name}.new")
        self._check = 0
        with failing(path):
            self._file = self._draft.open("wb")
            self._file.write(bytes(_HEAD))

    def __enter__(self) -> "Noting":
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def add(self, numbers: npt.NDArray[Any]) -> None:
        """Of one dimension and one kind."""
        body = np.ascontiguousarray(numbers).view(np.uint8).data
        self._check = crc32(body, self._check)
        with failing(self._path):
            self._file.write(body)

    def close(self, told: Told) -> None:
        """It takes its name when the disk has it."""
        head = orjson.dumps({**told, _CHECK: _checked(told, self._check)})
        with failing(self._path):
            self._file.seek(0)
            self._file.write(head.ljust(_HEAD))
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._draft.replace(self._path)


def noted(path: Path) -> tuple[Told, npt.NDArray[np.uint8]] | None:
    """What is told of the numbers, and their bytes, mapped; None where they are not there, or not as written."""
    try:
        with path.open("rb") as file:
            told = orjson.loads(file.read(_HEAD))
        check = told.pop(_CHECK)
        body = np.memmap(path, np.uint8, "r")[_HEAD:]
        found = 0
        for start in range(0, len(body), _CHUNK):
            found = crc32(body[start : start + _CHUNK].data, found)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return (told, body) if check == _checked(told, found) else None


def _checked(told: Told, body: int) -> int:
    return crc32(orjson.dumps(told, option=orjson.OPT_SORT_KEYS), body)
