"""The files of the page, as the server answers with them."""

from hashlib import blake2b
from pathlib import Path
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
STATIC = Path(__file__).parent / "static"


def answers() -> dict[str, Any]:
    """The files of the page, read once; an address is looked up among their names."""
    paths = [path for path in sorted(STATIC.rglob("*")) if path.is_file() and path.suffix in _TYPES]
    held = {path.relative_to(STATIC).as_posix(): path.read_bytes() for path in paths}
    held["index.html"] = _named(held.get("index.html", b"<!doctype html><title>personahub</title>"), list(held))
    return {name: _file(data, _TYPES[Path(name).suffix]) for name, data in held.items()}


def _named(page: bytes, names: list[str]) -> bytes:
    """The page with all modules named in it: else a browser knows of one when another that needs it has come."""
    links = [f'<link rel="modulepreload" href="/static/{name}">\n' for name in names if name.endswith(".js")]
    before, script, after = page.partition(b'<script type="module"')
    return before + "".join(links).encode() + script + after if script else page


def _file(data: bytes, kind: str) -> Any:
    tag = f'"{blake2b(data, digest_size=12).hexdigest()}"'
    headers = {"etag": tag, "cache-control": "no-cache"}

    async def sent(request: Request) -> Response:
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(data, 200, {**headers, "content-type": kind})

    return sent
