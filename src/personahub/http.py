"""A client for one HTTP host, and no more of HTTP than an endpoint needs.

The parser is httptools, the loop is asyncio's own. Measured beside aiohttp with 1,024 requests in flight it
takes a third of the CPU a request (docs/decisions/0006), and what an endpoint can do wrong ends here in one
exception: a deadline over the whole exchange, a cap on what is read and on what it unpacks to, no redirect
that is followed, no header that can be smuggled in.
"""

import asyncio
import os
import ssl
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

import httptools

from personahub.errors import NoReply, UsageError
from personahub.loops import cancelled

LARGEST = 8 * 2**20  # bytes of a body, packed or unpacked; more is a fault or an attack, not an answer
NAME_SECONDS = 60.0  # how long a host's addresses are believed
# What OpenSSL says of a certificate (X509_V_ERR_): its issuer is not known here; it is for another name or address.
_NO_ISSUER = (2, 18, 19, 20, 21)
_OTHER_HOST = (62, 64)
_CLOSED = (ConnectionResetError, ConnectionAbortedError, BrokenPipeError)


@dataclass(frozen=True, slots=True)
class Reply:
    """Args:
    headers: by lower-case name; of a repeated one the last.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


class Client:
    """Keeps connections open and uses them again; as many at once as there are requests in flight.

    Args:
        base_url: http or https; what `ask` is given as a path goes behind it.
        headers: sent with every request.
        ahead: connections that the first request has opened beside its own, for the crowd that follows it.

    Raises:
        UsageError: an address or a header that cannot be meant.
    """

    def __init__(self, base_url: str, headers: Mapping[str, str] | None = None, *, ahead: int = 0) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname or not base_url.isascii():
            raise UsageError(f"{base_url!r} is no address; it looks like http://127.0.0.1:8000/v1")
        self.url = base_url.rstrip("/")
        self._host = parts.hostname
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._secure = ssl.create_default_context() if parts.scheme == "https" else None
        self._path = parts.path.rstrip("/")
        self._head = _header_lines({"Host": parts.netloc.rpartition("@")[2], "Accept": "*/*", **(headers or {})})
        self._idle: list[_Connection] = []
        self._open: set[_Connection] = set()
        self._addresses: list[str] = []
        self._known_until = 0.0
        self._looking = asyncio.Lock()
        self._ahead = ahead
        self._opening: asyncio.Task[None] | None = None

    async def ask(  # noqa: PLR0913 - a request has as many parts
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        timeout: float,  # noqa: ASYNC109 - of the whole exchange, cheaper than a scope for each
        content_type: str = "application/json",
        largest: int = LARGEST,
        sink: Callable[[bytes], object] | None = None,
    ) -> Reply:
        """One request and its whole reply.

        Args:
            timeout: seconds from now to the last byte of the reply, however slowly it drips.
            sink: takes the pieces of the body of a 200, which is then empty in the reply.

        Raises:
            NoReply: there is no whole reply, with a sentence that says why.
        """
        deadline = asyncio.get_running_loop().time() + timeout
        connection = await self._connection(timeout)
        head = f"{method} {self._path}{path} HTTP/1.1\r\n".encode() + self._head
        if body:
            head += f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n".encode()
        elif method != "GET":
            head += b"Content-Length: 0\r\n"
        answer = connection.exchange(head + b"\r\n" + body, largest, sink)
        late = f"{self.url} did not finish an answer within {timeout:g} s"
        alarm = asyncio.get_running_loop().call_at(deadline, connection.fail, late)
        try:
            reply = await answer
        except BaseException:
            connection.transport.abort()
            raise
        finally:
            alarm.cancel()
        if connection.reusable:
            self._idle.append(connection)
        else:
            connection.transport.close()
        return reply

    async def close(self) -> None:
        """Close every connection; whoever still waits on one gets NoReply."""
        if self._opening:
            await cancelled([self._opening])
        for connection in list(self._open):
            connection.transport.close()
        if self._open:
            await asyncio.sleep(0)

    async def _connection(self, seconds: float) -> "_Connection":
        """One that is open and idle, else a new one."""
        while self._idle:
            connection = self._idle.pop()
            if not connection.transport.is_closing():
                return connection
        if self._opening is None and self._ahead:
            self._opening = asyncio.create_task(self._open_ahead(seconds))
        return await self._connect(seconds)

    async def _open_ahead(self, seconds: float) -> None:
        """One after the other: a near host has them before its first answer, and a far one is not rushed."""
        with suppress(NoReply):
            while len(self._open) <= self._ahead:
                self._idle.append(await self._connect(seconds))

    async def _connect(self, seconds: float) -> "_Connection":
        last: OSError | None = None
        try:
            async with asyncio.timeout(seconds):
                for address in await self._resolved():
                    try:
                        _, connection = await asyncio.get_running_loop().create_connection(
                            lambda: _Connection(self.url, self._open),
                            address,
                            self._port,
                            ssl=self._secure,
                            server_hostname=self._host if self._secure else None,
                        )
                    except OSError as error:
                        last = error
                    else:
                        return connection
        except TimeoutError as error:
            raise NoReply(f"{self.url} did not accept a connection within {seconds:g} s") from error
        except OSError as error:
            last = error
        self._known_until = 0.0
        raise NoReply(_unreached(self.url, last)) from last

    async def _resolved(self) -> list[str]:
        """The host's addresses, looked up once for all that connect at the same time."""
        loop = asyncio.get_running_loop()
        async with self._looking:
            if loop.time() >= self._known_until:
                found = await loop.getaddrinfo(self._host, self._port, type=1)  # SOCK_STREAM
                self._addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
                self._known_until = loop.time() + NAME_SECONDS
        return self._addresses


