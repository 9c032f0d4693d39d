"""Requests go out in batches and wait for them to end; what comes back lies on the shelf."""

import asyncio
import logging
from dataclasses import dataclass, replace
from functools import partial
from time import time

from personahub.errors import ModelError
from personahub.models.batch.load import Fate, Load, Outcome
from personahub.models.batch.records import DONE, SUBMITTED, UPLOADED, Record, Shelf
from personahub.models.batch.remote import FAILED, Remote, Told, is_crowded
from personahub.models.batch.room import Room
from personahub.models.wire.lines import request_line
from personahub.text import sentence

MOST_REQUESTS = 50_000  # of OpenAI; it refuses a larger batch
MOST_BYTES = 95 * 10**6  # less than half of what OpenAI takes: a file is in memory twice while it is sent
GATHER_SECONDS = 1.0
ENDED = ("completed", "expired", "cancelled")
LAST_SECONDS = 10.0  # for a batch that is being made when everything is to end

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sizes:
    """When a batch is closed: at so many requests or bytes, or when no request came for so many seconds."""

    requests: int = MOST_REQUESTS
    bytes: int = MOST_BYTES
    seconds: float = GATHER_SECONDS


class Carrier:
    """One for a process and a shelf; what an earlier process left on its way is taken up when it is asked for."""

    def __init__(self, shelf: Shelf, remote: Remote, sizes: Sizes) -> None:
        self._shelf = shelf
        self._remote = remote
        self._sizes = sizes
        self._room = Room(sizes.requests, remote.patience.poll)
        self._loads: dict[str, Load] = {}  # by custom_id
        self._gathering: Load | None = None
        self._under_way: set[Load] = set()
        self._raised: BaseException | None = None
        self._stopped = False
        for record in shelf.pending:
            load = Load(record.name, shelf.path(record.name, "requests"), set(shelf.ids(record.name)), record)
            self._loads.update(dict.fromkeys(load.ids, load))

    async def carried(self, custom_id: str, body: bytes) -> Outcome:
        """Send a request, unless it is on its way already, and wait until its batch has ended.

        Raises:
            ModelError: no request gets through, or the endpoint refused a batch as a whole.
        """
        if self._raised:
            raise self._raised
        load = self._loads.get(custom_id)
        if self._stopped:
            return _stopped(load)
        if load is None:
            load = self._gather(custom_id, body)
        if load.task is None:
            self._under_way.add(load)
            load.task = asyncio.create_task(self._go(load))
            load.task.add_done_callback(partial(self._ended, load))
        return await load.end()

    def stop(self) -> None:
        """Send no more and wait for nothing: whoever waits is told so at once."""
        self._stopped = True
        for load in self._under_way:
            if load.task and not load.creating:
                load.task.cancel()
            load.tell(_stopped(load))

    async def close(self) -> None:
        """Forget what was not sent."""
        self.stop()
        tasks = [load.task for load in self._under_way if load.task]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=LAST_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for load in self._under_way:
            if load.record is None:
                load.drop()
                self._shelf.drop(load.name)

    def _gather(self, custom_id: str, body: bytes) -> Load:
        line = request_line(custom_id, body)
        load = self._gathering
        if load and (len(load.ids) >= self._room.most or load.size + len(line) > self._sizes.bytes):
            load.close()
            load = None
        if load is None:
            name = self._shelf.new_name()
            load = self._gathering = Load(name, self._shelf.path(name, "requests"))
        load.take(custom_id, line)
        self._loads[custom_id] = load
        return load

    async def _go(self, load: Load) -> None:
        """The whole way of a batch, from wherever it is."""
        told: Told | None
        if load.record is None:
            told = await self._sent(load)
        elif load.record.step == UPLOADED:
            told = await self._found(load, load.record)
        else:
            self._room.count(load.name)
            told = await self._look(load.record)
        if told:
            await self._follow(load, told)

    async def _sent(self, load: Load) -> Told:
        await load.gathered(self._sizes.seconds)
        if self._gathering is load:
            self._gathering = None
        await asyncio.to_thread(load.seal)
        await self._room.enter(load.name)
        file_id = await self._remote.upload(load.name, load.path)
        record = Record(load.name, UPLOADED, time(), file_id=file_id)
        load.record = self._shelf.put(record)
        _log.info("batch %s: %d requests are uploaded", load.name, len(load.ids))
        return await self._created(load, record)

    async def _found(self, load: Load, record: Record) -> Told | None:
        """A batch of which nobody knows whether it was made."""
        await self._room.enter(load.name)
        told = await self._remote.find(record)
        if told:
            _log.info("batch %s: it was submitted as %s", load.name, told.id)
            self._note(load, record, told)
            return told
        if record.file_id:
            return await self._created(load, record)
        _log.info("batch %s: it was never submitted; its requests are gathered anew", load.name)
        self._room.leave(load.name)
        self._part_with(load)
        load.tell(Outcome(Fate.NOT_SENT))
        return None

    async def _created(self, load: Load, record: Record) -> Told:
        load.creating = True
        try:
            told = await self._remote.create(record)
            if told.id:
                self._note(load, record, told)
                _log.info("batch %s: submitted as %s", load.name, told.id)
        finally:
            load.creating = False
        return told

    def _note(self, load: Load, record: Record, told: Told) -> None:
        load.record = self._shelf.put(replace(record, step=SUBMITTED, batch_id=told.id, at=time()))

    async def _follow(self, load: Load, told: Told) -> None:
        """Look again and again until it has ended, then bring what there is."""
        pause, status = self._remote.patience.poll, ""
        while not self._stopped:
            if told.status != status:
                _log.info("batch %s: %s %s", load.name, told.status, told.counted)
                status = told.status
            if status == FAILED:
                again = await self._offered_again(load, told)
                if again is None:
                    return
                told, pause = again, self._remote.patience.poll
            elif status in ENDED:
                await self._collect(load, told)
                return
            else:
                await asyncio.sleep(pause)
                pause = self._remote.patience.longer(pause)
                told = await self._look(load.record)

    async def _look(self, record: Record | None) -> Told:
        assert record  # noqa: S101 - only what was submitted is looked at
        return await self._remote.look(record.batch_id, lost=self._shelf.way_out(record.name))

    async def _offered_again(self, load: Load, told: Told) -> Told | None:
        """A batch that was refused as a whole is too much for the queue just now, or wrong.

        Returns:
            what became of it; None where its requests go other ways.
        """
        record = load.record
        if record is None or not is_crowded(told.words):
            self._part_with(load)
            raise ModelError(
                f"{self._remote.address} refused batch {told.id or load.name}: {sentence(told.words)} Nothing of it "
                "was asked; mend this and run the same command"
            )
        _log.info("batch %s: no room for its %d requests: %s", load.name, len(load.ids), told.words)
        if not await self._room.refused(load.name, len(load.ids)):
            self._part_with(load)
            load.tell(Outcome(Fate.NOT_SENT))
            return None
        load.record = self._shelf.put(replace(record, step=UPLOADED, attempt=record.attempt + 1, at=time()))
        return await self._created(load, load.record)

    async def _collect(self, load: Load, told: Told) -> None:
        lost = self._shelf.way_out(load.name)
        for what, file_id in (("output", told.output), ("errors", told.errors)):
            if file_id:
                await self._remote.fetch(file_id, self._shelf.path(load.name, what), lost=lost)
        found = await asyncio.to_thread(self._shelf.surveyed, load.name)
        if load.record:
            self._shelf.finish(replace(load.record, step=DONE, status=told.status, at=time()), found)
        self._room.leave(load.name)
        self._forget(load)
        output = self._shelf.path(load.name, "output")
        fruitful = any(rows.shape[1] for path, rows in found if path == output)
        await load.tell_in_turns(Outcome(Fate.ENDED, load.name, told.status, fruitful))

    def _part_with(self, load: Load) -> None:
        """Nothing of it was or will be worked on."""
        self._forget(load)
        self._shelf.drop(load.name)

    def _forget(self, load: Load) -> None:
        for custom_id in load.ids:
            if self._loads.get(custom_id) is load:
                del self._loads[custom_id]

    def _ended(self, load: Load, task: asyncio.Task[None]) -> None:
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            self._under_way.discard(load)
            return
        self._raised = self._raised or error
        for other in self._under_way:
            if other.task and not other.creating:
                other.task.cancel()
            other.tell(self._raised)


def _stopped(load: Load | None) -> Outcome:
    return Outcome(Fate.STOPPED, load.name if load and (load.record or load.creating) else "")
