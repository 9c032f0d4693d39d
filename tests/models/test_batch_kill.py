"""kill -9 while batches are gathered, sent, made, waited for and fetched: nothing is lost and nothing paid twice."""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.models.batch_endpoint import BatchEndpoint, expected, prompts
from tests.models.batching import OF_A_STEP

ROOT = Path(__file__).parents[2]
COUNT = 90
KILLS = 12


def _process(url: str, folder: Path, what: str = str(COUNT)) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.models.batching", url, str(folder), what]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": "src"})


def _killed_soon(far_side: BatchEndpoint, folder: Path, dice: random.Random) -> bool:
    """Kill it at some moment after it has begun to work; whether it was alive then."""
    with _process(far_side.url, folder) as process:
        seen = far_side.habits.asked.total()
        locks = {path: path.stat().st_mtime_ns for path in folder.rglob("lock")}
        while process.poll() is None and far_side.habits.asked.total() == seen:
            if any(locks.get(path) != path.stat().st_mtime_ns for path in folder.rglob("lock")):
                break
            time.sleep(0.002)
        time.sleep(dice.choice([0.0, dice.uniform(0.0, 0.15), dice.uniform(0.0, 0.6)]))
        alive = process.poll() is None
        process.kill()
    return alive


@pytest.mark.parametrize("failing", [0.0, 0.3])
def test_killed_at_any_moment_no_prompt_is_lost_and_none_sent_twice(tmp_path: Path, failing: float) -> None:
    dice = random.Random(1)
    far_side = BatchEndpoint()
    try:
        far_side.trouble(seconds=0.4, failing=failing, most_failures=2)
        kills = sum(_killed_soon(far_side, tmp_path, dice) for _ in range(KILLS))
        assert kills >= KILLS // 2
        with _process(far_side.url, tmp_path) as process:
            answers = json.loads(process.communicate(timeout=60)[0])
        put = far_side.times_put()
        worked_on = far_side.store.worked_on
    finally:
        far_side.close()
    assert answers == [[None, text] for text in expected(prompts(COUNT))]
    assert len(put) == COUNT
    assert max(put.values()) <= (3 if failing else 1)
    assert put == worked_on


def test_killed_before_and_after_every_single_step_no_prompt_is_sent_twice(tmp_path: Path) -> None:
    far_side = BatchEndpoint()
    try:
        far_side.trouble(seconds=0.05)
        with _process(far_side.url, tmp_path, "steps") as process:
            steps = json.loads(process.communicate(timeout=120)[0])
        put = far_side.times_put()
    finally:
        far_side.close()
    assert steps >= 25
    assert len(put) == (steps + 1) * OF_A_STEP
    assert set(put.values()) == {1}
