"""Choosing for spread: how far apart the choice lies, time and memory; beside choosing one at a time and apricot.

python benchmarks/hub_select.py released FILE.jsonl ... [--embedder static]    1 % of each field, and of all personas
python benchmarks/hub_select.py write personas 1_000_000 personas.npy     made persona texts, by the embedder 'static'
python benchmarks/hub_select.py write vectors 1_000_000 vectors.npy       made vectors of 384 numbers
python benchmarks/hub_select.py spread vectors.npy 10_000 [--way apart|farthest|pool]
python benchmarks/hub_select.py beside vectors.npy 500 --rows 5_000 --peer VENV/bin/python     apricot, of a venv
python benchmarks/hub_select.py verbs FOLDER --rows 1_000_000             the verb itself, on a hub that is made there

Distance is 1 less the cosine. "pool" is choosing one at a time among eight times as many at random.
"""

import argparse
import json
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from threading import Event, Thread

import numpy as np
import numpy.typing as npt
from corpus.personas import Corpus
from corpus.vectors import Vectors

import personahub
from personahub.embedders.base import opened
from personahub.vectors.apart import apart
from personahub.vectors.rows import Rows
from personahub.vectors.spread import spread as one_at_a_time

DIM = 384
POOL = 8
SAMPLED = 2_000
SEEDS = 20
LEAST = 2  # rows that are chosen of released ones
PERSONAS = ("input persona", "persona")  # fields of released rows that hold one
Whole = npt.NDArray[np.int64]

