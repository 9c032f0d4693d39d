"""Vectors over HTTP from a server of ours: how fast, beside the client of the `openai` package; and kill -9.

    python benchmarks/embedding.py speed [--texts 16384] [--latency-ms 100] [--python PYTHON]
    python benchmarks/embedding.py kills [--kills 20] [--seed 0]

PYTHON is that of an environment with the packages openai and numpy; without it that client is left out. What was asked,
and twice, is counted by the server, of which one answers all clients of a row. Both keep 32 requests of 128 texts in
flight. The server shares the machine's cores with them, and makes vectors of 256 numbers.
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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from personahub.embedders.base import opened, streamed
from personahub.hub import Folder

COMMAND = [sys.executable, "-m", "personahub"]
IN_FLIGHT, PORTION = 32, 128
ROUNDS = 3
Client = Callable[[list[str]], tuple[int, float, float]]  # texts -> vectors made, seconds, of them on the processor
PEER = (
    f"IN_FLIGHT, PORTION = {IN_FLIGHT}, {PORTION}"
    + """
import asyncio, json, resource, sys, time
from openai import AsyncOpenAI

async def main(url, texts):
    client, turn = AsyncOpenAI(base_url=url, api_key="none", max_retries=5), asyncio.Semaphore(IN_FLIGHT)
    async def ask(some):
        async with turn:
            return len((await client.embeddings.create(model="static", input=some)).data)
    portions = [texts[at:at + PORTION] for at in range(0, len(texts), PORTION)]
    await ask(portions[0][:1])
    before, start = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    made = sum(await asyncio.gather(*[ask(some) for some in portions]))
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps([made, seconds, cpu]))

asyncio.run(main(sys.argv[1], json.load(sys.stdin)))
"""
)


def texts(count: int, seed: int) -> list[str]:
    dice = random.Random(seed)
    trades = ("baker", "welder", "notary", "surgeon", "farmer", "judge", "pilot", "nurse")
    loves = ("old maps", "chess", "wild bees", "opera", "tax law", "jazz", "steam trains", "the sea")
    return [
        f"A {dice.choice(trades)} of {dice.randrange(20, 90)} who reads about {dice.choice(loves)} and about "
        f"{dice.choice(loves)} on the {number} days that work leaves, and writes letters"
        for number in range(count)
    ]


@contextmanager
def server(*options: object) -> Iterator[str]:
    with subprocess.Popen(
        [*COMMAND, "serve-offline", *map(str, options)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        line = process.stdout.readline()
        url = next(word for word in line.split() if word.startswith("http://")).rstrip(".,")
        opened({"embedder": "openai:static", "base_url": url}).embed(["it has loaded its table then"])
        yield url
        process.send_signal(signal.SIGTERM)


def stats(url: str) -> dict[str, int]:
    with urllib.request.urlopen(url.removesuffix("/v1") + "/stats") as answer:
        found: dict[str, int] = json.load(answer)
    return found


def ours(url: str, wanted: list[str]) -> tuple[int, float, float]:
    """With everything that a hub gets: each vector on the disk before it counts."""
    with tempfile.TemporaryDirectory() as folder:
        given = {"embedder": "openai:static", "base_url": url, "concurrency": IN_FLIGHT}
        embedder = opened(given, folder=folder, writing=True)
        assert embedder.dim
        cpu, start = time.process_time(), time.perf_counter()
        portions = [wanted[at : at + 512] for at in range(0, len(wanted), 512)]
        made = sum(len(vectors) for vectors in streamed(embedder, portions))
        return made, time.perf_counter() - start, time.process_time() - cpu


def theirs(python: str, url: str, wanted: list[str]) -> tuple[int, float, float]:
    done = subprocess.run(
        [python, "-c", PEER, url], input=json.dumps(wanted), capture_output=True, text=True, check=True
    )
    made, seconds, cpu = json.loads(done.stdout)
    return made, seconds, cpu


def speed(arguments: argparse.Namespace) -> None:
    print("| client | latency ms | texts | seconds | texts/s | requests/s | CPU ms a request |\n" + "|---" * 7 + "|")
    for latency in arguments.latency_ms:
        with server("--latency-ms", latency) as url:
            clients: dict[str, Client] = {"personahub": partial(ours, url)}
            if arguments.python:
                clients["openai"] = partial(theirs, arguments.python, url)
            for name, client in clients.items():
                runs = sorted((client(texts(arguments.texts, turn)) for turn in range(ROUNDS)), key=lambda run: run[1])
                made, seconds, cpu = runs[len(runs) // 2]
                requests = -(-made // PORTION)
                print(
                    f"| {name} | {latency:g} | {made:,} | {seconds:.2f} | {made / seconds:,.0f} "
                    f"| {requests / seconds:,.1f} | {1000 * cpu / requests:.2f} |",
                    flush=True,
                )


def kills(arguments: argparse.Namespace) -> None:
    dice = random.Random(arguments.seed)
    count = arguments.texts
    with tempfile.TemporaryDirectory() as scratch, server("--latency-ms", 150, "--most-inputs", 32) as url:
        hub, people = Path(scratch) / "my.hub", Path(scratch) / "people.jsonl"
        people.write_text("".join(json.dumps({"persona": text}) + "\n" for text in texts(count, 7)), "utf-8")
        subprocess.run([*COMMAND, "import", str(hub), str(people), "--quiet"], check=True, stdout=subprocess.DEVNULL)
        common = [
            "--method",
            "semantic",
            "--embedder",
            "openai:static",
            "--base-url",
            url,
            "--concurrency",
            "8",
            "--quiet",
        ]
        command = [*COMMAND, "dedup", str(hub), *common]
        before, done = stats(url)["texts"], 0
        while done < arguments.kills:
            asked = stats(url)["requests"]
            with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
                while stats(url)["requests"] == asked and process.poll() is None:
                    time.sleep(0.01)
                time.sleep(dice.uniform(0.0, 1.0))
                if process.poll() is not None:
                    break
                process.kill()
                done += 1
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        time.sleep(0.5)
        found = stats(url)
        wanted = len({*texts(count, 7)})
        [shelf] = (Folder(hub).path / "vectors").glob("*.f32")
        twice = found["texts"] - found["texts_distinct"] - 4 * (done + 1)  # less the four that each process asks
        print(
            f"{done} kills; {wanted:,} texts; {found['texts_distinct']:,}, with ours, were given a vector; given "
            f"twice: {twice:,}, {twice / max(done, 1):.1f} a kill, of 8 requests of 32 in flight; "
            f"{shelf.stat().st_size:,} bytes of vectors; {before} texts before"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True)
    fast = verbs.add_parser("speed")
    fast.add_argument("--texts", type=int, default=16_384)
    fast.add_argument("--latency-ms", type=float, nargs="*", default=[0, 100])
    fast.add_argument("--python")
    fast.set_defaults(verb=speed)
    killed = verbs.add_parser("kills")
    killed.add_argument("--texts", type=int, default=20_000)
    killed.add_argument("--kills", type=int, default=20)
    killed.add_argument("--seed", type=int, default=0)
    killed.set_defaults(verb=kills)
    arguments = parser.parse_args()
    arguments.verb(arguments)


if __name__ == "__main__":
    main()
