"""What goes on beside the page: work on a thread, and commands as processes of their own."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

import orjson

from personahub.errors import PersonahubError

RUNNING, DONE, STOPPED, FAILED = "running", "done", "stopped", "failed"
_KEPT = 100  # jobs that are remembered
_LAST = 20  # lines of what a command said, for its message
_WAIT = 10.0  # seconds that a command may take to save what it has
_INTERRUPTED = 130
_LIMIT = 6


class Ended(Exception):  # noqa: N818 - says what is so
    """The server ends, and what is being made is left as it is; the next one that needs it goes on."""


@dataclass
class Job:
    """Args:
    steps: the newest of each unit, as progress has them.
    counted: rows of each table when it began.
    """

    name: str
    what: str
    command: str = ""
    state: str = RUNNING
    message: str = ""
    began: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="milliseconds")[:-6] + "Z")
    steps: dict[str, dict[str, object]] = field(default_factory=dict)
    report: Mapping[str, Any] | None = None
    counted: Mapping[str, int] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    stopping: bool = False

    def told(self) -> dict[str, object]:
        names = ("what", "state", "message", "began", "report", "command")
        return {"job": self.name, **{name: getattr(self, name) for name in names}, "steps": list(self.steps.values())}


@dataclass
class Jobs:
    """Those of one server."""

    _held: dict[str, Job] = field(default_factory=dict)
    _numbers: Any = field(default_factory=lambda: count(1))
    _turn: Lock = field(default_factory=Lock)
    _working: Lock = field(default_factory=Lock)  # of work on threads one is done at a time
    _threads: list[Thread] = field(default_factory=list)
    _ending: Event = field(default_factory=Event)

    def get(self, name: str) -> Job | None:
        return self._held.get(name)

    def live(self) -> list[Job]:
        return [job for job in list(self._held.values()) if job.state == RUNNING]

    def work(self, what: str, make: Callable[[Callable[[int, int], None]], object]) -> Job:
        """Do it on a thread; what is being done already is not begun again."""
        with self._turn:
            if (there := next((job for job in self.live() if job.what == what), None)) is not None:
                return there
            job = self._new(what)
            thread = Thread(target=self._make, args=(job, make), name=what)
            self._threads = [*(one for one in self._threads if one.is_alive()), thread]
            thread.start()
        return job

    def run(self, what: str, words: Sequence[str], shown: str, counted: Mapping[str, int]) -> Job:
        """Run a command of personahub, and read what it tells."""
        with self._turn:
            job = self._new(what)
        job.command, job.counted = shown, counted
        job.process = subprocess.Popen(  # noqa: S603 - our own command, of options that were checked; no shell
            [*_command(words), "--json", "--progress", "json", *words[1:]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C at our terminal is ours to pass on
        )
        Thread(target=self._follow, args=(job, job.process), daemon=True, name=what).start()
        return job

    def stop(self, job: Job) -> None:
        """As Ctrl-C does: what was answered is kept."""
        if job.process is not None and job.process.poll() is None:
            job.stopping = True
            with suppress(ProcessLookupError):
                job.process.send_signal(signal.SIGINT)

    def close(self) -> None:
        """Stop all there is, and wait until commands have saved what they have, and work is where it can be left."""
        self._ending.set()
        for job in self.live():
            self.stop(job)
        for job in self.live():
            if job.process is not None:
                try:
                    job.process.wait(_WAIT)
                except subprocess.TimeoutExpired:
                    job.process.kill()
        for thread in self._threads:
            thread.join()  # the interpreter must not end under compiled code that is at work

    def _make(self, job: Job, make: Callable[[Callable[[int, int], None]], object]) -> None:
        def tell(done: int, total: int) -> None:
            self._go_on()
            job.steps["rows"] = _step(job.what, done, total)

        try:
            with self._working:
                self._go_on()
                make(tell)
            job.state = DONE
        except Ended:
            job.state = STOPPED
        except (PersonahubError, OSError) as error:
            job.state, job.message = FAILED, str(error)
        except Exception as error:  # it is told, in place of a thread that is gone
            job.state, job.message = FAILED, f"{type(error).__name__}: {error}"

    def _go_on(self) -> None:
        if self._ending.is_set():
            raise Ended

    def _new(self, what: str) -> Job:
        job = Job(f"j{next(self._numbers)}", what)
        self._held[job.name] = job
        over = [name for name, one in self._held.items() if one.state != RUNNING]
        for name in over[: max(0, len(self._held) - _KEPT)]:
            del self._held[name]
        return job

    def _follow(self, job: Job, process: subprocess.Popen[bytes]) -> None:
        words: list[str] = []
        out = Thread(target=self._report, args=(job, process), daemon=True)
        out.start()
        for line in process.stderr or ():
            told = _object(line)
            if told is not None and "unit" in told:
                job.steps[str(told["unit"])] = told
            else:
                words = [*words, line.decode("utf-8", "replace").strip()][-_LAST:]
        code = process.wait()
        out.join()
        stopped = job.stopping or code in (_INTERRUPTED, _LIMIT, -signal.SIGINT)
        job.message = "\n".join(word for word in words if word).removeprefix("personahub: ")
        job.state = DONE if code == 0 else STOPPED if stopped else FAILED

    def _report(self, job: Job, process: subprocess.Popen[bytes]) -> None:
        for line in process.stdout or ():
            job.report = _object(line) or job.report


def asked(words: Sequence[str], seconds: float) -> tuple[Mapping[str, Any] | None, str]:
    """The report of a command that is soon done, and what it complained of.

    Raises TimeoutError.
    """
    command = [*_command(words), "--json", *words[1:]]
    try:
        done = subprocess.run(  # noqa: S603 - as above
            command, capture_output=True, timeout=seconds, check=False, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired as error:
        raise TimeoutError from error
    report = _object(done.stdout.strip().split(b"\n")[-1]) if done.returncode == 0 else None
    return report, done.stderr.decode("utf-8", "replace").strip().removeprefix("personahub: ")


def _command(words: Sequence[str]) -> list[str]:
    """The verb alone: what its words hold behind -- is no option."""
    return [sys.executable, "-m", "personahub", words[0]]


def scratch() -> Path:
    """A folder of this server's own, for what is downloaded and what was pasted."""
    return Path(tempfile.mkdtemp(prefix=f"personahub-ui-{os.getpid()}-"))


def _step(what: str, done: int, total: int) -> dict[str, object]:
    return {"verb": what, "unit": "rows", "done": done, "total": total, "share": None, "failed": {}, "state": ""}


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None
