"""A Python of its own, written in Rust, in worker processes: pydantic-monty, which has no disk, network or processes.

It knows the part of Python that calculations need: functions, classes without inheritance, and some twenty modules.
A program that needs more is UNSUPPORTED. https://github.com/pydantic/monty
"""

import builtins
import os
import re
import shlex
import signal
import sys
import sysconfig
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from personahub.errors import UsageError
from personahub.sandbox.base import (
    CRASHED,
    MEMORY,
    OUTPUT,
    TIME,
    UNSUPPORTED,
    Limits,
    Outcome,
    Program,
    shown,
    told,
)

MISSING = "code runs in a sandbox, and this one needs a package more: pip install 'personahub[sandbox]'"
GRACE_SECONDS = 0.5  # from the limit to the end of a worker that does not hold it
FOREIGN_BYTES = 1 << 30  # of address space beyond the limit: its stacks, its own code, what it keeps for types
CALLS = 100_000  # questions of a program to this side; it has none to ask but `input`

_POLICY = {"sleep": "zero", "random_start": {"seed": 0}}  # waiting proves nothing; the same program, the same outcome
_LIMIT = re.compile(r"(?:(?:feed|turn) time limit|sleep limit) exceeded|^the operation was cancelled")
_ABSENT = re.compile(
    r"No module named '(\w+)|^name '(\w+)' is not defined|^module '\w+' has no attribute|^cannot import name '\w+' from"
    r"|\bmonty\b|is not supported in this environment"
)
# What `input` is, where the program is given something to read.
_INPUT = """
_lines = _stdin.split("\\n")
if _lines[-1] == "":
    _lines.pop()
def input(prompt=""):
    print(prompt, end="")
    if not _lines:
        raise OSError("EOF when reading a line")
    return _lines.pop(0)
"""


class Monty:
    """Workers that are started when they are first needed, one for each core."""

    def __init__(self) -> None:
        try:
            import pydantic_monty  # noqa: PLC0415 - 42 MB that only code needs
        except ImportError as error:
            raise UsageError(MISSING) from error
        self._monty = pydantic_monty
        self._pool: Any = None
        self._open = ExitStack()
        self._starting = threading.Lock()

    @property
    def name(self) -> str:
        return "monty"

    def run(self, program: Program, limits: Limits = Limits()) -> Outcome:  # noqa: B008 - it never changes
        said = _Said(limits.output)
        try:
            with self._workers().checkout(limits=_held(limits), os_policy=_POLICY) as session:
                said.worker = session.worker_pid
                _confine(said.worker, limits.memory)
                if program.stdin:
                    session.feed_run(_INPUT, inputs={"_stdin": program.stdin})
                value = session.feed_run(program.code, inputs=dict(program.inputs), print_callback=said)
        except self._monty.MontyError as error:
            return _ended(error, said)
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            return Outcome(said.text, error=shown(f"{type(error).__name__}: {error}"))  # inputs that are no values
        if said.full:
            return Outcome(said.text, stopped=OUTPUT)
        return _valued(value, said.text, limits)

    def close(self) -> None:
        self._open.close()
        self._pool = None

    def _workers(self) -> Any:
        with self._starting:
            if self._pool is None:
                try:
                    self._pool = self._started(self._open.enter_context(_quiet()))
                except OSError:  # no script may run in the folder of temporary files
                    self._pool = self._started(None)
            return self._pool

    def _started(self, worker: str | None) -> Any:
        pool = self._monty.Monty(binary_path=worker, feed_duration_limit_grace=GRACE_SECONDS)
        try:
            return self._open.enter_context(pool)
        except OSError as error:
            if worker:
                raise
            raise UsageError(MISSING) from error  # the half that holds the workers is not installed


@contextmanager
def _quiet() -> Iterator[str | None]:
    """A worker that says nothing to the terminal of the user; None, which is the package's own, where there is no way.

    What ends a worker it tells its standard error, which is ours.
    """
    worker = Path(sysconfig.get_path("scripts")) / "monty"
    if os.name != "posix" or not worker.is_file():
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="personahub-") as folder:
        script = Path(folder) / "monty"
        script.write_text(f'#!/bin/sh\nexec {shlex.quote(str(worker))} "$@" 2>/dev/null\n', "utf-8")
        script.chmod(0o700)
        yield str(script)


class _Said:
    """What a program prints; one that prints too much is ended."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.text = ""
        self.full = False
        self.worker: int | None = None

    def __call__(self, _: str, text: str) -> None:
        if self.full:
            return
        self.full = len(self.text) + len(text) > self._most
        self.text = (self.text + text)[: self._most]
        if self.full and self.worker:
            with suppress(ProcessLookupError):
                os.kill(self.worker, signal.SIGKILL)


def _held(limits: Limits) -> dict[str, float]:
    return {
        "max_feed_duration_secs": limits.seconds,
        "max_memory": limits.memory,
        "max_total_sleep_secs": limits.seconds,
        "max_suspensions": CALLS,
    }


def _confine(worker: int | None, memory: int) -> None:
    """What the kernel holds it to, should the interpreter not hold: memory, and no file that grows."""
    if worker is None or sys.platform != "linux":
        return
    import resource  # noqa: PLC0415 - not on every system

    with suppress(OSError):  # it has ended
        resource.prlimit(worker, resource.RLIMIT_AS, (memory + FOREIGN_BYTES, resource.RLIM_INFINITY))
        resource.prlimit(worker, resource.RLIMIT_FSIZE, (0, 0))
        resource.prlimit(worker, resource.RLIMIT_CORE, (0, 0))


def _ended(error: Any, said: _Said) -> Outcome:
    """By which limit or by what of its own a program ended."""
    inner = error.exception()
    text = str(inner)
    if said.full:
        return Outcome(said.text, stopped=OUTPUT)
    if hasattr(error, "timed_out"):  # the worker is gone
        return Outcome(said.text, stopped=TIME if error.timed_out else CRASHED, error=shown(str(error)))
    stopped = None
    if isinstance(inner, TimeoutError) and _LIMIT.search(text):
        stopped = TIME
    elif isinstance(inner, MemoryError):
        stopped = MEMORY
    elif _lacks(text):
        stopped = UNSUPPORTED
    kind = type(inner).__name__
    return Outcome(said.text, error=shown(text if text.startswith(kind) else f"{kind}: {text}"), stopped=stopped)


def _lacks(text: str) -> bool:
    """Whether it is something that Python has and this interpreter has not."""
    found = _ABSENT.search(text)
    if not found:
        return False
    module, name = found.groups()
    return module in sys.stdlib_module_names if module else name is None or hasattr(builtins, name)


def _valued(value: object, output: str, limits: Limits) -> Outcome:
    try:
        return Outcome(output, told(value, limits.output))
    except OverflowError:
        return Outcome(output, stopped=OUTPUT, error="its value is longer than the limit")
    except ValueError as error:
        return Outcome(output, error=shown(f"its value cannot be told: {error}"))
