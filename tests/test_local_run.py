"""The verbs with a real model file on this machine: gibberish in, and every row accounted for."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import personahub

pytest.importorskip("xllamacpp", reason="the extra 'local' is not installed")

from tests.models.tiny_gguf import write_tiny

TEXTS = 12


def _run(folder: Path, *words: str) -> str:
    command = [sys.executable, "-m", "personahub", *words, "--model", f"local:{folder / 'tiny.gguf'}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout


def test_extract_and_synthesize_account_for_every_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    write_tiny(tmp_path / "tiny.gguf")
    with (tmp_path / "texts.jsonl").open("w", encoding="utf-8") as file:
        for number in range(TEXTS):
            file.write(
                json.dumps({"text": f"Entry {number}: a baker wrote about ovens, flour and a wet spring."}) + "\n"
            )

    _run(tmp_path, "extract", "my.hub", "texts.jsonl", "--max-tokens", "40", "--seed", "3")
    hub = personahub.open(tmp_path / "my.hub")
    personas = sum(len(batch) for batch in hub.rows("personas"))
    gone = sum(len(batch) for batch in hub.rows("rejected"))
    assert personas + gone >= TEXTS
    assert set().union(*(batch["model"].to_pylist() for batch in hub.rows("personas"))) <= {"local:tiny.gguf"}

    # Gibberish may have left no persona at all: the samples shall be written for somebody.
    (tmp_path / "persona.jsonl").write_text(json.dumps({"persona": "A baker who keeps a diary of the weather"}))
    hub.import_(str(tmp_path / "persona.jsonl"))
    personas += 1
    _run(tmp_path, "synthesize", "my.hub", "math", "--max-tokens", "40", "--seed", "3")
    samples = sum(len(batch) for batch in hub.rows("samples"))
    assert samples + sum(len(batch) for batch in hub.rows("rejected")) - gone == personas

    again = hub.synthesize("math", model=f"local:{tmp_path / 'tiny.gguf'}", max_tokens=40, seed=3)
    assert again.usage.requests == 0
    assert again.tallies["samples"].adds_up
    assert again.tallies["samples"].read == personas
