"""A page that is served as a person starts it, and what a browser would send."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any
from uuid import uuid4

START = 60.0  # seconds
_BASE = re.compile(r"http://127\.0\.0\.1:\d+/v1")
_LINK = re.compile(r"http://127\.0\.0\.1:(\d+)/auth(?:\?token=(\S+))?")


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str | None:
        return None if self.status < 400 else str(self.json["error"]["code"])


@dataclass
class Served:
    """`personahub ui` as a process of its own, in whose state folder nothing else is."""

    hub: Path
    options: tuple[str, ...] = ()
    port: int = 0
    cookie: str = ""
    token: str = ""
    process: Any = field(init=False)
    errors: Any = field(init=False)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "personahub", "ui", str(self.hub), "--port", str(self.port), *self.options]
        environment = {**os.environ, "XDG_STATE_HOME": str(self.hub.parent / "state"), "PYTHONUNBUFFERED": "1"}
        # a pipe that nobody reads from would hold the server up
        self.errors = TemporaryFile("a+")  # noqa: SIM115 - it is closed when the server ends
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.errors, text=True, env=environment)
        line = ""
        while not (found := _LINK.search(line)):
            line = self.process.stdout.readline()
            assert line, self.complaints()
        self.port, self.token = int(found[1]), found[2] or ""

    def enter(self) -> None:
        """Open the link, and keep the cookie."""
        answer = self.get(f"/auth?token={self.token}")
        assert answer.status == 200
        self.cookie = (answer.headers["set-cookie"] or "").split(";")[0]

    def send(self, method: str, path: str, body: bytes | None = None, /, **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.connect()
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            plain = {"Cookie": self.cookie} if self.cookie else {}
            plain |= {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, {name: value for name, value in plain.items() if value})
            found = connection.getresponse()
            return Answer(found.status, found.headers, found.read())
        finally:
            connection.close()

    def get(self, path: str, /, **headers: str) -> Answer:
        return self.send("GET", path, **headers)

    def post(self, path: str, given: Any, /, **headers: str) -> Answer:
        plain = {"Origin": f"http://127.0.0.1:{self.port}", "Content_Type": "application/json"}
        body = given if isinstance(given, bytes) else json.dumps(given).encode()
        return self.send("POST", path, body, **{**plain, **headers})

    def api(self, name: str, /, **given: Any) -> Any:
        """What is answered, where it must be."""
        end = time.monotonic() + START
        while True:
            answer = self.post(f"/api/{name}", given)
            if answer.code != "too_slow" or time.monotonic() > end:  # as on a machine with much else to do
                assert answer.status == 200, answer.body[:2000]
                return answer.json

    def refused(self, name: str, /, **given: Any) -> tuple[int, Any]:
        answer = self.post(f"/api/{name}", given)
        assert answer.status >= 400, answer.body[:500]
        return answer.status, answer.json["error"]

    def judge(self, record: dict[str, Any], action: str = "submit", **more: Any) -> Any:
        held = record.get("judgement") or {"revision": 0}
        given = {
            "table": record["table"],
            "id": record["id"],
            "action": action,
            "revision": held["revision"],
            "key": key(),
        }
        return self.api("judge", **{**given, **more})

    def waited(self, name: str, seconds: float = START) -> dict[str, Any]:
        """A job at its end."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            told: dict[str, Any] = self.api("job", job=name)
            if told["state"] != "running":
                return told
            time.sleep(0.05)
        raise AssertionError(f"{name} does not end")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self._close()

    def stop(self, how: int = signal.SIGINT) -> int:
        """Its exit code."""
        self.process.send_signal(how)
        code = int(self.process.wait(30))
        self._close()
        return code

    def complaints(self) -> str:
        """What the server wrote on its error stream."""
        self.errors.seek(0)
        return str(self.errors.read())

    def _close(self) -> None:
        for stream in (self.process.stdout, self.errors):
            stream.close()


@contextmanager
def slow_writer(milliseconds: int = 100) -> Iterator[str]:
    """The base address of an endpoint on this machine each of whose answers takes so long."""
    command = [sys.executable, "-m", "personahub", "serve-offline", "--latency-ms", str(milliseconds)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    assert process.stdout is not None
    try:
        line = ""
        while not (found := _BASE.search(line)):
            line = process.stdout.readline()
            assert line, "the endpoint did not start"
        yield found[0]
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def key() -> str:
    return uuid4().hex
