"""Records that came in beside those that were made here: kept apart, chosen, in memory and out."""

from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

import personahub as ph
from personahub.errors import UsageError
from personahub.hub import Folder
from personahub.selections import save
from tests.test_forms import FINE, NEMOTRON, TOOL, read, write


def test_a_hub_that_was_made_without_them_gets_the_columns_of_an_import(tmp_path: Path) -> None:
    texts = [{"text": f"Entry {n}: the baker of street {n} counts twice."} for n in range(20)]
    hub = ph.open(tmp_path / "my.hub")
    hub.extract([write(tmp_path / "one.jsonl", texts[:10])], model="offline")
    made = hub.table(columns=["id", "text"])
    for number in range(5):
        hub.import_([write(tmp_path / f"{number}.jsonl", [{**FINE, "persona": f"Person {number}.", "id": number}])])
    hub.extract([write(tmp_path / "two.jsonl", texts)], model="offline")
    whole = hub.table()
    assert whole.slice(0, len(made)).select(made.schema.names).equals(made)
    assert whole["extra"].slice(0, len(made)).null_count == len(made)
    assert whole["text"].to_pylist()[len(made) : len(made) + 5] == [f"Person {number}." for number in range(5)]
    hub.export("personas", output=tmp_path / "again.jsonl", format="original")
    rows = read(tmp_path / "again.jsonl")
    assert rows[len(made)] == {**FINE, "persona": "Person 0.", "id": 0}
    assert rows[0] == {"persona": made["text"][0].as_py()}
    hub.synthesize("math", model="offline", limit=1)
    hub.export("math", output=tmp_path / "math.jsonl", format="original")
    assert list(read(tmp_path / "math.jsonl")[0]) == ["input persona", "synthesized text", "description"]


def test_an_attribute_keeps_the_type_it_has(tmp_path: Path) -> None:
    hub = ph.open(tmp_path / "my.hub")
    rows = [{"bio": f"Person {n}.", "years": years} for n, years in enumerate([30, "forty", None, True, 2**70, 1.5])]
    hub.import_([write(tmp_path / "a.jsonl", rows[:1])], map=["persona=bio", "age=years"])
    hub.import_([write(tmp_path / "b.jsonl", rows[1:])], map=["persona=bio", "age=years"])
    assert hub.table(columns=["age"])["age"].to_pylist() == [30, None, None, None, None, None]
    hub.export("personas", output=tmp_path / "again.jsonl", format="original")
    assert read(tmp_path / "again.jsonl") == rows


def test_a_selection_or_a_condition_says_what_goes_out(tmp_path: Path) -> None:
    rows = [{**FINE, "persona": f"Person {n}.", "id": n} for n in range(30)]
    hub = ph.open(tmp_path / "my.hub")
    hub.import_([write(tmp_path / "a.jsonl", rows)])
    ids = hub.table(columns=["id"])["id"].to_pylist()
    save(Folder(tmp_path / "my.hub"), "few", "personas", [ids[7], ids[3]], {"how": "by hand"})
    report = hub.export("personas", output=tmp_path / "few.jsonl", format="original", selection="few")
    assert read(tmp_path / "few.jsonl") == [rows[7], rows[3]]
    assert report.tallies["personas"] == ph.Tally(2, 2, {})
    assert "the selection few" in (tmp_path / "few.card.md").read_text("utf-8")
    hub.export("personas", output=tmp_path / "one", format="original", where="record = 5", splits="all=1")
    assert pq.read_table(tmp_path / "one" / "data").to_pylist() == [rows[4]]
    hub.import_([write(tmp_path / "b.jsonl", [TOOL])], task="tool")
    with pytest.raises(UsageError, match="where"):
        hub.export("tool", output=tmp_path / "x.jsonl", where="record = 1) OR (record = 1")
    assert hub.table(selection="few")["text"].to_pylist() == ["Person 7.", "Person 3."]
    with pytest.raises(UsageError, match="have no column 'nope'"):
        hub.table(columns=["nope"])


def test_what_is_in_memory_is_a_frame_of_pandas_or_polars(tmp_path: Path) -> None:
    hub = ph.open(tmp_path / "my.hub")
    hub.import_([write(tmp_path / "a.jsonl", [NEMOTRON, {**NEMOTRON, "persona": "A clown.", "age": None}])])
    table = hub.table(columns=["text", "age", "extra"])
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    assert frame.filter(pl.col("age") > 50)["text"].to_list() == [NEMOTRON["persona"]]
    assert table.to_pandas().dropna(subset=["age"])["text"].tolist() == [NEMOTRON["persona"]]
