"""HTTP/1.1 on loopback: one asyncio protocol around the parser of httptools, and no more than clients of ours need."""

import asyncio
import logging
import socket
import struct
from collections import deque
from collections.abc import Mapping
from typing import cast
from urllib.parse import unquote

import httptools

from personahub.errors import ModelError
from personahub.models.serving.messages import Request, Response, Routes, error

HOST = "127.0.0.1"
LARGEST_REQUEST = 32 * 2**20  # bytes of a body
LARGEST_HEAD = 64 * 2**10  # bytes of the first line and the headers
_MOST_WASTED = 8 * LARGEST_REQUEST  # read of a body that is too large, for the sake of a client that reads last
_MOST_WAITING = 16  # pipelined requests of a connection before it is read no further
_LINGER_SECONDS = 2.0  # in which a client that was cut off may still read why

_log = logging.getLogger(__name__)


class Wire:
    """Listens on loopback and keeps the connections."""

    def __init__(self, routes: Routes) -> None:
        self._routes = routes
        self._open: set[_Connection] = set()
        self._server: asyncio.Server | None = None
        self._down_until = 0.0

    async def listen(self, port: int) -> None:
        """Raises ModelError where the port cannot be had."""
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(self._connection, HOST, port, backlog=4096)
        except OSError as found:
            raise ModelError(f"port {port} cannot be had ({found.strerror}); choose another with --port") from found

    @property
    def port(self) -> int:
        """0 where it does not listen."""
        port: int = self._server.sockets[0].getsockname()[1] if self._server else 0
        return port

    def go_down(self, seconds: float, *, after: float = 0.05) -> None:
        """Reset every open and every new connection for so long.

        Args:
            after: seconds in which the answer to whoever asked for it still gets away.
        """
        loop = asyncio.get_running_loop()
        loop.call_later(after, self._fall, loop.time() + after + seconds)

    async def close(self) -> None:
        """Stop listening and close every connection, answered or not."""
        if self._server:
            self._server.close()
        await asyncio.gather(*[one.abort() for one in list(self._open)], return_exceptions=True)

    def _fall(self, until: float) -> None:
        self._down_until = until
        for one in list(self._open):
            reset(one.transport)

    def _connection(self) -> asyncio.Protocol:
        if asyncio.get_running_loop().time() < self._down_until:
            return _Refusal()
        return _Connection(self._routes, self._open)


def reset(transport: asyncio.Transport) -> None:
    """Close with a TCP RST: the client sees "connection reset by peer"."""
    if not transport.is_closing():
        found = transport.get_extra_info("socket")
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


