"""How many descriptions each quality rule takes, and samples of both sides for a person to judge.

python benchmarks/quality_rules.py personas.jsonl "input persona"
python benchmarks/quality_rules.py personas.jsonl "input persona" --sample 50 --seed 0
"""

import argparse
import json
import random
import time
from collections import Counter
from pathlib import Path

import pyarrow as pa

from personahub.stages.quality import RULES, Quality


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("field")
    parser.add_argument("--language")
    parser.add_argument("--sample", type=int, default=0, help="rows of each side to print")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    texts = read(arguments.file, arguments.field)
    started = time.perf_counter()
    reasons = judged(texts, arguments.language)
    seconds = time.perf_counter() - started
    print(table(reasons))
    print(f"\n{len(texts):,} rows in {seconds:.2f} s")
    if arguments.sample:
        for name, side in sides(texts, reasons).items():
            print(f"\n## {name}\n")
            print("\n".join(sample(side, arguments.sample, arguments.seed)))


def read(file: Path, field: str) -> list[str]:
    lines = file.read_text(encoding="utf-8").split("\n")
    return [json.loads(line)[field] for line in lines if line]


def judged(texts: list[str], language: str | None) -> list[str | None]:
    ids = pa.array([str(number) for number in range(len(texts))])
    rows = pa.RecordBatch.from_arrays([ids, pa.array(texts, pa.string())], names=["id", "text"])
    reasons: list[str | None] = Quality(language=language)(rows)["reject"].to_pylist()
    return reasons


def table(reasons: list[str | None]) -> str:
    counts = Counter(reasons)
    lines = ["| rule | rows | share |", "|---|---|---|"]
    lines += [f"| {rule} | {counts[rule]:,} | {counts[rule] / len(reasons):.2%} |" for rule in RULES]
    lines.append(f"| kept | {counts[None]:,} | {counts[None] / len(reasons):.2%} |")
    return "\n".join(lines)


def sides(texts: list[str], reasons: list[str | None]) -> dict[str, list[str]]:
    pairs = list(zip(texts, reasons, strict=True))
    taken = [f"- {reason}: {text}" for text, reason in pairs if reason]
    return {"taken": taken, "kept": [f"- {text}" for text, reason in pairs if not reason]}


def sample(rows: list[str], count: int, seed: int) -> list[str]:
    return random.Random(seed).sample(rows, min(count, len(rows)))


if __name__ == "__main__":
    main()