class _Connection(asyncio.Protocol):
    """One exchange at a time over one connection; httptools calls the `on_` methods."""

    def __init__(self, url: str, all_open: "set[_Connection]") -> None:
        self._url = url
        self._all_open = all_open
        self._answer: asyncio.Future[Reply] | None = None
        self._parser = httptools.HttpResponseParser(self)
        self.transport: asyncio.Transport
        self.reusable = False
        self._unpack: zlib._Decompress | None = None

    def exchange(self, data: bytes, largest: int, sink: Callable[[bytes], object] | None) -> asyncio.Future[Reply]:
        self._largest, self._sink = largest, sink
        self.reusable = False
        self._fresh()
        self._answer = asyncio.get_running_loop().create_future()
        self.transport.write(data)
        return self._answer

    def fail(self, sentence: str) -> None:
        """End the exchange without a reply."""
        if self._answer and not self._answer.done():
            self._answer.set_exception(NoReply(sentence))
        self._answer = None
        self.transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # of a socket, so it can be written to
        self._all_open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._all_open.discard(self)
        # A body without a length ends where the connection does.
        if self._answer and exc is None and self._status and not self._framed:
            self.on_message_complete()
        self.fail(f"the connection to {self._url} broke ({type(exc).__name__ if exc else 'closed'})")

    def data_received(self, data: bytes) -> None:
        if self._answer is None:  # it speaks unasked
            self.transport.abort()
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade, zlib.error) as error:
            self.fail(f"{self._url} answered with something that is no HTTP ({type(error).__name__})")

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        self._status = self._parser.get_status_code()
        self._framed = "content-length" in self._headers or "transfer-encoding" in self._headers
        packed = self._headers.get("content-encoding", "identity").lower()
        if packed in ("gzip", "deflate"):
            self._unpack = zlib.decompressobj(47 if packed == "gzip" else 15)
        elif packed != "identity":
            self.fail(f"{self._url} answered in an encoding that was not asked for ({packed[:20]!r})")

    def on_body(self, data: bytes) -> None:
        if self._unpack:
            data = self._unpack.decompress(data, self._largest + 1)
        self._size += len(data)
        if self._size > self._largest:
            self.fail(f"{self._url} sends more than {self._largest // 2**20} MB for one answer")
        elif self._sink and self._status == 200:
            self._sink(data)
        else:
            self._pieces.append(data)

    def on_message_complete(self) -> None:
        answer = self._answer
        if answer is None or self._status < 200:  # 1xx: the real one follows
            self._fresh()
            return
        self._answer = None
        self.reusable = self._framed and self._parser.should_keep_alive() and not self.transport.is_closing()
        if not answer.done():
            answer.set_result(Reply(self._status, self._headers, b"".join(self._pieces)))

    def _fresh(self) -> None:
        self._headers: dict[str, str] = {}
        self._pieces: list[bytes] = []
        self._size = self._status = 0
        self._framed = False
        self._unpack = None


def _unreached(url: str, error: OSError | None) -> str:
    """Why there is no connection, and what may help."""
    if isinstance(error, ssl.SSLCertVerificationError):
        said = error.verify_message.rstrip(".")
        if error.verify_code in _OTHER_HOST:
            return f"the certificate of {url} is for another host ({said}); give the name that it is for in --base-url"
        if error.verify_code not in _NO_ISSUER:
            return f"the certificate of {url} does not hold ({said}); who runs that host has to renew it"
        cure = "if you trust it, name a file with the certificate of its issuer in SSL_CERT_FILE"
        return f"the certificate of {url} is not trusted ({said}); {cure}"
    if isinstance(error, ssl.SSLError) or (url.startswith("https") and isinstance(error, _CLOSED)):
        why = (getattr(error, "reason", None) or "it was closed").replace("_", " ").lower()
        return f"no TLS connection to {url} comes about ({why}); if it serves plain HTTP, write http:// in --base-url"
    # asyncio puts the address, not the reason, into the words of its error.
    known = os.strerror(error.errno) if error and error.errno and error.errno > 0 else ""
    said = known or "the name is not known or cannot be used"
    return f"nothing answers at {url} ({said}); is it running?"


def _header_lines(headers: Mapping[str, str]) -> bytes:
    for name, value in headers.items():
        if not (value.isascii() and value.isprintable()):
            raise UsageError(f"what is to be sent as {name} holds characters that no header can hold")
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode("ascii")
