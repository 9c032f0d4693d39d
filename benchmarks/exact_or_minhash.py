"""Where MinHash costs less than the exact join: CPU of both by the length of the texts and the threshold.

    python benchmarks/exact_or_minhash.py [--save]

Texts are sets of words that repeat as Zipf's law has it (a vocabulary of 200,000), one in eight an edited copy of
another, as similar as the thresholds and around them. Each cell is a second call in a process. What MinHash missed is
missed of the pairs of the exact join, which `near_duplicates_proof.py` proves.
"""

import argparse
import os
import platform
import sys
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
SIZES = {20: 60_000, 50: 40_000, 100: 15_000, 200: 10_000, 500: 5_000, 2_000: 2_000}
THRESHOLDS = ("0.9", "0.85", "0.8", "0.7", "0.6", "0.5")
LONG = 5_000  # us a record, above which the exact join is not measured at lower thresholds
VOCABULARY = 200_000
COPIES = 8
PART = 1_000
Column = list[pa.Array]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--save", action="store_true", help="write the page of results")
    parser.add_argument("--sizes", type=int, nargs="*", default=list(SIZES))
    parser.add_argument("--thresholds", nargs="*", default=THRESHOLDS)
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
    yield f"`python benchmarks/exact_or_minhash.py {' '.join(word for word in sys.argv[1:] if word != '--save')}`\n"
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
        "MinHash, us",
        "exact, us",
        "near pairs",
        "missed",
        "ratio",
    )
    yield f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}"
    for size in given.sizes:
        texts = corpus(size, SIZES[size])
        yield from lines(texts, size, given.thresholds, given.permutations)
    yield f"\nPython {platform.python_version()}, {os.cpu_count()} cores, other work beside it."


def lines(texts: Column, size: int, thresholds: list[str], permutations: int) -> Iterator[str]:
    rows, per_record = sum(map(len, texts)), 0.0
    for threshold in sorted(thresholds, reverse=True):
        cut = MinHash(Threshold.of(threshold).exact, permutations)
        other = measured(Near(threshold, method="minhash", permutations=permutations), texts)
        cells = [f"{size:,}", f"{rows:,}", threshold, f"{cut.bands} x {cut.rows}", f"{other.cpu / rows * 1e6:,.1f}"]
        if per_record > LONG:
            cells += ["not measured", f"{len(other.pairs):,} found", "", ""]
        else:
            exact = measured(Near(threshold), texts)
            assert other.pairs <= exact.pairs
            per_record = exact.cpu / rows * 1e6
            missed = len(exact.pairs - other.pairs) / max(len(exact.pairs), 1)
            cells += [f"{per_record:,.1f}", f"{len(exact.pairs):,}", f"{missed:.2%}", f"{other.cpu / exact.cpu:.2f}"]
        yield f"| {' | '.join(cells)} |"


@dataclass(frozen=True)
class Measured:
    cpu: float
    pairs: frozenset[tuple[int, int]]


def measured(near: Near, texts: Column) -> Measured:
    """Less what a call takes for one text; the first call loads what is compiled."""
    told = [_once(near, some) for some in (texts[:1], [texts[0][:1]], texts)]
    return Measured(told[2].cpu - told[1].cpu, told[2].pairs)


def _once(near: Near, texts: Column) -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        began = time.process_time()
        found = near(partial(iter, texts), rows=sum(map(len, texts)), folder=Path(folder))
        cpu = time.process_time() - began
        pairs = [row for batch in found.pairs() for row in zip(*(batch[n].to_pylist() for n in (0, 1)), strict=True)]
        return Measured(cpu, frozenset(pairs))


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
