"""text-dedup: its own command, which hands over the union-find that it kept."""

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
from datasets import Dataset
from finding import PERMUTATIONS, THRESHOLD, Job, drive


def prepare(job: Job) -> None:
    Dataset.from_dict({"text": job.strings()}).save_to_disk(str(_folder(job) / "texts"))


def find(job: Job) -> np.ndarray:
    folder = _folder(job)
    command = [sys.executable, "-m", "text_dedup.minhash", "--path", str(folder / "texts"), "--local"]
    command += ["--column", "text", "--output", str(folder / "kept"), "--debug", "--ngram", "1", "--min_length", "1"]
    command += ["--num_perm", str(PERMUTATIONS), "--threshold", str(THRESHOLD), "--num_proc", "2"]
    subprocess.run(command, check=True, cwd=folder)
    return np.arange(len(job.strings()))


def groups(job: Job) -> np.ndarray:
    """What the command found, which the clock does not count."""
    with (_folder(job) / "kept" / "uf.pkl").open("rb") as file:
        above = pickle.load(file).parent  # our own process wrote it
    found = np.arange(len(job.strings()))
    for number in above:
        root = number
        while above[root] != root:
            root = above[root]
        found[number] = root
    return found


def _folder(job: Job) -> Path:
    return job.out.with_suffix(".folder")


if __name__ == "__main__":
    drive(find, prepare, groups)
