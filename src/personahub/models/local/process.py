"""The model's process as its owner sees it: started, spoken to at an address, ended; and what it said last."""

import asyncio
import os
import re
import secrets
import signal
import subprocess
import sys
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO

import orjson

from personahub.errors import ModelError, UsageError
from personahub.models.local import child
from personahub.text import printable

PACKAGE = "xllamacpp"
NO_PACKAGE = "the local model needs one more package: pip install 'personahub[local]'"
GENTLE_SECONDS = 2.0  # given to a process that is told to end
SHOWN = 400  # characters of what it said last
_CPU_QUOTA = Path("/sys/fs/cgroup/cpu.max")

_LOG_PREFIX = re.compile(r"^[\d.]+ [A-Z] +(?:srv|slot|cmn|llg)? *(?:[\w~]+: )?(?:error loading model: )?")
_HOLLOW = re.compile(r"failed to (?:load|init|read header)|exiting due to|encountered an error while")


@dataclass(frozen=True, slots=True)
class Seat:
    """What a process is started with.

    Args:
        context: tokens of prompt and answer, of all requests at a time together.
        parallel: requests that are worked on at a time.
    """

    path: Path
    context: int
    parallel: int
    threads: int


class Process:
    """A running one; `start` makes it."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._said: deque[bytes] = deque(maxlen=40)
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        self.url = ""
        self.key = secrets.token_urlsafe(24)

    @classmethod
    async def start(cls, seat: Seat) -> "Process":
        """One that answers already.

        Raises:
            UsageError: the package is not there.
            ModelError: it does not start, with what it said.
        """
        require_package()
        pipe = subprocess.PIPE
        # By its path and with -P: a file in the folder where the user stands shall not be imported by its name.
        command = [sys.executable, "-P", child.__file__]
        # From this very thread and not from a worker: the kernel's word at an owner's death means its thread's.
        process = cls(subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe))  # noqa: ASYNC220, S603
        try:
            await asyncio.to_thread(process._meet, seat)
        except BaseException:
            process.kill()
            raise
        return process

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def last_words(self) -> str:
        """How it ended and what it said on its way, in one line that a terminal can show."""
        code = self._process.poll()
        how = f"exit code {code}"
        if code is None:
            how = "it still runs"
        elif code < 0:
            how = f"signal {-code}, {signal.strsignal(-code)}"
            if code == -signal.SIGKILL:
                how += ", which is also what a system does that is out of memory"
        lines = [_LOG_PREFIX.sub("", printable(line.decode("utf-8", "replace")).strip()) for line in self._said]
        telling = [line for line in dict.fromkeys(lines) if line and not _HOLLOW.search(line)]
        shown = (telling or lines)[-3:]
        # Of an orderly end its own words tell more than its number.
        return "; ".join(shown if shown and code and code > 0 else [how, *shown])[:SHOWN]

    def end(self) -> None:
        """Gently, then not; returns when it is gone."""
        self._close(self._process.stdin)
        try:
            self._process.wait(GENTLE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._tidy()

    def kill(self) -> None:
        self._process.kill()
        self._tidy()

    def _meet(self, seat: Seat) -> None:
        """Say what is wanted and wait until it is there."""
        asked = {
            "owner": os.getpid(),
            "path": str(seat.path),
            "context": seat.context,
            "parallel": seat.parallel,
            "threads": seat.threads,
            "key": self.key,
        }
        try:
            stdin = _there(self._process.stdin)
            stdin.write(orjson.dumps(asked) + b"\n")
            stdin.flush()
            answer = orjson.loads(_there(self._process.stdout).readline())
        except (OSError, orjson.JSONDecodeError):
            answer = {"error": ""}
        if child.MISSING in answer:
            raise UsageError(f"{NO_PACKAGE} ({printable(answer['error'])[:SHOWN]})")
        if "error" in answer:
            self._process.wait()
            self._listener.join(GENTLE_SECONDS)
            raise ModelError(f"{seat.path.name} cannot be loaded: {self.last_words}")
        self.url = f"{answer['url']}/v1"

    def _listen(self) -> None:
        """Keep its last lines; unread, they would fill the pipe and stop it."""
        stderr = _there(self._process.stderr)
        while line := stderr.readline(2000):
            self._said.append(line)

    def _tidy(self) -> None:
        self._process.wait()
        self._listener.join(GENTLE_SECONDS)
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            self._close(stream)

    def _close(self, stream: IO[bytes] | None) -> None:
        if stream:
            with suppress(OSError):  # what was not read by a dead process cannot be flushed
                stream.close()


def require_package() -> None:
    """Raise UsageError where the package is not installed; quick, as nothing is imported."""
    if find_spec(PACKAGE) is None:
        raise UsageError(NO_PACKAGE)


def usable_cores() -> int:
    """Of this process, and of its container where that has a share of the machine: more threads would only wait."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = _CPU_QUOTA.read_text("ascii").split()
        return max(1, min(cores, int(quota) // int(period)))
    except (OSError, ValueError):  # no container, or no quota ("max")
        return cores


def _there(stream: IO[bytes] | None) -> IO[bytes]:
    """A pipe that was asked for."""
    if stream is None:
        raise ModelError("the local model's process has no pipe to its owner")
    return stream
