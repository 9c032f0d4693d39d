"""Daft: its MinHash expression, 16 bands of 8, and a group-by of each."""

from pathlib import Path

import daft  # type: ignore[import-not-found]  # in its own venv
import numpy as np
from daft.functions import minhash  # type: ignore[import-not-found]
from finding import BANDS, PERMUTATIONS, ROWS, Groups, Job, drive


def prepare(job: Job) -> None:
    texts = job.strings()
    daft.from_pydict({"id": list(range(len(texts))), "text": texts}).write_parquet(str(_parquet(job)))


def find(job: Job) -> np.ndarray:
    table = daft.read_parquet(f"{_parquet(job)}/*.parquet")
    values = minhash(daft.col("text"), num_hashes=PERMUTATIONS, ngram_size=1, hash_function="xxhash")
    table = table.select("id", values.alias("values")).collect()
    groups = Groups(table.count_rows())
    for band in range(BANDS):
        key = daft.col("values").slice(band * ROWS, (band + 1) * ROWS).hash().alias("key")
        same = table.select("id", key).groupby("key").agg(daft.col("id").list_agg().alias("ids"))
        for ids in same.where(daft.col("ids").length() > 1).to_pydict()["ids"]:
            groups.join_all(ids)
    return groups.numbers()


def _parquet(job: Job) -> Path:
    return job.out.with_suffix(".parquet")


if __name__ == "__main__":
    drive(find, prepare)
