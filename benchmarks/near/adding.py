"""A few more texts beside many that were joined, against joining all of them anew."""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyarrow as pa
from corpus.personas import Corpus

from near.billion import peak
from near.killing import digest
from personahub.joins.forest import linked
from personahub.joins.found import Found
from personahub.joins.near import Near


@dataclass(frozen=True)
class Some:
    """The rows of a corpus from one to before another, held in memory so that making them costs nothing."""

    parts: list[pa.Array]

    @classmethod
    def of(cls, corpus: Corpus, first: int, end: int) -> "Some":
        return cls([part.slice(0, end - first) for part in Corpus(end, corpus.seed).behind(first)])

    def __call__(self) -> Iterator[pa.Array]:
        return iter(self.parts)


@dataclass
class Took:
    wall: float
    cpu: float


def took(work: Callable[[], Found]) -> tuple[Found, Took]:
    wall, cpu = time.perf_counter(), time.process_time()
    found = work()
    return found, Took(time.perf_counter() - wall, time.process_time() - cpu)


def more(arguments: argparse.Namespace) -> None:
    """Old and new apart, then all of them from scratch, in one process; warm."""
    rows, new = arguments.rows, arguments.new
    corpus = Corpus(rows + new)
    near = Near(workers=arguments.workers, memory_limit=arguments.memory_limit, key=bytes(range(40)), keep=True)
    old, added = Some.of(corpus, 0, rows), Some.of(corpus, rows, rows + new)
    whole = Some([*old.parts, *added.parts])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        few = Some.of(corpus, 0, 20_000)
        near(few, rows=20_000, folder=folder / "warm", inputs="a")
        near.more(few, rows=20_000, folder=folder / "warm", before="a", inputs="b")
        plain = Near(workers=near.workers, memory_limit=near.memory_limit, key=near.key)
        anew, scratch = took(lambda: plain(whole, rows=rows + new, folder=folder / "anew"))
        _, keeping = took(lambda: near(old, rows=rows, folder=folder / "kept", inputs="a"))
        disk = sum(file.stat().st_size for file in (folder / "kept").iterdir())
        found, adding = took(lambda: _more(near, added, new, folder / "kept"))
        same = digest(found) == digest(anew)
        whole_ids, old_ids = linked(anew), linked(plain(old, rows=rows, folder=folder / "old"))
        wall, cpu = time.perf_counter(), time.process_time()
        ids = linked(found, None, old_ids)
        forest = Took(time.perf_counter() - wall, time.process_time() - cpu)
        clusters = bool((ids == whole_ids).all())
        again = {}
        for number in range(1, 4):  # the last of them joins layers
            some = Some.of(Corpus(rows + (number + 1) * new), rows + number * new, rows + (number + 1) * new)
            before = "a" + "b" * number
            _, again[f"{new:,} more behind {number}"] = took(partial(_more, near, some, new, folder / "kept", before))
    told = {
        "all anew": scratch,
        "the old ones, kept": keeping,
        "the new ones": adding,
        "and the forest": forest,
        **again,
    }
    print(f"{rows:,} records and {new:,} more; peak {peak():,.0f} MB; {disk / rows:.0f} bytes a record are kept")
    for what, one in told.items():
        share = one.wall / scratch.wall, one.cpu / scratch.cpu
        print(f"{what}: wall {one.wall:.3f} s ({share[0]:.2%}), CPU {one.cpu:.3f} s ({share[1]:.2%})")
    print(json.dumps({"same pairs": same, "same clusters": clusters}))


def _more(near: Near, parts: Some, rows: int, folder: Path, before: str = "a") -> Found:
    found = near.more(parts, rows=rows, folder=folder, before=before, inputs=f"{before}b")
    assert found
    return found
