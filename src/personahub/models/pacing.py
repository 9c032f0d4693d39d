"""So many requests at a time, and another try where one may help."""

import asyncio
import random
from dataclasses import replace

from personahub.errors import ModelError
from personahub.models.base import NO_ANSWER, NOT_TAKEN, Completion, Model, Prompt

FIRST_WAIT = 0.5  # seconds; doubled at each try
LONGEST_WAIT = 30.0
TRIES_BEFORE_ANY_ANSWER = 2  # an endpoint that never answered is more likely misspelt than busy
HOPELESS = 8  # rows in a row that failed in every try: the endpoint is down, not the row odd


class Paced:
    """Args:
    concurrency: requests in flight at most.
    retries: further tries of a request that got no answer.
    """

    def __init__(self, model: Model, *, concurrency: int, retries: int, seed: int = 0) -> None:
        self._model = model
        self._retries = retries
        self._slots = asyncio.Semaphore(concurrency)
        self._dice = random.Random(seed)  # noqa: S311 - spreads the retries, guards nothing
        self._answered = False
        self._failed = 0  # rows given up since the last answer

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def identity(self) -> str:
        return self._model.identity

    async def complete(self, prompt: Prompt) -> Completion:
        # A request that waits for its next try keeps its slot: an endpoint in trouble is asked less, not by others.
        async with self._slots:
            tries = 1
            while (completion := await self._model.complete(prompt)).error == NO_ANSWER and tries <= self._allowed():
                longest = min(LONGEST_WAIT, FIRST_WAIT * 2 ** (tries - 1))
                await asyncio.sleep(max(completion.wait, longest * self._dice.uniform(0.5, 1.0)))
                tries += 1
            self._note(completion)
            return replace(completion, requests=tries)

    async def close(self) -> None:
        await self._model.close()

    def _allowed(self) -> int:
        return self._retries if self._answered else min(self._retries, TRIES_BEFORE_ANY_ANSWER - 1)

    def _note(self, completion: Completion) -> None:
        """Raise where nothing but failures has come: no answer ever, or a row of rows given up since the last one."""
        refused = completion.error == NOT_TAKEN
        if completion.error != NO_ANSWER and (self._answered or not refused):
            self._answered = True
            self._failed = 0
            return
        self._failed += 1
        if self._failed >= HOPELESS or not (self._answered or refused):
            raise ModelError(
                f"{self.name} gives no usable answer: {completion.detail}. "
                "What was answered is saved; mend this and run the same command to go on"
            )
