"""One model out of one or several endpoints: asked as fast as they let us, and again where it may help."""

import asyncio
import random
from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from personahub.errors import ModelError
from personahub.models.base import EMPTY, NO_ANSWER, NOT_TAKEN, Completion, Model, Prompt, Wrapper
from personahub.models.pacing.lane import FIRST_PAUSE, LONGEST_PAUSE, Lane, Pace, Ticket
from personahub.text import sentence

__all__ = ["Pace", "Paced"]

FAILURES_BEFORE_ANY_ANSWER = 4  # an endpoint that never answered is more likely misspelt than busy
REFUSALS_BEFORE_ANY_ANSWER = 8  # and one that takes no prompt at all is asked in a wrong way
REFUSED_SHARE = 0.9  # of what was asked so far: answers take longer than refusals, and may be on their way
EMPTY_RETRIES = 1
PATIENCE = 600.0  # seconds without any answer after which a person should look


class Paced(Wrapper):
    """The least loaded endpoint is asked; one that fails again and again is left alone and probed now and then.

    Args:
        models: the same model at one or more endpoints.
        retries: further tries of a request that failed while others did not; what an endpoint in trouble does to
            it does not count.
        patience: seconds for which no endpoint answers anybody before the run is ended.
    """

    def __init__(
        self,
        models: Sequence[Model],
        pace: Pace | None = None,
        *,
        retries: int = 5,
        patience: float = PATIENCE,
        seed: int = 0,
    ) -> None:
        super().__init__(models[0])
        self._dice = random.Random(seed)  # noqa: S311 - spreads the retries, guards nothing
        self._lanes = [Lane(model, pace or Pace(), self._dice) for model in models]
        self._retries = retries
        self._patience = patience
        self._waiting: deque[tuple[asyncio.Future[Ticket | None], Prompt]] = deque()
        self._alarm: asyncio.TimerHandle | None = None
        self._stopped = asyncio.Event()
        self._good = False  # whether any answer ever came
        self._failures = self._refusals = 0

    @property
    def slots(self) -> int:
        """At most; how many it is at a moment depends on what the endpoints take."""
        return sum(lane.most for lane in self._lanes)

    @property
    def in_flight(self) -> int:
        return sum(lane.in_flight for lane in self._lanes)

    @property
    def trouble(self) -> str:
        """Why less is asked than could be, in a sentence; "" where nothing is wrong."""
        now = asyncio.get_running_loop().time()
        return "; ".join(said for lane in self._lanes if (said := lane.said(now)))

    async def complete(self, prompt: Prompt) -> Completion:
        tries = failures = empties = 0
        while (ticket := await self._ticket(prompt)) is not None:
            completion = await self._asked(ticket, prompt)
            tries += 1
            if completion.error not in (NO_ANSWER, EMPTY):
                break
            if completion.error == EMPTY:
                empties += 1
            elif not (completion.busy or ticket.lane.broken):
                failures += 1
            # An empty answer was paid for and may well be empty again: one more try, not five.
            if failures > self._retries or empties > min(EMPTY_RETRIES, self._retries):
                break
            if not (completion.busy or ticket.lane.broken):
                await self._pause(failures + empties)
        else:
            completion = Completion("", NO_ANSWER, "the run was stopped before this was asked")
        return completion if tries == 1 else replace(completion, requests=tries)

    def known_to_answer(self) -> None:
        """It answered in an earlier call, so that what it refuses now is about prompts and not about all of them."""
        self._good = True

    def stop(self) -> None:
        self._stopped.set()
        for lane in self._lanes:
            lane.model.stop()
        while self._waiting:
            future, _ = self._waiting.popleft()
            if not future.done():
                future.set_result(None)

    async def close(self) -> None:
        if self._alarm:
            self._alarm.cancel()
        for lane in self._lanes:
            await lane.model.close()

    async def _asked(self, ticket: Ticket, prompt: Prompt) -> Completion:
        try:
            completion = await ticket.lane.model.complete(prompt)
        except BaseException:
            ticket.lane.drop(ticket)
            self._wake()
            raise
        now = asyncio.get_running_loop().time()
        ticket.lane.finish(ticket, completion, now)
        if self._waiting:
            self._wake()
        if completion.error in (NO_ANSWER, NOT_TAKEN):
            self._end_if_hopeless(completion, now)
        else:
            self._good = True
        return completion

    async def _ticket(self, prompt: Prompt) -> Ticket | None:
        """An endpoint that has room, with this request counted on it; None when stopping."""
        if self._stopped.is_set():
            return None
        loop = asyncio.get_running_loop()
        now = loop.time()
        if not self._waiting and (lane := self._free(now)):
            return lane.start(prompt, now)
        future: asyncio.Future[Ticket | None] = loop.create_future()
        self._waiting.append((future, prompt))
        self._set_alarm(now)
        try:
            return await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled() and (given := future.result()):
                given.lane.drop(given)
            raise

    def _free(self, now: float) -> Lane | None:
        if len(self._lanes) == 1:
            return self._lanes[0] if self._lanes[0].room(now) else None
        free = [lane for lane in self._lanes if lane.room(now)]
        return min(free, key=lambda lane: lane.load) if free else None

    def _wake(self) -> None:
        """Give what room there is to those who have waited longest."""
        now = asyncio.get_running_loop().time()
        while self._waiting and (lane := self._free(now)):
            future, prompt = self._waiting.popleft()
            if not future.done():
                future.set_result(lane.start(prompt, now))
        self._set_alarm(now)

    def _set_alarm(self, now: float) -> None:
        """Wake up when time alone makes room, should no answer do so before."""
        if self._alarm:
            self._alarm.cancel()
            self._alarm = None
        moments = [moment for lane in self._lanes if (moment := lane.ready_at(now)) is not None]
        if self._waiting and moments:
            self._alarm = asyncio.get_running_loop().call_at(max(min(moments), now + 0.001), self._wake)

    def _end_if_hopeless(self, completion: Completion, now: float) -> None:
        """Raise where no answer ever came, or none comes any more."""
        self._failures += completion.error == NO_ANSWER and not completion.busy
        self._refusals += completion.error == NOT_TAKEN
        dead = self._failures >= FAILURES_BEFORE_ANY_ANSWER * len(self._lanes) and not any(
            lane.answered for lane in self._lanes
        )
        unwilling = not self._good and self._refusals >= max(
            REFUSALS_BEFORE_ANY_ANSWER, REFUSED_SHARE * (self._refusals + self.in_flight)
        )
        if dead or unwilling or all(lane.lost(self._patience, now) for lane in self._lanes):
            raise ModelError(
                f"{sentence(f'{self.name} gives no usable answer: {completion.detail}')} "
                "What was answered is saved; mend this and run the same command to go on"
            )

    async def _pause(self, failures: int) -> None:
        """Before the next try of one request, longer each time, and not when the run is stopping."""
        longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (failures - 1))
        with_jitter = longest * self._dice.uniform(0.5, 1.0)
        try:
            await asyncio.wait_for(self._stopped.wait(), with_jitter)
        except TimeoutError:
            return
