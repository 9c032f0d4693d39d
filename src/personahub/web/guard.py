"""What stands before every request: which host, which origin, whose cookie; and the headers of every answer."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response

from personahub.browse.view import REVIEWER
from personahub.web.sessions import Sessions
from personahub.web.told import failure

BODY = 2**20  # bytes of a request
_FIELDS = 4  # of the form
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "font-src 'self'; form-action {form}; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "cache-control": "no-store",
    "content-security-policy": _POLICY.format(form="'none'"),
}
# Of the page with the form: without a referrer a browser says of what it sends that it comes from nowhere.
_OF_FORM = {"content-security-policy": _POLICY.format(form="'self'"), "referrer-policy": "same-origin"}
_COOKIE = "personahub.cookie"  # in a scope: what the answer is to set
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport"
content="width=device-width"><title>{title}</title><link rel="stylesheet" href="/static/style.css"></head>
<body><main class="door"><h1>{title}</h1>{body}</main></body></html>"""
_LOOK = "/static/style.css"  # of these pages, too: it is shown to everybody
_FORM = """<form method="post" action="/auth"><label>Password <input type="password" name="password" required autofocus
autocomplete="current-password"></label><label>Your name as a reviewer <input name="reviewer" maxlength="40"
value="{reviewer}" autocomplete="username"></label><button class="main">Open</button></form>"""

Scope = Mapping[str, Any]


@dataclass
class Guard:
    """An ASGI application before another one.

    Args:
        hosts: names under which the server may be asked for, as in the Host header.
        opened: hears when a link was used up, so that another can be shown.
    """

    app: Callable[..., Any]
    sessions: Sessions
    hosts: Collection[str]
    opened: Callable[[], None]

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":  # nothing else is spoken here
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
            return
        request = Request(scope, receive)
        await (await self._answer(request) or self.app)(scope, receive, self._sending(scope, send))

    def _sending(self, scope: Scope, send: Any) -> Any:
        """What puts our headers on every answer."""

        async def sent(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                if _COOKIE in scope:
                    headers["set-cookie"] = scope[_COOKIE]
                    headers["cache-control"] = _HEADERS["cache-control"]
            await send(message)

        return sent

    async def _answer(self, request: Request) -> Response | None:
        """What is answered here; None for what may go on."""
        refused = self._refused(request)
        if refused is not None:
            return refused
        path = request.scope["path"]
        if path == "/auth":
            return await self._auth(request)
        session = self.sessions.of(request.headers.get("cookie", ""))
        if session is None:
            return None if path == _LOOK else self._closed(path)
        request.scope["personahub.session"] = session
        return None

    def _refused(self, request: Request) -> Response | None:
        headers = request.headers
        if headers.get("host", "").lower() not in self.hosts:
            return failure(421, "host", "this server does not answer under that name")
        if request.method in ("GET", "HEAD"):
            return None
        if request.method != "POST":
            return failure(405, "method", "only GET and POST are answered here")
        if headers.get("origin", "").lower() != f"http://{headers['host'].lower()}":
            return failure(403, "origin", "this is not answered for other origins")
        length = headers.get("content-length", "")
        return too_large() if length.isdecimal() and int(length) > BODY else None

    async def _auth(self, request: Request) -> Response | None:
        """The link, or the form with the password."""
        if request.method == "POST":
            return await self._password(request)
        token = request.query_params.get("token", "")
        if token and self.sessions.let_in(token):
            self.opened()
            request.scope[_COOKIE] = self.sessions.header()
        elif self.sessions.of(request.headers.get("cookie", "")) is None:
            return self._closed("/auth")
        request.scope["path"] = "/"  # answered here: one led on from elsewhere would not send the cookie
        return None

    async def _password(self, request: Request) -> Response:
        if self.sessions.password is None:
            return failure(404, "not_found", "there is no password here")
        try:
            said = await _form(request)
        except (ClientDisconnect, ValueError):
            return failure(400, "not_form", "send the form of this page")
        if said is None:
            return too_large()
        who = request.client.host if request.client else ""
        if self.sessions.waits(who):
            return self._closed("/auth", "One at a time: wait a second, and try again.", 429)
        if not await self.sessions.knows(said.get("password", ""), who):
            return self._closed("/auth", "That is not the password.")
        reviewer = said.get("reviewer", "")
        request.scope[_COOKIE] = self.sessions.header(reviewer if REVIEWER.fullmatch(reviewer) else None)
        return Response(status_code=303, headers={"location": "/"})

    def _closed(self, path: str, why: str = "", status: int = 401) -> Response:
        if path.startswith("/api/"):
            return failure(401, "no_token", "open the page again by a link that the terminal shows")
        if self.sessions.password is not None:
            told = f'<p class="wrong" role="alert">{escape(why)}</p>' if why else ""
            body = told + _FORM.format(reviewer=escape(self.sessions.reviewer))
            return HTMLResponse(_PAGE.format(title="personahub", body=body), status, _OF_FORM)
        body = (
            "<p>This page opens by the link that <code>personahub ui</code> shows on its terminal. Each link works "
            "once; the newest is the last one there.</p>"
        )
        return HTMLResponse(_PAGE.format(title="personahub is closed here", body=body), 401)


async def _form(request: Request) -> dict[str, str] | None:
    """Its fields; None where it is too large. ValueError where there are more than it has."""
    body = await bounded(request)
    return None if body is None else dict(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=_FIELDS))


async def bounded(request: Request) -> bytes | None:
    """The body; None where it is too large, whatever its header said."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > BODY:
            return None
        parts.append(part)
    return b"".join(parts)


def too_large() -> Response:
    return failure(413, "too_large", f"a request has {BODY:,} bytes at most", close=True)
