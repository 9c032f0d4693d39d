"""Processes of math-verify: asked in turn, ended where one takes too long, started again when needed."""

import os
import queue
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import find_spec
from select import select
from time import monotonic

import orjson

from personahub.evaluation import verifying
from personahub.evaluation.verifying import MISSING, READY, UNDECIDED

PACKAGE = "math_verify"
STARTING = 120.0  # seconds that a process may take to load its libraries
LINE = 64  # bytes of an answer at most


class Pool:
    """Args:
    workers: processes at a time; none is started before something is asked.
    seconds: for one pair.
    """

    def __init__(self, workers: int, seconds: float) -> None:
        self._workers = workers
        self._seconds = seconds
        self._free: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        self._all: list[_Worker] = []
        self.missing = False

    def ask(self, pairs: Sequence[tuple[str, str]]) -> list[str]:
        """For each pair EQUAL, DIFFERENT or UNDECIDED; MISSING for all where the package is not there."""
        if not pairs:
            return []
        if self.missing or find_spec(PACKAGE) is None:
            self.missing = True
            return [MISSING] * len(pairs)
        while len(self._all) < min(self._workers, len(pairs)):
            worker = _Worker()
            self._all.append(worker)
            self._free.put(worker)
        said, numbers = [UNDECIDED] * len(pairs), iter(range(len(pairs)))
        turn = threading.Lock()
        hands = [threading.Thread(target=self._hand, args=(pairs, said, numbers, turn)) for _ in self._all]
        for hand in hands:
            hand.start()
        for hand in hands:
            hand.join()
        self.missing = MISSING in said
        return said

    def close(self) -> None:
        for worker in self._all:
            worker.end()
        self._all.clear()

    def _hand(self, pairs: Sequence[tuple[str, str]], said: list[str], numbers: object, turn: threading.Lock) -> None:
        worker = self._free.get()
        try:
            while True:
                with turn:
                    number = next(numbers, None)  # type: ignore[call-overload]
                if number is None:
                    return
                said[number] = worker.ask(pairs[number], self._seconds)
        finally:
            self._free.put(worker)


class _Worker:
    """One process at a time, and the next one after it was ended."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, pair: tuple[str, str], seconds: float) -> str:
        if self._process is None and (said := self._start()) != READY:
            return said
        process = self._process
        assert process is not None  # noqa: S101 - it was started
        assert process.stdin is not None  # noqa: S101
        try:
            process.stdin.write(orjson.dumps(pair, option=orjson.OPT_APPEND_NEWLINE))
            process.stdin.flush()
        except OSError:
            self.end()
            return UNDECIDED
        said = self._line(seconds)
        if not said:
            self.end()
        return said or UNDECIDED

    def end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                with suppress(OSError):
                    pipe.close()

    def _start(self) -> str:
        """READY, MISSING, or UNDECIDED for one that does not start."""
        # By its path and with -P: a file in the folder where the user stands shall not be imported by its name.
        command = [sys.executable, "-P", verifying.__file__]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)  # noqa: S603
        said = self._line(STARTING)
        if said != READY:
            self.end()
        return said or UNDECIDED

    def _line(self, seconds: float) -> str:
        """What the process says next; "" where it says nothing in time, or is gone."""
        assert self._process is not None  # noqa: S101 - it was started
        assert self._process.stdout is not None  # noqa: S101
        out, said, end = self._process.stdout.fileno(), b"", monotonic() + seconds
        while not said.endswith(b"\n") and len(said) < LINE:
            left = end - monotonic()
            if left <= 0 or not select([out], [], [], left)[0]:
                return ""
            more = os.read(out, LINE)
            if not more:
                return ""
            said += more
        return said.decode("ascii", "replace").strip()
