"""The main job over HTTP with kill -9 at random moments: what is lost, doubled, or asked twice.

    python benchmarks/kills.py [FOLDER] [--kills 10] [--seed 0]

The count of what was asked twice is the server's own.
"""

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import personahub

DATA = Path(__file__).parents[2] / "shared" / "data" / "web_text"
COMMAND = [sys.executable, "-m", "personahub"]
CONCURRENCY = 64


def stats(url: str) -> dict[str, int]:
    with urllib.request.urlopen(url.removesuffix("/v1") + "/stats") as answer:
        found: dict[str, int] = json.load(answer)
    return found


def killed(command: list[str], url: str, kills: int, dice: random.Random) -> int:
    """Start it and kill it in its work so many times, then let it finish; how often it was killed."""
    for done in range(kills):
        before = stats(url)["requests"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
            while stats(url)["requests"] == before and process.poll() is None:
                time.sleep(0.01)
            time.sleep(dice.uniform(0.0, 1.5))
            if process.poll() is not None:
                return done
            process.kill()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return kills


def column(hub: Path, table: str, name: str) -> list[str]:
    return [value for batch in personahub.open(hub).rows(table) for value in batch[name].to_pylist()]


def row(verb: str, kills: int, before: dict[str, int], after: dict[str, int], rows: list[str]) -> str:
    asked, repeated = (after[key] - before[key] for key in ("distinct", "repeated"))
    doubled = len(rows) - len(set(rows))
    return f"| {verb} | {kills} | {asked:,} | {repeated} | {repeated / kills:.1f} | {len(rows):,} | {doubled} |"


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("folder", nargs="?", type=Path, default=DATA)
    arguments.add_argument("--kills", type=int, default=10)
    arguments.add_argument("--seed", type=int, default=0)
    given = arguments.parse_args()
    dice = random.Random(given.seed)
    hub = Path(tempfile.mkdtemp()) / "my.hub"
    server = subprocess.Popen([*COMMAND, "serve-offline", "--latency-ms", "20"], stdout=subprocess.PIPE, text=True)
    assert server.stdout
    url = next(word for word in server.stdout.readline().split() if word.startswith("http"))
    ask = ["--model", "openai:any", "--base-url", url, "--concurrency", str(CONCURRENCY), "--quiet"]
    print("| verb | kills | asked | asked twice | a kill | rows | doubled |\n|---|---|---|---|---|---|---|", flush=True)
    zero = stats(url)
    kills = killed([*COMMAND, "extract", str(hub), str(given.folder), *ask], url, given.kills, dice)
    first = stats(url)
    print(row("extract", kills, zero, first, column(hub, "personas", "id")), flush=True)
    hops = [*COMMAND, "expand", str(hub), "--hops", "2", "--limit", "3000", *ask]
    kills = killed(hops, url, given.kills, dice)
    second = stats(url)
    personas = column(hub, "personas", "id")
    print(row("expand", kills, first, second, personas), flush=True)
    kills = killed([*COMMAND, "synthesize", str(hub), "math", *ask], url, given.kills, dice)
    samples = column(hub, "samples", "persona_id")
    print(row("synthesize", kills, second, stats(url), samples), flush=True)
    print(f"\npersonas without their sample: {len(set(personas) - set(samples))}")
    server.send_signal(signal.SIGTERM)
    server.wait()


if __name__ == "__main__":
    main()
