"""datasketch: MinHash of the words, an LSH index that is asked before each text is put in."""

import numpy as np
from datasketch import MinHash, MinHashLSH  # type: ignore[import-not-found]  # in its own venv
from finding import PERMUTATIONS, THRESHOLD, Groups, Job, drive


def find(job: Job) -> np.ndarray:
    texts = job.strings()
    groups, index = Groups(len(texts)), MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS)
    words = ([word.encode() for word in set(text.split())] for text in texts)
    for number, made in enumerate(MinHash.generator(words, num_perm=PERMUTATIONS)):
        for other in index.query(made):
            groups.join(other, number)
        index.insert(number, made, check_duplication=False)
    return groups.numbers()


if __name__ == "__main__":
    drive(find)
