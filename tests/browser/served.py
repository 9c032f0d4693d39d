"""A hub behind `personahub ui`, as a process of its own that may be killed and started again on the same port."""

import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread
from typing import Any

from playwright.sync_api import Browser, StorageState

_LINK = re.compile(r"http://127\.0\.0\.1:(\d+)/auth(?:\?token=\S+)?")
_PATIENCE = 60.0  # seconds


class Served:
    def __init__(self, hub: Path, *options: str) -> None:
        self.hub, self._options = hub, options
        self.port = 0
        self._state: StorageState | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        return self._process.pid

    def start(self) -> None:
        """As a person does it; the link is read from what the terminal shows."""
        command = [sys.executable, "-m", "personahub", "ui", str(self.hub), "--port", str(self.port), *self._options]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self._said: list[str] = []
        reader = Thread(target=self._read, daemon=True)
        reader.start()
        end = time.monotonic() + _PATIENCE
        while not (found := _LINK.search("".join(self._said))):
            if self._process.poll() is not None or time.monotonic() > end:
                self.kill()
                raise AssertionError(f"the page did not start: {''.join(self._said)}")
            time.sleep(0.02)
        self.link, self.port = found[0], int(found[1])

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._said.append(line)

    @property
    def said(self) -> str:
        return "".join(self._said)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """As Ctrl-C does; nothing of what it said may be of a bug."""
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()
        assert "Traceback" not in self.said, self.said[-4000:]

    def state(self, browser: Browser) -> StorageState:
        """What a browser has that opened the link, for others to start with: the link works once."""
        if self._state is None:
            context = browser.new_context()
            page = context.new_page()
            page.goto(self.link)
            page.locator("header.top").wait_for()
            self._state = context.storage_state()
            self._state["origins"] = []
            context.close()
        return self._state


def ask(page: Any, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """A question to the server by the page's own permission."""
    origin = re.match(r"https?://[^/]+", page.url)
    assert origin is not None
    answer = page.request.post(f"{origin[0]}{path}", data=body, headers={"Origin": origin[0]})
    assert answer.ok, f"{path}: {answer.status} {answer.text()[:500]}"
    told: dict[str, Any] = answer.json()
    return told
