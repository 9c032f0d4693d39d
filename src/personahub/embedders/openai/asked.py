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

Keys = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Made:
    """Args:
    refused: the endpoint does not take this text, however short; it has no direction then.
    """

    vector: bytes  # as float32, little-endian, as it came
    refused: bool = False


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
            await self._look_up(keys, answers, dim)
            # long ones together, so that few others are refused with one that is too long
            missing = [text for text, answer in answers.items() if not answer.done()]
            portions = self._portions.of(sorted(missing, key=len))
            await self._all([self._portion(some, keys, answers, dim) for some in portions])
            return {text: await answer for text, answer in {**answers, **others}.items()}
        finally:
            for text, answer in answers.items():
                del self._asking[keys[text]]
                if not answer.done():
                    answer.set_exception(ModelError(f"{self._model.name} was not asked for all vectors; run it again"))
                    answer.exception()  # seen, where nobody waits

    async def _look_up(self, keys: Keys, answers: Mapping[str, asyncio.Future[bytes]], dim: int) -> None:
        """What others asked for was kept before it left the list of what is asked for: nothing is between the two."""
        if self._kept and dim:
            found = await asyncio.to_thread(self._kept.known, [keys[text] for text in answers])
            for text, answer in answers.items():
                if keys[text] in found:
                    answer.set_result(found[keys[text]])

    async def _all(self, work: Sequence[Any]) -> None:
        """Every one to its end, so that nothing that is paid for is dropped; then the first that went wrong."""
        ends = await asyncio.gather(*work, return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):
                raise end

    async def _portion(
        self, texts: Sequence[str], keys: Keys, answers: Mapping[str, asyncio.Future[bytes]], dim: int
    ) -> None:
        try:
            made = await self._in_turn(texts, dim)
        except Exception as error:
            self._failed = self._failed or error
            self._model.stop()  # nobody else would fare better; what is in flight may arrive
            raise self._failed from None
        await self._put(
            [(keys[text], one.vector) for text, one in zip(texts, made, strict=True) if not one.refused], dim
        )
        for text, one in zip(texts, made, strict=True):
            answers[text].set_result(one.vector)

    async def _in_turn(self, texts: Sequence[str], dim: int) -> list[Made]:
        if not self._taken:
            async with self._first:
                if not self._taken:
                    made = await self._split(texts, dim)
                    self._taken = dim > 0
                    return made
        return await self._split(texts, dim)

    async def _split(self, texts: Sequence[str], dim: int) -> list[Made]:
        return [one for some in self._portions.of(texts) for one in await self._taking(some, dim)]

    async def _taking(self, texts: Sequence[str], dim: int) -> list[Made]:
        """Of texts that may be too many, or one of them too long, for one request."""
        completion = await self._model.complete(asking(texts))
        if completion.error != NOT_TAKEN:
            return _made(self._model, completion, dim)
        if len(texts) == 1:
            return [await self._alone(texts[0], completion.detail, dim)]
        self._portions.refused(len(texts), completion.detail)
        half = (len(texts) + 1) // 2
        before = self.cut + self.refused
        made = [*await self._split(texts[:half], dim), *await self._split(texts[half:], dim)]
        if self.cut + self.refused == before:
            self._portions.halves_taken(len(texts))
        return made

    async def _alone(self, text: str, words: str, dim: int) -> Made:
        """Of a text that was refused: of its beginning, where that is taken."""
        while text := self._portions.shorter(text, words):
            completion = await self._model.complete(asking([text]))
            if completion.error != NOT_TAKEN:
                self.cut += 1
                return _made(self._model, completion, dim)[0]
            words = completion.detail
        self.refused += 1
        self.words = words
        return Made(np.zeros(dim, "<f4").tobytes(), refused=True)

    async def _put(self, rows: Sequence[tuple[bytes, bytes]], dim: int) -> None:
        if self._kept and rows and dim:
            async with self._writing:
                await asyncio.to_thread(self._kept.put, rows)


def _made(model: Model, completion: Completion, dim: int) -> list[Made]:
    if completion.error or not isinstance(completion, Embedded):
        raise _unanswered(model, completion)
    if dim and completion.vectors.shape[1] != dim:
        raise ModelError(
            f"{model.name} gives vectors of {completion.vectors.shape[1]} numbers, and gave some of {dim} before; "
            "look at what is served there under that name"
        )
    return [Made(vector.tobytes()) for vector in completion.vectors.astype("<f4")]


def _unanswered(model: Model, completion: Completion) -> ModelError:
    said = sentence(f"{model.name} gives no vectors: {completion.detail or completion.error}")
    return ModelError(f"{said} What was made is saved; mend this and run the same command to go on")
