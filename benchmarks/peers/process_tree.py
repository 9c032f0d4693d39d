"""All processes that a command starts, however far below: what they cost, and their end.

Linux only: it reads /proc, and takes in those whose parents die before them.
"""

import ctypes
import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import STDOUT, Popen

_SET_CHILD_SUBREAPER = 36  # of <linux/prctl.h>
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Tree:
    """A running command. Its processes are whatever is below this one that was not there before.

    Args:
        cpu: seconds of those that have ended.
    """

    process: Popen[bytes]
    others: frozenset[int]
    ended: bool = False
    cpu: float = 0.0

    def poll(self) -> bool:
        """Whether the command itself has ended; its costs are taken down then."""
        if not self.ended:
            self._reap(self.process.pid, os.WNOHANG)
        return self.ended

    def cpu_so_far(self) -> float:
        """Seconds of processor time of all that live, with the children that they waited for."""
        return self.cpu + sum(_cpu(pid) for pid in self._members())

    def memory(self) -> float:
        """MB, a page that several share counted once."""
        return sum(_proportional_kb(pid) for pid in self._members()) / 1024

    def kill(self) -> None:
        """SIGKILL to every one of them, and wait until none is left."""
        while members := self._members():
            for pid in members:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            for pid in members:
                self._reap(pid, os.WNOHANG)
            time.sleep(0.002)

    def _members(self) -> list[int]:
        return [pid for pid in _below(os.getpid()) if pid not in self.others]

    def _reap(self, pid: int, how: int) -> None:
        try:
            found, status, usage = os.wait4(pid, how)
        except ChildProcessError:
            return
        if found:
            self.cpu += usage.ru_utime + usage.ru_stime
        if found == self.process.pid:
            self.ended, self.process.returncode = True, os.waitstatus_to_exitcode(status)


@contextmanager
def started(command: list[str], *, environment: Mapping[str, str], output: Path) -> Iterator[Tree]:
    """Run it with its output in a file; whatever is left of it at the end is killed."""
    ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1)
    others = frozenset(_below(os.getpid()))
    with output.open("wb") as file:
        process = Popen(command, stdout=file, stderr=STDOUT, env={**os.environ, **environment}, start_new_session=True)
    tree = Tree(process, others)
    try:
        yield tree
    finally:
        tree.kill()


def _below(root: int) -> list[int]:
    """Every descendant, those that have ended and were not waited for as well."""
    children: dict[int, list[int]] = {}
    names = os.listdir("/proc")  # noqa: PTH208 - a Path for each would take several times as long
    for pid in [int(name) for name in names if name.isdigit()]:
        if fields := _stat(pid):
            children.setdefault(int(fields[1]), []).append(pid)
    found = list(children.get(root, ()))
    for pid in found:
        found.extend(children.get(pid, ()))
    return found


def _stat(pid: int) -> list[str]:
    """The fields behind the name: state, parent, ...; none where it is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:  # noqa: PTH123 - as above
            return file.read().rpartition(")")[2].split()
    except OSError:
        return []


def _cpu(pid: int) -> float:
    # utime, stime, cutime, cstime: fields 14 to 17 of proc(5), of which two stand before the name's end.
    return sum(map(int, _stat(pid)[11:15])) / _TICKS


def _proportional_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
