"""Near duplicates found exactly: time, memory, disk, and what was found of what was planted.

python benchmarks/near_duplicates.py write 1_000_000 texts.arrow      a corpus into a file
python benchmarks/near_duplicates.py find texts.arrow folder          the join over it, in a process of its own
python benchmarks/near_duplicates.py measure 1_000_000 [--long 220]   both, and the found against the planted
python benchmarks/near_duplicates.py billion folder [--rows 20_000_000] [--disk-limit 60GB] [--memory-limit 12GB]
                                       texts made on the fly; killed or stopped, the same command goes on
python benchmarks/near_duplicates.py kills [--rows 5_000_000] [--kills 50]
                                       killed at random and gone on with, other limits each time: the same result?
python benchmarks/near_duplicates.py more [--rows 10_000_000] [--new 100_000]
                                       new texts beside many that were joined, against all of them from scratch
python benchmarks/near_duplicates.py start                            what a process pays before its first record
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from corpus.personas import LONGEST, Corpus
from near.adding import more
from near.billion import billion, peak
from near.killing import kills, piece

from personahub.dedup.likeness import size

HERE = Path(__file__)


_CORPUS: dict[str, dict[str, Any]] = {
    "--long": {"type": int, "default": 30, "help": "of a thousand records, with 24 to 40 words"},
    "--least": {"type": int, "default": 13},
    "--most": {"type": int, "default": 23},
    "--seed": {"type": int, "default": 1},
}
_HOW: dict[str, dict[str, Any]] = {"--threshold": {"default": "0.9"}, "--workers": {"type": int, "default": 2}}
_CALLS: dict[str, dict[str, Any]] = {
    "--memory": {"type": int, "default": 2 * 10**9},
    "--calls": {"type": int, "default": 2, "help": "of which the last is told: the others warm up"},
}
_LIMITS: dict[str, dict[str, Any]] = {
    "--memory-limit": {"type": size, "default": size("8GB")},
    "--disk-limit": {"type": size, "default": size("60GB")},
}
_FOLDER: dict[str, dict[str, Any]] = {"folder": {"type": Path}}
_FILE: dict[str, dict[str, Any]] = {"file": {"type": Path}}


def _rows(name: str, default: int = 0) -> dict[str, dict[str, Any]]:
    return {name: {"type": int, **({"default": default} if default else {})}}


def main() -> None:
    verbs: dict[Callable[[argparse.Namespace], None], dict[str, dict[str, Any]]] = {
        write: _rows("rows") | _FILE | _CORPUS,
        find: _FILE | _FOLDER | _HOW | _CALLS,
        measure: _rows("rows") | _CORPUS | _HOW | _CALLS,
        start: {},
        billion: _FOLDER | _rows("--rows", 10**9) | _CORPUS | _HOW | _LIMITS,
        kills: _rows("--rows", 5_000_000) | _rows("--kills", 50) | {"--seed": _CORPUS["--seed"]},
        more: _rows("--rows", 10**7) | _rows("--new", 100_000) | _HOW | _LIMITS,
        piece: _FOLDER | _rows("--rows", 10**6) | _HOW | _LIMITS,
    }
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    named = parser.add_subparsers(required=True)
    for verb, options in verbs.items():
        added = named.add_parser(verb.__name__)
        added.set_defaults(verb=verb)
        for name, how in options.items():
            added.add_argument(name, **how)
    arguments = parser.parse_args()
    arguments.verb(arguments)


def corpus_of(arguments: argparse.Namespace) -> Corpus:
    return Corpus(arguments.rows, arguments.seed, arguments.least, arguments.most, arguments.long)


def write(arguments: argparse.Namespace) -> None:
    with pa.OSFile(str(arguments.file), "wb") as sink:
        schema = pa.schema([("text", pa.large_string())])
        with pa.ipc.new_file(sink, schema) as writer:
            for part in corpus_of(arguments)():
                writer.write_batch(pa.record_batch([part], schema=schema))


def read(file: Path) -> Iterator[pa.Array]:
    with pa.OSFile(str(file)) as source:
        batches = pa.ipc.open_file(source)
        for place in range(batches.num_record_batches):
            yield batches.get_batch(place)["text"]


def find(arguments: argparse.Namespace) -> None:
    began = time.perf_counter()
    from personahub.joins.near import Near  # noqa: PLC0415 - its cost is measured

    loaded = time.perf_counter() - began
    rows = sum(map(len, read(arguments.file)))
    near = Near(arguments.threshold, workers=arguments.workers, memory_limit=arguments.memory, key=bytes(range(40)))
    told: dict[str, float] = {}
    for call in range(arguments.calls):
        wall, cpu = time.perf_counter(), time.process_time()
        found = near(lambda: read(arguments.file), rows=rows, folder=arguments.folder)
        told = {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu, "import_s": loaded}
        told["disk"] = found.folder.room.most
        if call + 1 < arguments.calls:
            found.remove()
    wall, cpu = time.perf_counter(), time.process_time()
    pairs, equal = list(found.pairs()), list(found.equal())
    told |= {"order_cpu_s": time.process_time() - cpu, "order_wall_s": time.perf_counter() - wall}
    told["peak_mb"] = peak()
    cpu = time.process_time()
    for _ in range(2):
        sum(map(len, read(arguments.file)))
    told["reading_cpu_s"] = time.process_time() - cpu
    for name, batches in (("pairs", pairs), ("equal", equal)):
        columns = [np.concatenate([batch[c].to_numpy() for batch in batches]) for c in range(batches[0].num_columns)]
        np.save(arguments.folder.with_suffix(f".{name}.npy"), np.stack(columns).astype(np.int64))
    found.remove()
    print(json.dumps(told))


def measure(arguments: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        arguments.file = folder / "texts.arrow"
        write(arguments)
        command = [sys.executable, str(HERE), "find", str(arguments.file), str(folder / "join")]
        for option in ("threshold", "workers", "memory", "calls"):
            command += [f"--{option}", str(getattr(arguments, option))]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        told = json.loads(done.stdout)
        pairs, equal = (np.load(folder / f"join.{name}.npy") for name in ("pairs", "equal"))
    rows = arguments.rows
    print(f"{rows:,} records, threshold {arguments.threshold}, {arguments.long / 10:g} % of 24 to 40 words")
    print(f"wall {told['wall_s']:.2f} s; CPU {told['cpu_s'] / rows * 1e6:.2f} us a record,", end=" ")
    print(f"of it reading {told['reading_cpu_s'] / rows * 1e6:.2f}; in order {told['order_cpu_s'] / rows * 1e6:.2f}")
    print(
        f"peak {told['peak_mb']:,.0f} MB; disk {told['disk'] / rows:.1f} bytes a record; {pairs.shape[1]:,} pairs, ",
        end="",
    )
    print(f"{equal.shape[1]:,} equal")
    print(judged(corpus_of(arguments), arguments.threshold, pairs, equal))


def judged(corpus: Corpus, threshold: str, pairs: npt.NDArray[np.int64], equal: npt.NDArray[np.int64]) -> str:
    """Recall over what was planted; precision over what was found, by sets of words made from the texts anew."""
    over, under = int(float(threshold) * 10**6 + 0.5), 10**6
    planted = corpus.planted()
    near = planted[planted[:, 2] * under >= planted[:, 3] * over]
    first = np.arange(corpus.rows)
    first[equal[0]] = equal[1]
    wanted = np.sort(first[near[:, :2]], axis=1)
    wanted = wanted[wanted[:, 0] != wanted[:, 1]]
    known = set((pairs[0] * corpus.rows + pairs[1]).tolist())
    hit = sum(code in known for code in (wanted[:, 0] * corpus.rows + wanted[:, 1]).tolist())
    same = near[near[:, 2] == near[:, 3]]
    joined = int((first[same[:, 0]] == first[same[:, 1]]).sum())
    right, asked = precision(corpus, over / under, pairs, equal)
    return (
        f"planted: {hit:,} of {len(wanted):,} near, {joined:,} of {len(same):,} equal; "
        f"looked at: {right:,} right of {asked:,}"
    )


def precision(
    corpus: Corpus, threshold: float, pairs: npt.NDArray[np.int64], equal: npt.NDArray[np.int64]
) -> tuple[int, int]:
    """Of the pairs within the first parts, by plain Python."""
    texts: list[str] = []
    for part in corpus():
        texts += part.to_pylist()
        if len(texts) >= 300_000:
            break
    right = asked = 0
    for one, two, shared, either in pairs[:, pairs[1] < len(texts)].T.tolist():
        left, other = (set(texts[place].rstrip(".").split()) for place in (one, two))
        asked += 1
        right += (len(left & other), len(left | other)) == (shared, either) and shared >= threshold * either - 1e-9
    for one, two in equal[:, equal[0] < len(texts)].T.tolist():
        asked += 1
        right += sorted(texts[one].rstrip(".").split()) == sorted(texts[two].rstrip(".").split())
    return right, asked


def start(arguments: argparse.Namespace) -> None:  # noqa: ARG001
    """A join of few records in fresh processes: nothing compiled before, then everything."""
    code = (
        "import time; a = time.perf_counter()\n"
        "import numpy, pyarrow as pa; b = time.perf_counter()\n"
        "from personahub.joins.near import Near; c = time.perf_counter()\n"
        "import tempfile, pathlib\n"
        "texts = pa.array(['a potter paints ' + ' '.join(f'w{n + m}' for m in range(17)) for n in range(100)])\n"
        "found = Near()(lambda: [texts], rows=100, folder=pathlib.Path(tempfile.mkdtemp()))\n"
        "list(found.pairs()); found.remove(); d = time.perf_counter()\n"
        "print(f'arrow and numpy {b - a:.2f} s, the join imported {c - b:.2f} s, first call {d - c:.2f} s')"
    )
    with tempfile.TemporaryDirectory() as cache:
        for name in ("nothing compiled", "all compiled"):
            done = subprocess.run(
                [sys.executable, "-c", code],
                check=True,
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, "NUMBA_CACHE_DIR": cache},
            )
            print(f"{name}: {done.stdout.strip()}")


if __name__ == "__main__":
    assert LONGEST
    main()
