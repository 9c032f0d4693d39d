"""What it costs to hold samples against those there are, and where runs end: python benchmarks/saturation.py

A writer over HTTP repeats itself at a rate that grows with every answer, near copies with one word changed; the point
at which the share of new ones among the last falls below what is asked for follows from arithmetic.
"""

import random
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np
import pyarrow as pa
from tests.novelty.writer import TEMPLATE, Repeating, write_people

from personahub.api import Hub
from personahub.joins.growing import Growing
from personahub.novelty.meanings import Meanings

RUNS = ((4000, 300, 0.2), (6000, 600, 0.2), (6000, 600, 0.5), (9000, 900, 0.35))  # rate, window, least share of new
MANY, WORDS, BATCH = 200_000, 60, 512
VECTORS, DIM = 50_000, 256


def main() -> None:
    print("| repeats grow to all at | window | asked for | arithmetic | ended at | off |")
    print("|---|---|---|---|---|---|")
    for run in RUNS:
        _ended(*run)
    print()
    _words()
    _meanings()


def _ended(rate: int, window: int, least: float) -> None:
    with tempfile.TemporaryDirectory() as folder, (writer := Repeating(rate, latency=0.02)).serving() as url:
        place = Path(folder)
        (place / "words.md").write_text(TEMPLATE)
        hub = Hub(place / "hub")
        hub.import_([str(write_people(place / "people.jsonl", rate))])
        hub.synthesize(
            "words", template=str(place / "words.md"), model="openai:x", base_url=url, concurrency=16,
            stop_when_saturated=least, window=window,
        )  # fmt: skip
    end = (1 - least) * rate + window / 2
    asked = len(writer.asked)
    print(f"| {rate:,} | {window} | {least:.0%} | {end:,.0f} | {asked:,} | {asked / end - 1:+.1%} |", flush=True)


def _words() -> None:
    draw, growing = random.Random(1), Growing(0.9, 2 << 30)
    pool = [f"word{number}" for number in range(20_000)]
    texts = [" ".join(draw.choices(pool, k=WORDS)) for _ in range(MANY)]
    names = np.stack([np.arange(MANY), np.zeros(MANY)], axis=1).astype(np.uint64)
    start = perf_counter()
    for first in range(0, MANY, BATCH):
        growing.meet(pa.array(texts[first : first + BATCH]), names[first : first + BATCH])
    took = perf_counter() - start
    print(f"words: {took / MANY * 1e6:.1f} us and {growing.bytes / MANY:,.0f} bytes a sample of {WORDS} words")


def _meanings() -> None:
    vectors = np.random.default_rng(1).normal(size=(VECTORS, DIM)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    names = np.stack([np.arange(VECTORS), np.zeros(VECTORS)], axis=1).astype(np.uint64)
    meanings = Meanings(0.9, 2 << 30)
    half = VECTORS // 2
    meanings.meet(vectors[:half], names[:half])
    start = perf_counter()
    meanings.meet(vectors[half:], names[half:])
    took = perf_counter() - start
    print(f"meanings: {took / half * 1e6:.0f} us a vector of {DIM} among {half:,} to {VECTORS:,}")


if __name__ == "__main__":
    main()
