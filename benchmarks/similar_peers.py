"""Nearest vectors by others, over the same file: numpy, one bit a plane and no cells, Lance's indexes, faiss and more.

PYTHON benchmarks/similar_peers.py FOLDER PEER        one of PEERS, in a process of its own: its memory is told, too

FOLDER holds vectors.f32 (rows of 384 numbers of four bytes) and asked.npz (queries and their true neighbours), as
`hub_similar.py write` leaves them. PYTHON has what the peer needs: pylance, faiss-cpu, hnswlib or usearch.
"""

import argparse
import json
import shutil
import time
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

DIM = 384
LIMIT = 20
BLOCK = 65_536  # rows

Ask = Callable[[Any], Any]
Settings = Iterator[tuple[str, Ask]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("peer", choices=PEERS)
    arguments = parser.parse_args()
    vectors = np.memmap(arguments.folder / "vectors.f32", "<f4", "r").reshape(-1, DIM)
    asked = np.load(arguments.folder / "asked.npz")
    start = time.perf_counter()
    settings = PEERS[arguments.peer](arguments.folder, vectors)
    first = next(settings)
    build = {"peer": arguments.peer, "build_s": round(time.perf_counter() - start, 1), "built_mb": peak()}
    for name, ask in (first, *settings):
        told = timed(asked["queries"], asked["found"], ask)
        print(json.dumps({**build, "setting": name, **told, "peak_mb": peak()}), flush=True)


def timed(queries: Any, truth: Any, ask: Ask) -> dict[str, float]:
    """Milliseconds a query, one at a time, after a first round; and the share of the true neighbours."""
    for query in queries[:20]:
        ask(query)
    took, shares = [], []
    for query, found in zip(queries, truth, strict=True):
        start = time.perf_counter()
        rows = ask(query)
        took.append(1e3 * (time.perf_counter() - start))
        shares.append(len(set(map(int, rows)) & set(found.tolist())) / len(found))
    p50, p95 = np.percentile(took, (50, 95))
    return {"recall": round(float(np.mean(shares)), 4), "p50_ms": round(float(p50), 2), "p95_ms": round(float(p95), 2)}


def peak() -> int:
    """The most memory that this process had, in MB."""
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) // 1024


def _numpy(_folder: Path, vectors: Any) -> Settings:
    yield "all", lambda query: np.argpartition(-(vectors @ query), LIMIT)[:LIMIT]


def _bits(_folder: Path, vectors: Any) -> Settings:
    """Signs of all on 384 planes, counted by numpy; the best so many compared exactly."""
    planes = np.linalg.qr(np.random.default_rng(0).standard_normal((DIM, DIM)))[0].astype(np.float32)
    blocks = range(0, len(vectors), BLOCK)
    packed = [np.packbits(vectors[at : at + BLOCK] @ planes > 0, axis=1).view(np.uint64) for at in blocks]
    bits = np.concatenate(packed)

    def ask(depth: int, query: Any) -> Any:
        apart = np.bitwise_count(bits ^ np.packbits(query @ planes > 0).view(np.uint64)).sum(axis=1, dtype=np.uint16)
        rows = np.sort(np.argpartition(apart, depth)[:depth])
        return rows[np.argpartition(-(vectors[rows] @ query), LIMIT)[:LIMIT]]

    for depth in (800, 4_000):
        yield f"{depth} exact", partial(ask, depth)


def _lance(folder: Path, vectors: Any, kind: str, **more: Any) -> Settings:
    import lance  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415

    path = folder / f"{kind}.lance"
    shutil.rmtree(path, ignore_errors=True)
    for at in range(0, len(vectors), BLOCK):
        flat = pa.array(np.ascontiguousarray(vectors[at : at + BLOCK]).ravel(), pa.float32())
        rows = pa.table({"vector": pa.FixedSizeListArray.from_arrays(flat, DIM)})
        data = lance.write_dataset(rows, str(path), mode="append" if at else "create")
    cells = int(len(vectors) ** 0.5)
    data.create_index("vector", kind, metric="dot", num_partitions=cells, **more)
    for probes, refine in ((20, 5), (20, 10), (50, 10), (100, 20)):
        nearest = {"column": "vector", "k": LIMIT, "nprobes": probes, "refine_factor": refine, "metric": "dot"}
        yield f"{probes} of {cells} cells, {refine} times as many exact", partial(_asked, data, nearest)


def _asked(data: Any, nearest: dict[str, Any], query: Any) -> Any:
    found = data.to_table(columns=["_distance"], with_row_address=True, nearest={**nearest, "q": query})
    address = found["_rowaddr"].to_numpy()  # of the fragment, each of BLOCK rows, and the place in it
    return (address >> 32) * BLOCK + (address & (2**32 - 1))


def _faiss(_folder: Path, vectors: Any, pattern: str) -> Settings:
    faiss = import_module("faiss")

    faiss.omp_set_num_threads(2)
    cells = int(len(vectors) ** 0.5)
    index = faiss.index_factory(DIM, pattern.format(cells=cells), faiss.METRIC_INNER_PRODUCT)
    index.train(np.ascontiguousarray(vectors[:: max(len(vectors) // (64 * cells), 1)]))
    for at in range(0, len(vectors), BLOCK):
        index.add(np.ascontiguousarray(vectors[at : at + BLOCK]))
    for probes in (10, 20, 50):
        faiss.extract_index_ivf(index).nprobe = probes
        yield f"{probes} of {cells} cells", lambda query: index.search(query[None], LIMIT)[1][0]


def _hnswlib(_folder: Path, vectors: Any) -> Settings:
    hnswlib = import_module("hnswlib")

    index = hnswlib.Index("ip", DIM)
    index.init_index(len(vectors), M=16, ef_construction=100)
    index.set_num_threads(2)
    for at in range(0, len(vectors), BLOCK):
        index.add_items(vectors[at : at + BLOCK])
    for width in (50, 100, 200):
        index.set_ef(width)
        yield f"ef {width}", lambda query: index.knn_query(query, LIMIT)[0][0]


def _usearch(_folder: Path, vectors: Any) -> Settings:
    index = import_module("usearch.index").Index(ndim=DIM, metric="ip", dtype="f16", connectivity=16, expansion_add=100)
    for at in range(0, len(vectors), BLOCK):
        some = np.ascontiguousarray(vectors[at : at + BLOCK])
        index.add(np.arange(at, at + len(some)), some, threads=2)
    for width in (64, 128, 256):
        index.expansion_search = width
        yield f"expansion {width}", lambda query: index.search(query, LIMIT).keys


PEERS: dict[str, Callable[[Path, Any], Settings]] = {
    "numpy": _numpy,
    "bits": _bits,
    "lance-ivf-pq": lambda folder, vectors: _lance(folder, vectors, "IVF_PQ", num_sub_vectors=48),
    "lance-ivf-rq": lambda folder, vectors: _lance(folder, vectors, "IVF_RQ"),
    "lance-ivf-hnsw-sq": lambda folder, vectors: _lance(folder, vectors, "IVF_HNSW_SQ"),
    "faiss-ivf-flat": lambda folder, vectors: _faiss(folder, vectors, "IVF{cells},Flat"),
    "faiss-ivf-sq8": lambda folder, vectors: _faiss(folder, vectors, "IVF{cells},SQ8"),
    "hnswlib": _hnswlib,
    "usearch": _usearch,
}

if __name__ == "__main__":
    main()
