"""How many requests a second serve-offline answers on one core, with real answers of the offline writer.

    python benchmarks/server_speed.py [FOLDER] [--seconds 5] [--rounds 3] [--connections 64]

The server is pinned to the first core and wrk to the second; of the rounds the fastest counts, being the one
that other work on the machine disturbed least. Needs wrk and taskset on the PATH, and a folder
laid out as the shared data: web_text/*.jsonl with texts, personas/*.jsonl with personas.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson
import pyarrow as pa

from personahub.models.base import Prompt
from personahub.tasks.persona_to_persona import PersonaToPersona
from personahub.tasks.synthesis import Synthesis
from personahub.tasks.text_to_persona import TextToPersona

DATA = Path(__file__).parents[2] / "shared" / "data"
PROMPTS = 3000  # different ones of each kind, asked in turn
WARM_SECONDS = 1
CHAT = "/v1/chat/completions"
LUA = Path(__file__).with_suffix(".lua")


@dataclass(frozen=True, slots=True)
class Measured:
    """Requests a second, milliseconds of the median and the slowest hundredth, CPU microseconds of the server each."""

    rate: float
    median: float
    slowest: float
    cpu: float

    def line(self, name: str, characters: str) -> str:
        numbers = f"{self.rate:,.0f} | {self.cpu:.0f} | {1e6 / self.cpu:,.0f} | {self.median:.1f} | {self.slowest:.1f}"
        return f"| {name} | {characters} | {numbers} |"


def column(folder: Path, file: str, name: str) -> pa.RecordBatch:
    lines = (folder / file).read_text("utf-8").split("\n")[:PROMPTS]
    texts = [json.loads(line)[name] for line in lines if line]
    return pa.record_batch({"id": [str(number) for number in range(len(texts))], "text": texts})


def workloads(folder: Path) -> Iterator[tuple[str, list[Prompt]]]:
    personas = column(folder, "personas/personahub_tool.jsonl", "input persona")
    yield "math problem from a persona", Synthesis.worded(None, task="math").prompts(personas)
    yield "three relatives of a persona", PersonaToPersona.worded(None, hop=1, count=3).prompts(personas)
    people = TextToPersona.worded(None, granularity="fine", count=1)
    yield "persona from a Reuters report", people.prompts(column(folder, "web_text/reuters21578.jsonl", "text"))
    yield "persona from a C4 page", people.prompts(column(folder, "web_text/c4_sample.jsonl", "text"))


@contextmanager
def server(*options: str) -> Iterator[tuple[str, int]]:
    """Its address and process, on the first core."""
    command = ["taskset", "-c", "0", sys.executable, "-m", "personahub", "serve-offline", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        url = next(word for word in process.stdout.readline().split() if word.startswith("http"))
        try:
            yield url.removesuffix("/v1"), process.pid
        finally:
            process.terminate()


def seconds_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def stats(url: str) -> dict[str, int]:
    with urllib.request.urlopen(f"{url}/stats") as answer:
        found: dict[str, int] = json.load(answer)
    return found


def fastest(given: argparse.Namespace, url: str, pid: int, *script: str) -> Measured:
    rounds = [measured(url, pid, given.seconds, given.connections, *script) for _ in range(given.rounds)]
    return max(rounds, key=lambda one: one.rate)


def measured(url: str, pid: int, seconds: int, connections: int, *script: str) -> Measured:
    """One run of wrk on the second core."""
    command = ["taskset", "-c", "1", "wrk", "--latency", "-t1", f"-c{connections}"]
    aimed = [
        *(["-s", str(LUA)] if script else []),
        url if script else f"{url}/v1/models",
        *(["--", *script] if script else []),
    ]
    subprocess.run([*command, f"-d{WARM_SECONDS}s", *aimed], check=True, capture_output=True)
    before, asked = seconds_of(pid), stats(url)
    said = subprocess.run([*command, f"-d{seconds}s", *aimed], check=True, capture_output=True, text=True).stdout
    spent, answered = seconds_of(pid) - before, stats(url)
    if "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(said)
    requests = int(re.findall(r"(\d+) requests in", said)[0])
    if script:
        # wrk counts what came back before it stopped; up to one a connection was still under way.
        assert 0 <= answered["answered"] - asked["answered"] - requests <= 2 * connections, (asked, answered, requests)
    percent = {share: _milliseconds(value) for share, value in re.findall(r"^ +(50|99)% +(\S+)$", said, re.MULTILINE)}
    rate = float(re.findall(r"Requests/sec:\s+(\S+)", said)[0])
    return Measured(rate, percent["50"], percent["99"], spent / requests * 1e6)


def _milliseconds(said: str) -> float:
    number, unit = re.findall(r"([\d.]+)(\w+)", said)[0]
    return float(number) * {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}[unit]


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("folder", nargs="?", type=Path, default=DATA)
    arguments.add_argument("--seconds", type=int, default=5)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--connections", type=int, default=64)
    given = arguments.parse_args()
    if not given.folder.is_dir():
        raise SystemExit(f"{given.folder} is not there: name a folder of texts and personas")
    print("| answer | characters asked | requests/s | CPU us | = a CPU second | median ms | 99 % ms |")
    print("|---|---|---|---|---|---|---|", flush=True)
    with server() as (url, pid):
        print(fastest(given, url, pid).line("list of models", "-"), flush=True)
    for name, prompts in workloads(given.folder):
        bodies = [_body(prompt) for prompt in prompts]
        characters = sum(len(prompt.messages[0].content) for prompt in prompts) // len(prompts)
        with tempfile.NamedTemporaryFile(suffix=".jsonl") as file, server() as (url, pid):
            file.write(b"\n".join(bodies) + b"\n")
            file.flush()
            print(fastest(given, url, pid, CHAT, file.name).line(name, f"{characters:,}"), flush=True)


def _body(prompt: Prompt) -> bytes:
    messages = [{"role": message.role, "content": message.content} for message in prompt.messages]
    return orjson.dumps({"model": "any", "messages": messages})


if __name__ == "__main__":
    main()
