"""The whole of Python behind walls of the kernel: bubblewrap, for programs that need more than monty knows.

Inside there is no network, no other process and nothing to write to; of the disk the system's libraries and Python's
own, read-only; of the kernel what sandbox/seccomp.py leaves. https://github.com/containers/bubblewrap
"""

import json
import os
import platform
import selectors
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil
from pathlib import Path
from time import monotonic

from personahub.errors import UsageError
from personahub.sandbox import inside
from personahub.sandbox.base import CRASHED, MEMORY, OUTPUT, TIME, Limits, Outcome, Program, shown
from personahub.sandbox.seccomp import known, refusals

MISSING = (
    "the sandbox bubblewrap needs the program bwrap: apt install bubblewrap, or the package of that name elsewhere"
)
START_BYTES = 64 << 20  # of address space, for Python itself
FILES = 64
_SYSTEM = ("/usr", "/lib", "/lib64", "/etc/ld.so.cache")
_DEVICES = ("/dev/null", "/dev/urandom", "/dev/zero")
_PIECE = 1 << 16


class Bubblewrap:
    """A new process for each program.

    Raises:
        UsageError: bwrap is not installed, or this system does not let it build its walls.
    """

    def __init__(self) -> None:
        found = shutil.which("bwrap")
        if sys.platform != "linux" or not known(platform.machine()) or not found:
            raise UsageError(MISSING)
        self._bwrap = found
        tried = self.run(Program("1 + 1"), Limits(seconds=20))
        if tried.value != 2:
            said = shown(tried.output or tried.reason or "nothing")
            raise UsageError(f"bwrap is there, and cannot build a sandbox here: {said}; it needs user namespaces")

    @property
    def name(self) -> str:
        return "bubblewrap"

    def run(self, program: Program, limits: Limits = Limits()) -> Outcome:  # noqa: B008 - it never changes
        with tempfile.TemporaryFile() as asked:
            try:
                asked.write(json.dumps(_asked(program, limits)).encode())
            except (TypeError, ValueError, RecursionError) as error:
                return Outcome(error=shown(f"{type(error).__name__}: {error}"))  # inputs that are no values
            asked.seek(0)
            return self._watched(asked.fileno(), limits)

    def close(self) -> None:
        """Nothing waits between programs."""

    def _watched(self, asked: int, limits: Limits) -> Outcome:
        answer, told = os.pipe()
        wall, filter_in = os.pipe()
        try:
            os.write(filter_in, refusals(platform.machine()))
            os.close(filter_in)
            command = [self._bwrap, *self._walls, "--seccomp", str(wall), "--", *_PYTHON, self._inside, str(told)]
            process = subprocess.Popen(  # noqa: S603 - the program is data on its standard input
                command, stdin=asked, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, pass_fds=(told, wall), env={}
            )
        finally:
            os.close(told)
            os.close(wall)
        watch = _Watch(process, answer, limits)
        try:
            return watch.outcome()
        finally:
            process.kill()
            process.wait()
            os.close(answer)
            if process.stdout:
                process.stdout.close()

    @cached_property
    def _inside(self) -> str:
        return Path(inside.__file__).read_text("utf-8")

    @cached_property
    def _walls(self) -> list[str]:
        python = str(Path(sys.base_prefix).resolve())
        seen = [place for path in (*_SYSTEM, python) for place in ("--ro-bind-try", path, path)]
        devices = [place for path in _DEVICES for place in ("--dev-bind", path, path)]
        own = ("--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv")
        return [
            *own,
            *("--setenv", "PYTHONHASHSEED", "0", "--setenv", "LANG", "C.UTF-8"),
            *seen,
            *devices,
            *("--remount-ro", "/", "--chdir", "/"),  # and no /proc, which tells and takes too much
        ]


_PYTHON = (str(Path(sys.executable).resolve()), "-s", "-S", "-P", "-B", "-X", "utf8", "-c")


def _asked(program: Program, limits: Limits) -> dict[str, object]:
    held = {
        "RLIMIT_AS": limits.memory + START_BYTES,
        "RLIMIT_CPU": ceil(limits.seconds) + 1,
        "RLIMIT_FSIZE": 0,
        "RLIMIT_CORE": 0,
        "RLIMIT_NOFILE": FILES,
    }
    return {"code": program.code, "inputs": dict(program.inputs), "stdin": program.stdin, "limits": held}


@dataclass
class _Watch:
    """One process while it runs: what it prints and answers is read, and it ends at its limits."""

    process: subprocess.Popen[bytes]
    answer: int
    limits: Limits
    printed: bytearray = field(default_factory=bytearray)
    answered: bytearray = field(default_factory=bytearray)

    def outcome(self) -> Outcome:
        end = monotonic() + self.limits.seconds
        stopped = self._read(end)
        if not stopped:
            try:
                self.process.wait(max(0.0, end - monotonic()))
            except subprocess.TimeoutExpired:
                stopped = TIME
        output = self.printed.decode("utf-8", "replace")[: self.limits.output]
        return Outcome(output, stopped=stopped) if stopped else self._told(output)

    def _read(self, end: float) -> str | None:
        """Until both pipes are closed; the limit that it ran into, if any."""
        most = 4 * self.limits.output  # bytes of a character at most
        assert self.process.stdout  # noqa: S101 - it was asked for
        with selectors.DefaultSelector() as ready:
            ready.register(self.process.stdout.fileno(), selectors.EVENT_READ, self.printed)
            ready.register(self.answer, selectors.EVENT_READ, self.answered)
            while ready.get_map():
                left = end - monotonic()
                if left <= 0:
                    return TIME
                for key, _ in ready.select(left):
                    piece = os.read(key.fd, _PIECE)
                    if not piece:
                        ready.unregister(key.fd)
                    key.data.extend(piece)
                    if len(key.data) > most + _PIECE:
                        return OUTPUT
        return None

    def _told(self, output: str) -> Outcome:
        if len(self.printed.decode("utf-8", "replace")) > self.limits.output:
            return Outcome(output, stopped=OUTPUT)
        try:
            said = json.loads(self.answered)
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict):
            return Outcome(output, stopped=CRASHED, error=f"it ended without a word, by code {self.process.returncode}")
        error = said.get("error")
        if error is None and len(self.answered) > self.limits.output:
            return Outcome(output, stopped=OUTPUT, error="its value is longer than the limit")
        text = None if error is None else shown(str(error))
        stopped = MEMORY if text and text.startswith("MemoryError") else None
        return Outcome(output, None if text else said.get("value"), text, stopped)
