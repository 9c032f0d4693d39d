"""The exact join against brute force, and a search for a counter-example.

    python benchmarks/near_duplicates_proof.py count [--rows 100_000] [--save]
    python benchmarks/near_duplicates_proof.py search [--cases 20_000] [--save]

Brute force is `proof/counting.py`, which counts what every two records share. The search is that of the suite
(`tests/joins/test_proof.py`) with more cases: PERSONAHUB_CASES=20000 python -m pytest tests/joins/test_proof.py.
"""

import argparse
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pyarrow as pa

sys.path.insert(0, str(Path(__file__).parent / "proof"))

from counting import Near as Brute
from counting import counted, near, sets_of
from scripts import records

from personahub.joins.near import Near

HERE = Path(__file__).parent
RESULTS = HERE / "results"
THRESHOLDS = ("0.7", "0.75", "0.8", "0.85", "0.9", "0.95", "0.99", "1")
FEWER = ("0.7", "0.8", "0.9", "1")  # for n-grams
SEARCH = "tests/joins/test_proof.py::test_no_counter_example_is_found"
PART = 10_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True)
    for name, page, option, default in (("count", count, "--rows", 100_000), ("search", search, "--cases", 20_000)):
        verb = verbs.add_parser(name)
        verb.set_defaults(page=page, name=name)
        verb.add_argument(option, type=int, default=default)
        verb.add_argument("--save", action="store_true", help="write the page of results")
    given = parser.parse_args()
    lines = []
    for line in given.page(given):
        print(line, flush=True)
        lines.append(line)
    if given.save:
        (RESULTS / f"near_duplicates_{given.name}.md").write_text("\n".join(lines) + "\n", "utf-8")


def count(given: argparse.Namespace) -> Iterator[str]:
    yield "# The exact join against brute force\n"
    yield f"`python benchmarks/near_duplicates_proof.py count --rows {given.rows}`\n"
    texts = records(given.rows)
    yield (
        f"{given.rows:,} records in 15 scripts, 0 to 200 words, two in five an edited copy of another, some only "
        "written in another way (case, composed and decomposed characters, separators, order). Brute force sums "
        f"[in A][in B] over all words for each of the {given.rows * (given.rows - 1) // 2:,} pairs, but those whose "
        "sizes alone rule them out, with none of the join's code (`proof/counting.py`). What is compared is the whole "
        "result: which record is equal to which, and each near pair with its words in both and in either.\n"
    )
    yield "| n-gram | threshold | near pairs | just at it | equal records | found of both | missed | wrong | join, s |"
    yield "|---|---|---|---|---|---|---|---|---|"
    took = []
    for ngram in (1, 2, 3):
        began = time.perf_counter()
        sets = sets_of(texts, ngram)
        pairs = counted(sets, *Fraction(THRESHOLDS[0]).as_integer_ratio())
        took.append(time.perf_counter() - began)
        if ngram == 1:
            sizes = sets.sizes
        for threshold in THRESHOLDS if ngram == 1 else FEWER:
            yield line(texts, near(pairs, given.rows, *Fraction(threshold).as_integer_ratio()), threshold, ngram)
    yield (
        f"\nWords a record: {sizes.mean():.0f} on average, {(sizes == 0).sum():,} records of none, "
        f"{(sizes == 1).sum():,} of one, {(sizes > 100).sum():,} of more than 100, {sizes.max()} at most. Brute force "
        f"took {', '.join(f'{seconds:.0f}' for seconds in took)} s for n-grams of 1, 2 and 3.\n"
    )
    yield f"Python {platform.python_version()}, {os.cpu_count()} cores, other work beside it."


def line(texts: list[str], truth: Brute, threshold: str, ngram: int) -> str:
    began = time.perf_counter()
    mine = joined(texts, threshold, ngram)
    took = time.perf_counter() - began
    columns = [f"{ngram} | {threshold}", f"{len(truth.pairs):,}", f"{at(truth, threshold):,}", f"{len(truth.equal):,}"]
    wanted = rows_of(truth)
    found = rows_of(mine)
    hit = len(wanted & found)
    columns += [f"{hit:,}", f"{len(wanted) - hit:,}", f"{len(found) - hit:,}", f"{took:.1f}"]
    return f"| {' | '.join(columns)} |"


def joined(texts: list[str], threshold: str, ngram: int) -> Brute:
    with tempfile.TemporaryDirectory() as folder:
        parts = [pa.array(texts[start : start + PART]) for start in range(0, len(texts), PART)]
        found = Near(threshold, ngram)(lambda: parts, rows=len(texts), folder=Path(folder))
        return Brute(table(found.equal(), 2), table(found.pairs(), 4))


def table(batches: Iterator[pa.RecordBatch], columns: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    held = [np.stack([column.to_numpy().astype(np.int64) for column in batch.columns], axis=1) for batch in batches]
    return np.concatenate([np.empty((0, columns), np.int64), *held])


def rows_of(found: Brute) -> set[tuple[int, ...]]:
    return {tuple(row) for rows in (found.equal, found.pairs) for row in rows.tolist()}


def at(truth: Brute, threshold: str) -> int:
    over, under = Fraction(threshold).as_integer_ratio()
    return int((truth.pairs[:, 2] * under == truth.pairs[:, 3] * over).sum())


def search(given: argparse.Namespace) -> Iterator[str]:
    yield "# A search for a counter-example to the exact join\n"
    yield f"`python benchmarks/near_duplicates_proof.py search --cases {given.cases}`\n"
    began = time.perf_counter()
    command = [sys.executable, "-m", "pytest", SEARCH, "--hypothesis-show-statistics"]
    environment = {**os.environ, "PERSONAHUB_CASES": str(given.cases)}
    done = subprocess.run(command, cwd=HERE.parent, env=environment, check=False, stdout=subprocess.PIPE, text=True)
    tried = sum(int(count) for count in re.findall(r"(\d+) passing", done.stdout))
    said = "found no counter-example" if not done.returncode else f"found one:\n\n```\n{done.stdout}\n```"
    yield (
        f"hypothesis tried {tried:,} cases in {time.perf_counter() - began:.0f} s and {said}. A case is up to 14 texts "
        "of up to 200 words, a threshold from 0.2 to 1 in steps of a thousandth and an n-gram of 1 to 3; what is "
        "compared is the whole result, with that of comparing every text with every other by sets of Python strings."
    )


if __name__ == "__main__":
    main()
