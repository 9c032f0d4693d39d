"""`personahub dedup FILE -o FILE`: records a second, memory and disk over files of JSON lines and Parquet.

python benchmarks/dedup_files.py [1_000_000 10_000_000] [--folder FOLDER]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from corpus.personas import Corpus

WORDS = 13, 23
LONG = 30  # of a thousand records, with 24 to 40 words


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=int, nargs="*", default=[1_000_000])
    parser.add_argument("--folder", type=Path, help="where files are made; a temporary folder where not given")
    arguments = parser.parse_args()
    print("| rows | file | asked | wall s | rows a second | CPU us a row | peak MB | most disk, bytes a row | kept |")
    print("|---|---|---|---|---|---|---|---|---|")
    for rows in arguments.rows:
        with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
            for path in (lines(rows, Path(folder)), parquet(rows, Path(folder))):
                more: tuple[list[str], ...] = ([], ["--dropped", f"{folder}/dropped.jsonl"], ["--stays", "central"])
                for words in more if path.suffix == ".jsonl" else more[:1]:
                    told(rows, path, words)
                path.unlink()


def corpus(rows: int) -> Iterator[pa.RecordBatch]:
    first = 0
    for texts in Corpus(rows, 1, *WORDS, LONG)():
        ids = pa.array(range(first, first + len(texts)))
        yield pa.RecordBatch.from_pydict({"id": ids, "text": texts.cast(pa.string())})
        first += len(texts)


def lines(rows: int, folder: Path) -> Path:
    path = folder / "corpus.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for batch in corpus(rows):
            pairs = zip(batch["id"].to_pylist(), batch["text"].to_pylist(), strict=True)
            file.writelines(
                json.dumps({"id": name, "text": text, "meta": {"n": [name]}}) + "\n" for name, text in pairs
            )
    return path


def parquet(rows: int, folder: Path) -> Path:
    path, batches = folder / "corpus.parquet", corpus(rows)
    first = next(batches)
    with pq.ParquetWriter(path, first.schema) as writer:
        writer.write_batch(first)
        for batch in batches:
            writer.write_batch(batch)
    return path


def told(rows: int, path: Path, words: list[str]) -> None:
    output = path.with_name(f"kept{path.suffix}")
    command = [sys.executable, "-m", "personahub", "dedup", str(path), "-o", str(output), "--json", *words]
    start, most = time.monotonic(), 0
    process = subprocess.Popen([*command, "--overwrite"], stdout=subprocess.PIPE, text=True)
    usage = None
    while usage is None:
        most = max(most, used(output.with_name(f"{output.name}.work")))
        found, _, spent = os.wait4(process.pid, os.WNOHANG)
        usage = spent if found else None
        time.sleep(0.05)
    seconds = time.monotonic() - start
    report = json.loads(process.stdout.read() if process.stdout else "")
    figures = (
        f"{rows:,}",
        f"{path.suffix}, {path.stat().st_size / 1e6:,.0f} MB",
        " ".join(word for word in words if not word.startswith("/")) or "defaults",
        f"{seconds:.1f}",
        f"{rows / seconds:,.0f}",
        f"{(usage.ru_utime + usage.ru_stime) / rows * 1e6:.2f}",
        f"{usage.ru_maxrss / 1024:,.0f}",
        f"{most / rows:.0f}",
        f"{report['tallies']['rows']['kept']:,}",
    )
    print(f"| {' | '.join(figures)} |", flush=True)


def used(folder: Path) -> int:
    """Bytes on the disk, as far as they can be seen while others come and go."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_blocks * 512
        except FileNotFoundError:
            continue
    return total


if __name__ == "__main__":
    main()
