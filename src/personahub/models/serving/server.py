"""The server: what it serves at which path, and what a chat request goes through."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import asdict, replace
from functools import partial
from time import monotonic
from typing import TypeVar

import orjson

from personahub.errors import UsageError
from personahub.models.base import NO_ANSWER, NOT_TAKEN, Completion, Model
from personahub.models.serving import chat, embeddings
from personahub.models.serving.batches import Batches
from personahub.models.serving.draws import Draws
from personahub.models.serving.embeddings import Embedding
from personahub.models.serving.faults import REFUSALS, SPOILERS, WHOLE, after, refused, too_many
from personahub.models.serving.limits import Bucket
from personahub.models.serving.manners import Manners
from personahub.models.serving.messages import Request, Response, Route, Routes, error, said
from personahub.models.serving.tally import Tally
from personahub.models.serving.wire import HOST, Wire

MOST_DOWN_SECONDS = 3600.0

In = TypeVar("In", chat.Asked, embeddings.Asked)
Work = Callable[[In, str | None], Awaitable[bytes | Response]]  # what was asked and a fault -> the answer, or an error

_POLITE = Manners()


class Server:
    """Answers `/v1/chat/completions`, `/v1/embeddings` and `/v1/models`, by file at `/v1/batches`, says at `/stats` how
    often it was asked what, and lets its manners be changed at `/faults` while it runs.

    Args:
        embedding: makes vectors of texts; without it there are none.
        api_key: asked for where given.
        models: the only names that are known, where given.
    """

    def __init__(
        self,
        model: Model,
        manners: Manners = _POLITE,
        *,
        embedding: Embedding | None = None,
        api_key: str | None = None,
        models: tuple[str, ...] = (),
    ) -> None:
        self._model = model
        self._embedding = embedding
        self._key = api_key
        self._models = models
        self._tally = Tally()
        self._room: dict[bytes, int] = {}  # of the questions that meet "length": the room of their first request
        self._manners = _POLITE
        self._draws = Draws(_POLITE)
        self._bucket: Bucket | None = None
        self._slots: AbstractAsyncContextManager[object] = nullcontext()
        self.behave(manners)
        self._batches = Batches(self.aside)
        self._wire = Wire(Routes(self._routes()))

    def _routes(self) -> dict[tuple[str, str], Route]:
        """The table of what is served where; `Routes` says how to read it and how to add to it."""
        return {
            ("POST", "/v1/chat/completions"): self.complete,
            ("POST", "/v1/embeddings"): self.embed,
            ("GET", "/v1/models"): self._list,
            ("GET", "/stats"): self._stats,
            ("GET", "/faults"): self._tell,
            ("PUT", "/faults"): self._change,
            **self._batches.routes(),
        }

    async def listen(self, port: int) -> None:
        """Raises ModelError where the port cannot be had."""
        await self._wire.listen(port)

    @property
    def url(self) -> str:
        """The base URL, "http://127.0.0.1:8000/v1"."""
        return f"http://{HOST}:{self._wire.port}/v1"

    def stats(self) -> dict[str, int | dict[str, int]]:
        """Requests, how many were different, what was answered, and which faults they met; see `Tally`."""
        return self._tally.told()

    def behave(self, manners: Manners) -> None:
        """From now on so; what is being worked on goes on as before."""
        before, self._manners = self._manners, manners
        self._draws = Draws(manners)
        if manners.limit_rps != before.limit_rps:
            self._bucket = Bucket(manners.limit_rps, monotonic()) if manners.limit_rps else None
        if manners.slots != before.slots:
            self._slots = asyncio.Semaphore(manners.slots) if manners.slots else nullcontext()

    async def close(self) -> None:
        """Stop listening; the model stays open for its owner."""
        await self._wire.close()
        await self._batches.close()

    async def complete(self, request: Request) -> Response:
        """A chat completion, or what stands in its place."""
        return await self._limited(request, chat.read, self._chatted)

    async def embed(self, request: Request) -> Response:
        """Vectors of texts, or what stands in their place."""
        return await self._limited(request, embeddings.read, self._embedded)

    async def _limited(self, request: Request, read: Callable[[bytes], In], work: Work[In]) -> Response:
        response = await self._read(request, read, work)
        if self._bucket and self._manners.limit_headers:
            return replace(response, headers={**response.headers, **self._bucket.headers(monotonic())})
        return response

    async def aside(self, request: Request) -> Response:
        """As `complete`, for a route that asks in its turn: a fault that leaves it without JSON is a 500 there."""
        response = await self.complete(request)
        whole = response.sender is None and _is_json(response.body)
        if response.done:
            response.done(whole)
        return response if whole else error(500, "the server failed", kind="server_error")

    async def _read(self, request: Request, read: Callable[[bytes], In], work: Work[In]) -> Response:
        if self._key is not None and request.headers.get("authorization") != f"Bearer {self._key}":
            return error(401, "the key is missing or wrong")
        try:
            asked = read(request.body)
        except (ValueError, TypeError) as found:
            return error(400, str(found))
        if self._models and asked.model not in self._models:
            return error(404, f"no model {asked.model!r}; there is {', '.join(self._models)}")
        before = self._tally.arrives(asked.key)
        try:
            return await self._counted(asked, before, work)
        except BaseException:
            self._tally.leaves(None, whole=False)
            raise

    async def _counted(self, asked: In, before: int, work: Work[In]) -> Response:
        wait = self._bucket.take(monotonic()) if self._bucket else 0.0
        if wait:
            self._tally.fails("limited")
            return self._without_answer(too_many(wait, after(wait)))
        fault = self._fault(asked, before)
        if fault:
            self._tally.fails(fault)
            if fault == "refused":
                return self._without_answer(refused())
            if fault in REFUSALS:
                return self._without_answer(REFUSALS[fault](self._manners.retry_after))
        return await self._worked(asked, before, fault, work)

    def _fault(self, asked: chat.Asked | embeddings.Asked, before: int) -> str | None:
        kind = self._draws.of_the_key(asked.key)
        if isinstance(asked, embeddings.Asked):  # vectors are not cut off, nor filtered
            kind = kind if kind == "refused" else None
        elif kind == "length" and asked.limit > self._room.setdefault(asked.key, asked.limit):
            kind = None
        return kind or self._draws.each(asked.key, before)

    async def _worked(self, asked: In, before: int, fault: str | None, work: Work[In]) -> Response:
        async with self._slots:
            seconds = self._draws.seconds(asked.key, before)
            if seconds:
                await asyncio.sleep(seconds)
            made = await work(asked, fault)
        if isinstance(made, Response):
            return self._without_answer(made)
        done = partial(self._tally.leaves, None if fault and fault not in WHOLE else asked.key)
        if isinstance(asked, embeddings.Asked) and (not fault or fault in WHOLE):
            done = partial(self._tally.embedded, asked.keys, asked.key)
        return replace(SPOILERS[fault](made) if fault and fault in SPOILERS else Response(made), done=done)

    async def _chatted(self, asked: chat.Asked, fault: str | None) -> bytes | Response:
        completions = [await self._model.complete(prompt) for prompt in asked.prompts]
        for completion in completions:
            if completion.error in (NOT_TAKEN, NO_ANSWER):
                return error(400 if completion.error == NOT_TAKEN else 503, completion.detail or "no answer")
        try:
            return self._written(asked, completions, fault)
        except ValueError as found:
            return error(400, f"response_format: {found}")

    async def _embedded(self, asked: embeddings.Asked, _: str | None) -> bytes | Response:
        if self._embedding is None:
            return error(501, "no vectors are made here")
        if refusal := embeddings.beyond(asked, self._manners):
            return refusal
        try:
            return embeddings.written(str(asked.model), asked, self._embedding(asked.texts))
        except UsageError as found:
            return error(501, str(found))
        except ValueError as found:
            return error(400, str(found))

    def _written(self, asked: chat.Asked, completions: list[Completion], fault: str | None) -> bytes:
        name = str(asked.model or self._model.name)
        if asked.schema is not None:
            completions = [chat.structured(one, asked, index) for index, one in enumerate(completions)]
        if fault == "length":
            completions = [chat.cut(one) for one in completions]
        elif fault == "content_filter":
            completions = [Completion("", "content_filter", prompt_tokens=one.prompt_tokens) for one in completions]
        return chat.written(name, asked, completions)

    def _without_answer(self, response: Response) -> Response:
        return replace(response, done=partial(self._tally.leaves, None))

    async def _list(self, _: Request) -> Response:
        data = [{"id": name, "object": "model"} for name in self._models or (self._model.name,)]
        return said({"object": "list", "data": data})

    async def _stats(self, _: Request) -> Response:
        return said(self.stats())

    async def _tell(self, _: Request) -> Response:
        return said(asdict(self._manners))

    async def _change(self, request: Request) -> Response:
        try:
            given = _object(request.body)
            down = given.pop("down_s", 0)
            if not isinstance(down, int | float) or not 0 <= down <= MOST_DOWN_SECONDS:
                return error(400, f"down_s must be a number of seconds from 0 to {MOST_DOWN_SECONDS:g}")
            self.behave(self._manners.changed(given))
        except (orjson.JSONDecodeError, UsageError) as found:
            return error(400, str(found))
        if down:
            self._wire.go_down(down)
        return replace(await self._tell(request), last=bool(down))


def _object(body: bytes) -> dict[str, object]:
    found = orjson.loads(body)
    if not isinstance(found, dict):
        raise UsageError("the body is no JSON object")
    return found


def _is_json(body: bytes) -> bool:
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    return True
