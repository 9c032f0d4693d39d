"""kill -9 at random moments, over real HTTP: nothing lost, nothing doubled, little asked twice."""

import json
import random
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import personahub
from personahub.run import FLUSHING

KILLS = 10
CONCURRENCY = 16
TEXTS = 2500
PEOPLE, SAMPLES = 600, 3
RIDDLE = """+++
task = "synthesis"
name = "riddle"
description = "riddle"
schema = '''{"type": "object", "required": ["riddle", "answer"], "additionalProperties": false,
"properties": {"riddle": {"type": "string"}, "answer": {"type": "string"}}}'''
+++
Write a riddle for: {{persona}}
"""

_COMMAND = [sys.executable, "-m", "personahub"]
_TRADES = ("baker", "welder", "notary", "surgeon", "farmer", "pilot", "tailor", "judge")


@pytest.fixture
def server() -> Iterator[str]:
    command = [*_COMMAND, "serve-offline", "--latency-ms", "15"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        line = process.stdout.readline()
        yield next(word for word in line.split() if word.startswith("http://")).rstrip(".,")
        process.send_signal(signal.SIGTERM)


def _stats(url: str) -> dict[str, int]:
    with urllib.request.urlopen(url.removesuffix("/v1") + "/stats") as answer:
        found: dict[str, int] = json.load(answer)
    return found


def _write_texts(path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        for number in range(TEXTS):
            trade = _TRADES[number % len(_TRADES)]
            text = f"Entry {number}: the {trade} of street {number // 7} wrote about tools, prices and a wet spring."
            file.write(json.dumps({"text": text}) + "\n")


def _killed(command: list[str], url: str, dice: random.Random, most: int = KILLS) -> int:
    """Start it, kill it somewhere in its work, and again, so often; then let it finish. How often it was killed."""
    kills = 0
    while kills < most:
        before = _stats(url)["requests"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            # Not before it asks for something: the moments are spread over the work and not over the start.
            while _stats(url)["requests"] == before and process.poll() is None:
                time.sleep(0.01)
            time.sleep(dice.uniform(0.0, 0.25))
            if process.poll() is not None:
                break
            process.kill()
            kills += 1
    subprocess.run(command, check=True, capture_output=True)
    return kills


def _ids(hub: Path, table: str, column: str) -> list[Any]:
    return [value for batch in personahub.open(hub).rows(table) for value in batch[column].to_pylist()]


def test_killed_runs_lose_nothing_double_nothing_and_ask_little_twice(tmp_path: Path, server: str) -> None:
    dice = random.Random(4)
    texts, hub = tmp_path / "texts.jsonl", tmp_path / "my.hub"
    _write_texts(texts)
    common = ["--model", "openai:any", "--base-url", server, "--concurrency", str(CONCURRENCY), "--quiet"]

    kills = _killed([*_COMMAND, "extract", str(hub), str(texts), *common], server, dice)
    assert kills >= 5, "the runs were over before they could be killed"
    first = _stats(server)
    assert first["distinct"] == TEXTS
    assert first["repeated"] <= kills * (CONCURRENCY + FLUSHING)
    personas = _ids(hub, "personas", "id")
    assert len(set(personas)) == len(personas)
    assert sorted(_ids(hub, "texts", "record")) == list(range(1, TEXTS + 1))

    kills = _killed([*_COMMAND, "synthesize", str(hub), "math", *common], server, dice)
    assert kills >= 5, "the runs were over before they could be killed"
    second = _stats(server)
    assert second["distinct"] - first["distinct"] == len(personas)
    assert second["repeated"] - first["repeated"] <= kills * (CONCURRENCY + FLUSHING)
    written_for = _ids(hub, "samples", "persona_id")
    assert sorted(written_for) == sorted(personas)

    again = personahub.open(hub).synthesize("math", model="openai:any", base_url=server)
    assert (again.usage.requests, again.new.get("samples", 0)) == (0, 0)
    assert again.tallies["samples"].adds_up
    assert again.tallies["samples"].kept == len(personas)


def test_of_several_samples_as_json_each_persona_has_all_and_none_twice(tmp_path: Path, server: str) -> None:
    hub, template, people = tmp_path / "my.hub", tmp_path / "riddle.md", tmp_path / "people.jsonl"
    template.write_text(RIDDLE, "utf-8")
    people.write_text("".join(f'{{"persona": "The {_TRADES[n % 8]} of street {n}"}}\n' for n in range(PEOPLE)), "utf-8")
    personahub.open(hub).import_([people])
    command = [*_COMMAND, "synthesize", str(hub), "riddle", "--template", str(template), "--samples", str(SAMPLES)]
    command += ["--model", "openai:any", "--base-url", server, "--concurrency", str(CONCURRENCY), "--quiet"]

    kills = _killed(command, server, random.Random(5), 4)
    assert kills >= 2, "the runs were over before they could be killed"
    found = _stats(server)
    assert found["distinct"] == PEOPLE * SAMPLES
    assert found["repeated"] <= kills * (CONCURRENCY + FLUSHING)
    assert Counter(_ids(hub, "samples", "persona_id")) == dict.fromkeys(_ids(hub, "personas", "id"), SAMPLES)
    assert len(set(_ids(hub, "samples", "id"))) == PEOPLE * SAMPLES
    assert all(set(json.loads(text)) == {"riddle", "answer"} for text in _ids(hub, "samples", "text"))
    assert _ids(hub, "rejected", "id") == []


def test_ctrl_c_saves_what_was_answered_and_says_how_to_go_on(tmp_path: Path, server: str) -> None:
    texts, hub = tmp_path / "texts.jsonl", tmp_path / "my.hub"
    _write_texts(texts)
    words = ["extract", str(hub), str(texts), "--model", "openai:any", "--base-url", server, "--concurrency", "16"]
    with subprocess.Popen([*_COMMAND, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while _stats(server)["requests"] < 200:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "the same command goes on from there" in said
    assert "Traceback" not in said
    subprocess.run([*_COMMAND, *words], check=True, capture_output=True)
    found = _stats(server)
    assert found["distinct"] == TEXTS
    assert found["repeated"] <= CONCURRENCY + FLUSHING
