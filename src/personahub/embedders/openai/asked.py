"""Texts to vectors by way of endpoints: portions in flight, what they refuse made smaller, what came on the disk."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from personahub.embedders.openai.portions import Portions
from personahub.embedders.openai.wire import Embedded, asking
from personahub.errors import ModelError
from personahub.models.base import NOT_TAKEN, Completion, Model
from personahub.models.journal.kept import Kept
from personahub.text import sentence

MOST_REFUSED = 32  # texts, where fewer were taken: that is no question of single texts

Keys = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class _Call:
    """Args:
    answers: to each text that is to be asked for.
    dim: of each vector; 0 where that is not known yet, and nothing is kept then.
    """

    keys: Keys
    answers: Mapping[str, asyncio.Future[bytes]]
    dim: int


class Asked:
    """All of it in one event loop.

    Args:
        model: paced and metered.
        kept: where vectors are put down before they count; None where that is nowhere.
    """

    def __init__(self, model: Model, kept: Kept | None) -> None:
        self._model = model
        self._kept = kept
        self._portions = Portions()
        self._first = (
            asyncio.Lock()
        )  # until a portion was taken, one at a time: how many it may hold is learned by that
        self._taken = False
        self._writing = asyncio.Lock()
        self._asking: dict[bytes, asyncio.Future[bytes]] = {}
        self._failed: Exception | None = None  # why nothing is asked any more
        self._given = 0  # texts that got a vector
        self.cut = self.refused = 0  # texts
        self.words = ""  # of the endpoint, on one that it refused

    async def vectors(self, keys: Keys, dim: int) -> dict[str, bytes]:
        """Of each text, by the key under which it is kept; one that is asked for already is waited for.

        Args:
            dim: of each; 0 where that is not known yet, and nothing is kept then.

        Raises:
            ModelError: one got no answer; what others got is kept.
            LimitReached: as much may be used; what was made until then is kept.
        """
        mine = [text for text, key in keys.items() if key not in self._asking]
        others = {text: self._asking[keys[text]] for text in keys if keys[text] in self._asking}
        loop = asyncio.get_running_loop()
        answers = {text: loop.create_future() for text in mine}
        self._asking.update({keys[text]: answer for text, answer in answers.items()})
        try:
            call = _Call(keys, answers, dim)
            await self._look_up(call)
            # long ones together, so that few others are refused with one that is too long
            missing = [text for text, answer in answers.items() if not answer.done()]
            await self._all([self._portion(some, call) for some in self._portions.of(sorted(missing, key=len))])
            return {text: await answer for text, answer in {**answers, **others}.items()}
        finally:
            for text, answer in answers.items():
                del self._asking[keys[text]]
                if not answer.done():
                    answer.set_exception(ModelError(f"{self._model.name} was not asked for all vectors; run it again"))
                    answer.exception()  # seen, where nobody waits

    async def _look_up(self, call: _Call) -> None:
        """What others asked for was kept before it left the list of what is asked for: nothing is between the two."""
        if self._kept and call.dim:
            found = await asyncio.to_thread(self._kept.known, [call.keys[text] for text in call.answers])
            for text, answer in call.answers.items():
                if call.keys[text] in found:
                    answer.set_result(found[call.keys[text]])

    async def _all(self, work: Sequence[Any]) -> None:
        """Every one to its end, so that nothing that is paid for is dropped; then the first that went wrong."""
        ends = await asyncio.gather(*work, return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):
                raise end

    async def _portion(self, texts: Sequence[str], call: _Call) -> None:
        try:
            if not self._taken:
                async with self._first:
                    if not self._taken:
                        await self._split(texts, call)
                        self._taken = call.dim > 0
                        return
            await self._split(texts, call)
        except Exception as error:
            self._failed = self._failed or error
            self._model.stop()  # nobody else would fare better; what is in flight may arrive
            raise self._failed from None

    async def _split(self, texts: Sequence[str], call: _Call) -> None:
        for some in self._portions.of(texts):
            await self._ask(some, call)

    async def _ask(self, texts: Sequence[str], call: _Call) -> None:
        """For texts that may be too many, or one of them too long, for one request."""
        completion = await self._model.complete(asking(texts))
        if completion.error != NOT_TAKEN:
            await self._got(texts, _made(self._model, completion, call.dim), call)
        elif len(texts) == 1:
            await self._ask_shorter(texts[0], completion.detail, call)
        else:
            self._portions.refused(len(texts), completion.detail)
            half, before = (len(texts) + 1) // 2, self.cut + self.refused
            await self._split(texts[:half], call)
            await self._split(texts[half:], call)
            if self.cut + self.refused == before:
                self._portions.halves_taken(len(texts))

    async def _ask_shorter(self, text: str, words: str, call: _Call) -> None:
        """For the beginning of a text that was refused alone, where that is taken; else it has no direction."""
        shorter = text
        while shorter := self._portions.shorter(shorter, words):
            completion = await self._model.complete(asking([shorter]))
            if completion.error != NOT_TAKEN:
                self.cut += 1
                await self._got([text], _made(self._model, completion, call.dim), call)
                return
            words = completion.detail
        self.refused += 1
        self.words = words
        if self.refused >= MOST_REFUSED and self.refused > self._given:
            raise ModelError(
                f"{self._model.name} refuses most texts ({self.refused:,}, and took {self._given:,}): {words}. "
                "Look at what is served there under that name"
            )
        call.answers[text].set_result(np.zeros(call.dim, "<f4").tobytes())  # not paid for, so kept nowhere

    async def _got(self, texts: Sequence[str], vectors: Sequence[bytes], call: _Call) -> None:
        """What is paid for is on the disk before it counts."""
        if self._kept and call.dim:
            async with self._writing:
                rows = [(call.keys[text], vector) for text, vector in zip(texts, vectors, strict=True)]
                await asyncio.to_thread(self._kept.put, rows)
        self._given += len(texts)
        for text, vector in zip(texts, vectors, strict=True):
            call.answers[text].set_result(vector)


def _made(model: Model, completion: Completion, dim: int) -> list[bytes]:
    if completion.error or not isinstance(completion, Embedded):
        raise _unanswered(model, completion)
    if dim and completion.vectors.shape[1] != dim:
        raise ModelError(
            f"{model.name} gives vectors of {completion.vectors.shape[1]} numbers, and gave some of {dim} before; "
            "look at what is served there under that name"
        )
    return [vector.tobytes() for vector in completion.vectors.astype("<f4")]


def _unanswered(model: Model, completion: Completion) -> ModelError:
    said = sentence(f"{model.name} gives no vectors: {completion.detail or completion.error}")
    return ModelError(f"{said} What was made is saved; mend this and run the same command to go on")
