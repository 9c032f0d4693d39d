"""A hub that is searched while another process makes it small, and verbs that were killed and are called again."""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from personahub.hub import Folder
from tests.dedup.texts import TRADES, hub_of

pytest.importorskip("wordllama", reason="the embedder 'static' is not installed")

_COMPACTING = """
import sys, time
from pathlib import Path
import pyarrow as pa
import personahub as ph
from personahub.errors import HubBusy
from personahub.hub import Folder
from personahub.schema import PERSONAS
from personahub.text import content_id

hub, keep, number = Path(sys.argv[1]), float(sys.argv[2]), 10_000

def append():
    folder = Folder(hub)
    with folder.writing():
        texts = [f"a falconer of yard {n}" for n in range(number, number + 10)]
        rows = [{"id": content_id(text), "text": text, "origin": "import", "hop": 0, "run": "r"} for text in texts]
        folder.tables["personas"].append(pa.Table.from_pylist(rows, schema=PERSONAS))

def tried(work):  # the other process writes too, when it makes vectors and indexes
    while True:
        try:
            return work()
        except HubBusy:
            time.sleep(0.01)

while True:
    for _ in range(5):
        tried(append)
        number += 10
    tried(lambda: ph.open(hub).compact(keep_hours=keep))
    print(number, flush=True)
"""
_TURNS = 4  # compactions that searches go on beside
_PATIENCE = 60  # seconds for them


@contextmanager
def _compacting(hub: Path, keep_hours: float) -> Iterator[list[str]]:
    """A process that appends and compacts without end, and what it said: a line for each compaction."""
    command = [sys.executable, "-c", _COMPACTING, str(hub), str(keep_hours)]
    said: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        out = process.stdout
        assert out is not None
        reader = Thread(target=lambda: said.extend(out), daemon=True)
        reader.start()
        try:
            yield said
            assert process.poll() is None, "it ended by itself"
        finally:
            process.kill()
            reader.join()


@pytest.mark.parametrize("keep_hours", [24, 0.05])
def test_searches_find_all_while_another_process_compacts(tmp_path: Path, keep_hours: float) -> None:
    hub = hub_of(tmp_path, [f"a {TRADES[n % 7]} of yard {n} who keeps bees" for n in range(600)])
    hub.search("yard", limit=5)
    one = next(iter(hub.rows("personas")))["id"][0].as_py()
    hub.similar(one, limit=5)  # makes the vectors, which waits for nobody while another process writes
    rounds, until = 0, time.monotonic() + _PATIENCE
    with _compacting(hub.path, keep_hours) as turns:
        while len(turns) < _TURNS and time.monotonic() < until:
            found = hub.search("bees", limit=1_000).listed
            assert len({row["id"] for row in found}) == 600
            assert all("bees" in str(row["text"]) for row in found)
            near = hub.similar(text=f"a {TRADES[rounds % 7]} who keeps bees", limit=10).listed
            assert len(near) == 10
            assert all("bees" in str(row["text"]) for row in near)
            assert len(hub.similar(one, limit=10).listed) == 10
            rounds += 1
    assert rounds > 2
    assert len(turns) >= _TURNS
    assert len(hub.search("falconer", limit=1_000).listed) >= 50 * _TURNS
    assert not hub.check().listed


def _killed(command: list[str], dice: random.Random) -> bool:
    """Whether the kill came before its end."""
    command = [sys.executable, "-m", "personahub", *command]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        time.sleep(dice.uniform(0.5, 1.6))
        before = child.poll() is None
        child.send_signal(signal.SIGKILL)
    return before


def test_a_choice_for_spread_that_was_killed_is_made_again_and_is_the_same(tmp_path: Path) -> None:
    texts = [f"a {TRADES[n % 7]} of yard {n} who keeps {n % 13} bees and {n % 11} cats" for n in range(6_000)]
    hubs = [hub_of(_folder(tmp_path / name), texts) for name in ("killed", "whole")]
    dice = random.Random(5)
    for _ in range(4):
        assert _killed(["select", str(hubs[0].path), "--by", "spread", "--count", "300", "--save", "far"], dice)
        assert not hubs[0].check().listed
    chosen = []
    for hub in hubs:
        hub.select(save="far", count=300, by="spread")
        chosen.append([text for batch in hub.rows("personas", selection="far") for text in batch["text"].to_pylist()])
    assert len(chosen[0]) == 300
    assert chosen[0] == chosen[1]
    assert not hubs[0].check().listed


def test_topics_that_were_killed_are_gone_on_with_and_are_the_same(tmp_path: Path) -> None:
    texts = [f"a {TRADES[n % 7]} of yard {n} who keeps {n % 13} bees and {n % 11} cats" for n in range(6_000)]
    hubs = [hub_of(_folder(tmp_path / name), texts) for name in ("killed", "whole")]
    dice = random.Random(6)
    for _ in range(4):
        assert _killed(["topics", str(hubs[0].path), "--count", "7"], dice)
        assert not hubs[0].check().listed
    topics = []
    for hub in hubs:
        hub.topics(count=7)
        rows = Folder(hub.path).tables["personas"].scan(["id", "topic"])
        topics.append({one["id"]: one["topic"] for batch in rows for one in batch.to_pylist()})
    assert len(set(topics[0].values())) == 7
    assert topics[0] == topics[1]
    assert not hubs[0].check().listed


def _folder(path: Path) -> Path:
    path.mkdir()
    return path
