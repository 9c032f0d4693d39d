"""rensa: MinHash of the words and an LSH index of 16 bands.

The variant `estimated` keeps those that share a band whose MinHash values say that they are similar enough;
`candidates` keeps all that share one.
"""

import numpy as np
from finding import BANDS, PERMUTATIONS, THRESHOLD, Groups, Job, drive
from rensa import RMinHash, RMinHashLSH  # type: ignore[import-not-found]  # in its own venv

SEED = 42


def find(job: Job) -> np.ndarray:
    texts = job.strings()
    made = RMinHash.from_token_sets([text.split() for text in texts], PERMUTATIONS, SEED)
    index = RMinHashLSH(THRESHOLD, PERMUTATIONS, BANDS)
    index.insert_many(made)
    groups, every = Groups(len(texts)), job.variant == "candidates"
    for number, others in enumerate(index.query_all(made)):
        for other in others:
            if other < number and (every or made[number].jaccard(made[other]) >= THRESHOLD):
                groups.join(other, number)
    return groups.numbers()


if __name__ == "__main__":
    drive(find)
