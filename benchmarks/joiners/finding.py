"""What every driver has in common: its command line, what it writes, and the one line it ends with.

    python NAME_join.py TEXTS.arrow OUT.npy [--variant NAME]

TEXTS has a column `text` of lower-case words with a space between each. OUT gets for each text a number that it shares
with those taken to be the same as it, and with no other: int64, shape (texts,). The last line says how many seconds of
processor time, children included, and of the clock it took from the file to these numbers; what was imported, loaded,
or brought into another form of file before is left out.
"""

import argparse
import json
import resource
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

PERMUTATIONS, THRESHOLD = 128, 0.9
BANDS, ROWS = 16, 8


@dataclass(frozen=True)
class Job:
    texts: Path
    out: Path
    variant: str

    def strings(self) -> list[str]:
        with pa.memory_map(str(self.texts)) as file:
            found: list[str] = pa.ipc.open_file(file).read_all()["text"].to_pylist()
        return found


def drive(
    find: Callable[[Job], np.ndarray],
    prepare: Callable[[Job], object] = lambda _job: None,
    groups: Callable[[Job], np.ndarray] | None = None,
) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("texts", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--variant", default="")
    job = Job(**vars(parser.parse_args()))
    prepare(job)
    began, before = time.perf_counter(), _cpu()
    found = find(job)
    print("\n" + json.dumps({"cpu": _cpu() - before, "wall": time.perf_counter() - began}), flush=True)
    np.save(job.out, (groups(job) if groups else found).astype(np.int64))


def _cpu() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


class Groups:
    """Numbers that pairs make one."""

    def __init__(self, count: int) -> None:
        self._above = list(range(count))

    def join(self, one: int, two: int) -> None:
        low, high = sorted((self._root(one), self._root(two)))
        self._above[high] = low

    def join_all(self, some: Iterable[int]) -> None:
        first, *others = some
        for other in others:
            self.join(first, other)

    def numbers(self) -> np.ndarray:
        return np.array([self._root(number) for number in range(len(self._above))])

    def _root(self, number: int) -> int:
        above = self._above
        while above[number] != number:
            above[number] = number = above[above[number]]
        return number
