"""A join over texts made on the fly, in pieces where it is cut off; what it found is counted."""

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Lock

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from corpus.personas import Corpus

from personahub.joins.found import Found
from personahub.joins.near import Near

_BUCKETS = 64  # that pairs to be looked for are laid into, by their smaller number
_STEP = 5_000_000  # rows whose planted copies are made at one time
_EVERY = 5.0  # seconds


@dataclass
class Totals:
    """Of all pieces of a run; it lies in a file, so that a piece that is killed has counted."""

    file: Path
    wall_s: float = 0.0
    cpu_s: float = 0.0
    made_s: float = 0.0
    pieces: int = 0
    peak_mb: float = 0.0
    disk: int = 0

    @classmethod
    def of(cls, file: Path) -> "Totals":
        held = json.loads(file.read_text()) if file.exists() else {}
        return cls(file, **held)

    def save(self) -> None:
        told = {name: value for name, value in asdict(self).items() if name != "file"}
        beside = self.file.with_suffix(".new")
        beside.write_text(json.dumps(told))
        beside.replace(self.file)


@dataclass
class Making:
    """A corpus that counts the CPU seconds that making its texts takes."""

    corpus: Corpus
    seconds: float = 0.0
    lock: Lock = field(default_factory=Lock)

    def __call__(self) -> Iterator[pa.Array]:
        return self.behind(0)

    def behind(self, row: int) -> Iterator[pa.Array]:
        parts = self.corpus.behind(row)
        while True:
            began = time.thread_time()
            part = next(parts, None)
            self.seconds += time.thread_time() - began
            if part is None:
                return
            yield part


@dataclass
class Clock:
    """Adds what a piece has taken to the totals, and says how far the run is."""

    totals: Totals
    making: Making
    folder: Path
    began: tuple[float, float, float] = (0.0, 0.0, 0.0)
    said: float = 0.0

    def __post_init__(self) -> None:
        self.began = time.perf_counter(), time.process_time(), self.making.seconds
        self.totals.pieces += 1

    def add(self) -> None:
        now = time.perf_counter(), time.process_time(), self.making.seconds
        wall, cpu, made = (new - old for new, old in zip(now, self.began, strict=True))
        self.began = now
        self.totals.wall_s += wall
        self.totals.cpu_s += cpu
        self.totals.made_s += made
        self.totals.peak_mb = max(self.totals.peak_mb, peak())
        self.totals.disk = max(self.totals.disk, sum(file.stat().st_size for file in self.folder.glob("*-*")))
        self.totals.save()

    def tell(self, phase: str, rows: int, readings: int) -> None:
        if time.perf_counter() - self.said < _EVERY:
            return
        self.said = time.perf_counter()
        self.add()
        left = self.totals.wall_s * (readings / max(rows, 1) - 1)
        print(
            f"{phase}: {rows / readings:.1%} read, {self.totals.wall_s:,.0f} s, some {left:,.0f} s left; "
            f"peak {self.totals.peak_mb:,.0f} MB, disk {self.totals.disk / 1e9:.1f} GB",
            flush=True,
        )


def peak() -> float:
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in status if "VmHWM" in line)


def billion(arguments: argparse.Namespace) -> None:
    """One piece of it, or all that is left."""
    folder: Path = arguments.folder
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as warm:  # whatever is to be compiled or loaded is not counted
        Near(arguments.threshold)(Corpus(1_000), rows=1_000, folder=Path(warm))
    corpus = Corpus(arguments.rows, arguments.seed, arguments.least, arguments.most, arguments.long)
    making, totals = Making(corpus), Totals.of(folder / "totals.json")
    clock = Clock(totals, making, folder / "join")
    near = Near(
        arguments.threshold,
        workers=arguments.workers,
        memory_limit=arguments.memory_limit,
        disk_limit=arguments.disk_limit,
        key=bytes(range(40)),
    )
    found = near(making, rows=corpus.rows, folder=folder / "join", inputs=repr(corpus), tell=clock.tell)
    totals.disk = max(totals.disk, found.folder.room.most)
    clock.add()
    rows = corpus.rows
    joined = totals.cpu_s - totals.made_s
    print(
        f"{rows:,} records in {totals.pieces} pieces and {found.passes} passes: wall {totals.wall_s:,.1f} s, CPU "
        f"{totals.cpu_s:,.1f} s, of it {totals.made_s:,.1f} s to make the texts; {joined / rows * 1e6:.2f} us a record "
        f"without that\npeak {totals.peak_mb:,.0f} MB; disk {totals.disk / rows:.1f} bytes a record"
    )
    print(counted(corpus, arguments.threshold, found, folder))


