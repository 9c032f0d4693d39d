"""Every completion on disk before it is counted, and answered from there when asked again."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

from personahub.errors import HubError
from personahub.models.base import CUT_OFF, NOT_TAKEN, UNANSWERED, Completion, Model, Prompt, Wrapper
from personahub.models.journal.journal import Journal
from personahub.text import content_id

__all__ = ["Journal", "Journaled", "question"]

GROUP_ROWS = 256  # the most completions that one write holds
GATHER = 0.01  # seconds that a smaller one waits for more: a write costs as much CPU as ten answers


def question(identity: str, prompt: Prompt) -> bytes:
    """The key of what is asked: the model and its settings, the messages, the schema and which sample it is.

    The longest answer allowed is no part of it: a whole answer is the same under any limit.
    """
    said = [part for message in prompt.messages for part in (message.role, message.content)]
    shape = [prompt.schema] if prompt.schema else []
    return bytes.fromhex(content_id(identity, str(prompt.sample), *said, *shape))


class Journaled(Wrapper):
    """A model whose answers are in the journal before anybody sees them.

    The same question, asked twice at once or in a later run, is paid for once.

    Args:
        others: journals of other hubs, which are looked into but not written.
        anew: no earlier answer is taken for one this time.
    """

    def __init__(self, model: Model, journal: Journal, *, others: Sequence[Journal] = (), anew: bool = False) -> None:
        super().__init__(model)
        self._journal = journal
        self._journals = (*others, journal)
        self._anew = anew
        self._coming: dict[bytes, Completion | None] = {}
        self._lately: set[bytes] = set()  # written since the last look-up for many began
        self._asking: dict[bytes, asyncio.Future[Completion]] = {}
        self._waiting: list[tuple[bytes, Completion, asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None

    @cached_property
    def identity(self) -> str:  # asked for at each prompt
        return self._model.identity

    def expect(self, prompts: Sequence[Prompt]) -> None:
        """These are asked next: look them all up at once, which costs a tenth of one by one. On any thread."""
        lately: set[bytes] = set()
        self._lately = lately
        keys = [question(self.identity, prompt) for prompt in prompts]
        known = self._known(keys)
        self._coming.update((key, known.get(key)) for key in keys)
        for key in list(lately):  # looked up perhaps just before it was written
            self._coming.pop(key, None)

    async def complete(self, prompt: Prompt) -> Completion:
        key = question(self.identity, prompt)
        if not self._anew:
            found = self._coming.pop(key) if key in self._coming else self._known([key]).get(key)
            if found and self._answers(found, prompt):
                return found
        if key in self._asking:
            return replace(await asyncio.shield(self._asking[key]), requests=0)
        answer = self._asking[key] = asyncio.get_running_loop().create_future()
        try:
            completion = await self._model.complete(prompt)
            if completion.error not in UNANSWERED and completion.error != NOT_TAKEN:
                await self._written(key, completion)
                self._lately.add(key)
                if key in self._coming:
                    self._coming[key] = replace(completion, requests=0)
        except BaseException as error:
            answer.cancel() if isinstance(error, asyncio.CancelledError) else answer.set_exception(error)
            answer.cancelled() or answer.exception()  # seen, so that nobody is warned of it
            raise
        else:
            answer.set_result(completion)
            return completion
        finally:
            del self._asking[key]

    async def close(self) -> None:
        """Write what has arrived, then let go of the model."""
        while self._writer and not self._writer.done():
            await self._writer
        await super().close()

    def _known(self, keys: list[bytes]) -> dict[bytes, Completion]:
        found: dict[bytes, Completion] = {}
        for journal in self._journals:
            found.update(journal.known(keys))
        return found

    def _answers(self, found: Completion, prompt: Prompt) -> bool:
        """Whether an earlier answer is one to this question too: a cut-off one is only where no more room is given."""
        if found.error != CUT_OFF:
            return True
        wanted = prompt.limit or self.limit
        return not wanted or found.limit >= wanted

    async def _written(self, key: bytes, completion: Completion) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((key, completion, done))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        await done

    async def _write(self) -> None:
        """Group commit: while one group is on its way to the disk the next one gathers."""
        while self._waiting:
            if len(self._waiting) < GROUP_ROWS:
                await asyncio.sleep(GATHER)
            group, self._waiting = self._waiting[:GROUP_ROWS], self._waiting[GROUP_ROWS:]
            failed: HubError | None = None
            try:
                await asyncio.to_thread(self._journal.put, [(key, completion) for key, completion, _ in group])
            except HubError as error:
                failed = error
            for _, _, done in group:
                if not done.done():
                    done.set_exception(failed) if failed else done.set_result(None)
