"""The records nearest in meaning to one, or to a text."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import personahub as ph
from personahub.embedders.static import Static
from personahub.errors import UsageError
from personahub.hub import Folder
from personahub.schema import SAMPLES, VERDICTS
from personahub.selections import load
from personahub.similar.job import Similar
from personahub.similar.wanted import Wanted
from personahub.store.lock import write_lock
from tests.dedup.texts import hub_of, records_of

pytest.importorskip("wordllama", reason="the embedder 'static' is not installed")

TRADES = ("baker", "welder", "notary", "surgeon", "farmer", "plumber", "tailor", "judge", "pilot", "nurse")
PLACES = ("Lisbon", "Osaka", "Quito", "Cardiff", "Nairobi", "Tromso", "Perth", "Lima", "Graz", "Fez")
TEXTS = [f"a {trade} from {place} of {age}" for trade in TRADES for place in PLACES for age in (31, 67)]


def _truth(texts: list[str], query: str, limit: int) -> list[tuple[str, float]]:
    embedder = Static.open("", {"embedder": "static"})
    scores = embedder.embed(texts) @ embedder.embed([query])[0]
    return [(texts[row], float(scores[row])) for row in np.argsort(-scores, kind="stable")[:limit]]


def _listed(report: ph.Report, name: str = "text") -> list[str]:
    return [str(row[name]) for row in report.listed]


def _drop(hub: ph.Hub, ids: list[str], run: str = "r") -> None:
    same = {"table": "personas", "kind": "review", "reason": "dull", "other": None, "score": None, "run": run}
    folder = Folder(hub.path)
    folder.judge("personas", "review", run, [pa.Table.from_pylist([{"id": one, **same} for one in ids], VERDICTS)])


def test_the_nearest_to_a_text_and_to_a_record_are_those_of_brute_force(tmp_path: Path) -> None:
    hub = hub_of(tmp_path, TEXTS)
    report = hub.similar(text="somebody who bakes in Portugal", limit=7)
    truth = _truth(TEXTS, "somebody who bakes in Portugal", 7)
    assert _listed(report) == [text for text, _ in truth]
    assert [row["cosine"] for row in report.listed] == pytest.approx([score for _, score in truth], abs=1e-4)
    record = records_of(hub, "personas")[42]
    same = hub.similar(record["id"], limit=7)
    assert _listed(same) == [text for text, _ in _truth(TEXTS, record["text"], 8) if text != record["text"]]
    assert hub.similar(record["id"][:8], limit=7).listed == same.listed
    assert "Exact" in same.notes[0]


def test_what_verdicts_drop_is_left_out_unless_asked_for(tmp_path: Path) -> None:
    hub = hub_of(tmp_path, TEXTS)
    text = "a nurse from Graz of 31"
    best = hub.similar(text=text, limit=60).listed
    _drop(hub, [str(row["id"]) for row in best[:40]])
    assert hub.similar(text=text, limit=20).listed == best[40:60]
    assert hub.similar(text=text, limit=60, all=True).listed == best


def test_dropped_records_that_never_had_a_vector_are_found_where_all_are_wanted(tmp_path: Path) -> None:
    hub = hub_of(tmp_path, TEXTS)
    _drop(hub, [records_of(hub, "personas")[3]["id"]])
    assert TEXTS[3] not in _listed(hub.similar(text=TEXTS[3], limit=5))
    assert _listed(hub.similar(text=TEXTS[3], limit=5, all=True))[0] == TEXTS[3]


def test_only_records_of_a_selection_are_found(tmp_path: Path) -> None:
    hub = hub_of(tmp_path, TEXTS)
    hub.select(save="few", count=30)
    few = {text for batch in hub.rows("personas", selection="few") for text in batch["text"].to_pylist()}
    truth = [text for text, _ in _truth(TEXTS, "a farmer of 67", len(TEXTS)) if text in few]
    assert _listed(hub.similar(text="a farmer of 67", selection="few", limit=50)) == truth
    assert _listed(hub.similar(text="a farmer of 67", selection="few", limit=4, save="four")) == truth[:4]
    assert load(Folder(hub.path), "four").about.how["selection"] == "few"
    both = hub.similar(text="a farmer of 67", selection="few", where="text LIKE '%a%31'", limit=50)
    assert _listed(both) == [text for text in truth if text.endswith("31")]
    with pytest.raises(UsageError, match="no selection"):
        hub.similar(text="a farmer of 67", selection="many")


def test_only_what_meets_a_condition_is_found(tmp_path: Path) -> None:
    hub = hub_of(tmp_path, TEXTS)
    some = [text for text in TEXTS if "Fez" in text]
    report = hub.similar(text="a farmer of 67", where="text LIKE '%Fez%'", limit=50)
    assert sorted(_listed(report)) == sorted(some)
    assert hub.similar(text="a farmer of 67", where="hop = 5").listed == ()


def test_new_records_are_found_at_once(tmp_path: Path) -> None:
    hub = hub_of(tmp_path, TEXTS)
    hub.similar(text="a diver")
    (tmp_path / "more.jsonl").write_text(json.dumps({"persona": "a diver who films whales"}) + "\n", "utf-8")
    hub.import_([tmp_path / "more.jsonl"])
    assert _listed(hub.similar(text="a diver", limit=1)) == ["a diver who films whales"]


def test_a_field_by_the_name_that_the_released_data_have_for_it(tmp_path: Path) -> None:
    hub = hub_of(tmp_path, TEXTS)
    same = {"task": "math", "persona_id": "0" * 32, "template": None, "model": None, "run": "r"}
    rows = [
        {**same, "id": f"{row:032x}", "persona": text, "text": "a sum", "description": f"sum {row}"}
        for row, text in enumerate(TEXTS)
    ]
    Folder(hub.path).tables["samples"].append(pa.Table.from_pylist(rows, SAMPLES))
    report = hub.similar(f"{11:032x}", table="samples", field="input persona", limit=3)
    assert _listed(report, "persona") == [text for text, _ in _truth(TEXTS, TEXTS[11], 4)][1:]
    assert set(report.listed[0]) == {"id", "cosine", "task", "description", "persona"}


def test_what_was_found_can_be_saved(tmp_path: Path) -> None:
    hub = hub_of(tmp_path, TEXTS)
    report = hub.similar(text="a judge", limit=9, save="judges")
    held = load(Folder(hub.path), "judges")
    ids = Folder(hub.path).tables["personas"].pick(held.rows, ["id"])["id"].to_pylist()
    assert ids == [row["id"] for row in report.listed]
    assert held.scores == pytest.approx([row["cosine"] for row in report.listed], abs=1e-4)
    assert held.about.how["by"] == "similar"
    with pytest.raises(UsageError, match="chosen otherwise"):
        hub.similar(text="a pilot", save="judges")


def test_while_another_process_writes_what_is_there_is_searched(tmp_path: Path) -> None:
    hub = hub_of(tmp_path, TEXTS)
    hub.similar(text="a diver")
    (tmp_path / "more.jsonl").write_text(json.dumps({"persona": "a diver who films whales"}) + "\n", "utf-8")
    hub.import_([tmp_path / "more.jsonl"])
    with write_lock(hub.path / "lock"):
        report = hub.similar(text="a diver", limit=3)
        assert len(report.listed) == 3
        assert "a diver who films whales" not in _listed(report)
        assert any("1 records have no vector yet" in note for note in report.notes)
    assert not any("no vector yet" in note for note in hub.similar(text="a diver").notes)


def test_damaged_vectors_are_made_anew_and_never_a_wrong_answer(tmp_path: Path) -> None:
    hub = hub_of(tmp_path, TEXTS)
    before = hub.similar(text="a judge", limit=30).listed
    file = next((hub.path / "vectors").glob("*.f32"))
    for at in (3, 5_003, 90_000):
        held = bytearray(file.read_bytes())
        held[at] ^= 0x40
        file.write_bytes(held)
        assert hub.similar(text="a judge", limit=30).listed == before
        assert ph.open(hub.path).similar(text="a judge", limit=30).listed == before


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "similar to what"),
        ({"id": "abcd", "text": "a"}, "similar to what"),
        ({"id": "'; DROP TABLE"}, "is no id"),
        ({"id": "ffff" * 8}, "has no record"),
        ({"text": "a", "field": "../../etc"}, "no field"),
        ({"text": "a", "field": "hop"}, "is no text"),
        ({"text": "a", "where": "hop = 0; DROP"}, "where"),
        ({"text": "a", "save": "../up"}, "no name for a selection"),
        ({"text": " "}, "knows no word"),
        ({"text": "a", "embedder": "oracle"}, "no embedder"),
        ({"text": "a", "limit": 0}, "at least 1"),
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, given: dict[str, Any], said: str) -> None:
    hub = hub_of(tmp_path, TEXTS[:20])
    with pytest.raises(UsageError, match=said):
        hub.similar(**given)


def test_digits_that_may_mean_several_are_refused_with_their_names(tmp_path: Path) -> None:
    hub = hub_of(tmp_path, TEXTS)
    folder = Folder(hub.path)
    first = str(records_of(hub, "personas")[0]["id"])
    row = {**records_of(hub, "personas")[0], "id": first[:31] + ("0" if first[31] != "0" else "1")}
    folder.tables["personas"].append(pa.Table.from_pylist([row], folder.tables["personas"].schema))
    with pytest.raises(UsageError, match="give more digits"):
        hub.similar(first[:20])
    assert hub.similar(first, limit=1).listed[0]["id"] == row["id"]


def test_an_empty_hub_has_nothing_near(tmp_path: Path) -> None:
    assert hub_of(tmp_path, [""]).similar(text="a judge").listed == ()


def test_the_command_line_shows_and_prints_what_is_near(tmp_path: Path) -> None:
    hub_of(tmp_path, [*TEXTS, "a nurse \x1b[31m from \u202eNowhere"])
    command = [
        sys.executable,
        "-m",
        "personahub",
        "similar",
        "my.hub",
        "--text",
        "a nurse from Nowhere",
        "--limit",
        "3",
    ]
    shown = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "\x1b" not in shown.stdout
    assert "cosine" in shown.stdout
    printed = subprocess.run([*command, "--json"], cwd=tmp_path, capture_output=True, text=True, check=True)
    listed = json.loads(printed.stdout)["listed"]
    assert len(listed) == 3
    assert all(row["id"][:12] in shown.stdout for row in listed)


def test_one_question_after_another_opens_nothing_twice(tmp_path: Path) -> None:
    similar = Similar(Folder(hub_of(tmp_path, TEXTS).path))
    wanted = Wanted(None, "a judge", "text", "personas", 3, "hop = 0", all=False, exact=False, save=None)
    similar.find(wanted, {}, lambda _: None)
    before = [*similar.embedders.values(), *similar.opened.values(), *similar.fitting.values()]
    similar.find(wanted, {}, lambda _: None)
    after = [*similar.embedders.values(), *similar.opened.values(), *similar.fitting.values()]
    assert len(before) == len(after) == 3
    assert all(one is other for one, other in zip(before, after, strict=True))
