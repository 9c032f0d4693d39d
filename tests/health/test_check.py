"""Damage of every kind: found, named, and mended where nothing is lost by that."""

import json
import random
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pytest

import personahub as ph
from personahub.errors import HubError
from personahub.events import Report, Step
from personahub.hub import Folder
from personahub.models.journal.log import surveyed
from personahub.schema import PERSONAS, TEXTS
from personahub.store.table import Table
from personahub.text import content_id
from tests.health.made import personas


def _places(report: Report) -> list[str]:
    return [str(row["place"]) for row in report.listed]


def _flip(path: Path, at: int | None = None) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2 if at is None else at] ^= 8
    path.write_bytes(data)


def _largest(hub: Path, pattern: str) -> Path:
    return max(hub.glob(pattern), key=lambda path: path.stat().st_size)


def test_a_whole_hub_is_well_and_nothing_is_written_to_look_at_it(hub: Path) -> None:
    before = {path: path.read_bytes() for path in hub.rglob("*") if path.is_file() and "sqlite-" not in path.name}
    report = ph.open(hub).check()
    assert not report.wrong, report.listed
    assert report.notes == ("Nothing is wrong.",)
    assert before == {path: path.read_bytes() for path in before}


@pytest.mark.parametrize(
    "pattern",
    [
        "texts.lance/data/*.lance",
        "personas.lance/data/*.lance",
        "samples.lance/data/*.lance",
        "verdicts.lance/data/*.lance",
        "personas.lance/_versions/*.manifest",
        "journal/*.log",
        "runs/*/calls.jsonl",
    ],
)
def test_a_bit_that_turned_in_a_record_is_found_wherever_it_is_and_is_not_made_up_for(hub: Path, pattern: str) -> None:
    newest = min(hub.glob(pattern)) if "manifest" in pattern else _largest(hub, pattern)
    whole = newest.read_bytes()
    dice = random.Random(1)
    for at in [0, len(whole) - 1, *(dice.randrange(len(whole)) for _ in range(3))]:
        newest.write_bytes(whole)
        _flip(newest, at)
        report = ph.open(hub).check(repair=True)
        assert report.wrong
        assert newest.relative_to(hub).as_posix() in _places(report)
    newest.write_bytes(whole)
    assert not ph.open(hub).check().wrong


@pytest.mark.parametrize(
    ("pattern", "place"),
    [
        ("personas.lance/_indices/*/page_data.lance", "personas.lance, index id_idx"),
        ("samples.lance/_indices/*/page_lookup.lance", "samples.lance, index id_idx"),
        ("vectors/*.f32", "vectors/personas-test"),
        ("vectors/*.marks", "vectors/personas-test"),
        ("seals.json", "seals.json"),
    ],
)
def test_what_is_made_from_other_things_is_made_again(hub: Path, pattern: str, place: str) -> None:
    path = _largest(hub, pattern)
    _flip(path, 40 if path.suffix == ".f32" else None)
    report = ph.open(hub).check()
    assert _places(report) == [place]
    assert all(row["repairable"] for row in report.listed)
    assert "--repair" in report.notes[0]
    mended = ph.open(hub).check(repair=True)
    assert not mended.wrong
    assert mended.notes[1].startswith(f"Mended: {place}")
    assert not ph.open(hub).check().wrong
    assert all(len(Folder(hub).tables["personas"].lookup([name], ["id"])) == 1 for name in personas(Folder(hub))[:5])


def test_a_filter_that_forgot_an_id_is_found_and_made_again(hub: Path) -> None:
    filter_ = hub / "personas.ids" / "0"
    filter_.write_bytes(bytes(filter_.stat().st_size))
    report = ph.open(hub).check()
    assert _places(report) == ["personas.ids"]
    assert not ph.open(hub).check(repair=True).wrong
    assert not ph.open(hub).extract([_same_texts(hub)], model="offline").new["personas"]


def _same_texts(hub: Path) -> Path:
    rows = [row for batch in ph.open(hub).rows("texts") for row in batch["text"].to_pylist()]
    path = hub.parent / "again.jsonl"
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in rows), "utf-8")
    return path


@pytest.mark.parametrize("name", ["texts", "personas", "samples", "verdicts"])
def test_a_table_that_is_gone_is_missed(hub: Path, name: str) -> None:
    shutil.rmtree(hub / f"{name}.lance")
    report = ph.open(hub).check()
    assert f"{name}.lance" in _places(report)
    assert "it is gone" in str(report.listed[0]["problem"]) or name == "texts"


@pytest.mark.parametrize(
    "pattern", ["personas.lance/data/*.lance", "journal/*.log", "personas.lance/_indices/*/page_data.lance"]
)
def test_a_file_that_is_gone_is_named(hub: Path, pattern: str) -> None:
    path = _largest(hub, pattern)
    path.unlink()
    report = ph.open(hub).check()
    assert report.wrong
    named = path.relative_to(hub).as_posix()
    assert named in _places(report) or "personas.lance, index id_idx" in _places(report)


def test_a_ledger_that_is_gone_or_damaged_is_told(hub: Path) -> None:
    for left in hub.glob("ledger.sqlite-*"):
        left.unlink()
    with sqlite3.connect(hub / "ledger.sqlite") as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    whole = (hub / "ledger.sqlite").read_bytes()
    (hub / "ledger.sqlite").write_bytes(whole[:4096] + bytes(4096) + whole[8192:])
    assert "ledger.sqlite" in _places(ph.open(hub).check())
    (hub / "ledger.sqlite").unlink()
    assert "ledger.sqlite" in _places(ph.open(hub).check())


