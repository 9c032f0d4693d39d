"""One record with all that it came from and came of it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import personahub as ph
from personahub.errors import UsageError
from personahub.hub import Folder
from personahub.schema import PERSONAS
from tests.health.made import DUPLICATES, make


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("lineage") / "my.hub")


def _rows(hub: Path, table: str) -> list[dict[str, Any]]:
    folder = Folder(hub)
    return [row for batch in folder.tables[table].scan() for row in batch.to_pylist()]


def _shown(hub: Path, name: str, **options: Any) -> dict[str, Any]:
    (row,) = ph.open(hub).show(name, **options).listed
    return dict(row)


def test_a_persona_is_followed_back_to_the_web_text_hop_by_hop(hub: Path) -> None:
    by_id = {row["id"]: row for row in _rows(hub, "personas")}
    persona = next(row for row in by_id.values() if row["hop"] == 2)
    found = _shown(hub, persona["id"])
    assert found["record"] == persona
    parent = by_id[persona["source"]]
    assert [(step["table"], step["id"]) for step in found["path"]] == [
        ("personas", parent["id"]),
        ("personas", parent["source"]),
        ("texts", by_id[parent["source"]]["source"]),
    ]
    assert found["path"][-1]["text"].startswith("Entry ")
    assert found["path"][0]["relation"] == parent["relation"]


def test_the_prompt_that_made_it_and_the_answer_that_it_was_read_from(hub: Path) -> None:
    for table in ("personas", "samples"):
        for row in _rows(hub, table)[::20]:
            asked = _shown(hub, row["id"])["asked"]
            assert row["text"] in asked["answer"]
            above = row["persona"] if table == "samples" else _shown(hub, row["id"])["path"][0]["text"]
            assert above in asked["prompt"][-1]["content"]
            assert (asked["run"], asked["model"]) == (row["run"], "offline")


def test_of_several_samples_each_has_its_own_answer(tmp_path: Path) -> None:
    texts = tmp_path / "t.jsonl"
    texts.write_text('{"text": "The baker of street 4 measures twice."}\n', "utf-8")
    hub = ph.open(tmp_path / "several.hub")
    hub.extract([texts], model="offline")
    hub.synthesize("math", model="offline", samples=3)
    for row in _rows(hub.path, "samples"):
        assert row["text"] in _shown(hub.path, row["id"])["asked"]["answer"]


def test_children_and_samples_are_counted_and_listed_up_to_a_limit(hub: Path) -> None:
    samples = _rows(hub, "samples")
    found = _shown(hub, samples[0]["persona_id"], limit=2)
    assert found["children"]["count"] == 3
    assert len(found["children"]["listed"]) == 2
    assert [row["id"] for row in found["samples"]["listed"]] == [samples[0]["id"]]
    text = _shown(hub, found["path"][0]["id"])
    assert (text["table"], text["children"]["count"]) == ("texts", 1)
    assert text["asked"] is None


def test_verdicts_say_which_hold_and_what_made_them(hub: Path) -> None:
    verdict = next(row for row in _rows(hub, "verdicts") if row["kind"] == "duplicate")
    found = _shown(hub, verdict["id"])
    assert found["dropped"]
    told = next(row for row in found["verdicts"] if row["kind"] == "duplicate")
    assert (told["other"], told["run"], told["current"]) == (verdict["other"], DUPLICATES, True)
    assert told["other_text"]
    short = next(row for row in _rows(hub, "verdicts") if row["kind"] == "quality")
    (quality,) = [row for row in _shown(hub, short["id"])["verdicts"] if row["kind"] == "quality"]
    assert "min_words=12" in quality["settings"]["stage"]


def test_a_record_is_named_by_its_first_digits_or_refused_with_what_they_may_mean(hub: Path) -> None:
    name = _rows(hub, "personas")[0]["id"]
    assert _shown(hub, name[:10].upper())["record"]["id"] == name
    for odd in ("zz", "12", "' OR 1=1 --", "../../etc", name + "0", "g" * 32):
        with pytest.raises(UsageError, match="is no id"):
            ph.open(hub).show(odd)
    with pytest.raises(UsageError, match="holds no"):
        ph.open(hub).show("0" * 32)


def test_digits_that_may_mean_several_are_told_with_what_they_may_mean(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "alike.hub")
    folder.create()
    rows = [
        {"id": "abcd" + f"{n:028x}", "text": f"person {n}", "origin": "import", "hop": 0, "run": "0" * 32}
        for n in range(9)
    ]
    folder.tables["personas"].append(pa.Table.from_pylist(rows, PERSONAS))
    with pytest.raises(UsageError, match=f"{rows[0]['id']}.*and more; give more digits"):
        ph.open(folder.path).show("abcd")


def test_a_persona_whose_parents_make_a_circle_or_are_gone_is_shown_all_the_same(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "odd.hub")
    folder.create()
    one, two, three = "1" * 32, "2" * 32, "3" * 32
    rows = [
        {"id": name, "text": name, "origin": "relation", "source": source, "hop": 1, "run": "0" * 32}
        for name, source in ((one, two), (two, one), (three, "4" * 32))
    ]
    folder.tables["personas"].append(pa.Table.from_pylist(rows, PERSONAS))
    assert "comes from itself" in _shown(folder.path, one)["path"][-1]["missing"]
    assert "is not in the table" in _shown(folder.path, three)["path"][-1]["missing"]


def test_text_that_would_command_a_terminal_is_shown_and_not_obeyed(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "odd.hub")
    folder.create()
    row = {"id": "1" * 32, "text": "[red]a\x1b[2J nurse\u202e", "origin": "import", "source": "f", "hop": 0}
    folder.tables["personas"].append(pa.Table.from_pylist([{**row, "run": "0" * 32}], PERSONAS))
    command = [sys.executable, "-m", "personahub", "show", str(folder.path), "1111"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "[red]a\ufffd[2J nurse\ufffd" in said


def test_the_command_shows_it_and_prints_json(hub: Path) -> None:
    persona = next(row for row in _rows(hub, "personas") if row["hop"] == 2)
    command = [sys.executable, "-m", "personahub", "show", str(hub), persona["id"][:12]]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert persona["text"] in said
    assert "came from" in said
    assert "made by offline" in said
    done = subprocess.run([*command, "--json"], capture_output=True, text=True, check=True).stdout
    assert json.loads(done)["listed"][0]["record"] == persona
