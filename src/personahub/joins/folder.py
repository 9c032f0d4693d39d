"""A folder in which a join is made: what it is of, how it is laid out, and which of its phases are done."""

import os
import shutil
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from zlib import crc32

import orjson

from personahub.errors import failing
from personahub.joins.compiled import Words
from personahub.joins.room import Room
from personahub.joins.spool import Blocks, Spool

FORMAT = 3
_BLOCK = 1 << 21  # numbers of an array that are checked together: 16 MiB
_OURS = 0.9  # of what is free on the disk
_MARKS = "join.json"


@dataclass
class Folder:
    """Marks are read when it is opened; a folder with other settings, or none that can be read, is begun again.

    Args:
        settings: what the result depends on; JSON.
        disk_limit: bytes that may lie here at one time.
    """

    path: Path
    settings: dict[str, object]
    disk_limit: int | None = None
    marks: dict[str, object] = field(default_factory=dict)
    _spools: list[Spool] = field(default_factory=list)
    _left: list[Future[Blocks]] = field(default_factory=list)

    def __post_init__(self) -> None:
        with failing(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            self.marks = _read(self.path / _MARKS)
            if self.marks.get("settings") != self.settings or self.marks.get("format") != FORMAT:
                self.clear()
            for file in self._files():
                if file.name != _MARKS and file.name.split(".")[0] not in [*self.kept, *self._begun()]:
                    file.unlink()
            used = sum(file.stat().st_size for file in self._files())
        self.room = Room(self.disk_limit, used)

    @property
    def kept(self) -> list[str]:
        """Names of the spools that finished phases have left for later ones."""
        names = self.marks.get("kept", [])
        return [str(name) for name in names] if isinstance(names, list) else []

    def done(self, phase: str) -> bool:
        return phase in self.marks

    def finish(
        self, phase: str, told: dict[str, int], *, adds: list[str], drops: tuple[str, ...] = (), **notes: object
    ) -> None:
        """Mark a phase when the disk has what was left to it, and only then remove what no later one reads."""
        self._wait()
        kept = [name for name in [*self.kept, *adds] if name not in drops]
        begun = [name for name in self._begun() if name not in kept]
        self._write({**self.marks, **notes, phase: told, "kept": kept, "begun": {}})
        self._drop([*drops, *begun])

    def begin(self, phase: str, told: dict[str, int], spools: dict[str, Spool]) -> None:
        """Mark how far a phase is and what it has written until then; nothing may be written meanwhile."""
        self._wait()
        before = self._begun()
        sizes = {name: spool.mark() for name, spool in spools.items()}
        self._write({**self.marks, "begun": {"phase": phase, "told": told, "sizes": sizes}})
        self._drop([name for name in before if name not in sizes])

    def begun(self, phase: str) -> dict[str, int]:
        """What was told when the phase was last marked; nothing if it was not."""
        found = self.marks.get("begun")
        return dict(found["told"]) if isinstance(found, dict) and found.get("phase") == phase else {}

    def _begun(self) -> dict[str, int]:
        found = self.marks.get("begun")
        return dict(found.get("sizes", {})) if isinstance(found, dict) else {}

    def _drop(self, names: list[str]) -> None:
        for name in names:
            for file in self.path.glob(f"{name}.*"):
                self.room.give(file.stat().st_size)
                file.unlink()

    def told(self, phase: str) -> dict[str, int]:
        """The numbers that a phase was finished with."""
        found = self.marks[phase]
        return {str(name): int(number) for name, number in found.items()} if isinstance(found, dict) else {}

    def number(self, name: str) -> int:
        """One that was noted; 0 if none was."""
        return int(str(self.marks.get(name, 0)))

    def size(self, starts: tuple[str, ...]) -> int:
        """Bytes of the files whose names begin so."""
        return sum(file.stat().st_size for file in self._files() if file.name.startswith(starts))

    def note(self, **told: object) -> None:
        self._write({**self.marks, **told})

    def spool(self, name: str, columns: int, size: int = 0) -> Spool:
        """A new one; or the one that the phase at hand had marked, less what was written behind the mark.

        Args:
            size: bytes of one that is there, to go on behind, where none was marked.
        """
        self._spools.append(Spool(self.path / name, columns, self.room, self._begun().get(name, size)))
        return self._spools[-1]

    def leave(self, spool: Spool) -> None:
        """Close it while other things go on; nothing is marked before the disk has it."""
        pool = ThreadPoolExecutor(1)
        self._left.append(pool.submit(spool.close))
        pool.shutdown(wait=False)

    def _wait(self) -> None:
        while self._left:
            self._left.pop().result()

    def close(self) -> None:
        """Let go of spools that were not finished."""
        wait(self._left)
        self._left.clear()
        for spool in self._spools:
            spool.abandon()
        self._spools.clear()

    def blocks(self, name: str, columns: int) -> Blocks:
        return Blocks(self.path / name, columns)

    def keep(self, name: str, numbers: Words) -> Spool:
        """One array, in blocks that are checked; left to the disk."""
        self._spools.append(spool := Spool(self.path / name, 1, self.room))
        for start in range(0, len(numbers), _BLOCK):
            spool.append(numbers[start : start + _BLOCK], start // _BLOCK)
        self.leave(spool)
        return spool

    def array(self, name: str) -> Words:
        return self.blocks(name, 1).column()

    def clear(self) -> None:
        """As if nothing had been done here."""
        self.close()
        for file in self._files():
            file.unlink()
        self.marks = {}
        self._write({"settings": self.settings, "format": FORMAT})
        self.room = Room(self.disk_limit)

    def back_to(self, phases: tuple[str, ...], kept: list[str]) -> None:
        """As if only these had been done, with what they kept."""
        marks = {name: self.marks[name] for name in (*phases, "settings", "format") if name in self.marks}
        self.close()
        self._write({**marks, "kept": kept})
        for file in self._files():
            if file.name != _MARKS and file.name.split(".")[0] not in kept:
                self.room.give(file.stat().st_size)
                file.unlink()

    @property
    def free(self) -> int:
        """Bytes that may yet be written, as far as the limit and the disk go."""
        with failing(self.path):
            there = int(shutil.disk_usage(self.path).free * _OURS)
        return there if self.disk_limit is None else min(there, self.disk_limit - self.room.used)

    def remove(self) -> None:
        for file in self._files():
            file.unlink()
        with suppress(OSError):  # what others put there stays
            self.path.rmdir()

    def _files(self) -> list[Path]:
        """Of a join, that is: files of others stay."""
        endings = (".blocks", ".list.npy", ".list.new", _MARKS, f"{_MARKS}.new")
        return [file for file in self.path.iterdir() if file.name.endswith(endings)]

    def _write(self, marks: dict[str, object]) -> None:
        body = orjson.dumps(marks, option=orjson.OPT_SORT_KEYS)
        beside = self.path / f"{_MARKS}.new"
        with failing(beside):
            with beside.open("wb") as file:
                file.write(b"%08x\n" % crc32(body) + body)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self.path / _MARKS)
            _name_to_disk(self.path)
        self.marks = orjson.loads(body)


def _read(path: Path) -> dict[str, object]:
    try:
        check, body = path.read_bytes().split(b"\n", 1)
        marks = orjson.loads(body) if int(check, 16) == crc32(body) else {}
    except (FileNotFoundError, ValueError):
        return {}
    return marks if isinstance(marks, dict) else {}


def settings_of(path: Path) -> dict[str, object]:
    """What a folder was made with; nothing if it cannot be read."""
    marks = _read(path / _MARKS)
    found = marks.get("settings") if marks.get("format") == FORMAT else None
    return found if isinstance(found, dict) else {}


def _name_to_disk(path: Path) -> None:
    if os.name == "posix":  # folders cannot be opened elsewhere
        held = os.open(path, os.O_RDONLY)
        try:
            os.fsync(held)
        finally:
            os.close(held)
