"""datatrove: its four steps up to the clusters, single words, 16 buckets of 8, on local executors."""

import json
import struct
from pathlib import Path

import numpy as np
from datatrove.executor import LocalPipelineExecutor  # type: ignore[import-not-found]  # in its own venv
from datatrove.pipeline.dedup import MinhashDedupBuckets, MinhashDedupCluster, MinhashDedupSignature  # type: ignore[import-not-found]
from datatrove.pipeline.dedup.minhash import MinhashConfig  # type: ignore[import-not-found]
from datatrove.pipeline.readers import JsonlReader  # type: ignore[import-not-found]
from finding import BANDS, ROWS, Job, drive


def prepare(job: Job) -> None:
    folder = _folder(job) / "texts"
    folder.mkdir(parents=True)
    lines = (json.dumps({"text": text, "id": str(number)}) for number, text in enumerate(job.strings()))
    (folder / "texts.jsonl").write_text("\n".join(lines) + "\n", "utf-8")


def find(job: Job) -> np.ndarray:
    folder, how = _folder(job), MinhashConfig(n_grams=1, num_buckets=BANDS, hashes_per_bucket=ROWS)
    signatures, buckets, found = (str(folder / name) for name in ("signatures", "buckets", "found"))
    reader = JsonlReader(str(folder / "texts"))
    _run(folder, "signatures", [reader, MinhashDedupSignature(signatures, config=how)], 1)
    _run(folder, "buckets", [MinhashDedupBuckets(signatures, buckets, config=how)], BANDS)
    _run(folder, "clusters", [MinhashDedupCluster(buckets, found, config=how, save_cluster_id=True)], 1)
    return np.arange(len(job.strings()))


def groups(job: Job) -> np.ndarray:
    """What it found, which the clock does not count."""
    count = len(job.strings())
    told = np.arange(count)
    for file in (_folder(job) / "found").glob("*.clusters"):
        for number, cluster in struct.iter_unpack("<II", file.read_bytes()):
            told[number] = count + cluster
    return told


def _run(folder: Path, name: str, steps: list[object], tasks: int) -> None:
    LocalPipelineExecutor(
        pipeline=steps, tasks=tasks, workers=min(tasks, 2), logging_dir=str(folder / "logs" / name)
    ).run()


def _folder(job: Job) -> Path:
    return job.out.with_suffix(".folder")


if __name__ == "__main__":
    drive(find, prepare, groups)
