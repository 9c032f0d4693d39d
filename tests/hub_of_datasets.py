"""A hub of datasets on loopback: as much of the Hugging Face hub's protocol as sending a folder needs."""

import base64
import json
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit


class HubOfDatasets:
    """Datasets by name, each with its files; a request without the key is refused.

    Args:
        key: what it asks for.
    """

    def __init__(self, key: str) -> None:
        self.key = key
        self.private: dict[str, bool] = {}
        self.files: dict[str, dict[str, bytes]] = {}
        self.asked: Counter[str] = Counter()
        self.full = False
        hub = self

        class Handler(_Handler):
            place = hub

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, object]:
        """Status and JSON of an answer."""
        words = path.strip("/").split("/")
        if words == ["api", "repos", "create"]:
            asked = json.loads(body)
            name = f"{asked['organization']}/{asked['name']}" if asked.get("organization") else asked["name"]
            assert asked["type"] == "dataset"
            there = name in self.files
            self.files.setdefault(name, {})
            self.private.setdefault(name, asked.get("private") is True or asked.get("visibility") == "private")
            return (409 if there else 200), {"url": f"{self.url}/datasets/{name}", "id": name, "name": name}
        if words[:2] == ["api", "validate-yaml"]:
            return 200, {"errors": [], "warnings": []}
        if words[:2] != ["api", "datasets"] or "/".join(words[2:4]) not in self.files:
            return 404, {"error": "Repository not found"}
        files = self.files["/".join(words[2:4])]
        return self._of_files(files, method, words[4:], body)

    def _of_files(self, files: dict[str, bytes], method: str, words: list[str], body: bytes) -> tuple[int, object]:
        if words[:1] == ["preupload"]:
            told = [
                {"path": one["path"], "uploadMode": "regular", "shouldIgnore": False}
                for one in json.loads(body)["files"]
            ]
            return 200, {"files": told}
        if words[:1] == ["commit"]:
            if self.full:
                return 507, {"error": "no room"}
            for line in body.split(b"\n"):
                if line.strip():
                    self._put(files, json.loads(line))
            return 200, {
                "success": True,
                "commitOid": "0" * 40,
                "commitUrl": f"{self.url}/datasets/me/town/commit/{'0' * 40}",
                "hookOutput": "",
            }
        if words[:1] == ["tree"]:
            return 200, [
                {"type": "file", "path": path, "size": len(data), "oid": "0" * 40} for path, data in files.items()
            ]
        return 200, {"id": "x/y", "sha": "0" * 40, "siblings": [{"rfilename": path} for path in files]}

    @staticmethod
    def _put(files: dict[str, bytes], line: dict[str, Any]) -> None:
        value = line["value"]
        if line["key"] == "file":
            assert value["encoding"] == "base64"
            files[value["path"]] = base64.b64decode(value["content"])
        elif line["key"] == "deletedFile":
            del files[value["path"]]


class _Handler(BaseHTTPRequestHandler):
    place: HubOfDatasets

    def _any(self) -> None:
        path = urlsplit(self.path).path
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.place.asked[f"{self.command} {path}"] += 1
        if self.headers.get("Authorization") != f"Bearer {self.place.key}":
            status, said = 401, {"error": "Invalid credentials"}
        else:
            status, said = self.place.answer(self.command, path, body)  # type: ignore[assignment]
        data = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_HEAD = _any  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the parent
        pass
