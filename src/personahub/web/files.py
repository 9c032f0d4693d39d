"""The files of the page, as the server answers with them."""

import re
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from posixpath import dirname, normpath
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
}
_BEGINNING = "app.js"
_IMPORTED = re.compile(r'^(?:import|export) [^;]*?from "(\.[^"]+)"', re.MULTILINE)
STATIC = Path(__file__).parent / "static"


def answers() -> dict[str, Any]:
    """The files of the page, read once; an address is looked up among their names."""
    paths = [path for path in sorted(STATIC.rglob("*")) if path.is_file() and path.suffix in _TYPES]
    held = {path.relative_to(STATIC).as_posix(): path.read_bytes() for path in paths}
    held["index.html"] = _named(held.get("index.html", b"<!doctype html><title>personahub</title>"), held)
    return {name: _file(data, _TYPES[Path(name).suffix]) for name, data in held.items()}


def _named(page: bytes, held: Mapping[str, bytes]) -> bytes:
    """The page with all modules named in it that it begins with: else a browser knows of one when another has come."""
    links = [f'<link rel="modulepreload" href="/static/{name}">\n' for name in sorted(_needed(_BEGINNING, held, set()))]
    before, script, after = page.partition(b'<script type="module"')
    return before + "".join(links).encode() + script + after if script else page


def _needed(name: str, held: Mapping[str, bytes], seen: set[str]) -> set[str]:
    """A module and all that it imports, but for what it fetches when that is needed."""
    if name in held and name not in seen:
        seen.add(name)
        for path in _IMPORTED.findall(held[name].decode()):
            _needed(normpath(f"{dirname(name)}/{path}" if dirname(name) else path), held, seen)
    return seen


def _file(data: bytes, kind: str) -> Any:
    tag = f'"{blake2b(data, digest_size=12).hexdigest()}"'
    headers = {"etag": tag, "cache-control": "no-cache"}

    async def sent(request: Request) -> Response:
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(data, 200, {**headers, "content-type": kind})

    return sent
