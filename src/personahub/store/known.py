"""Which ids a table may hold: most look-ups ask for rows that are not there, and end here.

A scalable Bloom filter (Almeida, Baquero, Preguica and Hutchison, 2007) in mapped files beside the table. What it does
not know is not there; of what it knows, one in a thousand is not there either.
"""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import orjson

FIRST = 2**16  # ids of the first file; each further one takes twice as many as the one before
BITS = 32  # of an id
PROBES = 12

_STATE = "state.json"


class Known:
    """One process writes. Bits are set in the page cache, so a kill loses none; `save` puts them on the disk.

    Args:
        folder: made anew where what is in it cannot be read; then nothing is known, and `covered` is 0.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: list[npt.NDArray[np.uint8]] = []
        self._held = 0  # ids in the last file
        self.covered = 0  # rows of the table whose ids were surely saved, from its first on
        self.last = ""  # the id of the last of them, by which the table is known again
        try:
            state = orjson.loads((folder / _STATE).read_bytes())
            self._files += [np.memmap(folder / f"{number}", np.uint8, "r+") for number in range(state["files"])]
            self.covered, self.last, self._held = state["covered"], state["last"], state["held"]
            whole = [len(file) == self._room(number) * BITS // 8 for number, file in enumerate(self._files)]
            if not all(whole):
                self.clear()
        except (OSError, ValueError, KeyError, TypeError):
            self.clear()

    def clear(self) -> None:
        self._files, self._held, self.covered, self.last = [], 0, 0, ""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)

    def add(self, ids: Sequence[str]) -> None:
        """Raises OSError where the disk is full; what a file takes is set aside when it is made."""
        names = _halves(ids)
        while len(names):
            if not self._files or self._held >= self._room(len(self._files) - 1):
                self._grow()
            some = names[: self._room(len(self._files) - 1) - self._held]
            file = self._files[-1]
            places = _places(some, len(file))
            np.bitwise_or.at(file, places >> np.uint64(3), np.uint8(1) << (places & np.uint64(7)).astype(np.uint8))
            self._held += len(some)
            names = names[len(some) :]

    def may_hold(self, ids: Sequence[str]) -> npt.NDArray[np.bool_]:
        """For each id whether it may have been added."""
        return in_files(self._files, _halves(ids))

    def save(self, rows: int, last: str) -> None:
        """Note that the ids of so many rows are in it, and which is the last of them."""
        for file in self._files:
            if isinstance(file, np.memmap):
                file.flush()
        draft = self._folder / f"{_STATE}.draft"
        draft.write_bytes(orjson.dumps({"covered": rows, "last": last, "held": self._held, "files": len(self._files)}))
        draft.replace(self._folder / _STATE)
        self.covered, self.last = rows, last

    def _grow(self) -> None:
        number = len(self._files)
        path = self._folder / f"{number}"
        with path.open("wb") as file:
            # A mapped page for which there is no room would end the process without a word.
            os.posix_fallocate(file.fileno(), 0, self._room(number) * BITS // 8)
        self._files.append(np.memmap(path, np.uint8, "r+"))
        self._held = 0

    def _room(self, number: int) -> int:
        return FIRST << number


def held(folder: Path) -> tuple[int, str, list[npt.NDArray[np.uint8]]] | None:
    """What is on the disk, only to be looked at: `covered`, `last` and the files; None where it is not whole."""
    try:
        state = orjson.loads((folder / _STATE).read_bytes())
        files = [np.memmap(folder / f"{number}", np.uint8, "r") for number in range(state["files"])]
        whole = all(len(file) == (FIRST << number) * BITS // 8 for number, file in enumerate(files))
        return (int(state["covered"]), str(state["last"]), list(files)) if whole else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def in_files(files: Sequence[npt.NDArray[np.uint8]], names: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
    """For each id, given by its halves, whether it may have been added."""
    found = np.zeros(len(names), np.bool_)
    for file in files:
        places = _places(names, len(file))
        set_ = file[places >> np.uint64(3)] >> (places & np.uint64(7)).astype(np.uint8) & np.uint8(1)
        found |= set_.reshape(len(names), PROBES).all(axis=1)
    return found


def _halves(ids: Sequence[str]) -> npt.NDArray[np.uint64]:
    """The two halves of each id, which are as random as a hash; shape (n, 2)."""
    return np.frombuffer(bytes.fromhex("".join(ids)), "<u8").reshape(-1, 2)


def _places(names: npt.NDArray[np.uint64], size: int) -> npt.NDArray[np.uint64]:
    """The bits of each id, PROBES of them one after the other, in a file of so many bytes, a power of two."""
    steps = np.arange(PROBES, dtype=np.uint64)
    places = names[:, :1] + steps * (names[:, 1:] | np.uint64(1))
    return (places & np.uint64(8 * size - 1)).reshape(-1)
