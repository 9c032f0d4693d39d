"""Four reviewers who judge at once, over HTTP, while the server of the review page is killed -9 again and again.

    python benchmarks/review_kills.py [--judgements 2000] [--kills 10] [--seed 0]

Each reviewer judges each record once. What gets no answer, because the server died over it, is sent again with the same
key once it is there again, as the page does. After each kill, and at the end, the log is read from the disk: what was
acknowledged must be in it as it was sent, and of no reviewer and record more than once.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # the server is started and asked as the tests do it

from tests.browser.rows import tools, written
from tests.web.reviewers import Reviewers
from tests.web.served import Served

from personahub.api import Hub
from personahub.hub import Folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--judgements", type=int, default=2000, help="of each reviewer")
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        hub = Hub(Path(scratch) / "my.hub")
        hub.import_([written(tools(asked.judgements), Path(scratch) / "tools.jsonl")], task="tool")
        served = Served(hub.path)
        try:
            served.enter()
            _measure(served, asked.kills, asked.seed)
        finally:
            served.kill()


def _measure(served: Served, kills: int, seed: int) -> None:
    records = list(Folder(served.hub).tables["samples"].scan(["id"]))
    reviewers = Reviewers(served, [name for batch in records for name in batch["id"].to_pylist()])
    start = time.monotonic()
    found = reviewers.judge(kills, seed)
    took = time.monotonic() - start
    print("| kill | acknowledged by then | of them lost | in the log, and nobody was told yet |")
    print("|---|---|---|---|")
    for number, one in enumerate(found, 1):
        print(f"| {number} | {one.acknowledged:,} | {one.lost} | {one.untold} |")
    whole = len(reviewers.names) * len(reviewers.records)
    print(f"\nat the end: {len(reviewers.told):,} of {whole:,} acknowledged, {len(reviewers.log()):,} in the log")
    print(f"lost: {len(reviewers.lost())}; doubled: {len(reviewers.doubled())}; wrong answers: {len(reviewers.wrong)}")
    print(f"revisions acknowledged: {sorted(set(reviewers.told.values()))}")
    parts = statistics.quantiles(reviewers.took, n=20)
    print(f"{took:.0f} s with all starts; an answer: median {1000 * parts[9]:.0f} ms, 95 % {1000 * parts[18]:.0f} ms")
    for line in reviewers.wrong[:10]:
        print(line)


if __name__ == "__main__":
    main()
