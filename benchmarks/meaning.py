"""Near duplicates by meaning: time, memory and recall over made vectors; what a cosine means to people.

python benchmarks/meaning.py write 1_000_000 vectors.f32       vectors with planted copies into a file
python benchmarks/meaning.py find vectors.f32 [--threshold 0.9] [--look pairs|linked|starred] [--calls 2]
python benchmarks/meaning.py recall vectors.f32 [--rows 2000]  the pairs of some rows by brute force, against `find`
python benchmarks/meaning.py keep vectors.f32 10_000           the most diverse
python benchmarks/meaning.py people FOLDER [--embedder static]

FOLDER holds sts_2012_2014_pairs.jsonl (s1, s2, score 0 to 5) and msr_paraphrase_pairs.jsonl (s1, s2, label 0 or 1).
Vectors are rows of 384 numbers of four bytes.
"""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from corpus.vectors import Vectors

from personahub.embedders.base import opened
from personahub.vectors.near import Near
from personahub.vectors.rows import SLACK, Rows
from personahub.vectors.spread import spread

DIM = 384
CUTS = (0.8, 0.85, 0.9, 0.95)
Whole = npt.NDArray[np.int64]
Block = npt.NDArray[np.float32]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True)
    for verb in (write, find, recall, keep, people):
        added = verbs.add_parser(verb.__name__)
        added.set_defaults(verb=verb)
        if verb is write:
            added.add_argument("rows", type=int)
        added.add_argument("file", type=Path)
        if verb is keep:
            added.add_argument("count", type=int)
        if verb is people:
            added.add_argument("--embedder", default="static")
        if verb in (find, recall):
            added.add_argument("--threshold", type=float, default=0.9)
            added.add_argument("--workers", type=int, default=2)
            added.add_argument("--device", default="cpu")
        if verb is find:
            added.add_argument("--look", choices=("pairs", "linked", "starred"), default="pairs")
            added.add_argument("--calls", type=int, default=2, help="of which the last is told: the others warm up")
        if verb is recall:
            added.add_argument("--rows", type=int, default=2_000)
    arguments = parser.parse_args()
    arguments.verb(arguments)


def write(arguments: argparse.Namespace) -> None:
    planted, cosines = Vectors(arguments.rows, DIM).write(arguments.file)
    np.savez(arguments.file.with_suffix(".npz"), planted=planted, cosines=cosines)


def held(arguments: argparse.Namespace) -> Rows:
    return Rows(np.memmap(arguments.file, np.float32, "r").reshape(-1, DIM))


def pairs_of(rows: Rows, near: Near) -> tuple[Whole, dict[str, object]]:
    kept = [np.empty((2, 0), np.int64)]
    search = near.pairs(rows, lambda ones, others, _: kept.append(np.stack([ones, others])))
    return np.concatenate(kept, axis=1), vars(search)


def find(arguments: argparse.Namespace) -> None:
    rows = held(arguments)
    near = Near(arguments.threshold, workers=arguments.workers, device=arguments.device)
    told: dict[str, object] = {}
    for _ in range(arguments.calls):
        wall, cpu = time.perf_counter(), time.process_time()
        if arguments.look == "pairs":
            pairs, how = pairs_of(rows, near)
        else:
            stands, search = getattr(near, arguments.look)(rows)
            pairs, how = np.stack([stands, np.arange(len(rows))])[:, stands != np.arange(len(rows))], vars(search)
        told = {"wall_s": round(time.perf_counter() - wall, 1), "cpu_s": round(time.process_time() - cpu, 1), **how}
    told |= {"peak_mb": peak(), "found": pairs.shape[1]}
    notes = arguments.file.with_suffix(".npz")
    if arguments.look == "pairs" and notes.exists():
        read = np.load(notes)
        planted = read["planted"][read["cosines"] >= arguments.threshold + SLACK]
        told["planted"] = len(planted)
        told["planted_found"] = int(np.isin(names(planted.T, len(rows)), names(pairs, len(rows))).sum())
        told["wrong"] = int((rows.cosines(pairs[0], pairs[1]) < arguments.threshold - SLACK).sum())
    print(json.dumps(told))


