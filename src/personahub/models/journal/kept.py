"""A folder of bytes by key: appended to in groups, looked up for many keys at once."""

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from weakref import finalize

from personahub.errors import HubError
from personahub.models.journal import index
from personahub.models.journal.log import Record, Segment

SEGMENT_ROWS = 16_384  # the keys of one segment are held in memory while it grows
SEGMENT_BYTES = 2**28
OPEN_FILES = 64


class Kept:
    """Once `put` returns, neither a kill nor a power cut takes the rows. One process writes, any may read.

    Args:
        writing: False for a journal of another hub, which is left as it is.
    """

    def __init__(self, folder: Path, *, writing: bool = True) -> None:
        self._folder = folder
        self._writing = writing
        self._turn = Lock()  # look-ups and writes come from different threads
        self._files: dict[int, Segment] = {}
        finalize(self, _close, self._files)
        self.damaged = 0  # stretches of the log that held no whole record, as far as it was read
        try:
            if writing:
                folder.mkdir(parents=True, exist_ok=True)
            self._sealed = index.load(folder)
            numbers = sorted(int(path.stem) for path in folder.glob("*.log"))
        except (OSError, ValueError) as error:
            raise HubError(f"the journal {folder} cannot be opened ({error}); restore it from a copy") from error
        for number in set(numbers[:-1]) - index.covered(self._sealed):
            self._seal(number)
        self._number = numbers[-1] if numbers else 1
        self._held: dict[bytes, int] = {}  # key -> offset in the segment that grows
        if numbers:
            self._resume()

    def put(self, rows: Sequence[tuple[bytes, bytes]]) -> None:
        """Store these in one durable write; of several under one key the last one holds. One thread at a time.

        Raises:
            HubError: the disk did not take them.
        """
        segment = self._segment(self._number)
        offsets = segment.append(rows)
        with self._turn:
            self._held.update(zip((key for key, _ in rows), offsets, strict=True))
            if len(self._held) >= SEGMENT_ROWS or segment.size >= SEGMENT_BYTES:
                self._roll()

    def known(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """What is kept under those keys that have something."""
        found: dict[bytes, bytes] = {}
        if not keys:
            return found
        wanted = index.short(keys)
        with self._turn:
            # Oldest first, so that a later answer to the same question replaces an earlier one.
            for sealed in self._sealed:
                for position, segment, offset in sealed.find(wanted):
                    _take(found, keys[position], self._segment(segment).read(offset))
            for key in keys:
                if key in self._held:
                    _take(found, key, self._segment(self._number).read(self._held[key]))
        return found

    def _resume(self) -> None:
        """Read the newest segment, and cut its torn end where it is ours to write."""
        segment = self._segment(self._number)
        seen = segment.survey()
        self.damaged += seen.damaged
        if self._writing and seen.end < segment.size:
            segment.cut(seen.end)
        self._held = dict(zip(seen.keys, seen.offsets, strict=True))
        if self._writing and (len(self._held) >= SEGMENT_ROWS or segment.size >= SEGMENT_BYTES):
            self._roll()

    def _roll(self) -> None:
        """The index of a full segment goes to the disk, and the next one begins."""
        full = index.made(self._number, list(self._held), list(self._held.values()))
        self._sealed = index.merged(self._folder, [*self._sealed, index.saved(self._folder, full)])
        self._number += 1
        self._held = {}

    def _seal(self, number: int) -> None:
        """A full segment whose index is missing."""
        seen = self._segment(number).survey()
        self.damaged += seen.damaged
        found = index.made(number, seen.keys, seen.offsets)
        self._sealed.append(index.saved(self._folder, found) if self._writing else found)
        self._sealed.sort(key=lambda one: one.first)

    def _segment(self, number: int) -> Segment:
        if number not in self._files:
            if len(self._files) >= OPEN_FILES:
                oldest = next(one for one in self._files if one != self._number)
                self._files.pop(oldest).close()
            self._files[number] = Segment(self._folder / f"{number:06}.log", writing=self._writing)
        return self._files[number]


def _take(found: dict[bytes, bytes], key: bytes, record: Record | None) -> None:
    """A record that is damaged, or only shares its first bytes with the key, is none."""
    if record and record.key == key:
        found[key] = record.payload


def _close(files: dict[int, Segment]) -> None:
    for segment in files.values():
        segment.close()
