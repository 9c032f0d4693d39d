"""A writer that repeats itself more and more, over HTTP: how much of it is new is known, and the run ends in time."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import personahub as ph
from personahub.api import Hub
from personahub.embedders.base import opened
from personahub.errors import UsageError
from tests.novelty.writer import TEMPLATE, Repeating, write_people

RATE, WINDOW, LEAST = 6000, 600, 0.2
# The share of new ones among the last WINDOW of n answers is 1 - (n - WINDOW / 2) / RATE; it is LEAST at
END = (1 - LEAST) * RATE + WINDOW / 2


@pytest.fixture
def template(tmp_path: Path) -> str:
    (tmp_path / "words.md").write_text(TEMPLATE)
    return str(tmp_path / "words.md")


def _hub(path: Path, people: int = RATE) -> Hub:
    hub = Hub(path)
    hub.import_([str(write_people(path.with_suffix(".jsonl"), people))])
    return hub


def _verdicts(hub: Hub) -> dict[str, str]:
    """Of each record that is dropped by a verdict of its own the one that stays instead."""
    found: dict[str, str] = {}
    for batch in hub._folder.tables["verdicts"].scan(["id", "other"]):
        for name, other in zip(batch["id"].to_pylist(), batch["other"].to_pylist(), strict=True):
            assert name not in found, "told twice"
            found[name] = other
    return found


def test_a_run_ends_where_arithmetic_says(tmp_path: Path, template: str) -> None:
    hub, writer = _hub(tmp_path / "hub"), Repeating(RATE, latency=0.02)
    with writer.serving() as url:
        report = hub.synthesize(
            "words", template=template, model="openai:x", base_url=url, concurrency=16,
            stop_when_saturated=LEAST, window=WINDOW,
        )  # fmt: skip
    asked = len(writer.asked)
    assert abs(asked - END) < 0.05 * END
    assert not report.stopped, "it has done what it was asked for"
    assert any(note.startswith("Ended: of the last 600 records 1") for note in report.notes)
    # all that was paid for is in the hub, and what is near to one before is dropped
    tally = hub._folder.tally("samples")
    assert tally.read == report.new["samples"] == asked
    assert set(tally.rejected) == {"near_copy"}
    assert tally.rejected["near_copy"] == sum(map(writer.repeats, writer.asked))
    assert report.counts["records as they came"] == {"new": tally.kept, "near to one before": asked - tally.kept}
    assert all(tally.adds_up for tally in report.tallies.values())
    assert not hub.check().wrong
    # the same command again has nothing to pay for
    with writer.serving() as url:
        hub.synthesize(
            "words", template=template, model="openai:x", base_url=url, concurrency=16,
            stop_when_saturated=LEAST, window=WINDOW,
        )  # fmt: skip
    assert len(writer.asked) == asked


def test_a_killed_run_goes_on_with_what_it_knew(tmp_path: Path, template: str) -> None:
    writer = Repeating(3000, latency=0.02)
    whole, killed = _hub(tmp_path / "whole", 1500), _hub(tmp_path / "killed", 1500)
    with writer.serving() as url:
        whole.synthesize("words", template=template, model="openai:x", base_url=url, compare="words")
        once = len(writer.asked)
        command = [sys.executable, "-m", "personahub", "synthesize", str(killed.path), "words", "--template", template]
        command += ["--model", "openai:x", "--base-url", url, "--compare", "words", "--concurrency", "16"]
        for _ in range(3):
            before = len(writer.asked)
            with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
                while process.poll() is None and len(writer.asked) < before + 350:
                    time.sleep(0.01)
                process.send_signal(signal.SIGKILL)
        report = killed.synthesize("words", template=template, model="openai:x", base_url=url, compare="words")
    assert report.tallies["samples"].kept == 1500
    assert len(writer.asked) - once <= 1500 + 3 * 64, "only what was in flight may be asked again"
    assert _verdicts(killed) == _verdicts(whole)
    assert not killed.check().wrong


def test_dedup_says_the_same_as_without(tmp_path: Path, template: str) -> None:
    with (writer := Repeating(600)).serving() as url:
        kept = []
        for compare in (None, "words"):
            hub = _hub(tmp_path / f"{compare}", 500)
            hub.synthesize("words", template=template, model="openai:x", base_url=url, compare=compare)
            before = hub._folder.tally("samples").rejected
            assert bool(before) == bool(compare)
            hub.dedup(table="samples")
            kept.append({row["id"] for batch in hub.rows("samples") for row in batch.to_pylist()})
            assert set(hub._folder.tally("samples").rejected) == {"near_duplicate"}
    assert kept[0] == kept[1]
    assert len(kept[0]) == 500 - sum(map(writer.repeats, range(1, 501)))
    # what comes after is told again, and what dedup has said holds
    with writer.serving() as url:
        hub.synthesize("words", template=template, model="openai:x", base_url=url, compare="words", temperature=0.5)
    assert hub._folder.tally("samples").rejected == {"near_duplicate": 500 - len(kept[0])}


def test_what_memory_has_no_room_for_is_said(tmp_path: Path, template: str) -> None:
    hub, writer = _hub(tmp_path / "hub", 1200), Repeating(10**9)
    with writer.serving() as url:
        report = hub.synthesize(
            "words", template=template, model="openai:x", base_url=url, compare="words", memory_limit="600kB"
        )
    assert any("of the oldest records were not compared with" in note for note in report.notes)
    assert report.counts["records as they came"]["near to one before"] == 0


@pytest.mark.parametrize("window", [20, 1000])
def test_expand_begins_no_hop_after_one_with_little_new(tmp_path: Path, window: int) -> None:
    hub, writer = _hub(tmp_path / "hub", 200), Repeating(400, latency=0.01)
    with writer.serving() as url:
        report = hub.expand(
            model="openai:x", base_url=url, concurrency=4, branch=1, hops=6, stop_when_saturated=0.4, window=window
        )
    assert list(report.tallies) == ["hop 1", "hop 2"]
    # 150 of the first 200 are new and are asked about in the second hop; more than 0.6 are repeated from 240 on
    assert (len(writer.asked) < 330) if window == 20 else (len(writer.asked) == 350)
    assert any(note.startswith("Ended: of the last") for note in report.notes)
    assert not report.stopped


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"window": 50}, "window is for records that are compared"),
        ({"embedder": "model2vec:x"}, "embedder is for"),
        ({"compare": "words", "embedder": "model2vec:x"}, "embedder is for --compare meaning"),
    ],
)
def test_options_that_do_not_go_together(tmp_path: Path, given: dict[str, object], said: str) -> None:
    hub = _hub(tmp_path / "hub", 3)
    with pytest.raises(UsageError, match=said):
        hub.synthesize("math", model="offline", **given)  # type: ignore[arg-type]


def test_meanings_are_held_against_each_other_too(tmp_path: Path) -> None:
    hub = ph.open(tmp_path / "hub")
    hub.extract(["examples/texts"], model="offline")
    hub.expand(model="offline")
    report = hub.synthesize("math", model="offline", samples=8, compare="meaning", threshold=0.85)
    tally = hub._folder.tally("samples")
    assert tally.rejected["near_echo"] > 0
    counts = report.counts["records as they came"]
    assert (counts["new"], counts["near to one before"]) == (tally.kept, tally.read - tally.kept)
    # the same with every pair of vectors, the plain way
    rows = [row for batch in hub._folder.tables["samples"].scan(["id", "text"]) for row in batch.to_pylist()]
    vectors = opened({"embedder": "static"}).embed([row["text"] for row in rows])
    dropped = {
        batch_id for batch in hub._folder.tables["verdicts"].scan(["id"]) for batch_id in batch["id"].to_pylist()
    }
    stay = [place for place, row in enumerate(rows) if row["id"] not in dropped]
    cosines = vectors[stay] @ vectors[stay].T
    assert cosines[~np.eye(len(stay), dtype=bool)].max() < 0.85 + 1e-5
    hub.dedup(table="samples", method="semantic", threshold=0.85)
    assert "near_echo" not in hub._folder.tally("samples").rejected
