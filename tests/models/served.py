"""A server in a thread, and ways to talk to it that hide nothing of HTTP."""

import asyncio
import http.client
import json
import socket
import threading
from collections.abc import Coroutine
from dataclasses import dataclass
from hashlib import blake2b
from types import TracebackType
from typing import Any, TypeVar

from personahub.models.base import Completion, Model, Prompt
from personahub.models.offline import Offline
from personahub.models.serving import Manners, start

MESSAGES = [{"role": "user", "content": 'Write a riddle. Start with "Riddle:".\n\nPerson:\n<<<\nA tired nurse\n>>>'}]
BODY = json.dumps({"messages": MESSAGES}).encode()
CHAT = "/v1/chat/completions"
KEYS = [blake2b(str(number).encode(), digest_size=16).digest() for number in range(20_000)]  # as of questions

Out = TypeVar("Out")


@dataclass(frozen=True)
class Got:
    """Args:
    headers: by lower-case name.
    """

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def choice(self) -> Any:
        [choice] = self.json["choices"]
        return choice

    @property
    def text(self) -> str:
        text: str = self.choice["message"]["content"]
        return text


@dataclass(frozen=True)
class Says:
    """A model that always gives this completion."""

    completion: Completion
    name: str = "says"
    identity: str = "says"
    limit: int = 0
    slots: int = 0

    async def complete(self, prompt: Prompt) -> Completion:
        return self.completion

    def stop(self) -> None:
        pass

    async def close(self) -> None:
        pass


def question(number: int, **fields: object) -> dict[str, object]:
    """Another question for another number."""
    return {"messages": [{"role": "user", "content": f"Question {number}"}], **fields}


class Served:
    """Ends with an error where anything failed in the loop that nobody saw."""

    def __init__(self, manners: Manners | None = None, *, model: Model | None = None, **settings: Any) -> None:
        self._loop = asyncio.new_event_loop()
        self._unseen: list[dict[str, Any]] = []
        self._loop.set_exception_handler(lambda _, context: self._unseen.append(context))
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.server = self._do(start(model or Offline(), manners, **settings))
        self.port = int(self.server.url.split(":")[2].split("/")[0])

    def __enter__(self) -> "Served":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._do(self.server.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
        if kind is None:
            assert not self._unseen, self._unseen

    def _do(self, work: Coroutine[Any, Any, Out]) -> Out:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    def connect(self, timeout: float = 10.0) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def ask(self, body: object, *, key: str = "", timeout: float = 10.0) -> Got:
        """One chat request over a connection of its own."""
        return self.call("POST", CHAT, body, {"Authorization": f"Bearer {key}"} if key else {}, timeout=timeout)

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: dict[str, str] | None = None,
        *,
        timeout: float = 10.0,
    ) -> Got:
        connection = self.connect(timeout)
        try:
            return exchanged(connection, method, path, body, headers)
        finally:
            connection.close()

    def behave(self, **given: object) -> Any:
        found = self.call("PUT", "/faults", given)
        assert found.status == 200, found.body
        return found.json

    def stats(self) -> Any:
        return self.call("GET", "/stats").json

    def raw(self, *pieces: bytes, timeout: float = 10.0) -> bytes:
        """What comes back for these bytes until the server closes the connection."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as link:
            for piece in pieces:
                link.sendall(piece)
            return received(link)


def exchanged(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: object = None,
    headers: dict[str, str] | None = None,
) -> Got:
    """One request over a connection that may be used again."""
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    connection.request(method, path, data, headers or {})
    response = connection.getresponse()
    return Got(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())


def received(link: socket.socket) -> bytes:
    """All there is until the end."""
    pieces = []
    while piece := link.recv(2**18):
        pieces.append(piece)
    return b"".join(pieces)


def posted(body: bytes, *headers: str, last: bool = True) -> bytes:
    """A chat request as bytes."""
    lines = [f"POST {CHAT} HTTP/1.1", "Host: here", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, *(["Connection: close"] if last else []), "", ""]).encode() + body
