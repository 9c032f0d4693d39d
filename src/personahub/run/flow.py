"""Requests fly across the borders of parts: whoever has a free slot takes the next row, whichever part it is of.

Parts are committed in the order in which they came, whatever was answered first. What is held in memory is a window of
rows, as long as the number in flight asks for and no longer with a longer run.
"""

import asyncio
from collections import deque
from collections.abc import Iterable, Iterator

import pyarrow as pa

from personahub.commit import Commit, Part
from personahub.errors import HubError, LimitReached, PersonahubError
from personahub.loops import cancelled, signals
from personahub.run.state import State
from personahub.text import content_id

PART_ROWS = 1024  # rows of input that are committed together
LEAST_PARTS = 8  # parts in memory at most, however few are in flight: a slow answer must not idle the others
ROWS_PER_SLOT = 24  # rows in memory at most for each request in flight
MOST_ROWS = 32_768  # in memory, unless more are in flight
FLUSHING = 256  # answers at least that may be on their way to the disk while their slots ask on
COMMIT_EVERY = 0.5  # seconds between commits, until all is read: waiting for the disk holds up the journal as well
TOLD_EVERY = 0.1  # seconds
LOOKED_EVERY = 0.02  # seconds between looks at what came, where it is watched


class Flow:
    """The workers of one run, the reader before them and the committer behind them."""

    def __init__(self, run: State, parts: Iterable[pa.RecordBatch]) -> None:
        self._run = run
        self._coming = iter(parts)
        judge = run.watch.judge if run.watch else None
        self._commit = Commit(run.task, run.model.name, run.id, run.ledger, run.tables, run.keep_inputs, judge)
        slots = run.model.slots
        self._workers = slots + max(slots, FLUSHING)
        self._window = max(LEAST_PARTS * PART_ROWS, 2 * slots, min(ROWS_PER_SLOT * slots, MOST_ROWS))
        self._ahead = max(PART_ROWS, 2 * self._workers)  # rows that wait: more would only cost the start its time
        self._todo: asyncio.Queue[tuple[Part, int]] = asyncio.Queue()
        self._open: deque[Part] = deque()
        self._rows = 0  # prompts of the open parts
        self._asking = 0  # workers that wait for the model
        self._changed = asyncio.Event()  # a part is complete or committed, or the run is ending
        self._read_all = False
        self._interrupts = 0
        self._raised: Exception | None = None
        self._working: asyncio.Task[None] | None = None

    async def run(self) -> None:
        self._working = asyncio.create_task(self._work())
        if self._run.watch and (known := self._run.watch.shares.saturated):  # an earlier call ended so
            self._run.saturated = self._run.stopped = known
        beside = [asyncio.create_task(self._clock()), asyncio.create_task(self._look())]
        with signals(self._interrupt):
            try:
                await self._working
            except asyncio.CancelledError:
                if not (self._interrupts or self._raised):
                    raise
            finally:
                await cancelled([*beside, self._working])
                await self._run.model.close()
                self._run.tell()
        if self._interrupts:
            raise KeyboardInterrupt
        if self._raised and not isinstance(self._raised, LimitReached):
            raise self._raised

    def _stopping(self) -> bool:
        return bool(self._run.stopped)

    async def _work(self) -> None:
        hands = [asyncio.create_task(self._ask()) for _ in range(self._workers)]
        reader = asyncio.create_task(self._read())
        try:
            await self._put_down()
        finally:
            await cancelled([*hands, reader])

    async def _read(self) -> None:
        """Make prompts of the next part as soon as the window has room for it."""
        while not self._stopping():
            if (self._open and self._rows + PART_ROWS > self._window) or self._todo.qsize() > self._ahead:
                await self._change()
                continue
            try:
                part = await asyncio.to_thread(self._next)
            except Exception as error:
                self._halt(error)
                return
            if part is None:
                break
            if part.tally is not None:
                self._run.tally += part.tally
                self._run.done += len(part.rows) * self._run.task.samples
                continue
            self._open.append(part)
            self._rows += len(part.prompts)
            for row in range(len(part.prompts)):
                self._todo.put_nowait((part, row))
        self._read_all = True
        self._changed.set()

    def _next(self) -> Part | None:
        """Reading and wording are blocking work: on a thread, so that requests in flight go on meanwhile."""
        if (rows := next(self._coming, None)) is None:
            return None
        name = content_id(self._run.id, *rows["id"].to_pylist())
        if (finished := self._run.ledger.part(name)) is not None:
            return Part(name, rows, tally=finished)
        prompts = self._run.task.prompts(rows)
        self._run.expect(prompts)
        return Part(name, rows, prompts)

    async def _ask(self) -> None:
        """One pair of hands: takes the next row, whichever part it is of, and waits for its answer."""
        while not self._stopping():
            part, row = await self._todo.get()
            if self._todo.qsize() == self._ahead:
                self._changed.set()
            self._asking += 1
            try:
                completion = await self._run.complete(part, row)
            except Exception as error:
                self._halt(error)
                return
            finally:
                self._asking -= 1
                if self._stopping():
                    self._changed.set()
            self._run.answered(completion)
            if part.take(row, completion):
                self._changed.set()
            if self._run.watch:
                self._show(part, row // self._run.task.samples)

    def _show(self, part: Part, number: int) -> None:
        """All that was answered about one row, to whoever watches what comes."""
        several = self._run.task.samples
        if self._run.watch and len(answers := part.answers_about(number, several)) == several:
            self._run.watch.came(part.rows.slice(number, 1), answers)

    async def _put_down(self) -> None:
        """Commit the oldest parts as soon as they are complete."""
        while True:
            if ready := list(self._ready()):
                try:
                    tallies = await asyncio.to_thread(self._commit.put_down, ready)
                except Exception as error:
                    self._halt(error)
                    return
                for part, tally in zip(ready, tallies, strict=True):
                    self._run.tally += tally
                    self._run.open_parts += part.unanswered > 0
                    self._rows -= len(self._open.popleft().prompts)
                self._run.new.update(self._commit.new)
                self._commit.new.clear()
                self._changed.set()
                await asyncio.sleep(0 if self._read_all or self._stopping() else COMMIT_EVERY)
            elif (self._read_all and not self._open) or (self._stopping() and not self._asking):
                await self._leave()
                return
            await self._change()

    async def _leave(self) -> None:
        """Nobody may come back to a run that has said all it had to say, so what is paid for is put down as it is.

        Parts that are not complete stay open: whoever does come back is answered from the journal.
        """
        if self._run.saturated and self._open:
            answered = [part.answered(self._run.task.samples) for part in self._open]
            self._run.tally += await asyncio.to_thread(self._commit.put_down_some, answered)
            self._run.new.update(self._commit.new)

    def _ready(self) -> Iterator[Part]:
        """The oldest parts that are complete; when the run is stopped, those only that everybody answered."""
        for part in self._open:
            if part.missing or (self._stopping() and part.unanswered):
                return
            yield part

    async def _change(self) -> None:
        await self._changed.wait()
        self._changed.clear()

    async def _clock(self) -> None:
        """Tell how it goes, and end the run when its time is over."""
        loop = asyncio.get_running_loop()
        end = loop.time() + (self._run.max_seconds or float("inf"))
        while True:
            await asyncio.sleep(TOLD_EVERY)
            try:
                self._run.tell()
            except Exception as error:
                self._halt(error)
                return
            if loop.time() >= end and not self._stopping():
                self._stop(
                    f"the {self._run.max_seconds:g} s of max_seconds are over; the same command goes on from here"
                )

    async def _look(self) -> None:
        """End the run when too little of what comes is new."""
        while self._run.watch and not self._stopping():
            try:
                reason = await asyncio.to_thread(self._run.watch.look)
            except Exception as error:
                self._halt(error)
                return
            if reason and not self._stopping():
                self._run.saturated = reason
                self._stop(reason)
            await asyncio.sleep(LOOKED_EVERY)

    def _stop(self, reason: str) -> None:
        """Ask nothing more; what is in flight may arrive."""
        self._run.stopped = self._run.stopped or reason
        self._run.model.stop()
        self._changed.set()

    def _halt(self, error: Exception) -> None:
        """Stop for an error: what was paid for may still arrive, unless it could not be kept."""
        self._raised = self._raised or error
        self._run.failing = not isinstance(error, LimitReached)
        self._stop(str(error))
        if self._working and (isinstance(error, HubError) or not isinstance(error, PersonahubError)):
            self._working.cancel()

    def _interrupt(self) -> None:
        self._interrupts += 1
        if self._interrupts == 1:
            self._stop("stopping when what is in flight has arrived; once more to stop now")
        elif self._working:
            self._working.cancel()
