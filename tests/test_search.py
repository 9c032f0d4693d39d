"""search, as a person calls it: hits, marks, conditions, counts, verdicts, selections, and a hub that is written to."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import personahub
from personahub.api import Hub
from personahub.errors import UsageError
from personahub.selections import load

PERSONAS = [
    "A nurse in an intensive care unit who checks each pump twice",
    "A school nurse who keeps a book of every scraped knee",
    "A nursery gardener who grafts apple trees",
    "A maker of surgical tools and medical devices",
    "A caf\u00e9 owner in Lyon",
    "\u4e00\u4f4d\u5728\u4e1c\u4eac\u5de5\u4f5c\u7684\u4e2d\u56fd\u6559\u5e08",
    "He",  # which quality drops
]


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    lines = [{"persona": text} for text in PERSONAS]
    (tmp_path / "personas.jsonl").write_text("\n".join(map(json.dumps, lines)), "utf-8")
    made: Hub = personahub.open(tmp_path / "my.hub")
    made.import_([tmp_path / "personas.jsonl"])
    return made


def _texts(hub: Hub, query: str, **more: object) -> list[object]:
    return [row["text"] for row in hub.search(query, **more).listed]  # type: ignore[arg-type]


def test_hits_come_with_their_marks_the_best_first(hub: Hub) -> None:
    rows = hub.search("nurs*").listed
    assert {row["text"] for row in rows} == set(PERSONAS[:3])
    assert [row["score"] for row in rows] == sorted((row["score"] for row in rows), reverse=True)  # type: ignore[type-var]
    for row in rows:
        assert isinstance(row["marks"], dict)
        [[start, end]] = row["marks"]["text"]
        assert str(row["text"])[start:end].startswith("nurs")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("nurse", [0, 1]),
        ("nurse -school", [0]),
        ('"intensive care"', [0]),
        ('"care intensive"', []),
        ("cafe", [4]),
        ("cafe OR gardener", [2, 4]),
        ('unit OR "school nurse" OR tools', [0, 1, 3]),
        ("nurs* OR surg* each", [0]),
        ("nosuch OR xyzzy*", []),
        ("a nosuch* OR lyon -pump", [4]),
        ("\u6559\u5e08", [5]),
        ("tools devices", [3]),
        ("tools gardener", []),
    ],
)
def test_words_phrases_and_exclusions(hub: Hub, query: str, found: Sequence[int]) -> None:
    assert sorted(map(str, _texts(hub, query))) == sorted(PERSONAS[place] for place in found)


def test_only_records_of_a_selection_are_found_the_best_first_and_counted(hub: Hub, tmp_path: Path) -> None:
    trades = [f"A nurse of ward {number} who sings to number {number}" for number in range(300)]
    (tmp_path / "more.jsonl").write_text("\n".join(json.dumps({"persona": text}) for text in trades), "utf-8")
    hub.import_([tmp_path / "more.jsonl"])
    hub.select(save="few", count=40)
    few = {text for batch in hub.rows("personas", selection="few") for text in batch["text"].to_pylist()}
    wanted = [text for text in _texts(hub, "nurse", limit=400) if text in few]
    assert len(wanted) > 30
    assert _texts(hub, "nurse", limit=40, selection="few") == wanted
    assert _texts(hub, "nurse", limit=3, selection="few") == wanted[:3]
    report = hub.search("nurse", limit=3, selection="few", facet=["hop"], save="three")
    assert report.counts["hits"] == {"personas": len(wanted)}
    assert load(hub._folder, "three").about.how["selection"] == "few"
    [none] = hub.search("gardener tools", selection="few").notes
    assert none.startswith("No personas of the selection few have all of it.")
    with pytest.raises(UsageError, match="is of personas, and samples are wanted"):
        hub.search("nurse", table="samples", selection="few")
    with pytest.raises(UsageError, match="no selection"):
        hub.search("nurse", selection="many")


def test_what_verdicts_drop_is_found_only_where_asked_for(hub: Hub) -> None:
    assert _texts(hub, "he") == ["He"]
    hub.quality()
    assert _texts(hub, "he") == []
    [row] = hub.search("he", all=True).listed
    assert row["dropped"]
    assert hub.search("he", facet=["hop"]).counts["hits"] == {"personas": 0}


def test_new_records_are_found_at_once(hub: Hub, tmp_path: Path) -> None:
    assert _texts(hub, "beekeeper") == []
    (tmp_path / "more.jsonl").write_text('{"persona": "A beekeeper who sings to her hives"}', "utf-8")
    personahub.open(hub.path).import_([tmp_path / "more.jsonl"])
    assert _texts(hub, "beekeeper") == ["A beekeeper who sings to her hives"]
    assert _texts(hub, "beekeep*") == ["A beekeeper who sings to her hives"]


def test_conditions_and_counts(hub: Hub) -> None:
    assert len(_texts(hub, "nurse", where="hop = 0 AND \"input persona\" LIKE '%school%'")) == 1
    assert _texts(hub, "nurse", where="hop > 0") == []
    report = hub.search("nurse", facet=["hop", "origin"], limit=1)
    assert report.counts == {"hits": {"personas": 2}, "hits by hop": {"0": 2}, "hits by origin": {"import": 2}}
    assert len(report.listed) == 1


def test_more_are_asked_for_where_verdicts_drop_the_best(tmp_path: Path) -> None:
    texts = [
        *(["He nurse"] + [f"Nurse nurse {number}" for number in range(200)]),
        "a tired old nurse walks home by night",
    ]
    (tmp_path / "p.jsonl").write_text("\n".join(json.dumps({"persona": text}) for text in texts), "utf-8")
    hub = personahub.open(tmp_path / "my.hub")
    hub.import_([tmp_path / "p.jsonl"])
    hub.quality(min_words=5)
    assert _texts(hub, "nurse", limit=1) == ["a tired old nurse walks home by night"]


def test_hits_become_a_selection(hub: Hub) -> None:
    report = hub.search("nurse", save="nurses")
    chosen = load(hub._folder, "nurses", "personas")
    assert chosen.rows.tolist() == [PERSONAS.index(str(row["text"])) for row in report.listed]
    assert any("nurses" in note for note in report.notes)
    with pytest.raises(UsageError, match="no name for a selection"):
        hub.search("nurse", save="../nurses")


def test_a_search_while_another_process_writes_needs_no_lock(hub: Hub) -> None:
    with personahub.open(hub.path)._folder.writing():
        assert len(_texts(hub, "nurse")) == 2  # without an index: beside the hub
    assert len(_texts(hub, "nurse")) == 2
    with personahub.open(hub.path)._folder.writing():
        assert len(_texts(hub, "nurse")) == 2  # with one


def test_check_and_compact_leave_what_is_found_as_it_is(hub: Hub, tmp_path: Path) -> None:
    lines = [json.dumps({"persona": f"A nurse of ward {number}"}) for number in range(1200)]
    for part in range(6):
        (tmp_path / "more.jsonl").write_text("\n".join(lines[200 * part : 200 * part + 200]), "utf-8")
        hub.import_([tmp_path / "more.jsonl"])
        assert len(_texts(hub, "nurse", limit=2000)) == 2 + 200 * (part + 1)
    before = _texts(hub, "nurs* -ward", limit=2000)
    words = hub.path / "words" / "personas.text.arrow"
    assert words.exists()
    hub.compact()
    assert _texts(hub, "nurs* -ward", limit=2000) == before
    assert len(_texts(hub, "nurse", limit=2000)) == 1202
    assert hub.check().listed == ()
    words.write_bytes(b"broken")
    assert [row["place"] for row in hub.check().listed] == ["words/personas.text.arrow"]
    assert _texts(hub, "nurs* -ward", limit=2000) == before


def test_samples_are_searched_in_one_field_or_in_all(tmp_path: Path) -> None:
    row = {"input persona": "A nurse", "synthesized text": "Interface: pump_monitor", "description": "tool development"}
    (tmp_path / "tool.jsonl").write_text(json.dumps(row), "utf-8")
    hub = personahub.open(tmp_path / "my.hub")
    hub.import_([tmp_path / "tool.jsonl"], task="tool")
    [hit] = hub.search("nurse tool", table="samples").listed
    assert hit["marks"] == {"persona": [(2, 7)], "description": [(0, 4)]}
    assert len(hub.search("tool", table="samples", field="description").listed) == 1
    assert hub.search("tool", table="samples", field="input persona").listed == ()
    assert len(hub.search("pump", table="samples", field="synthesized text").listed) == 1


def test_a_table_without_rows_and_a_search_without_hits_say_so(hub: Hub) -> None:
    assert "no samples" in hub.search("x", table="samples").notes[0]
    assert "nurs*" in hub.search("zeppelin").notes[0]


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"query": "x' OR 1=1 --"}, "nothing to look for"),
        ({"query": "x" * 2**20}, "characters"),
        ({"query": 'nurse "open'}, "not closed"),
        ({"query": "nurse", "field": "texts; DROP"}, "no field"),
        ({"query": "nurse", "field": "hop"}, "holds no text"),
        ({"query": "nurse", "where": "hop = 1; DROP TABLE"}, "this cannot be read"),
        ({"query": "nurse", "where": "hop = 0) OR (hop = 1"}, "AND or OR"),
        ({"query": "nurse", "facet": ["../../etc"]}, "no field"),
        ({"query": "nurse", "table": "verdicts"}, "one of personas"),
        ({"query": "nurse", "save": "a/b"}, "no name"),
    ],
)
def test_hostile_input_is_refused_and_nothing_is_written(hub: Hub, given: dict[str, object], complaint: str) -> None:
    before = sorted(str(file) for file in hub.path.parent.rglob("*"))
    with pytest.raises(UsageError, match=complaint):
        hub.search(**given)  # type: ignore[arg-type]
    assert sorted(str(file) for file in hub.path.parent.rglob("*")) == before


def test_the_command_line_shows_lines_and_json(hub: Hub) -> None:
    def run(*words: str) -> str:
        command = [sys.executable, "-m", "personahub", "search", str(hub.path), *words]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout

    assert "school nurse who keeps" in run("nurse")
    report = json.loads(run("nurs*", "--facet", "hop", "--limit", "2", "--json"))
    assert report["counts"]["hits by hop"] == {"0": 3}
    assert len(report["listed"]) == 2
    assert "\x1b" not in run("nurse", "--limit", "1")
