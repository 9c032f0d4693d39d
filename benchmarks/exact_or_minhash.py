"""Where MinHash costs less than the exact join: CPU of both by the length of the texts and the threshold.

    python benchmarks/exact_or_minhash.py [--save]

Texts are sets of words that repeat as Zipf's law has it (a vocabulary of 200,000), one in eight an edited copy of
another, as similar as the thresholds and around them. Each cell is a second call in a process. What MinHash missed is
missed of the pairs of the exact join, which `near_duplicates_proof.py` proves.
"""

import argparse
import os
import platform
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from personahub.joins.minhash import MinHash
from personahub.joins.near import Near
from personahub.joins.plan import Threshold

RESULT = Path(__file__).parent / "results" / "exact_or_minhash.md"
SIZES = {20: 100_000, 50: 60_000, 100: 30_000, 200: 20_000, 500: 10_000, 2_000: 2_500}
THRESHOLDS = ("0.5", "0.6", "0.7", "0.8", "0.85", "0.9")
VOCABULARY = 200_000
COPIES = 8
PART = 1_000
Column = list[pa.Array]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--save", action="store_true", help="write the page of results")
    parser.add_argument("--sizes", type=int, nargs="*", default=list(SIZES))
    parser.add_argument("--thresholds", nargs="*", default=THRESHOLDS)
    parser.add_argument("--methods", nargs="*", default=["exact", "minhash"])
    parser.add_argument("--permutations", type=int, default=128)
    given = parser.parse_args()
    lines = []
    for line in page(given):
        print(line, flush=True)
        lines.append(line)
    if given.save:
        RESULT.write_text("\n".join(lines) + "\n", "utf-8")


def page(given: argparse.Namespace) -> Iterator[str]:
    yield "# Exact or MinHash\n"
    yield "`python benchmarks/exact_or_minhash.py --save`\n"
    yield (
        "CPU microseconds a record of both methods, warm, two workers, by words in a set and threshold. Words repeat "
        "as Zipf's law has it (a vocabulary of 200,000); one text in eight is an edited copy. MinHash has "
        f"{given.permutations} permutations.\n"
    )
    columns = (
        "words",
        "records",
        "threshold",
        "bands x rows",
        "exact, us",
        "MinHash, us",
        "near pairs",
        "missed",
        "ratio",
    )
    yield f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}"
    for size in given.sizes:
        texts = corpus(size, SIZES[size])
        for threshold in given.thresholds:
            yield line(texts, size, threshold, given)
    yield f"\nPython {platform.python_version()}, {os.cpu_count()} cores, other work beside it."


def line(texts: Column, size: int, threshold: str, given: argparse.Namespace) -> str:
    rows = sum(map(len, texts))
    cut = MinHash(Threshold.of(threshold).exact, given.permutations)
    both = {
        method: measured(Near(threshold, method=method, permutations=given.permutations), texts)
        for method in given.methods
    }
    cells = [f"{size:,}", f"{rows:,}", threshold, f"{cut.bands} x {cut.rows}"]
    cells += [f"{found.cpu / rows * 1e6:,.1f}" for found in both.values()]
    if len(both) == 2:
        exact, other = both["exact"], both["minhash"]
        assert other.pairs <= exact.pairs
        missed = len(exact.pairs - other.pairs) / max(len(exact.pairs), 1)
        cells += [f"{len(exact.pairs):,}", f"{missed:.2%}", f"{other.cpu / exact.cpu:.2f}"]
    return f"| {' | '.join(cells)} |"


@dataclass(frozen=True)
class Measured:
    cpu: float
    pairs: frozenset[tuple[int, int]]


def measured(near: Near, texts: Column) -> Measured:
    told = Measured(0, frozenset())
    for some in (texts[:1], texts):  # the first loads what is compiled
        with tempfile.TemporaryDirectory() as folder:
            began = time.process_time()
            found = near(partial(iter, some), rows=sum(map(len, some)), folder=Path(folder))
            cpu = time.process_time() - began
            pairs = [
                row for batch in found.pairs() for row in zip(*(batch[n].to_pylist() for n in (0, 1)), strict=True)
            ]
            told = Measured(cpu, frozenset(pairs))
    return told


def corpus(size: int, rows: int, seed: int = 1) -> Column:
    dice = np.random.default_rng(seed)
    names = np.array([np.base_repr(rank, 36).lower() + "e" for rank in range(VOCABULARY)], object)
    sets: list[np.ndarray[tuple[int, ...], np.dtype[np.int64]]] = []
    for row in range(rows):
        if row and row % COPIES == 0:
            source = sets[dice.integers(row)]
            similar = dice.uniform(0.45, 1.0)
            gone = round(len(source) * (1 - similar) / (1 + similar) * dice.uniform(0.8, 1.2))
            kept = dice.permutation(source)[gone:]
            sets.append(np.unique(np.concatenate([kept, drawn(dice, gone)])) if gone else kept)
        else:
            sets.append(drawn(dice, round(size * dice.uniform(0.8, 1.2))))
    texts = [" ".join(names[found]) for found in sets]
    return [pa.array(texts[start : start + PART]) for start in range(0, rows, PART)]


def drawn(dice: np.random.Generator, size: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """So many different words, the rank r as likely as 1 / (r + 1)."""
    found = np.empty(0, np.int64)
    while len(found) < size:
        more = ((VOCABULARY + 1) ** dice.random(2 * size + 8)).astype(np.int64) - 1
        found = np.unique(np.concatenate([found, np.minimum(more, VOCABULARY - 1)]))
    return dice.permutation(found)[:size]


if __name__ == "__main__":
    main()