def counted(corpus: Corpus, threshold: str, found: Found, folder: Path) -> str:
    """Of the planted pairs at the threshold how many were found; on the disk what would not fit into memory."""
    first = np.memmap(folder / "first", np.uint32, "w+", shape=(corpus.rows,))
    for start in range(0, corpus.rows, _STEP):
        end = min(start + _STEP, corpus.rows)
        first[start:end] = np.arange(start, end)
    equals = 0
    for batch in found.equal():
        first[batch["id"].to_numpy()] = batch["other"].to_numpy()
        equals += len(batch)
    wanted, same, joined = _lay_planted(corpus, threshold, first, folder)
    hit, pairs = _hits(corpus, found, folder)
    (folder / "first").unlink()
    return f"planted: {hit:,} of {wanted:,} near, {joined:,} of {same:,} equal; found {pairs:,} pairs, {equals:,} equal"


def _width(corpus: Corpus) -> int:
    return -(-corpus.rows // _BUCKETS)


def _lay_planted(corpus: Corpus, threshold: str, first: npt.NDArray[np.uint32], folder: Path) -> tuple[int, int, int]:
    over, under = int(float(threshold) * 10**6 + 0.5), 10**6
    files = [(folder / f"planted{bucket}").open("wb") for bucket in range(_BUCKETS)]
    wanted = same = joined = 0
    for start in range(0, corpus.rows, _STEP):
        planted = corpus.planted(start, min(start + _STEP, corpus.rows))
        near = planted[planted[:, 2] * under >= planted[:, 3] * over]
        ends = np.sort(first[near[:, :2]].astype(np.int64), axis=1)
        apart = ends[:, 0] != ends[:, 1]
        same += int((near[:, 2] == near[:, 3]).sum())
        joined += int(((near[:, 2] == near[:, 3]) & ~apart).sum())
        wanted += int(apart.sum())
        codes, buckets = ends[apart, 0] * corpus.rows + ends[apart, 1], ends[apart, 0] // _width(corpus)
        for bucket in np.unique(buckets).tolist():
            files[bucket].write(codes[buckets == bucket].tobytes())
    for file in files:
        file.close()
    return wanted, same, joined


def _hits(corpus: Corpus, found: Found, folder: Path) -> tuple[int, int]:
    """Pairs come in the order of their smaller number, so that of one bucket at a time are held."""
    hit = pairs = 0
    held: list[npt.NDArray[np.int64]] = []
    bucket = 0

    def settle() -> int:
        file = folder / f"planted{bucket}"
        wanted = np.fromfile(file, np.int64)
        file.unlink()
        return int(np.isin(wanted, np.concatenate([*held, np.zeros(0, np.int64)])).sum())

    for batch in found.pairs():
        pairs += len(batch)
        one, two = batch["one"].to_numpy().astype(np.int64), batch["two"].to_numpy().astype(np.int64)
        codes, buckets = one * corpus.rows + two, one // _width(corpus)
        while bucket < int(buckets[-1]):
            held.append(codes[buckets == bucket])
            hit += settle()
            held.clear()
            bucket += 1
        held.append(codes[buckets == bucket])
    while bucket < _BUCKETS:
        hit += settle()
        held.clear()
        bucket += 1
    return hit, pairs