def names(pairs: Whole, rows: int) -> Whole:
    named: Whole = pairs[0] * rows + pairs[1]
    return named


def recall(arguments: argparse.Namespace) -> None:
    """All near pairs of some rows, by products with every other row."""
    rows = held(arguments)
    some = np.sort(np.random.default_rng(99).choice(len(rows), arguments.rows, replace=False))
    asked = rows.take(some)
    true, nearest, total = [np.empty((2, 0), np.int64)], np.full(len(some), -1.0, np.float32), 0.0
    for start, block in rows.blocks():
        cosines = asked @ block.T
        total += float(cosines.sum())
        own = np.flatnonzero((some >= start) & (some < start + len(block)))
        cosines[own, some[own] - start] = -1
        np.maximum(nearest, cosines.max(axis=1), out=nearest)
        ones, others = np.nonzero(cosines >= arguments.threshold)
        true.append(np.sort(np.stack([some[ones], start + others]), axis=0))
    wanted = np.unique(names(np.concatenate(true, axis=1), len(rows)))
    found, how = pairs_of(rows, Near(arguments.threshold, workers=arguments.workers))
    hit = int(np.isin(wanted, names(found, len(rows))).sum())
    told = {"pairs": len(wanted), "found": hit, "true_recall": round(hit / max(len(wanted), 1), 5), **how}
    told["mean_cosine"] = round(total / len(some) / len(rows), 3)
    told["nearest_p10_p50_p90"] = [round(float(value), 3) for value in np.quantile(nearest, (0.1, 0.5, 0.9))]
    print(json.dumps(told))


def keep(arguments: argparse.Namespace) -> None:
    rows = held(arguments)
    wall, cpu = time.perf_counter(), time.process_time()
    found = spread(rows, arguments.count, "cpu")
    told = {"wall_s": round(time.perf_counter() - wall, 1), "cpu_s": round(time.process_time() - cpu, 1)}
    told["peak_mb"] = peak()
    random = np.random.default_rng(0).choice(len(rows), arguments.count, replace=False)
    for name, chosen in (("farthest", found.chosen), ("at_random", random)):
        vectors = rows.take(chosen[:: max(len(chosen) // 2_000, 1)])
        cosines = vectors @ rows.take(chosen).T
        nearest = np.sort(cosines, axis=1)[:, -2]
        told[f"{name}_nearest_kept"] = round(float(nearest.mean()), 3)
        told[f"{name}_nearest_kept_most"] = round(float(nearest.max()), 3)
    told["least_cosine_to_kept"] = round(float(found.cosines.min()), 3)
    print(json.dumps(told))


SAME: dict[str, Callable[[dict[str, float]], bool]] = {
    "sts_2012_2014_pairs.jsonl": lambda row: row["score"] >= 4,
    "msr_paraphrase_pairs.jsonl": lambda row: row["label"] == 1,
}


def people(arguments: argparse.Namespace) -> None:
    """Of pairs of sentences above a cosine: how many there are, and how many of them people hold for the same."""
    embedder = opened({"embedder": arguments.embedder})
    for file, same in SAME.items():
        path = arguments.file / file
        if not path.exists():
            print(f"{path} is not there: no figures for it")
            continue
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        ones, others = (embedder.embed([row[side] for row in rows]) for side in ("s1", "s2"))
        cosines = np.einsum("ij,ij->i", ones, others)
        alike = np.array([same(row) for row in rows])
        told = {"embedder": embedder.name, "file": file, "pairs": len(rows), "same": int(alike.sum())}
        for cut in CUTS:
            above = cosines >= cut
            told[str(cut)] = (
                f"{int(above.sum())} pairs, {alike[above].mean():.3f} same, {above[alike].mean():.3f} of same"
            )
        print(json.dumps(told))


def peak() -> int:
    return next(
        int(line.split()[1]) // 1024
        for line in Path("/proc/self/status").read_text().splitlines()
        if line.startswith("VmHWM")
    )


if __name__ == "__main__":
    main()