APRICOT = """
import json, sys, time, numpy as np
from apricot import FacilityLocationSelection
vectors, count = np.load(sys.argv[1]), int(sys.argv[2])
start = time.perf_counter()
chosen = FacilityLocationSelection(count, metric="cosine", optimizer="lazy").fit(vectors).ranking
print(json.dumps({"wall_s": round(time.perf_counter() - start, 1), "chosen": chosen.tolist()}))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True)
    added = {
        verb: verbs.add_parser(verb.__name__.partition("_")[0])
        for verb in (released, write, spread, beside, verbs_of_a_hub)
    }
    for verb, one in added.items():
        one.set_defaults(verb=verb)
    added[released].add_argument("files", type=Path, nargs="+")
    added[released].add_argument("--embedder", default="static")
    added[write].add_argument("what", choices=("personas", "vectors"))
    added[write].add_argument("rows", type=int)
    for verb in (write, spread, beside):
        added[verb].add_argument("file", type=Path)
    for verb in (spread, beside):
        added[verb].add_argument("count", type=int)
        added[verb].add_argument("--rows", type=int, help="only so many, the first")
    added[spread].add_argument("--way", choices=("apart", "farthest", "pool"), default="apart")
    added[beside].add_argument("--peer", required=True, help="python of a venv with apricot-select and scikit-learn")
    added[verbs_of_a_hub].add_argument("folder", type=Path)
    added[verbs_of_a_hub].add_argument("--rows", type=int, default=100_000)
    arguments = parser.parse_args()
    arguments.verb(arguments)


def released(arguments: argparse.Namespace) -> None:
    sets: dict[str, list[str]] = {}
    for path in arguments.files:
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        for name in (*PERSONAS, "synthesized text"):
            sets[f"{path.stem}, {name}"] = [row[name] for row in rows if isinstance(row.get(name), str)]
    sets["all personas in one hub"] = [text for name, some in sets.items() if name.endswith(PERSONAS) for text in some]
    for name, some in sets.items():
        texts = list(dict.fromkeys(some))
        # of the first rows of the release, 50, 1 % would be none
        count = max(len(texts) // 100, LEAST)
        if len(texts) <= count:
            continue
        vectors = opened({"embedder": arguments.embedder}).embed(texts)
        other = np.mean([distance(vectors, at_random(len(texts), count, seed)) for seed in range(SEEDS)])
        ways = {
            "radii": apart(Rows(vectors), count, device="cpu").chosen,
            "farthest_first": one_at_a_time(Rows(vectors), count, "cpu").chosen,
            "select": by_the_verb(texts, count, arguments.embedder),
        }
        own = {way: distance(vectors, chosen) for way, chosen in ways.items()}
        # vectors that all lie at one distance lie at this one, and no more can lie farther
        most = count / (count - 1) / float(other)
        told = {"set": name, "texts": len(texts), "chosen": count, "at_random": float(other), **own}
        tell(**told, times=own["select"] / float(other), times_at_most=most)


def by_the_verb(texts: list[str], count: int, embedder: str) -> Whole:
    """What `select --by spread` saves of a hub of these personas, as places of the texts."""
    with TemporaryDirectory() as name:
        file, hub = Path(name) / "texts.jsonl", personahub.open(Path(name) / "released.hub")
        file.write_text("".join(json.dumps({"persona": text}) + "\n" for text in texts), "utf-8")
        hub.import_([file])
        hub.select(save="apart", by="spread", count=count, embedder=embedder)
        places = {text: place for place, text in enumerate(texts)}
        chosen = [text for batch in hub.rows("personas", selection="apart") for text in batch["text"].to_pylist()]
    return np.array([places[text] for text in chosen])


def write(arguments: argparse.Namespace) -> None:
    if arguments.what == "vectors":
        raw = arguments.file.with_suffix(".raw")
        Vectors(arguments.rows, DIM).write(raw)
        whole = np.memmap(raw, np.float32, "r").reshape(-1, DIM)
        np.save(arguments.file, whole)
        raw.unlink()
        return
    embedder, done = opened({"embedder": "static"}), 0
    whole = np.lib.format.open_memmap(arguments.file, "w+", np.float32, (arguments.rows, embedder.dim))
    for texts in Corpus(arguments.rows)():
        whole[done : done + len(texts)] = embedder.embed(texts.to_pylist())
        done += len(texts)


def spread(arguments: argparse.Namespace) -> None:
    vectors = np.load(arguments.file, mmap_mode="r")[: arguments.rows]
    ways: dict[str, Callable[[], Whole]] = {
        "apart": lambda: apart(Rows(vectors), arguments.count, device="cpu").chosen,
        "farthest": lambda: one_at_a_time(Rows(vectors), arguments.count, "cpu").chosen,
        "pool": lambda: from_pool(vectors, arguments.count),
    }
    with measured() as told:
        chosen = ways[arguments.way]()
    own, other = distance(vectors, chosen), distance(vectors, at_random(len(vectors), arguments.count, 0))
    tell(
        rows=len(vectors),
        chosen=len(chosen),
        way=arguments.way,
        **told,
        distance=own,
        at_random=other,
        times=own / other,
    )


def beside(arguments: argparse.Namespace) -> None:
    """One run, the same rows: ours, one at a time, and facility location by apricot."""
    vectors = np.array(np.load(arguments.file, mmap_mode="r")[: arguments.rows or 5_000])
    with NamedTemporaryFile(suffix=".npy") as file:
        np.save(file, vectors)
        file.flush()
        command = [arguments.peer, "-c", APRICOT, file.name, str(arguments.count)]
        answer = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    found = {"apricot": (np.array(answer["chosen"]), answer["wall_s"])}
    for name, choose in (("apart", apart), ("farthest", one_at_a_time)):
        start = time.perf_counter()
        chosen = choose(Rows(vectors), arguments.count, device="cpu").chosen
        found[name] = chosen, round(time.perf_counter() - start, 2)
    other = distance(vectors, at_random(len(vectors), arguments.count, 0))
    for name, (chosen, wall) in found.items():
        nearest = (vectors @ vectors[chosen].T).max(axis=1)
        own = distance(vectors, chosen)
        tell(
            way=name,
            wall_s=wall,
            distance=own,
            times=own / other,
            reach=float(1 - nearest.min()),
            mean_reach=float(1 - nearest.mean()),
        )


def verbs_of_a_hub(arguments: argparse.Namespace) -> None:
    hub = personahub.open(arguments.folder / "select.hub")
    if not hub.path.exists():
        file = arguments.folder / "personas.jsonl"
        with file.open("w", encoding="utf-8") as lines:
            for texts in Corpus(arguments.rows)():
                lines.writelines(json.dumps({"persona": text}) + "\n" for text in texts.to_pylist())
        hub.import_([file])
    for name, options in {
        "random": {"count": arguments.rows // 10},
        "stratified": {"by": "stratified", "stratify": "hop", "count": arguments.rows // 10},
        "vectors and near": {"by": "near", "near": "a nurse in intensive care", "count": 1_000},
        "near": {"by": "near", "near": "a night baker", "count": 1_000},
        "spread": {"by": "spread", "count": arguments.rows // 100},
        "without": {"count": arguments.rows // 10, "exclude": ["random"], "seed": 1},
    }.items():
        with measured() as told:
            hub.select(save=name.replace(" ", "_"), **options)
        tell(verb=name, rows=arguments.rows, **told)
    with measured() as told:
        count = sum(len(batch) for batch in hub.rows("personas", selection="random"))
    tell(verb="read 'random'", records=count, **told)


def from_pool(vectors: npt.NDArray[np.float32], count: int) -> Whole:
    pool = np.sort(at_random(len(vectors), min(POOL * count, len(vectors)), 1))
    return pool[one_at_a_time(Rows(vectors, pool), count, "cpu").chosen]


def at_random(rows: int, count: int, seed: int) -> Whole:
    return np.random.default_rng(seed).choice(rows, count, replace=False)


def distance(vectors: npt.NDArray[np.float32], chosen: Whole) -> float:
    """Mean distance of SAMPLED of the chosen ones to the nearest other."""
    some = np.random.default_rng(0).choice(len(chosen), min(SAMPLED, len(chosen)), replace=False)
    asked, most = vectors[np.asarray(chosen)[some]], np.full(len(some), -1, np.float32)
    for start in range(0, len(chosen), 8_192):
        cosines = asked @ vectors[chosen[start : start + 8_192]].T
        own = np.flatnonzero((start <= some) & (some < start + 8_192))
        cosines[own, some[own] - start] = -1
        np.maximum(most, cosines.max(axis=1), out=most)
    return float(1 - most.mean())


@contextmanager
def measured() -> Iterator[dict[str, float]]:
    """Seconds, and the most memory of its own, without mapped files, that the process held at any of its looks."""
    told: dict[str, float] = {}
    over, most = Event(), [0]

    def look() -> None:
        while not over.wait(0.02):
            most[0] = max(most[0], own_memory())

    looking = Thread(target=look)
    looking.start()
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        yield told
    finally:
        over.set()
        looking.join()
        told["wall_s"] = round(time.perf_counter() - wall, 1)
        told["cpu_s"] = round(time.process_time() - cpu, 1)
        told["own_mb"] = round(most[0] / 1024)


def own_memory() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon:"))


def tell(**figures: object) -> None:
    print(
        json.dumps({name: round(one, 3) if isinstance(one, float) else one for name, one in figures.items()}),
        flush=True,
    )


if __name__ == "__main__":
    main()
