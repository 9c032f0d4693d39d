"""Similar records of a hub: rows and vectors in, the index, questions with and without a condition; and its peers.

python benchmarks/hub_similar.py all 1_000_000 FOLDER [--peers PYTHON]   each of the following as a process of its own
python benchmarks/hub_similar.py write FOLDER --rows 1_000_000           made vectors, questions, and what is nearest
python benchmarks/hub_similar.py ingest FOLDER                           records, then their vectors, into a hub
python benchmarks/hub_similar.py index FOLDER                            the index of them
python benchmarks/hub_similar.py ask FOLDER                              questions, by `similar`
PYTHON benchmarks/similar_peers.py FOLDER PEER

Vectors are made: clusters of many sizes in 32 hidden numbers, bent into 384, with some noise in all of them.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from similar_peers import BLOCK, DIM, LIMIT, PEERS, peak, timed

HIDDEN = 32
ASKED = 200  # questions
BATCH = 50_000  # rows of an append
SHARES = (0.5, 0.1, 0.01, 0.001)  # of the records that meet a condition


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True)
    for verb in (all_, write, ingest, index, ask):
        added = verbs.add_parser(verb.__name__.rstrip("_"))
        added.set_defaults(verb=verb)
        if verb is all_:
            added.add_argument("rows", type=int)
            added.add_argument("--peers", type=Path, help="a Python that has faiss, hnswlib and usearch")
        added.add_argument("folder", type=Path)
        if verb is write:
            added.add_argument("--rows", type=int, required=True)
    arguments = parser.parse_args()
    arguments.verb(arguments)


def all_(arguments: argparse.Namespace) -> None:
    folder, peers = str(arguments.folder), str(Path(__file__).with_name("similar_peers.py"))
    mine = [sys.executable, __file__]
    commands = [[*mine, "write", folder, "--rows", str(arguments.rows)]]
    commands += [[*mine, verb, folder] for verb in ("ingest", "index", "ask")]
    for peer in PEERS:
        ours = peer.startswith(("lance", "numpy", "bits"))
        if ours or arguments.peers:
            commands.append([sys.executable if ours else str(arguments.peers), peers, folder, peer])
    for command in commands:
        subprocess.run(command, check=command[1] == __file__)


def tell(**told: object) -> None:
    print(json.dumps({**told, "peak_mb": peak()}), flush=True)


def _blocks(rows: int, seed: int = 0) -> Iterator[Any]:
    dice = np.random.default_rng(7)
    clusters = max(rows // 500, 20)
    turn = dice.standard_normal((HIDDEN, DIM)).astype(np.float32) / HIDDEN**0.5
    centres = dice.standard_normal((clusters, HIDDEN)).astype(np.float32)
    sizes = 1 / np.arange(1, clusters + 1) ** 0.7
    dice = np.random.default_rng((7, seed))
    for start in range(0, rows, BLOCK):
        count = min(BLOCK, rows - start)
        hidden = centres[dice.choice(clusters, count, p=sizes / sizes.sum())]
        hidden = hidden + 0.7 * dice.standard_normal((count, HIDDEN), np.float32)
        made = np.tanh(hidden @ turn) + 0.25 * dice.standard_normal((count, DIM), np.float32)
        yield made / np.linalg.norm(made, axis=1, keepdims=True)


def write(arguments: argparse.Namespace) -> None:
    """Half of the questions are new vectors of the same kind, the other half ask for what is like a record."""
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with (arguments.folder / "vectors.f32").open("wb") as file:
        for block in _blocks(arguments.rows):
            file.write(block.astype("<f4").tobytes())
    vectors = _vectors(arguments.folder)
    rows = np.random.default_rng(3).choice(len(vectors), ASKED, replace=False)
    queries = np.concatenate([vectors[np.sort(rows[: ASKED // 2])], next(_blocks(ASKED // 2, 1))]).astype(np.float32)
    own = np.concatenate([np.sort(rows[: ASKED // 2]), np.full(ASKED // 2, -1)])
    kept = _shares(len(vectors))
    names = {"found": 1.0, **{f"found_{share}": share for share in SHARES}}
    found = _nearest(vectors, queries, [kept < share for share in names.values()])
    np.savez(arguments.folder / "asked.npz", queries=queries, own=own, **dict(zip(names, found, strict=True)))
    tell(step="write", rows=len(vectors))


def _vectors(folder: Path) -> Any:
    return np.memmap(folder / "vectors.f32", "<f4", "r").reshape(-1, DIM)


def _shares(rows: int) -> Any:
    return np.random.default_rng(5).random(rows)


def _nearest(vectors: Any, queries: Any, allowed: Sequence[Any]) -> list[Any]:
    """The nearest rows of each query among those that are allowed, for each such choice, in one pass of the file."""
    best = [np.full((len(queries), LIMIT), -2.0, np.float32) for _ in allowed]
    found = [np.full((len(queries), LIMIT), -1) for _ in allowed]
    for start in range(0, len(vectors), BLOCK):
        products = queries @ np.asarray(vectors[start : start + BLOCK]).T
        for number, some in enumerate(allowed):
            rows = np.flatnonzero(some[start : start + BLOCK])
            scores = np.concatenate([best[number], products[:, rows]], axis=1)
            named = np.concatenate([found[number], np.broadcast_to(start + rows, (len(queries), len(rows)))], axis=1)
            top = np.argpartition(-scores, LIMIT - 1, axis=1)[:, :LIMIT] if len(rows) else np.arange(LIMIT)[None]
            best[number], found[number] = np.take_along_axis(scores, top, 1), np.take_along_axis(named, top, 1)
    orders = [np.argsort(-some, axis=1, kind="stable") for some in best]
    return [np.take_along_axis(rows, order, 1) for rows, order in zip(found, orders, strict=True)]


@dataclass(frozen=True)
class Made:
    """An embedder that looks up what was written: the number of a record is the first word of its text."""

    folder: Path
    name: str = "made"
    fingerprint: str = "made-1"
    dim: int = DIM

    def embed(self, texts: Sequence[str]) -> Any:
        # mapped for one call alone: pages that stay mapped would count as memory of what is measured
        return np.asarray(_vectors(self.folder)[[int(text.split(" ", 1)[0]) for text in texts]], np.float32)


def ingest(arguments: argparse.Namespace) -> None:
    import pyarrow as pa  # noqa: PLC0415 - not where another is measured

    from personahub.embedded import Embedded  # noqa: PLC0415
    from personahub.hub import Folder  # noqa: PLC0415
    from personahub.schema import PERSONAS  # noqa: PLC0415

    folder, rows = Folder(arguments.folder / "made.hub"), len(_vectors(arguments.folder))
    folder.create()
    hops = np.searchsorted(np.array(sorted(SHARES)), _shares(rows), side="right").astype(np.int32)
    with folder.writing():
        took = 0.0
        for start in range(0, rows, BATCH):
            numbers = range(start, min(start + BATCH, rows))
            none = pa.nulls(len(numbers), pa.string())
            columns = dict.fromkeys(PERSONAS.names, none)
            columns["id"] = pa.array([f"{number * 2654435761 % 2**64:032x}" for number in numbers])
            columns["text"] = pa.array(
                [f"{number} a persona who is written about at some length" for number in numbers]
            )
            columns["origin"] = columns["run"] = pa.array(["import"] * len(numbers))
            columns["hop"] = pa.array(hops[start : start + BATCH])
            batch, begun = pa.table(columns, schema=PERSONAS), time.perf_counter()
            folder.tables["personas"].append(batch)
            took += time.perf_counter() - begun
        tell(step="append", rows=rows, rows_s=round(rows / took))
        begun = time.perf_counter()
        Embedded(folder, "personas", Made(arguments.folder)).catch_up()
        more = time.perf_counter() - begun
        tell(step="vectors", rows_s=round(rows / more), both_rows_s=round(rows / (took + more)))


def index(arguments: argparse.Namespace) -> None:
    from personahub.embedded import Embedded  # noqa: PLC0415
    from personahub.hub import Folder  # noqa: PLC0415
    from personahub.vectors.index.build import build  # noqa: PLC0415
    from personahub.vectors.reading import Reading  # noqa: PLC0415

    vectors = Embedded(Folder(arguments.folder / "made.hub"), "personas", Made(arguments.folder))
    path, start = vectors.path.with_name(f"{vectors.name}.cells"), time.perf_counter()
    built = build(Reading(vectors.shelf), path)
    took = time.perf_counter() - start
    tell(step="index", seconds=round(took, 1), mb=path.stat().st_size // 10**6, told=built.tables.told)


def ask(arguments: argparse.Namespace) -> None:
    from personahub.events import silent  # noqa: PLC0415
    from personahub.hub import Folder  # noqa: PLC0415
    from personahub.similar.job import Similar  # noqa: PLC0415
    from personahub.similar.wanted import Wanted  # noqa: PLC0415

    folder = Folder(arguments.folder / "made.hub")
    similar = Similar(folder, embedders={"[]": Made(arguments.folder)})
    wanted = Wanted(f"{0:032x}", None, "text", "personas", LIMIT, None, all=False, exact=False, save=None)
    start = time.perf_counter()
    similar.find(wanted, {}, silent)
    tell(step="first question", ms=round(1e3 * (time.perf_counter() - start)))
    asked = np.load(arguments.folder / "asked.npz")
    ((_, search),) = similar.opened.values()
    for kind in ("record", "text"):
        told = timed(asked["queries"], asked["found"], partial(_vectors_alone, search, kind))
        tell(step=f"vectors alone, as for a {kind}", **told)
    ids = [f"{int(row) * 2654435761 % 2**64:032x}" for row in asked["own"][: ASKED // 2]]
    others = asked["found"][: ASKED // 2, 1:]  # less the record itself
    for share in (None, *SHARES):
        where = None if share is None else f"hop <= {sorted(SHARES).index(share)}"
        truth = others if share is None else _less_own(asked[f"found_{share}"][: ASKED // 2], asked["own"])
        told = timed(ids, truth, partial(_rows, similar, where))
        tell(step="similar to a record" + ("" if share is None else f", where {share:.1%} fit"), **told)
    exact = timed(asked["queries"][:10], asked["found"][:10], lambda query: search.exact(query, LIMIT).rows)
    tell(step="exact", **exact)


def _less_own(found: Any, own: Any) -> Any:
    return np.array([[row for row in some if row != mine][: LIMIT - 1] for some, mine in zip(found, own, strict=False)])


def _vectors_alone(search: Any, kind: str, query: Any) -> Any:
    return search.nearest(query, LIMIT, kind=kind).rows


def _rows(similar: Any, where: str | None, name: str) -> list[int]:
    from personahub.events import silent  # noqa: PLC0415
    from personahub.similar.wanted import Wanted  # noqa: PLC0415

    wanted = Wanted(name, None, "text", "personas", LIMIT, where, all=False, exact=False, save=None)
    return [int(str(row["text"]).split(" ", 1)[0]) for row in similar.find(wanted, {}, silent).listed]


if __name__ == "__main__":
    main()
