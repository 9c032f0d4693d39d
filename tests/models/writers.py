"""Small real models for the tests of what is wrapped around a model."""

import asyncio
from collections.abc import Callable

from personahub.errors import ModelError
from personahub.models.base import Completion, Message, Prompt


class Writer:
    """Answers as `answer` says; keeps what it was asked and when.

    Args:
        answer: from the prompt and the number of the request, from one on.
        seconds: that an answer takes.
    """

    name = identity = "writer"
    limit = 0

    def __init__(
        self, answer: Callable[[Prompt, int], Completion] | None = None, *, seconds: float = 0.0, slots: int = 0
    ) -> None:
        self.asked: list[Prompt] = []
        self.times: list[float] = []
        self.slots = slots
        self.in_flight = self.most = 0
        self._answer = answer or (lambda prompt, count: Completion(f"{prompt.messages[0].content} {count}"))
        self._seconds = seconds

    async def complete(self, prompt: Prompt) -> Completion:
        self.asked.append(prompt)
        self.times.append(asyncio.get_running_loop().time())
        count = len(self.asked)
        self.in_flight += 1
        self.most = max(self.most, self.in_flight)
        try:
            await asyncio.sleep(self._seconds)
        finally:
            self.in_flight -= 1
        return self._answer(prompt, count)

    def stop(self) -> None: ...

    async def close(self) -> None: ...


def raising(prompt: Prompt, count: int) -> Completion:
    raise ModelError("no")


def prompt(text: str, sample: int = 0, **more: object) -> Prompt:
    return Prompt((Message("user", text),), sample, **more)  # type: ignore[arg-type]  # fields by name
