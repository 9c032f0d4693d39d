"""What comes over the wire and what goes back, and the table that leads from one to the other."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from urllib.parse import parse_qsl

import orjson

_PHRASES = {status.value: status.phrase for status in HTTPStatus}


@dataclass(frozen=True, slots=True)
class Request:
    """Args:
    path: decoded, without the query.
    question: what stands behind the "?", as it was sent.
    headers: by lower-case name; of a repeated one the last.
    names: what stood at the {name}s of the path in the table of routes.
    """

    method: str
    path: str
    question: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = b""
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def query(self) -> dict[str, str]:
        """By name; of a repeated one the last."""
        return dict(parse_qsl(self.question, keep_blank_values=True))


Sender = Callable[[asyncio.Transport, bytes], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Response:
    """Args:
    sender: puts the bytes on the wire in its own way, after which the connection is closed; None for at once.
    done: called once, when all was written (with True) or the connection was lost before (False).
    last: the connection is closed behind it.
    """

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    sender: Sender | None = None
    done: Callable[[bool], object] | None = None
    last: bool = False

    def encoded(self, connection: str, *, with_body: bool = True) -> bytes:
        """The bytes of it.

        Args:
            connection: a whole header line, or "".
        """
        lines = "".join([f"{name}: {value}\r\n" for name, value in self.headers.items()]) if self.headers else ""
        head = (
            f"HTTP/1.1 {self.status} {_PHRASES.get(self.status, 'Unknown')}\r\nContent-Type: {self.content_type}\r\n"
            f"Content-Length: {len(self.body)}\r\n{lines}{connection}\r\n"
        ).encode("latin-1", "replace")
        return head + self.body if with_body else head


Route = Callable[[Request], Awaitable[Response]]


class Routes:
    """A table (method, path) -> coroutine function from a Request to a Response.

    A path may hold names, which take any one segment: {("GET", "/v1/files/{id}/content"): content} calls
    `content(request)` with `request.names == {"id": "file-7"}`. Paths without names are found first. To serve
    more, write the routes in a file of their own and join their table to the one in `server.py`:

        def routes(store: Store) -> dict[tuple[str, str], Route]:
            return {("POST", "/v1/files"): store.take, ("GET", "/v1/files/{id}"): store.tell}

    HEAD is answered as GET is, without the body; another method is told which there are (405), another path
    that there is none (404). What a route raises is logged and becomes a 500.
    """

    def __init__(self, table: Mapping[tuple[str, str], Route]) -> None:
        self._exact = {place: route for place, route in table.items() if "{" not in place[1]}
        self._named = [(method, path.split("/"), route) for (method, path), route in table.items() if "{" in path]

    def __call__(self, request: Request) -> Awaitable[Response]:
        route = self._exact.get((request.method, request.path))
        return route(request) if route else self._found(request)

    async def _found(self, request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        segments = request.path.split("/")
        there = {known: route for (known, path), route in self._exact.items() if path == request.path}
        for known, pattern, route in self._named:
            names = _names(pattern, segments)
            if names is not None and known not in there:
                if known == method:
                    return await route(replace(request, names=names))
                there[known] = route
        if method in there:
            return await there[method](request)
        if there:
            allowed = ", ".join(sorted(there))
            return error(405, f"{request.path} takes {allowed}", headers={"Allow": allowed})
        return error(404, f"there is nothing at {request.path}")


def _names(pattern: list[str], segments: list[str]) -> dict[str, str] | None:
    if len(pattern) != len(segments):
        return None
    names: dict[str, str] = {}
    for wanted, segment in zip(pattern, segments, strict=True):
        if wanted.startswith("{") and segment:
            names[wanted[1:-1]] = segment
        elif wanted != segment:
            return None
    return names


def said(value: object, status: int = 200) -> Response:
    """The value as JSON."""
    return Response(orjson.dumps(value), status)


def error(
    status: int,
    message: str,
    *,
    kind: str = "invalid_request_error",
    code: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """In OpenAI's shape, which its clients know how to show."""
    # A path or a name out of a request may hold what UTF-8 cannot.
    text = message.encode("utf-8", "replace").decode("utf-8")
    body = {"error": {"message": text, "type": kind, "param": None, "code": code}}
    return Response(orjson.dumps(body), status, headers or {})
