"""kill -9 at random moments while an endpoint is asked for vectors: nothing lost, little paid twice."""

import json
import random
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import personahub
from personahub.embedders.base import opened
from personahub.embedders.openai.first import PROBES

pytest.importorskip("wordllama", reason="the embedder 'static' is not installed")

KILLS = 4
PEOPLE = 3_000
IN_FLIGHT, TEXTS = 4, 32  # requests, and texts in each

_COMMAND = [sys.executable, "-m", "personahub"]


@pytest.fixture
def server() -> Iterator[str]:
    command = [*_COMMAND, "serve-offline", "--latency-ms", "100", "--most-inputs", str(TEXTS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        line = process.stdout.readline()
        yield next(word for word in line.split() if word.startswith("http://")).rstrip(".,")
        process.send_signal(signal.SIGTERM)


def _stats(url: str) -> dict[str, int]:
    with urllib.request.urlopen(url.removesuffix("/v1") + "/stats") as answer:
        found: dict[str, int] = json.load(answer)
    return found


def test_killed_calls_lose_nothing_and_pay_little_twice(tmp_path: Path, server: str) -> None:
    dice = random.Random(3)
    hub, people = tmp_path / "my.hub", tmp_path / "people.jsonl"
    texts = [f"A baker of street {number} who sorts maps of {number % 17} towns" for number in range(PEOPLE)]
    people.write_text("".join(json.dumps({"persona": text}) + "\n" for text in texts), "utf-8")
    personahub.open(hub).import_([people])
    options = ["--method", "semantic", "--embedder", "openai:static", "--base-url", server, "--quiet"]
    command = [*_COMMAND, "dedup", str(hub), *options, "--concurrency", str(IN_FLIGHT)]
    kills = 0
    while kills < KILLS:
        before = _stats(server)["requests"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            while _stats(server)["requests"] < before + 2 and process.poll() is None:
                time.sleep(0.01)
            time.sleep(dice.uniform(0.0, 0.8))
            if process.poll() is not None:
                break
            process.kill()
            kills += 1
    assert kills >= 2, "the calls were over before they could be killed"
    subprocess.run(command, check=True, capture_output=True)
    found = _stats(server)
    assert found["texts_distinct"] == PEOPLE + len(PROBES)
    twice = found["texts"] - found["texts_distinct"] - kills * len(PROBES)
    # what was in flight, and as much that had come and was on its way to the disk
    assert twice <= kills * 2 * IN_FLIGHT * TEXTS

    again = personahub.open(hub).dedup(method="semantic", embedder="openai:static", base_url=server, threshold=0.99)
    assert again.usage.requests == 0
    [shelf] = (hub / "vectors").glob("*.f32")
    held = np.memmap(shelf, "<f4", "r").reshape(-1, opened({"embedder": "static"}).dim)
    assert np.allclose(held[:PEOPLE], opened({"embedder": "static"}).embed(texts), atol=1e-6)
