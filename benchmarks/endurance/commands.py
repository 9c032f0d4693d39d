"""personahub as a person runs it: a process, its exit code, its report, what it said and what it held in memory."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMMAND = [sys.executable, "-m", "personahub"]
LOOKS = 0.02  # seconds between two looks at its memory
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Ended:
    """Args:
    report: what it printed as JSON; empty where nothing.
    said: what it complained of.
    peak: MB of memory, as much as it ever held (VmHWM).
    """

    code: int
    report: dict[str, Any]
    said: str
    seconds: float
    peak: float

    @property
    def is_one_sentence(self) -> bool:
        """Whether it ended in words for a person and without a traceback."""
        return self.said.startswith("personahub: ") and "Traceback" not in self.said and self.said.count("\n") == 1

    @property
    def tokens(self) -> int:
        usage = self.report.get("usage", {})
        return int(usage.get("prompt_tokens", 0)) + int(usage.get("completion_tokens", 0))

    @property
    def requests(self) -> int:
        return int(self.report.get("usage", {}).get("requests", 0))


class Command:
    """A command that has been started."""

    def __init__(self, *words: object) -> None:
        self._out = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed with the process
        self._err = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115
        self._start = time.monotonic()
        self.process = subprocess.Popen([*COMMAND, *map(str, words)], stdout=self._out, stderr=self._err)

    @property
    def is_over(self) -> bool:
        return self.process.poll() is not None

    @property
    def cpu(self) -> float:
        """Seconds of processor time until now; 0 once it is over."""
        try:
            fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / _TICKS  # utime and stime of proc(5)

    def kill(self) -> None:
        """kill -9, where it still runs."""
        self.process.kill()
        self.process.wait()
        self._out.close()
        self._err.close()

    def ended(self, meanwhile: Callable[[], None] = lambda: None) -> Ended:
        """Wait for its end.

        Args:
            meanwhile: called again and again until then.
        """
        peak = 0.0
        while not self.is_over:
            peak = max(peak, self._peak())
            meanwhile()
            time.sleep(LOOKS)
        seconds = time.monotonic() - self._start
        out, err = self._read(self._out), self._read(self._err)
        report = json.loads(out.splitlines()[-1]) if out.startswith("{") else {}
        return Ended(self.process.returncode, report, err, seconds, peak)

    def _peak(self) -> float:
        try:
            lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        except OSError:
            return 0.0
        return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")), 0.0)

    def _read(self, file: Any) -> str:
        with file:
            file.seek(0)
            text: str = file.read()
        return text


def ran(*words: object) -> Ended:
    return Command(*words).ended()


def well(*words: object) -> Ended:
    """As `ran`, of a command that cannot fail here: the program ends where it does."""
    ended = ran(*words)
    if ended.code:
        raise SystemExit(f"personahub {' '.join(map(str, words))} ended with {ended.code}: {ended.said[-600:]}")
    return ended
