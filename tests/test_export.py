"""Records out in every layout, and released rows in and out again."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from datasets import load_dataset
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import personahub as ph

ROWS = [
    {"input persona": "A baker who counts  twice.", "synthesized text": "How many\nloaves?", "description": "math"},
    {"input persona": "A baker who counts  twice.", "synthesized text": "How many tins?", "description": "math"},
    {"input persona": "\u4e00\u4f4d\u8b66\u5bdf\u3002", "synthesized text": "", "description": ""},
    {
        "input persona": "A \u2028 odd \u0085 one \U0001f9c2",
        "synthesized text": '"{\\n\\"a\\": 1}"',
        "description": "x | y",
    },
]


def _write(path: Path, rows: list[dict[str, str]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


def _read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().split(b"\n") if line]


@pytest.fixture
def hub(tmp_path: Path) -> ph.Hub:
    opened = ph.open(tmp_path / "my.hub")
    opened.import_([_write(tmp_path / "rows.jsonl", ROWS)], task="tool")
    return opened


def test_released_rows_come_back_field_by_field(hub: ph.Hub, tmp_path: Path) -> None:
    report = hub.export("tool", output=tmp_path / "again.jsonl")
    assert _read(tmp_path / "again.jsonl") == ROWS
    assert report.tallies["tool"] == ph.Tally(4, 4, {})


def test_the_released_tool_rows_come_back_field_by_field(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "personas" / "personahub_tool.jsonl"
    hub = ph.open(tmp_path / "my.hub")
    report = hub.import_([source])
    assert [report.tallies[kind].kept for kind in ("rows", "personas", "samples")] == [3000, 3000, 3000]
    hub.export("samples", output=tmp_path / "again.jsonl")
    assert _read(tmp_path / "again.jsonl") == _read(source)


def test_released_personas_come_back(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "personas" / "personahub_persona_head50.jsonl"
    hub = ph.open(tmp_path / "my.hub")
    hub.import_([source])
    hub.export("personas", output=tmp_path / "again.jsonl")
    assert _read(tmp_path / "again.jsonl") == _read(source)


_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
_PERSONA = _TEXT.filter(lambda text: text.strip() and "\0" not in text)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(_PERSONA, _TEXT, _TEXT),
        min_size=1,
        max_size=20,
        unique_by=lambda row: (tuple(row[0].split()), row[1]),
    )
)
def test_any_text_survives_the_round_trip(
    tmp_path_factory: pytest.TempPathFactory, found: list[tuple[str, str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("trip")
    rows = [{"input persona": a, "synthesized text": b, "description": c} for a, b, c in found]
    hub = ph.open(folder / "my.hub")
    report = hub.import_([_write(folder / "rows.jsonl", rows)])
    hub.export("samples", output=folder / "again.jsonl")
    assert len(_read(folder / "again.jsonl")) == report.tallies["samples"].kept
    if report.tallies["samples"].kept == len(rows):
        assert _read(folder / "again.jsonl") == rows


def test_importing_again_adds_nothing(hub: ph.Hub, tmp_path: Path) -> None:
    report = hub.import_([tmp_path / "rows.jsonl"], task="tool")
    assert dict(report.new) == {"personas": 0, "samples": 0}
    assert report.tallies["personas"] == ph.Tally(4, 3, {"repeat": 1})
    assert report.tallies["samples"] == ph.Tally(4, 4, {})


def test_rows_without_a_persona_are_set_aside(tmp_path: Path) -> None:
    rows: list[dict[str, str]] = [{"persona": "A nurse."}, {"persona": "  "}, {"other": "x"}]
    report = ph.open(tmp_path / "my.hub").import_([_write(tmp_path / "rows.jsonl", rows)])
    assert report.tallies["rows"] == ph.Tally(3, 1, {"no_persona": 2})


def test_a_file_without_personas_names_its_fields(tmp_path: Path) -> None:
    with pytest.raises(
        ph.PersonahubError, match=r"has no field 'input persona' or 'persona'; it has name.*map persona=FIELD"
    ):
        ph.open(tmp_path / "my.hub").import_([_write(tmp_path / "rows.jsonl", [{"name": "x"}])])


def test_datasets_and_pandas_read_what_was_written(hub: ph.Hub, tmp_path: Path) -> None:
    hub.export("tool", output=tmp_path / "t.jsonl")
    hub.export("tool", output=tmp_path / "t.parquet")
    found = load_dataset("json", data_files=str(tmp_path / "t.jsonl"), cache_dir=str(tmp_path / "cache"))["train"]
    assert [dict(row) for row in found] == ROWS
    assert pd.read_json(tmp_path / "t.jsonl", lines=True).to_dict("records") == ROWS
    assert list(pd.read_parquet(tmp_path / "t.parquet")["text"]) == [row["synthesized text"] for row in ROWS]


def test_parquet_has_every_column(hub: ph.Hub, tmp_path: Path) -> None:
    hub.export("tool", output=tmp_path / "t.parquet")
    assert {"id", "persona_id", "task", "model", "template", "run"} <= set(pq.read_schema(tmp_path / "t.parquet").names)


def test_chat_messages_ask_and_answer(hub: ph.Hub, tmp_path: Path) -> None:
    hub.export("tool", output=tmp_path / "chat.jsonl", format="chat")
    [first, *_] = _read(tmp_path / "chat.jsonl")
    assert [turn["role"] for turn in first["messages"]] == ["user", "assistant"]
    assert ROWS[0]["input persona"] in first["messages"][0]["content"]
    assert first["messages"][1]["content"] == ROWS[0]["synthesized text"]


def test_the_card_says_who_wrote_it_and_that_a_machine_did(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The welder keeps a log of every seam.", "utf-8")
    hub = ph.open(tmp_path / "my.hub")
    hub.extract([tmp_path / "a.txt"], model="offline")
    hub.synthesize("math", model="offline")
    hub.export("math", output=tmp_path / "math.jsonl", license="cc-by-4.0")
    card = (tmp_path / "math.card.md").read_text("utf-8")
    for words in (
        "license: cc-by-4.0",
        "machine-made",
        "| offline | math@",
        "no LLM",
        "data_files: math.jsonl",
        "a.txt: 1",
    ):
        assert words in card


def _rows_with_copy(count: int) -> Iterator[dict[str, str]]:
    for number in range(count):
        yield {
            "input persona": f"A welder number {number} of yard {number}",
            "synthesized text": f"{number}?",
            "description": "d",
        }
    yield {"input persona": "a WELDER, number 1 of yard 1!", "synthesized text": "copy?", "description": "d"}


def test_a_verdict_keeps_back_samples_and_a_milder_one_gives_them_back(tmp_path: Path) -> None:
    hub = ph.open(tmp_path / "my.hub")
    hub.import_([_write(tmp_path / "rows.jsonl", list(_rows_with_copy(9)))], task="t")
    assert hub.dedup().tallies["personas"].rejected == {"near_duplicate": 1}
    report = hub.export("t", output=tmp_path / "t.jsonl")
    assert report.tallies["t"] == ph.Tally(10, 9, {"persona_dropped": 1})
    assert "copy?" not in (tmp_path / "t.jsonl").read_text("utf-8")
    assert hub.dedup(threshold=0.7).tallies["personas"].kept < 9
    assert hub.dedup().tallies["personas"].kept == 9
    assert hub.export("t", output=tmp_path / "t.jsonl").tallies["t"].kept == 9


def test_an_export_is_whole_or_not_there(hub: ph.Hub, tmp_path: Path) -> None:
    (tmp_path / "taken.jsonl").mkdir()
    with pytest.raises(ph.PersonahubError, match="cannot be written"):
        hub.export("tool", output=tmp_path / "taken.jsonl")
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".taken")]
