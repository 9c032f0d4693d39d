"""A Hugging Face hub of our own on loopback: a listing, files that redirect to a second host, and faults on demand."""

import hashlib
import json
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

REPO = "some/Model-GGUF"
PIECE = 2**18
COMMIT = "c0ffee" * 6 + "c0de"


class HubOfModels:
    """Serves `files` as a repository.

    Args:
        cut_after: bytes after which a download breaks off; a server cuts each of them once.
        resumes: whether it honours Range.
        locked: answers 401 without this token.
        listed: the sha256 that the listing claims of every file, where not its own.
        elsewhere: where a file redirects to, where not to the second host.
    pause: seconds between pieces of a file.
    """

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.cut_after: list[int] = []
        self.resumes = True
        self.locked = ""
        self.listed = ""
        self.elsewhere = ""
        self.pause = 0.0
        self.asked: list[tuple[str, str]] = []  # host, path
        self.ranges: list[str] = []
        self.tokens: dict[str, str] = {}  # by host: what it was told of who we are
        self._servers = [self._serve(host) for host in ("hub", "store")]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._servers[0].server_port}"

    @property
    def store_url(self) -> str:
        return f"http://127.0.0.1:{self._servers[1].server_port}"

    def close(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def listing(self) -> bytes:
        siblings = [{"rfilename": "README.md", "size": 3}]
        siblings += [
            {
                "rfilename": name,
                "size": len(data),
                "lfs": {
                    "sha256": self.listed or hashlib.sha256(data).hexdigest(),
                    "size": len(data),
                    "pointerSize": 134,
                },
            }
            for name, data in self.files.items()
        ]
        return json.dumps({"sha": COMMIT, "cardData": {"license": "apache-2.0"}, "siblings": siblings}).encode()

    def _serve(self, host: str) -> ThreadingHTTPServer:
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                hub.asked.append((host, self.path))
                hub.tokens[host] = self.headers.get("Authorization", "")
                if host == "hub":
                    hub._answer(self)
                else:
                    hub._send_file(self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return server

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        path = unquote(urlsplit(request.path).path)
        if self.locked and request.headers.get("Authorization") != f"Bearer {self.locked}":
            _send(request, 401, b'{"error":"Invalid username or password."}')
        elif path == f"/api/models/{REPO}/revision/main":
            _send(request, 200, self.listing())
        elif path.startswith(f"/{REPO}/resolve/") and Path(path).name in self.files:
            _send(request, 302, b"", {"Location": self.elsewhere or f"{self.store_url}/{Path(path).name}"})
        else:
            _send(request, 404, b'{"error":"Entry not found"}')

    def _send_file(self, request: BaseHTTPRequestHandler) -> None:
        data = self.files[unquote(request.path).lstrip("/")]
        asked = request.headers.get("Range", "")
        self.ranges.append(asked)
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and self.resumes else 0
        request.send_response(206 if start else 200)
        request.send_header("Content-Length", str(len(data) - start))
        if start:
            request.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        request.end_headers()
        end = self.cut_after.pop(0) if self.cut_after else len(data)
        with suppress(ConnectionError):  # whoever asked has gone
            for at in range(start, end, PIECE):
                request.wfile.write(data[at : min(at + PIECE, end)])
                time.sleep(self.pause)
        request.close_connection = True


def _send(request: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
    request.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(body)
