"""Where in which file the line of a custom_id stands: 16 bytes a line, the lines stay on the disk.

Shared by the models whose answers come in files.
"""

import logging
import re
from array import array
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

import numpy as np
import numpy.typing as npt

from personahub.errors import failing
from personahub.models.wire.folder import DRAFT, put_in_place
from personahub.models.wire.lines import named
from personahub.text import content_id

OPEN_FILES = 32
FRESH_LINES = 65_536  # lines that were added one by one before they are sorted
WORTH_KEEPING = 2**22  # bytes of a file from which on its places are kept beside it, not looked up again
_OFFSET_BITS = 44  # 16 TB of a file, of a million files
_OURS = re.compile(r"[0-9a-f]{32}")

_log = logging.getLogger(__name__)

Rows = npt.NDArray[np.uint64]  # (2, n): half of the custom_id, and where its line starts


@dataclass(frozen=True, slots=True)
class Survey:
    """What a file of lines holds.

    Args:
        end: bytes up to the end of the last line that is whole.
    """

    rows: Rows
    end: int


class Places:
    def __init__(self) -> None:
        self._files: list[Path] = []
        self._segments: list[Rows] = []  # each sorted, and less than half as long as the one before
        self._fresh: dict[int, list[int]] = {}
        self._open: OrderedDict[int, BufferedReader] = OrderedDict()

    def add(self, path: Path, rows: Rows | None = None) -> int:
        """Join a file.

        Returns:
            its number, for `note`.
        """
        number = len(self._files)
        self._files.append(path)
        if rows is not None and rows.shape[1]:
            self._join(np.stack([rows[0], rows[1] | np.uint64(number << _OFFSET_BITS)]))
        return number

    def note(self, custom_id: str, number: int, offset: int) -> None:
        """Join one line of a file that grows."""
        self._fresh.setdefault(_key(custom_id), []).append(number << _OFFSET_BITS | offset)
        if len(self._fresh) >= FRESH_LINES:
            pairs = [(key, place) for key, places in self._fresh.items() for place in places]
            self._fresh = {}
            self._join(np.array(pairs, np.uint64).T)

    def lines(self, custom_id: str) -> Iterator[bytes]:
        """Every line that may be of this id, oldest first; half of the id agrees by chance once in 10^19 pairs."""
        key = _key(custom_id)
        found = list(self._fresh.get(key, ()))
        for segment in self._segments:
            keys = segment[0]
            at = int(np.searchsorted(keys, np.uint64(key)))
            while at < len(keys) and int(keys[at]) == key:
                found.append(int(segment[1, at]))
                at += 1
        for place in sorted(found):
            yield self._line(place >> _OFFSET_BITS, place & ((1 << _OFFSET_BITS) - 1))

    def close(self) -> None:
        while self._open:
            self._open.popitem()[1].close()

    def _join(self, rows: Rows) -> None:
        self._segments.append(_sorted(rows))
        while len(self._segments) > 1 and self._segments[-2].shape[1] < 2 * self._segments[-1].shape[1]:
            last = self._segments.pop()
            self._segments[-1] = _sorted(np.concatenate([self._segments[-1], last], axis=1))

    def _line(self, number: int, offset: int) -> bytes:
        file = self._open.pop(number, None)
        with failing(self._files[number]):
            if file is None:
                file = self._files[number].open("rb")
                if len(self._open) >= OPEN_FILES:
                    self._open.popitem(last=False)[1].close()
            self._open[number] = file
            file.seek(offset)
            return file.readline()


def survey(path: Path, kept_in: Path | None = None) -> Survey:
    """The places of a file of lines; a line that has no custom_id is skipped, and the log says which.

    Args:
        kept_in: a folder where the places of a large file are kept for the next time.
    """
    with failing(path):
        stat = path.stat()
        name = content_id(str(path.absolute()))
        kept = kept_in / f"{name}-{stat.st_size}-{stat.st_mtime_ns}.npy" if kept_in else None
        if kept and kept.exists() and (rows := _kept(kept)) is not None:
            return Survey(rows, stat.st_size)
        found = _read(path)
        if kept and found.end == stat.st_size >= WORTH_KEEPING:
            for outdated in kept.parent.glob(f"{name}-*"):
                outdated.unlink()
            _keep(kept, found.rows)
        return found


def _read(path: Path) -> Survey:
    keys, offsets, skipped = array("Q"), array("Q"), list[int]()
    offset = end = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            custom_id = named(line)
            if custom_id is None and line.strip():
                skipped.append(number)
            elif custom_id and _OURS.fullmatch(custom_id):
                keys.append(_key(custom_id))
                offsets.append(offset)
            offset += len(line)
            end = offset if line.endswith(b"\n") else end
    if skipped:
        more = f", nor are {len(skipped) - 1} more lines of it" if len(skipped) > 1 else ""
        _log.warning("%s: line %d is no whole line with a custom_id%s; skipped", path, skipped[0], more)
    return Survey(np.array([keys, offsets], np.uint64).reshape(2, -1), end)


def _key(custom_id: str) -> int:
    return int(custom_id[:16], 16)


def _sorted(rows: Rows) -> Rows:
    return rows[:, np.lexsort((rows[1], rows[0]))]


def _kept(path: Path) -> Rows | None:
    try:
        rows = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return rows if rows.dtype == np.uint64 and rows.ndim == 2 and len(rows) == 2 else None


def _keep(path: Path, rows: Rows) -> None:
    path.parent.mkdir(exist_ok=True)
    draft = path.with_suffix(DRAFT)
    with draft.open("wb") as file:
        np.save(file, rows)
    put_in_place(draft, path)