class _Refusal(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        reset(cast("asyncio.Transport", transport))  # of a socket, so it can be written to


class _Connection(asyncio.Protocol):
    """Reads requests as they come and answers them one after the other; httptools calls the `on_` methods.

    A client that closes its half of the connection is taken to be gone: what it still waited for is dropped.
    """

    transport: asyncio.Transport

    def __init__(self, routes: Routes, all_open: "set[_Connection]") -> None:
        self._routes = routes
        self._all_open = all_open
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpRequestParser(self)
        self._waiting: deque[tuple[Request | Response, bool]] = deque()  # with whether the connection stays
        self._woken: asyncio.Future[None] | None = None
        self._drained: asyncio.Future[None] | None = None
        self._in_head, self._head = True, 0
        self._busy = self._expects = self._ended = self._cut_off = False

    def abort(self) -> asyncio.Task[None]:
        self.transport.abort()
        self._task.cancel()
        return self._task

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # of a socket, so it can be written to
        self._all_open.add(self)
        self._task = self._loop.create_task(self._converse())

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._all_open.discard(self)
        self._task.cancel()

    def pause_writing(self) -> None:
        self._drained = self._loop.create_future()

    def resume_writing(self) -> None:
        if self._drained and not self._drained.done():
            self._drained.set_result(None)
        self._drained = None

    def data_received(self, data: bytes) -> None:
        if self._ended:
            return
        if self._in_head:
            self._head += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._end(400, "no other protocol is spoken here")
        except httptools.HttpParserError as found:
            self._end(400, f"this is no HTTP ({found})")
        if self._in_head and self._head > LARGEST_HEAD:
            self._end(431, f"the headers of a request may hold {LARGEST_HEAD // 2**10} kB")

    def on_message_begin(self) -> None:
        self._in_head = True
        self._target = b""
        self._headers: dict[str, str] = {}
        self._pieces: list[bytes] = []
        self._size = 0

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        self._in_head, self._head = False, 0
        if self._parser.should_upgrade():
            self._end(400, "no other protocol is spoken here")
        elif self._headers.get("expect", "").lower() == "100-continue":
            if int(self._headers.get("content-length", 0)) > LARGEST_REQUEST:
                self._end(413, f"a request may hold {LARGEST_REQUEST // 2**20} MB")
            self._expects = True
            self._go_on()

    def on_body(self, data: bytes) -> None:
        self._size += len(data)
        if self._size <= LARGEST_REQUEST:
            self._pieces.append(data)
        elif self._size > _MOST_WASTED:
            self.transport.abort()

    def on_message_complete(self) -> None:
        self._expects = False
        if self._ended:
            return
        if self._size > LARGEST_REQUEST:
            self._end(413, f"a request may hold {LARGEST_REQUEST // 2**20} MB")
            return
        # Whoever speaks HTTP/1.0 need not know that a connection can be used again.
        keep = self._parser.should_keep_alive() and self._parser.get_http_version() != "1.0"
        self._ended = not keep
        method, body = self._parser.get_method().decode("latin-1"), b"".join(self._pieces)
        self._take(_request(method, self._target.decode("latin-1"), self._headers, body), keep=keep)

    def _take(self, turn: Request | Response, *, keep: bool) -> None:
        self._waiting.append((turn, keep))
        if len(self._waiting) == _MOST_WAITING:
            self.transport.pause_reading()
        if self._woken and not self._woken.done():
            self._woken.set_result(None)

    def _end(self, status: int, message: str) -> None:
        """Answer so behind what is answered already, and read no more."""
        if not self._ended:
            self._ended = self._cut_off = True
            self._take(error(status, message), keep=False)

    def _go_on(self) -> None:
        """Let a client that asks first send its body, unless an answer to an earlier request is under way."""
        if self._expects and not (self._busy or self._waiting or self._ended):
            self._expects = False
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    async def _converse(self) -> None:
        keep = True
        while keep and not self.transport.is_closing():
            if not self._waiting:
                self._woken = self._loop.create_future()
                await self._woken
            turn, keep = self._waiting.popleft()
            if len(self._waiting) == _MOST_WAITING - 1:
                self.transport.resume_reading()
            self._busy = True
            response = turn if isinstance(turn, Response) else await self._answered(turn)
            keep = keep and not response.last and not response.sender
            await self._write(response, keep=keep, with_body=isinstance(turn, Response) or turn.method != "HEAD")
            self._busy = False
            self._go_on()
        if self._cut_off and not self.transport.is_closing():
            # Closed with bytes unread, the connection would be reset and the answer lost.
            self.transport.write_eof()
            await asyncio.sleep(_LINGER_SECONDS)
        self.transport.close()

    async def _answered(self, request: Request) -> Response:
        try:
            return await self._routes(request)
        except Exception:
            _log.exception("%s %s failed", request.method, request.path)
            return error(500, "the server failed; its log says more", kind="server_error")

    async def _write(self, response: Response, *, keep: bool, with_body: bool) -> None:
        data = response.encoded("" if keep else "Connection: close\r\n", with_body=with_body)
        whole = False
        try:
            if response.sender:
                await response.sender(self.transport, data)
            else:
                self.transport.write(data)
            if self._drained:
                await self._drained
            whole = not self.transport.is_closing()
        finally:
            if response.done:
                response.done(whole)


def _request(method: str, target: str, headers: Mapping[str, str], body: bytes) -> Request:
    path, _, question = target.partition("?")
    if not path.startswith("/"):
        # As a proxy is asked: "GET http://host/path".
        path = "/" + path.partition("://")[2].partition("/")[2]
    return Request(method, unquote(path) if "%" in path else path, question, headers, body)
