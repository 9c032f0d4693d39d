"""gaoya: an index of 16 bands, filled and asked with all texts at once by all cores."""

import numpy as np
from finding import BANDS, ROWS, THRESHOLD, Groups, Job, drive
from gaoya.minhash import MinHashStringIndex  # type: ignore[import-not-found]  # in its own venv


def find(job: Job) -> np.ndarray:
    texts = job.strings()
    index = MinHashStringIndex(
        hash_size=32,
        jaccard_threshold=THRESHOLD,
        num_bands=BANDS,
        band_size=ROWS,
        analyzer="word",
        ngram_range=(1, 1),
        id_container="smallvec",
    )
    index.par_bulk_insert_docs(list(range(len(texts))), texts)
    groups = Groups(len(texts))
    for number, others in enumerate(index.par_bulk_query(texts)):
        for other in others:
            if other < number:
                groups.join(other, number)
    return groups.numbers()


if __name__ == "__main__":
    drive(find)
