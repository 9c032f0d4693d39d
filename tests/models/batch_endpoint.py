"""A Batch API of our own on loopback, in a thread, with ways to make it misbehave."""

import asyncio
import resource
import threading
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import orjson

from personahub.models.base import Completion, Message, Prompt
from personahub.models.batch import Batch, Patience, Remote, Sizes
from personahub.models.offline import Offline
from personahub.models.serving.batches import Batches
from personahub.models.serving.manners import Manners
from personahub.models.serving.messages import Request, Response, Route, Routes, error
from personahub.models.serving.server import Server
from personahub.models.serving.wire import Wire, reset
from personahub.models.wire.lines import Form

KEY = "sk-right-key-123456"
PATIENCE = Patience(poll=0.02, settle=0.1, give_up=0.5, timeout=5.0)

Out = TypeVar("Out")


@dataclass
class Habits:
    """How the endpoint is just now; read at every request.

    Args:
        key: asked for, where given.
        loses: how many answers to POST /v1/batches still get lost on their way, though the batch is made.
        refuses: a status and words for every chat request that has this field.
        down: answers 503 to everything.
        forgets: there is no batch of any name.
        makes_none: POST /v1/batches fails.
        garbles: what comes back for a request is no chat completion.
    """

    key: str = ""
    loses: int = 0
    refuses: tuple[str, int, str] | None = None
    down: bool = False
    forgets: bool = False
    makes_none: bool = False
    garbles: bool = False
    asked: Counter[str] = field(default_factory=Counter)
    headers: list[dict[str, str]] = field(default_factory=list)


class BatchEndpoint:
    """Args:
    manners: of the endpoint that answers each line.
    """

    def __init__(self, manners: Manners | None = None) -> None:
        self.habits = Habits()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = Server(Offline(), manners or Manners())
        self.store = Batches(self._chat)
        self._wire = Wire(Routes({place: self._with_habits(route) for place, route in self.store.routes().items()}))
        self._do(self._wire.listen(0))
        self.url = f"http://127.0.0.1:{self._wire.port}/v1"

    def trouble(self, **changed: Any) -> None:
        self.store.trouble = replace(self.store.trouble, **changed)

    def cancel(self, batch_id: str) -> None:
        routes = self.store.routes()
        request = Request("POST", "", names={"id": batch_id})
        assert self._do(routes["POST", "/v1/batches/{id}/cancel"](request)).status == 200

    @property
    def made(self) -> list[dict[str, Any]]:
        return self.store.made

    def times_put(self) -> Counter[str]:
        """In how many batches each custom_id was put, of those that were not refused as a whole."""
        return Counter(
            custom_id
            for batch in self.made
            if batch["status"] != "failed"
            for custom_id in self.store.asked_in(str(batch["id"]))
        )

    def close(self) -> None:
        self._do(self.store.close())
        self._do(self._wire.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, Out] | Any) -> Out:
        async def done() -> Out:
            found: Out = await work
            return found

        return asyncio.run_coroutine_threadsafe(done(), self._loop).result(30)

    async def _chat(self, request: Request) -> Response:
        if self.habits.refuses and self.habits.refuses[0] in orjson.loads(request.body):
            _, status, words = self.habits.refuses
            return error(status, words, code="insufficient_quota" if "quota" in words else None)
        return Response(b'{"hello": 1}') if self.habits.garbles else await self._server.complete(request)

    def _with_habits(self, route: Route) -> Route:
        async def habitual(request: Request) -> Response:
            habits = self.habits
            habits.asked[f"{request.method} {request.path.split('/')[2]}"] += 1
            habits.headers.append(dict(request.headers))
            makes = request.method == "POST" and request.path == "/v1/batches"
            if habits.down or (makes and habits.makes_none):
                return error(503, "down for a moment")
            if habits.key and request.headers.get("authorization") != f"Bearer {habits.key}":
                return error(401, f"bad key, you sent {request.headers.get('authorization')}")
            if habits.forgets and "id" in request.names:
                return error(404, f"No batch found with id {request.names['id']!r}.")
            response = await route(request)
            if makes and habits.loses:
                habits.loses -= 1
                return Response(sender=_lost)
            return response

        return habitual


async def _lost(transport: asyncio.Transport, _: bytes) -> None:
    reset(transport)


def prompts(count: int, first: int = 0) -> list[Prompt]:
    return [Prompt((Message("user", f"A persona out of text {number}"),)) for number in range(first, first + count)]


def expected(asked: list[Prompt]) -> list[str]:
    """What the endpoint's writer says to these, asked live."""

    async def all_of_them() -> list[Completion]:
        return [await Offline().complete(prompt) for prompt in asked]

    return [completion.text for completion in asyncio.run(all_of_them())]


@contextmanager
def full_disk(room: int) -> Iterator[None]:
    """No file can grow over so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def until(so: Callable[[], object]) -> None:
    while not so():  # noqa: ASYNC110 - what is waited for happens on a disk or another thread
        await asyncio.sleep(0.005)


def batch(url: str, folder: Path, **more: Any) -> Batch:
    """With small batches and short pauses, unless said otherwise."""
    form, key = more.pop("form", Form("m")), more.pop("key", KEY)
    remote = Remote(url, key, more.pop("patience", PATIENCE))
    return Batch(form, remote, folder, sizes=Sizes(more.pop("size", 30), seconds=0.05), **more)


def ask(model: Batch, asked: list[Prompt]) -> list[Completion]:
    """All at once, and close."""

    async def all_of_them() -> list[Completion]:
        try:
            return await asyncio.gather(*(model.complete(prompt) for prompt in asked))
        finally:
            await model.close()

    return asyncio.run(all_of_them())
