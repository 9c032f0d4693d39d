"""Any model behind an HTTP endpoint in the OpenAI chat format, on this machine only."""

import asyncio
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from time import time

import orjson
from aiohttp import web

from personahub.errors import ModelError
from personahub.models.base import Completion, Message, Model, Prompt

HOST = "127.0.0.1"
LARGEST_REQUEST = 32 * 2**20  # bytes


@dataclass
class Server:
    """Answers `/v1/chat/completions` and `/v1/models`, and says at `/stats` how often it was asked what.

    Args:
        latency_ms: waited before each answer.
        api_key: asked for where given.
        models: the only names that are known, where given.
    """

    model: Model
    latency_ms: float = 0.0
    api_key: str | None = None
    models: tuple[str, ...] = ()
    url: str = ""
    _requests: int = 0
    _asked: set[bytes] = field(default_factory=set)
    _runner: web.AppRunner | None = None

    async def start(self, port: int = 0) -> None:
        """Listen on loopback; `url` is the base URL from then on.

        Raises:
            ModelError: the port cannot be had.
        """
        app = web.Application(client_max_size=LARGEST_REQUEST)
        app.router.add_post("/v1/chat/completions", self._complete)
        app.router.add_get("/v1/models", self._list)
        app.router.add_get("/stats", self._stats)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, HOST, port, backlog=4096).start()
        except OSError as error:
            await self._runner.cleanup()
            raise ModelError(f"port {port} cannot be had ({error.strerror}); choose another with --port") from error
        self.url = f"http://{HOST}:{self._runner.addresses[0][1]}/v1"

    async def close(self) -> None:
        if self._runner:
            await self._runner.cleanup()

    @property
    def stats(self) -> dict[str, int]:
        """Requests that came in, how many of them were different, and how many repeated one before."""
        distinct = len(self._asked)
        return {"requests": self._requests, "distinct": distinct, "repeated": self._requests - distinct}

    async def _complete(self, request: web.Request) -> web.Response:
        if self.api_key is not None and request.headers.get("Authorization") != f"Bearer {self.api_key}":
            return _error(401, "the key is missing or wrong")
        try:
            body = orjson.loads(await request.read())
            messages = tuple(Message(str(one["role"]), str(one["content"])) for one in body["messages"])
            seed, limit = int(body.get("seed") or 0), int(body.get("max_tokens") or 0)
        except (ValueError, KeyError, TypeError) as error:
            return _error(400, f"no chat request: {type(error).__name__}")
        if self.models and body.get("model") not in self.models:
            return _error(404, f"no model {body.get('model')!r}; there is {', '.join(self.models)}")
        self._requests += 1
        self._asked.add(blake2b(orjson.dumps([body["messages"], seed]), digest_size=16).digest())
        if self.latency_ms:
            await asyncio.sleep(self.latency_ms / 1000)
        completion = await self.model.complete(Prompt(messages, seed))
        return web.Response(body=_answer(str(body.get("model")), completion, limit), content_type="application/json")

    async def _list(self, _: web.Request) -> web.Response:
        data = [{"id": name, "object": "model"} for name in self.models or (self.model.name,)]
        return web.json_response({"object": "list", "data": data})

    async def _stats(self, _: web.Request) -> web.Response:
        return web.json_response(self.stats)


def serve(model: Model, *, port: int, latency_ms: float, on_ready: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM.

    Args:
        on_ready: called with a sentence that holds the base URL once it listens.
    """

    async def forever() -> None:
        stopped = asyncio.Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, stopped.set)
        server = Server(model, latency_ms=latency_ms)
        await server.start(port)
        on_ready(f"{model.name} answers at {server.url} until Ctrl-C")
        try:
            await stopped.wait()
        finally:
            await server.close()

    asyncio.run(forever())


def _answer(name: str, completion: Completion, limit: int) -> bytes:
    text, finish, tokens = completion.text, "stop", completion.completion_tokens
    # A word is a token here, near enough for a writer that counts by words.
    if limit and len(words := text.split(" ")) > limit:
        text, finish, tokens = " ".join(words[:limit]), "length", limit
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}
    usage = {
        "prompt_tokens": completion.prompt_tokens,
        "completion_tokens": tokens,
        "total_tokens": completion.prompt_tokens + tokens,
    }
    whole = {"object": "chat.completion", "created": int(time()), "model": name, "choices": [choice], "usage": usage}
    return orjson.dumps(whole)


def _error(status: int, message: str) -> web.Response:
    return web.json_response({"error": {"message": message, "type": "invalid_request_error"}}, status=status)
