"""kill -9 at random moments of an import and of an export: nothing lost, nothing doubled, nothing half."""

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import personahub as ph
from tests.test_forms import read

ROWS = 40_000  # several parts of an import
KILLS = 4
_COMMAND = [sys.executable, "-m", "personahub"]


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for n in range(ROWS):
            row = {"input persona": f"Person {n // 2} of a town", "synthesized text": f"{n}?", "n": n}
            file.write(json.dumps(row) + "\n")
    return path


def _killed(dice: random.Random, *words: str, begun: Callable[[], bool]) -> bool:
    """Start it, wait until it has begun to write and a moment more, and kill it; whether it had not ended before."""
    with subprocess.Popen([*_COMMAND, *words, "--quiet"], stdout=subprocess.DEVNULL) as process:
        while process.poll() is None and not begun():
            time.sleep(0.005)
        time.sleep(dice.uniform(0.0, 0.6))
        process.kill()
        return process.wait() != 0


def test_an_import_that_is_killed_goes_on_and_is_as_if_it_had_not_been(tmp_path: Path, rows: Path) -> None:
    dice = random.Random(1)
    words = ("import", str(tmp_path / "my.hub"), str(rows), "--task", "t")
    texts = tmp_path / "my.hub" / "samples.lance"
    killed = sum(_killed(dice, *words, begun=texts.exists) for _ in range(KILLS))
    assert killed
    hub, whole = ph.open(tmp_path / "my.hub"), ph.open(tmp_path / "whole.hub")
    report, at_once = hub.import_([rows], task="t"), whole.import_([rows], task="t")
    assert report.tallies == at_once.tallies
    assert report.tallies["samples"] == ph.Tally(ROWS, ROWS, {})
    for table, columns in (("personas", ["id", "record"]), ("samples", ["id", "record", "layout", "extra"])):
        assert hub.table(table, columns=columns).to_pylist() == whole.table(table, columns=columns).to_pylist()
    again = hub.export("t", output=tmp_path / "again.jsonl", format="original")
    assert again.tallies["t"].kept == ROWS
    assert read(tmp_path / "again.jsonl") == read(rows)


def test_an_export_that_is_killed_leaves_what_was_there(tmp_path: Path, rows: Path) -> None:
    dice = random.Random(2)
    hub = ph.open(tmp_path / "my.hub")
    hub.import_([rows], task="t")
    out = tmp_path / "out"
    hub.export("t", output=out / "set", where="record <= 10")
    hub.export("t", output=out / "set.jsonl", where="record <= 10")
    for name in ("set", "set.jsonl"):
        words = ("export", str(tmp_path / "my.hub"), "t", "-o", str(out / name))

        def begun() -> bool:
            return any(path.name.startswith(".") for path in out.iterdir())

        for _ in range(KILLS // 2):
            _killed(dice, *words, begun=begun)
            assert len(pq.read_table(out / "set" / "data")) in (10, ROWS)
            assert len((out / "set.jsonl").read_bytes().split(b"\n")) - 1 in (10, ROWS)
    hub.export("t", output=out / "set")
    assert len(pq.read_table(out / "set" / "data")) == ROWS
