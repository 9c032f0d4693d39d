"""One batch as this process sees it: what is in it, who waits for it, and how it fills."""

import asyncio
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import IO

from personahub.errors import failing
from personahub.models.batch.records import Record

HANDED_AT_ONCE = 256  # waiters that are told of an end before others have their turn


class Fate(Enum):
    ENDED = "its batch has ended, and what there is of an answer is on the shelf"
    NOT_SENT = "it was not sent and should be handed in again"
    STOPPED = "nobody is to wait for it any longer"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a request.

    Args:
        batch: its name; "" where it is in none that was sent.
        status: the endpoint's word on the end of the batch.
        fruitful: whether anything in the batch was answered.
    """

    fate: Fate
    batch: str = ""
    status: str = ""
    fruitful: bool = False


@dataclass(eq=False, slots=True)
class Load:
    """Args:
    path: of its requests.
    record: how far it has come; None where nothing was sent yet.
    creating: whether the endpoint is just being asked to make a batch of it, which is better not cut short.
    """

    name: str
    path: Path
    ids: set[str] = field(default_factory=set)
    record: Record | None = None
    task: asyncio.Task[None] | None = None
    creating: bool = False
    size: int = 0
    _waiting: list[asyncio.Future[Outcome]] = field(default_factory=list)
    _file: IO[bytes] | None = None
    _touched: float = 0.0
    _full: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, custom_id: str, line: bytes) -> None:
        """One more request, while it gathers."""
        with failing(self.path):
            if self._file is None:
                self._file = self.path.open("wb")
            self._file.write(line)
        self.ids.add(custom_id)
        self.size += len(line)
        self._touched = asyncio.get_running_loop().time()

    def close(self) -> None:
        """Let no more in."""
        self._full.set()

    async def gathered(self, seconds: float) -> None:
        """Return when it is closed, or nothing came for so long."""
        loop = asyncio.get_running_loop()
        while not self._full.is_set() and (rest := self._touched + seconds - loop.time()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(rest):
                    await self._full.wait()

    def seal(self) -> None:
        """See to it that the disk has all of it."""
        if self._file:
            with failing(self.path), self._file as file:
                file.flush()
                os.fsync(file.fileno())
            self._file = None

    def drop(self) -> None:
        if self._file:
            with suppress(OSError):
                self._file.close()
            self._file = None

    async def end(self) -> Outcome:
        """Wait until somebody says what became of it."""
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        return await future

    def tell(self, said: Outcome | BaseException) -> None:
        """Tell all who wait."""
        waiting, self._waiting = self._waiting, []
        _tell(waiting, said)

    async def tell_in_turns(self, outcome: Outcome) -> None:
        """As `tell`, with room for others in between: each of many thousands will read its answer."""
        while self._waiting:
            some, self._waiting = self._waiting[:HANDED_AT_ONCE], self._waiting[HANDED_AT_ONCE:]
            _tell(some, outcome)
            await asyncio.sleep(0)


def _tell(waiting: Iterable[asyncio.Future[Outcome]], said: Outcome | BaseException) -> None:
    for future in waiting:
        if future.done():
            continue
        if isinstance(said, Outcome):
            future.set_result(said)
        else:
            future.set_exception(said)
