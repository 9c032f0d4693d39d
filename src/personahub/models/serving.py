"""Any model behind an HTTP endpoint in the OpenAI chat format, on this machine only."""

import asyncio
import signal
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from time import time

import orjson
from aiohttp import web

from personahub.errors import ModelError
from personahub.models.base import NO_ANSWER, NOT_TAKEN, Completion, Message, Model, Prompt

HOST = "127.0.0.1"
LARGEST_REQUEST = 32 * 2**20  # bytes
LARGEST_SEED = 2**63

_FINISHED = {"cut_off": "length", "content_filter": "content_filter"}


@dataclass(frozen=True, slots=True)
class Request:
    """Args:
    limit: the most tokens of an answer; 0 for no limit.
    """

    model: object
    prompt: Prompt
    limit: int

    @property
    def digest(self) -> bytes:
        said = [[message.role, message.content] for message in self.prompt.messages]
        return blake2b(orjson.dumps([said, self.prompt.sample]), digest_size=16).digest()


class Server:
    """Answers `/v1/chat/completions` and `/v1/models`, and says at `/stats` how often it was asked what.

    Args:
        latency_ms: waited before each answer.
        api_key: asked for where given.
        models: the only names that are known, where given.
    """

    def __init__(
        self, model: Model, *, latency_ms: float = 0.0, api_key: str | None = None, models: tuple[str, ...] = ()
    ) -> None:
        self._model = model
        self._latency = latency_ms / 1000
        self._key = api_key
        self._models = models
        self._requests = 0
        self._asked: set[bytes] = set()
        app = web.Application(client_max_size=LARGEST_REQUEST)
        app.router.add_post("/v1/chat/completions", self._complete)
        app.router.add_get("/v1/models", self._list)
        app.router.add_get("/stats", self._stats)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)

    async def listen(self, port: int) -> None:
        """Raises ModelError where the port cannot be had."""
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, HOST, port, backlog=4096).start()
        except OSError as error:
            await self._runner.cleanup()
            raise ModelError(f"port {port} cannot be had ({error.strerror}); choose another with --port") from error

    @property
    def url(self) -> str:
        """The base URL, "http://127.0.0.1:8000/v1"."""
        return f"http://{HOST}:{self._runner.addresses[0][1]}/v1"

    def stats(self) -> dict[str, int]:
        """Requests that came in, how many of them were different, and how many repeated one before."""
        distinct = len(self._asked)
        return {"requests": self._requests, "distinct": distinct, "repeated": self._requests - distinct}

    async def close(self) -> None:
        """Stop listening; the model stays open for its owner."""
        await self._runner.cleanup()

    async def _complete(self, request: web.Request) -> web.Response:
        if self._key is not None and request.headers.get("Authorization") != f"Bearer {self._key}":
            return _error(401, "the key is missing or wrong")
        try:
            asked = _read(await request.read())
        except (ValueError, TypeError) as error:
            return _error(400, str(error))
        except web.HTTPRequestEntityTooLarge:
            return _error(413, f"a request may hold {LARGEST_REQUEST // 2**20} MB")
        if self._models and asked.model not in self._models:
            return _error(404, f"no model {asked.model!r}; there is {', '.join(self._models)}")
        self._requests += 1
        self._asked.add(asked.digest)
        if self._latency:
            await asyncio.sleep(self._latency)
        completion = await self._model.complete(asked.prompt)
        if completion.error in (NOT_TAKEN, NO_ANSWER):
            return _error(400 if completion.error == NOT_TAKEN else 503, completion.detail or "no answer")
        name = str(asked.model or self._model.name)
        return web.Response(body=_answer(name, completion, asked.limit), content_type="application/json")

    async def _list(self, _: web.Request) -> web.Response:
        data = [{"id": name, "object": "model"} for name in self._models or (self._model.name,)]
        return web.json_response({"object": "list", "data": data})

    async def _stats(self, _: web.Request) -> web.Response:
        return web.json_response(self.stats())


async def start(
    model: Model, *, port: int = 0, latency_ms: float = 0.0, api_key: str | None = None, models: tuple[str, ...] = ()
) -> Server:
    """A server that listens already; port 0 takes a free one.

    Raises:
        ModelError: the port cannot be had.
    """
    server = Server(model, latency_ms=latency_ms, api_key=api_key, models=models)
    await server.listen(port)
    return server


def serve(model: Model, *, port: int, latency_ms: float, on_ready: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM.

    Args:
        on_ready: called with a sentence that holds the base URL once it listens.
    """

    async def forever() -> None:
        stopped = asyncio.Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, stopped.set)
        server = await start(model, port=port, latency_ms=latency_ms)
        try:
            on_ready(f"{model.name} answers at {server.url} until Ctrl-C")
            await stopped.wait()
        finally:
            await server.close()
            await model.close()

    asyncio.run(forever())


def _read(body: bytes) -> Request:
    """Raises ValueError or TypeError with what is wrong with a body that is no chat request."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"the body is no JSON ({error})") from error
    if not isinstance(found, dict):
        raise TypeError("the body is no JSON object")
    messages = found.get("messages")
    if not isinstance(messages, list) or not messages:
        raise ValueError("messages must be a list with at least one message")
    seed = _whole(found, "seed", -LARGEST_SEED)
    limit = _whole(found, "max_tokens", 0) or _whole(found, "max_completion_tokens", 0)
    return Request(found.get("model"), Prompt(tuple(_message(one) for one in messages), seed), limit)


def _whole(body: dict[str, object], name: str, least: int) -> int:
    value = body.get(name)
    if value is None:
        return 0
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value < LARGEST_SEED:
        raise ValueError(f"{name} must be a whole number of at least {least}")
    return value


def _message(found: object) -> Message:
    if not isinstance(found, dict) or not isinstance(found.get("role"), str):
        raise TypeError("each message must be an object with a role and a content")
    content = found.get("content")
    if isinstance(content, list):
        content = "".join(
            part["text"] for part in content if isinstance(part, dict) and isinstance(part.get("text"), str)
        )
    if content is not None and not isinstance(content, str):
        raise TypeError("the content of a message must be a string or a list of text parts")
    return Message(found["role"], content or "")


def _answer(name: str, completion: Completion, limit: int) -> bytes:
    text, tokens = completion.text, completion.completion_tokens
    finish = _FINISHED.get(completion.error or "", "stop")
    # A word is a token here, near enough for a writer that counts by words.
    if limit and len(words := text.split(" ")) > limit:
        text, finish, tokens = " ".join(words[:limit]), "length", limit
    message = {"role": "assistant", "content": text}
    if completion.error == "refusal":
        message["refusal"] = completion.detail or text
    usage = {
        "prompt_tokens": completion.prompt_tokens,
        "completion_tokens": tokens,
        "total_tokens": completion.prompt_tokens + tokens,
    }
    choice = {"index": 0, "message": message, "finish_reason": finish}
    whole = {"object": "chat.completion", "created": int(time()), "model": name, "choices": [choice], "usage": usage}
    return orjson.dumps(whole)


def _error(status: int, message: str) -> web.Response:
    """In OpenAI's shape, which its clients know how to show."""
    return web.json_response({"error": {"message": message, "type": "invalid_request_error"}}, status=status)
