"""personahub's join, after one over few texts: its loops are loaded, or on a new machine compiled, by that one."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from finding import PERMUTATIONS, THRESHOLD, Job, drive

from personahub.joins.forest import linked
from personahub.joins.near import Near

FEW = 2_000


def prepare(job: Job) -> None:
    find(job, FEW)


def find(job: Job, most: int | None = None) -> np.ndarray:
    def parts() -> Iterator[pa.Array]:
        with pa.memory_map(str(job.texts)) as file:
            batches = pa.ipc.open_file(file)
            for place in range(batches.num_record_batches if most is None else 1):
                yield batches.get_batch(place)["text"][:most]

    near = Near(
        THRESHOLD,
        give="links",
        method="minhash" if job.variant == "minhash" else "exact",
        permutations=PERMUTATIONS,
    )
    found = near(parts, rows=sum(map(len, parts())), folder=job.out.with_suffix(".join"))
    groups = linked(found)
    found.remove()
    return groups


if __name__ == "__main__":
    drive(find, prepare)
