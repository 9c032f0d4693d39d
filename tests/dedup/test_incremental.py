"""A hub that grows: another search costs what is new, and ends as one from scratch."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import personahub as ph
from personahub.errors import UsageError
from personahub.hub import Folder
from personahub.store.judged import Change
from tests.dedup.texts import made

Verdicts = set[tuple[str, str, float]]

WAYS: list[dict[str, Any]] = [
    {},
    {"threshold": 0.7},
    {"threshold": 0.7, "ngram": 2},
    {"threshold": 0.8, "link": "star"},
    {"threshold": 0.8, "stays": "longest"},
    {"threshold": 0.7, "stays": "central"},
    {"threshold": 0.7, "stays": "longest", "link": "star"},
    {"threshold": 0.7, "stays": "central", "link": "star"},
]
# Kills itself before the nth time that it waits for the disk, gives a file its name, adds verdicts or makes them count.
_KILLED = """
import os, signal, sys, builtins
import personahub as ph
left, fsync, replace = int(sys.argv[2]), os.fsync, os.replace
def counted(real):
    def call(*given, **named):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*given, **named)
    return call
os.fsync, os.replace, os.fdatasync = counted(fsync), counted(replace), counted(os.fdatasync)
from personahub.store import ledger, table
ledger.to_disk, table.Table.append = counted(ledger.to_disk), counted(table.Table.append)
ph.open(sys.argv[1]).dedup(threshold=0.8, incremental=True)
"""


def _grown(hub: ph.Hub, texts: list[str]) -> ph.Hub:
    path = hub.path.parent / f"{len(texts)}-{abs(hash(texts[0]))}.jsonl"
    path.write_text("".join(json.dumps({"persona": text}) + "\n" for text in texts), "utf-8")
    hub.import_([path])
    return hub


def _hub(folder: Path, texts: list[str]) -> ph.Hub:
    folder.mkdir(exist_ok=True)
    return _grown(ph.open(folder / "my.hub"), texts)


def _verdicts(hub: ph.Hub, table: str = "personas") -> Verdicts:
    """The current ones."""
    folder = Folder(hub.path)
    standing = folder.standing(table, "duplicate", ["id", "other", "score"])
    rows = [row for batch in standing for row in batch.to_pylist()]
    found = {(row["id"], row["other"], row["score"]) for row in rows}
    assert len(found) == len(rows)
    return found


def _scratch(folder: Path, texts: list[str], **way: Any) -> Verdicts:
    hub = _hub(folder, texts)
    hub.dedup(**way)
    return _verdicts(hub)


def _compared(report: ph.Report) -> int:
    """How many were compared with all, as it tells."""
    (note,) = [note for note in report.notes if "compared with all" in note]
    return int(note.split()[0].replace(",", ""))


def _past(hub: ph.Hub) -> Path:
    return Path(hub.path) / "work" / "past-personas"


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_what_is_new_is_compared_with_all_and_ends_as_from_scratch(tmp_path: Path, way: dict[str, Any]) -> None:
    texts = made(500)
    hub = _hub(tmp_path / "grown", texts[:300])
    assert _compared(hub.dedup(**way, incremental=True)) == 300
    for start, end in ((300, 301), (301, len(texts))):
        _grown(hub, texts[start:end])
        assert _compared(hub.dedup(**way)) == end - start
        verdicts = _verdicts(hub)
        assert verdicts
        assert verdicts == _scratch(tmp_path / f"scratch-{end}", texts[:end], **way)
    assert not (hub.path / "work" / "dedup-personas").exists()


def test_nothing_new_compares_nothing_and_another_may_stay(tmp_path: Path) -> None:
    texts = made(300)
    hub = _hub(tmp_path / "grown", texts[:280])
    hub.dedup(threshold=0.8)
    assert _compared(hub.dedup(threshold=0.8, incremental=True)) == 280  # there are verdicts, and nothing is kept
    again = hub.dedup(threshold=0.8, incremental=True)
    assert again.new["verdicts"] == 0
    assert not any("compared with all" in note for note in again.notes)
    for end in (280, 300):
        if end > 280:
            _grown(hub, texts[280:]).dedup(threshold=0.8)
        assert _compared(hub.dedup(threshold=0.8, stays="longest")) == 0
        assert _verdicts(hub) == _scratch(tmp_path / f"longest-{end}", texts[:end], threshold=0.8, stays="longest")
        assert _compared(hub.dedup(threshold=0.8)) == 0
        assert _verdicts(hub) == _scratch(tmp_path / f"first-{end}", texts[:end], threshold=0.8)


def test_a_new_record_joins_two_clusters(tmp_path: Path) -> None:
    words = [f"word{number}" for number in range(20)]
    one, two = " ".join(words), " ".join([*words[:18], "other", "another"])
    between = " ".join([*words[:19], "another"])
    texts = [one, two, f"{one} more", f"{two} less", between]
    hub = _hub(tmp_path / "grown", texts[:4])
    hub.dedup(incremental=True)
    assert len(_verdicts(hub)) == 2
    assert _compared(_grown(hub, texts[4:]).dedup()) == 1
    verdicts = _verdicts(hub)
    assert len(verdicts) == 4
    assert len({other for _, other, _ in verdicts}) == 1
    assert verdicts == _scratch(tmp_path / "scratch", texts)


def test_where_earlier_records_go_all_are_compared_anew(tmp_path: Path) -> None:
    texts = ["A judge!", *made(200), "This article is about a welder of yard one who paints boats on the river"]
    hub = _hub(tmp_path / "grown", texts[:150])
    hub.dedup(threshold=0.8, incremental=True)
    _grown(hub, texts[150:]).quality()
    report = hub.dedup(threshold=0.8)
    assert _compared(report) == report.tallies["personas"].read < len(texts)
    other = _hub(tmp_path / "other", texts)
    other.quality()
    other.dedup(threshold=0.8)
    assert _verdicts(hub) == _verdicts(other)
    kept = list(dict.fromkeys(made(260)[200:]))
    assert _compared(_grown(hub, kept).dedup(threshold=0.8)) <= len(kept)
    _grown(other, kept).dedup(threshold=0.8)
    assert _verdicts(hub) == _verdicts(other)


def test_as_many_other_records_are_compared_anew(tmp_path: Path) -> None:
    texts = ["A judge!", *made(200)]
    hub = _hub(tmp_path / "grown", texts[:150])
    assert hub.dedup(threshold=0.8, incremental=True).tallies["personas"].read == 150
    _grown(hub, texts[150:151]).quality()
    assert _compared(hub.dedup(threshold=0.8)) == 150
    other = _hub(tmp_path / "other", texts[:151])
    other.quality()
    other.dedup(threshold=0.8)
    assert _verdicts(hub) == _verdicts(other)


@pytest.mark.parametrize("late", [("seen",), ("stood",), ("seen", "stood")], ids=str)
def test_files_that_a_kill_left_behind_the_join_are_not_mixed_with_it(tmp_path: Path, late: tuple[str, ...]) -> None:
    texts = made(700)
    hub = _hub(tmp_path / "grown", texts[:300])
    hub.dedup(threshold=0.8, incremental=True)
    held = {name: (_past(hub) / "all" / name).read_bytes() for name in late}
    for end in (450, len(texts)):
        _grown(hub, texts[300 if end == 450 else 450 : end])
        hub.dedup(threshold=0.8)
        assert _verdicts(hub) == _scratch(tmp_path / f"scratch-{end}", texts[:end], threshold=0.8)
        for name, body in held.items():
            (_past(hub) / "all" / name).write_bytes(body)
    hub.dedup(threshold=0.8)
    assert _verdicts(hub) == _scratch(tmp_path / "whole", texts, threshold=0.8)


def test_other_settings_are_from_scratch_and_leave_or_replace_what_is_kept(tmp_path: Path) -> None:
    texts = made(300)
    hub = _hub(tmp_path / "grown", texts[:200])
    hub.dedup(threshold=0.8, incremental=True)
    kept = sorted(path.name for path in _past(hub).rglob("*"))
    _grown(hub, texts[200:])
    assert not any("compared with all" in note for note in hub.dedup(threshold=0.7).notes)
    assert _verdicts(hub) == _scratch(tmp_path / "other", texts, threshold=0.7)
    assert sorted(path.name for path in _past(hub).rglob("*")) == kept
    assert _compared(hub.dedup(threshold=0.8)) == len(texts) - 200
    assert _compared(hub.dedup(threshold=0.7, incremental=True)) == len(texts)
    assert not any("compared with all" in note for note in hub.dedup(threshold=0.8).notes)
    assert _verdicts(hub) == _scratch(tmp_path / "scratch", texts, threshold=0.8)
    hub.dedup(threshold=0.7, incremental=False)
    assert not _past(hub).exists()


def test_a_hub_that_is_four_times_larger_is_searched_anew(tmp_path: Path) -> None:
    texts = made(400)
    hub = _hub(tmp_path / "grown", texts[:60])
    hub.dedup(threshold=0.8, incremental=True)
    assert _compared(_grown(hub, texts[60:120]).dedup(threshold=0.8)) == 60
    assert _compared(_grown(hub, texts[120:]).dedup(threshold=0.8)) == len(texts)
    assert _verdicts(hub) == _scratch(tmp_path / "scratch", texts, threshold=0.8)


def test_samples_of_each_task_have_a_past_of_their_own(tmp_path: Path) -> None:
    texts = made(200)

    def rows(some: list[str]) -> str:
        made_of = ({"input persona": "A baker", "synthesized text": text, "description": "m"} for text in some)
        return "".join(json.dumps(row) + "\n" for row in made_of)

    hubs = [ph.open(tmp_path / name) for name in ("grown.hub", "scratch.hub")]
    for number, (task, start, end) in enumerate([("math", 0, 90), ("riddle", 30, 120), ("math", 90, 120)]):
        (tmp_path / f"{number}.jsonl").write_text(rows(texts[start:end]), "utf-8")
        for hub in hubs:
            hub.import_([tmp_path / f"{number}.jsonl"], task=task)
        grown = hubs[0].dedup(table="samples", threshold=0.8, incremental=True)
        assert _compared(grown) == end - start
    hubs[1].dedup(table="samples", threshold=0.8)
    verdicts = _verdicts(hubs[0], "samples")
    assert verdicts
    assert verdicts == _verdicts(hubs[1], "samples")


@pytest.mark.parametrize("seed", [1, 2])
def test_a_call_that_is_killed_anywhere_goes_on_and_ends_the_same(tmp_path: Path, seed: int) -> None:
    texts = made(900)
    hub, end, dice = _hub(tmp_path / "grown", texts[:300]), 300, np.random.default_rng(seed)
    died = 0
    while end < len(texts):
        if dice.random() < 0.6:  # sometimes there is more when it goes on
            _grown(hub, texts[end : end + 60])
            end = min(end + 60, len(texts))
        moment = str(int(dice.integers(1, 26)))
        called = subprocess.run(
            [sys.executable, "-c", _KILLED, str(hub.path), moment], check=False, capture_output=True, cwd=Path.cwd()
        )
        assert called.returncode in (0, -9), called.stderr.decode()
        died += called.returncode == -9
        if dice.random() < 0.3:
            hub.dedup(threshold=0.8)
            assert _verdicts(hub) == _scratch(tmp_path / f"scratch-{end}", texts[:end], threshold=0.8)
    hub.dedup(threshold=0.8)
    assert died > 3
    assert _verdicts(hub) == _scratch(tmp_path / "whole", texts, threshold=0.8)


@pytest.mark.parametrize("how", ["flip", "cut", "empty", "gone"])
@pytest.mark.parametrize("way", [{"threshold": 0.8}, {"threshold": 0.7, "link": "star", "stays": "longest"}], ids=str)
def test_what_is_damaged_is_not_believed(tmp_path: Path, how: str, way: dict[str, Any]) -> None:
    texts = made(400)
    hub = _hub(tmp_path / "grown", texts[:300])
    hub.dedup(**way, incremental=True)
    names = sorted(path.relative_to(_past(hub)) for path in _past(hub).rglob("*") if path.is_file())
    assert len(names) > 6
    step = (len(texts) - 300) // len(names)
    for number, name in enumerate(names):
        path, start = _past(hub) / name, 300 + number * step
        if path.is_file():  # layers are made anew at times
            _damage(path, how)
        _grown(hub, texts[start : start + step])
        hub.dedup(**way, incremental=True)
    assert _verdicts(hub) == _scratch(tmp_path / "scratch", texts[: start + step], **way)


def _damage(path: Path, how: str) -> None:
    body = bytearray(path.read_bytes())
    if how == "flip":
        for place in range(0, len(body), max(len(body) // 40, 1)):
            body[place] ^= 4
    path.write_bytes({"flip": bytes(body), "cut": bytes(body[: len(body) // 2])}.get(how, b""))
    if how == "gone":
        path.unlink()


def test_a_method_that_leaves_nothing_says_so(tmp_path: Path) -> None:
    hub = _hub(tmp_path / "grown", made(50))
    with pytest.raises(UsageError, match="give --method exact"):
        hub.dedup(method="minhash", incremental=True)
    with pytest.raises(UsageError, match="vectors stay in the hub"):
        hub.dedup(method="semantic", incremental=True)
    with pytest.raises(UsageError, match="true or false"):
        hub.dedup(incremental="yes")  # as a recipe may say


def test_what_people_discard_and_take_back_counts_as_from_scratch(tmp_path: Path) -> None:
    texts = made(260)
    hub, other = hubs = [_hub(tmp_path / name, texts[:200]) for name in ("grown", "other")]
    hub.dedup(threshold=0.8, incremental=True)
    favoured = {other for _, other, _ in _verdicts(hub)}
    for discarded, new in ((True, texts[200:230]), (False, texts[230:])):
        for grown in hubs:
            book = Folder(grown.path).judgements
            if discarded:
                book.act("ann", "discard", "personas", [Change(one, "discarded") for one in favoured], "first")
            else:
                assert book.undo("ann", "second")
            _grown(grown, new).dedup(threshold=0.8)
        assert _verdicts(hub) == _verdicts(other)
        assert bool(favoured & {favour for _, favour, _ in _verdicts(hub)}) != discarded
