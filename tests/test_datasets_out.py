"""Folders that `datasets` loads: cards, splits, shards; sent to a hub, and read again from one."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from datasets import load_dataset

import personahub as ph
from personahub.errors import UsageError
from personahub.export import files
from tests.hub_of_datasets import HubOfDatasets

ROWS = [
    {"input persona": f"Person {n // 3} of the town", "synthesized text": f"{n}?\u2028", "description": "math"}
    for n in range(300)
]


@pytest.fixture
def hub(tmp_path: Path) -> ph.Hub:
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS), "utf-8")
    opened = ph.open(tmp_path / "my.hub")
    opened.import_([path], task="math")
    return opened


def _loaded(folder: Path) -> Any:
    return load_dataset(str(folder), cache_dir=str(folder.parent / "cache"))


def test_a_folder_loads_with_one_line(hub: ph.Hub, tmp_path: Path) -> None:
    report = hub.export("math", output=tmp_path / "out", format="personahub", license="cc-by-4.0")
    found = _loaded(tmp_path / "out")
    assert list(found) == ["train"]
    assert [dict(row) for row in found["train"]] == ROWS
    assert report.output == str(tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").rglob("*") if path.is_file()) == [
        "README.md",
        "train-00000-of-00001.parquet",
    ]
    card = (tmp_path / "out" / "README.md").read_text("utf-8")
    for words in ("license: cc-by-4.0", "size_categories: n<1K", "| imported | imported | 300 |", "rows.jsonl: 100"):
        assert words in card


def test_a_persona_is_on_one_side_of_a_split_whatever_else_is_exported(hub: ph.Hub, tmp_path: Path) -> None:
    shares = "train=0.8,validation=0.1,test=0.1"
    report = hub.export("math", output=tmp_path / "out", format="personahub", splits=shares)
    found = _loaded(tmp_path / "out")
    assert list(found) == ["train", "validation", "test"]
    sides = {name: {row["input persona"] for row in found[name]} for name in found}
    assert sum(map(len, sides.values())) == len(set.union(*sides.values())) == 100
    assert 65 < len(sides["train"]) < 95
    assert all(len(found[name]) == 3 * len(side) for name, side in sides.items())
    assert report.counts["records by split"] == {name: len(found[name]) for name in found}
    hub.export("personas", output=tmp_path / "people", splits=shares)
    people = _loaded(tmp_path / "people")
    assert {name: set(people[name]["text"]) for name in people} == sides


def test_a_split_may_be_empty(hub: ph.Hub, tmp_path: Path) -> None:
    hub.export("math", output=tmp_path / "out", splits="train=0.999999,test=0.000001")
    assert len(pq.read_table(tmp_path / "out" / "data" / "test-00000-of-00001.parquet")) == 0


def test_large_data_is_cut_into_shards(hub: ph.Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "GROUP_ROWS", 100)
    monkeypatch.setattr(files, "SHARD_BYTES", 1)
    monkeypatch.setattr("personahub.hub.SCAN_ROWS", 50)
    hub.export("math", output=tmp_path / "out", format="personahub")
    shards = sorted(path.name for path in (tmp_path / "out" / "data").iterdir())
    assert shards == [f"train-{n:05d}-of-00003.parquet" for n in range(3)]
    assert [dict(row) for row in _loaded(tmp_path / "out")["train"]] == ROWS


def test_a_folder_is_replaced_where_it_is_ours_and_left_alone_where_not(hub: ph.Hub, tmp_path: Path) -> None:
    hub.export("math", output=tmp_path / "out", splits="train=0.5,test=0.5")
    hub.export("math", output=tmp_path / "out", format="personahub")
    assert list(_loaded(tmp_path / "out")) == ["train"]
    (tmp_path / "out" / "notes.txt").write_text("mine", "utf-8")
    with pytest.raises(UsageError, match="is no dataset of ours"):
        hub.export("math", output=tmp_path / "out")
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(b"x")
    with pytest.raises(UsageError, match="is no dataset of ours"):
        hub.export("math", output=tmp_path / "photos")
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_what_a_killed_call_left_is_gone_after_the_next(hub: ph.Hub, tmp_path: Path) -> None:
    (tmp_path / ".out.draft" / "data").mkdir(parents=True)
    (tmp_path / ".out.draft" / "data" / "half").write_bytes(b"x")
    hub.export("math", output=tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["my.hub", "out", "rows.jsonl"]


def test_a_failing_export_leaves_the_folder_that_was_there(
    hub: ph.Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.export("math", output=tmp_path / "out", format="personahub")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.Shards, "_end", full)
    with pytest.raises(UsageError, match="No space left"):
        hub.export("math", output=tmp_path / "out", format="full")
    assert [dict(row) for row in _loaded(tmp_path / "out")["train"]] == ROWS
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_folder_is_a_source_again(hub: ph.Hub, tmp_path: Path) -> None:
    hub.export("math", output=tmp_path / "out", format="personahub", splits="train=0.5,test=0.5")
    again = ph.open(tmp_path / "again.hub")
    for split in ("train", "test"):
        again.import_([f"hf:{tmp_path / 'out'}:{split}"], task="math")
    again.export("math", output=tmp_path / "again.jsonl")
    lines = (tmp_path / "again.jsonl").read_bytes().split(b"\n")[:-1]
    assert sorted(map(repr, ROWS)) == sorted(repr(json.loads(line)) for line in lines)


def test_records_for_argilla_have_fields_and_metadata(hub: ph.Hub, tmp_path: Path) -> None:
    hub.export("math", output=tmp_path / "a.jsonl", format="argilla")
    record = json.loads((tmp_path / "a.jsonl").read_bytes().split(b"\n")[0])
    assert record["fields"] == {"persona": "Person 0 of the town", "text": "0?\u2028"}
    assert record["metadata"]["task"] == "math"
    assert set(record) == {"id", "fields", "metadata", "suggestions", "responses", "vectors"}
    hub.export("personas", output=tmp_path / "p.jsonl", format="argilla")
    record = json.loads((tmp_path / "p.jsonl").read_bytes().split(b"\n")[0])
    assert record["fields"] == {"persona": "Person 0 of the town"}
    assert record["metadata"]["origin"] == "import"


def test_hostile_words_do_not_break_the_card(tmp_path: Path) -> None:
    rows = [{"persona": "A cook.", "a\u2028b\n---\nx: '": 1, "'; DROP TABLE personas; --": "y", "../../up": "z"}]
    path = tmp_path / "odd\n---\nlicense: mine | x.jsonl"
    path.write_text(json.dumps(rows[0]) + "\n", "utf-8")
    hub = ph.open(tmp_path / "my.hub")
    hub.import_([path])
    hub.export("personas", output=tmp_path / "out", format="original", license="a: b\n---\nmine")
    assert [dict(row) for row in _loaded(tmp_path / "out")["train"]] == rows
    card = (tmp_path / "out" / "README.md").read_text("utf-8")
    assert card.count("\n---\n") == 1
    assert '\nlicense: "a: b --- mine"\n' in card


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"output": "x.csv"}, r"must end in .jsonl or .parquet, or be a folder"),
        ({"output": "x.jsonl", "splits": "train=1"}, "splits need a folder"),
        ({"splits": "train=0.9,test=0.2"}, "together 1"),
        ({"splits": "train=0.9,train=0.1"}, "is there twice"),
        ({"splits": "../up=0.5,test=0.5"}, "is no name for a split"),
        ({"splits": "train=a,test=0.5"}, "is no share"),
        ({"splits": "train=nan,test=0.5"}, "over 0"),
        ({"format": "argilla"}, "are JSON lines"),
        ({"push": "nobody"}, "names no dataset"),
        ({"push": "../../etc/passwd"}, "names no dataset"),
        ({"push": "o/../n"}, "names no dataset"),
        ({"push": "o/n", "output": "x.jsonl"}, "push sends a folder"),
        ({"push": "o/n"}, "needs a key"),
        ({"selection": "none"}, "there is no selection"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_any_work(
    hub: ph.Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], complaint: str
) -> None:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(tmp_path / "none"))
    before = sorted(tmp_path.iterdir())
    with pytest.raises(UsageError, match=complaint):
        hub.export("math", **{"output": tmp_path / given.pop("output", "out"), **given})
    assert sorted(tmp_path.iterdir()) == before


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubOfDatasets]:
    server = HubOfDatasets("hf_secret")
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    yield server
    server.close()


def test_a_folder_is_sent_and_what_was_there_before_replaced(hub: ph.Hub, tmp_path: Path, place: HubOfDatasets) -> None:
    out = tmp_path / "out"
    hub.export("math", output=out, splits="train=0.5,test=0.5", push="me/town")
    assert place.private == {"me/town": True}
    report = hub.export("math", output=out, format="personahub", push="me/town", public=True)
    sent = {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert place.files == {"me/town": sent}
    assert place.private == {"me/town": True}
    assert "sent to" in report.notes[0]


def test_a_public_dataset_is_made_where_that_is_wanted(hub: ph.Hub, tmp_path: Path, place: HubOfDatasets) -> None:
    hub.export("math", output=tmp_path / "out", push="me/town", public=True)
    assert place.private == {"me/town": False}


def test_a_dry_run_sends_nothing(hub: ph.Hub, tmp_path: Path, place: HubOfDatasets) -> None:
    report = hub.export("math", output=tmp_path / "out", push="me/town", push_dry_run=True)
    assert "nothing is sent" in report.notes[0]
    assert not place.asked
    assert (tmp_path / "out" / "README.md").exists()


def test_a_hub_that_refuses_is_told_without_the_key(hub: ph.Hub, tmp_path: Path, place: HubOfDatasets) -> None:
    place.key = "another"
    with pytest.raises(ph.PersonahubError, match="was not sent") as caught:
        hub.export("math", output=tmp_path / "out", push="me/town")
    assert "hf_secret" not in str(caught.value)
    assert (tmp_path / "out" / "README.md").exists()