def test_a_ledger_and_judgements_that_were_only_begun_are_nothing_wrong_where_no_row_is(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "new.hub")
    folder.create()
    for name in ("ledger.sqlite", "review.sqlite"):
        with closing(sqlite3.connect(folder.path / name)) as db:
            db.execute("PRAGMA journal_mode=WAL")
    report = ph.open(folder.path).check()
    assert not report.wrong
    assert any("no judgement is in it" in note for note in report.notes)
    assert not ph.open(tmp_path / "all.hub").merge(folder.path).wrong
    rows = [{"id": content_id("one"), "text": "one", "source": "f", "record": 1, "start": 0, "end": 1}]
    folder.tables["texts"].append(pa.Table.from_pylist(rows, TEXTS))
    assert _places(ph.open(folder.path).check()) == ["ledger.sqlite"]


def test_a_table_put_back_from_an_older_copy_is_noticed(hub: Path, tmp_path: Path) -> None:
    shutil.copytree(hub / "samples.lance", tmp_path / "older")
    ph.open(hub).synthesize("math", model="offline", limit=25)
    shutil.rmtree(hub / "samples.lance")
    shutil.copytree(tmp_path / "older", hub / "samples.lance")
    report = ph.open(hub).check()
    assert _places(report) == ["samples.lance"]
    assert "older than the rest" in str(report.listed[0]["problem"])


def test_a_journal_that_lost_its_end_is_noticed_even_where_a_record_ends(hub: Path) -> None:
    log = hub / "journal" / "000001.log"
    last = surveyed(log).offsets[-1]
    with log.open("r+b") as file:
        file.truncate(last)
    report = ph.open(hub).check()
    assert _places(report) == ["journal/000001.log"]
    assert "bytes where" in str(report.listed[0]["problem"])


def test_the_torn_end_that_a_killed_writer_leaves_is_nothing_wrong(hub: Path) -> None:
    with (hub / "journal" / "000001.log").open("ab") as file:
        file.write(b"\xf5PH1\x10\x00\x00")
    assert not ph.open(hub).check().wrong


def test_a_row_whose_text_is_not_what_its_id_says_is_found_in_a_hub_that_was_never_sealed(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "odd.hub")
    folder.create()
    row = {"id": content_id("a nurse"), "text": "a nurse who was changed", "origin": "text", "hop": 0, "run": "0" * 32}
    folder.tables["personas"].append(pa.Table.from_pylist([row], PERSONAS))
    folder.ledger.runs()
    report = ph.open(folder.path).check()
    assert [row["place"] for row in report.listed] == ["personas.lance"]
    assert content_id("a nurse") in str(report.listed[0]["problem"])


def test_rows_that_are_there_twice_are_found(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "twice.hub")
    folder.create()
    rows = [
        {"id": content_id(text), "text": text, "source": "f", "record": 1, "start": 0, "end": 1}
        for text in ("one", "two", "one")
    ]
    folder.tables["texts"].append(pa.Table.from_pylist(rows, TEXTS))
    folder.ledger.runs()
    report = ph.open(folder.path).check()
    assert "1 rows are there twice, such as " + content_id("one") in str(report.listed[0]["problem"])


def test_a_verdict_on_a_record_that_is_not_there_is_found(hub: Path) -> None:
    folder = Folder(hub)
    with folder.writing():
        run = "cd" * 16
        row = {"id": content_id("nobody"), "table": "samples", "kind": "review", "reason": "dull", "run": run}
        folder.judge("samples", "review", run, [pa.Table.from_pylist([row], folder.tables["verdicts"].schema)])
    assert _places(ph.open(hub).check()) == ["verdicts.lance"]


def test_it_can_be_looked_at_while_another_process_writes(hub: Path) -> None:
    code = (
        "import sys, time, personahub as ph\n"
        "hub = ph.open(sys.argv[1])\n"
        "for n in range(1000):\n"
        "    hub.synthesize('math', model='offline', limit=11 + n)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(hub)]) as writer:
        try:
            for _ in range(6):
                report = ph.open(hub).check()
                assert not report.wrong, report.listed
        finally:
            writer.kill()
    assert not ph.open(hub).check().wrong


def test_it_tells_how_far_it_is(hub: Path) -> None:
    steps: list[Step] = []
    ph.open(hub).check(progress=steps.append)
    assert steps
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    assert steps[-1].total


def test_the_command_ends_with_a_code_that_is_not_0(hub: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "personahub", "check"]
    assert subprocess.run([*command, str(hub)], capture_output=True, check=False).returncode == 0
    _flip(_largest(hub, "personas.lance/data/*.lance"))
    done = subprocess.run([*command, str(hub), "--json"], capture_output=True, check=False, text=True)
    assert done.returncode == 1
    assert json.loads(done.stdout)["wrong"]
    with pytest.raises(HubError, match="no hub"):
        ph.open(tmp_path / "none.hub").check()


def test_unreadable_rows_of_an_unsealed_table_are_told_and_do_not_end_the_look(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "torn.hub")
    folder.create()
    table = Table(folder.path / "texts.lance", TEXTS)
    for start in (0, 50):
        names = [f"text {n} " * 40 for n in range(start, start + 50)]
        rows = [
            {"id": content_id(name), "text": name, "source": "f", "record": 1, "start": 0, "end": 1} for name in names
        ]
        table.append(pa.Table.from_pylist(rows, TEXTS))
    folder.ledger.runs()
    path = min((folder.path / "texts.lance" / "data").iterdir())
    path.write_bytes(path.read_bytes()[:200])
    report = ph.open(folder.path).check()
    assert report.wrong
    assert any("cannot be read" in str(row["problem"]) for row in report.listed)
