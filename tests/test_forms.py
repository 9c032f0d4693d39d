"""Records of others in, in each form they come in, and out again field by field."""

import json
import math
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import personahub as ph
from personahub.errors import SourceError, UsageError

ELITE = {
    "persona": "A surgeon who keeps bees.",
    "general domain (top 1 percent)": "Medicine",
    "specific domain (top 1 percent)": "None",
    "general domain (top 0.1 percent)": "None",
    "specific domain (top 0.1 percent)": "",
    "idx": 7,
}
FINE = {"id": "<urn:uuid:1>", "persona": "A tailor of sails.", "labels": '["Craft", "Sea"]'}
NEMOTRON = {
    "uuid": "e7c0",
    "professional_persona": "Ada runs a ferry and its crew.",
    "sports_persona": "Ada rows.",
    "persona": "A ferry captain who rows before dawn.",
    "skills_and_expertise_list": "['tides', 'knots']",
    "sex": "Female",
    "age": 51,
    "occupation": "captain",
    "city": "Rotterdam",
    "country": "NL",
}
TOOL = {"input persona": "A notary.", "synthesized text": '{"a": 1}', "description": "tool", "score": 0.25}


def write(path: Path, rows: list[Any]) -> Path:
    path.write_bytes(b"".join(json.dumps(row).encode() + b"\n" for row in rows))
    return path


def read(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_bytes().split(b"\n") if line]


def round_trip(folder: Path, rows: list[Any], what: str = "personas", **given: Any) -> list[Any]:
    hub = ph.open(folder / "my.hub")
    report = hub.import_([write(folder / "rows.jsonl", rows)], **given)
    assert all(tally.adds_up for tally in report.tallies.values())
    hub.export(what, output=folder / "again.jsonl", format="original")
    return read(folder / "again.jsonl")


@pytest.mark.parametrize("row", [ELITE, FINE, NEMOTRON, {"persona": "A baker."}], ids=len)
def test_a_persona_comes_back_with_every_field_in_its_order(tmp_path: Path, row: dict[str, Any]) -> None:
    [again] = round_trip(tmp_path, [row])
    assert list(again.items()) == list(row.items())


def test_a_sample_comes_back_with_what_it_had_besides(tmp_path: Path) -> None:
    rows = [
        TOOL,
        {**TOOL, "synthesized text": "", "description": None},
        {**TOOL, "synthesized text": "x", "score": [1]},
    ]
    del rows[2]["description"]
    assert round_trip(tmp_path, rows, "samples") == rows


def test_rows_of_a_table_are_mapped_and_come_back_as_they_were(tmp_path: Path) -> None:
    rows = [{"Job Title": "pilot", "bio": "A pilot who knits.", "n": 1}, {"bio": "A cook.", "Job Title": None, "n": 2}]
    assert round_trip(tmp_path, rows, map=["persona=bio", "occupation=Job Title"]) == rows
    frame = ph.open(tmp_path / "my.hub").table("personas").to_pandas()
    assert list(frame["text"]) == ["A pilot who knits.", "A cook."]
    assert frame["occupation"][0] == "pilot"
    assert frame["occupation"].isna()[1]


def test_what_a_form_tells_of_a_person_can_be_asked_for(tmp_path: Path) -> None:
    hub = ph.open(tmp_path / "my.hub")
    more = {**NEMOTRON, "persona": "A retired clown.", "age": 80, "occupation": "none"}
    hub.import_([write(tmp_path / "a.jsonl", [NEMOTRON, more])])
    hub.import_([write(tmp_path / "b.jsonl", [ELITE])])
    assert hub.table(where="age > 60")["text"].to_pylist() == ["A retired clown."]
    assert hub.table(where="domain = 'Medicine'")["text"].to_pylist() == [ELITE["persona"]]
    assert hub.table(columns=["domain", "age"]).to_pylist()[2] == {"domain": "Medicine", "age": None}
    report = hub.export("personas", output=tmp_path / "old.jsonl", where="age > 60", format="original")
    assert report.tallies["personas"] == ph.Tally(1, 1, {})
    assert read(tmp_path / "old.jsonl") == [more]


def test_another_column_of_personas_may_be_the_persona(tmp_path: Path) -> None:
    assert round_trip(tmp_path, [NEMOTRON], form="nemotron", map={"persona": "sports_persona"}) == [NEMOTRON]
    assert ph.open(tmp_path / "my.hub").table()["text"].to_pylist() == ["Ada rows."]


def test_forms_of_several_files_are_told_apart(tmp_path: Path) -> None:
    files = [write(tmp_path / f"{n}.jsonl", [row]) for n, row in enumerate([ELITE, FINE, NEMOTRON, TOOL])]
    hub = ph.open(tmp_path / "my.hub")
    report = hub.import_(files)
    assert report.tallies["personas"] == ph.Tally(4, 4, {})
    hub.export("personas", output=tmp_path / "p.jsonl", format="original")
    assert read(tmp_path / "p.jsonl") == [ELITE, FINE, NEMOTRON, {"persona": "A notary."}]
    hub.export("samples", output=tmp_path / "s.jsonl", format="original")
    assert read(tmp_path / "s.jsonl") == [TOOL]


def test_parquet_comes_back_as_parquet_with_its_types(tmp_path: Path) -> None:
    rows = [{**NEMOTRON, "persona": f"Person {n}.", "age": n, "share": n / 4, "tags": ["a"] * n} for n in range(1, 5)]
    table = pa.Table.from_pylist(rows)
    pq.write_table(table, tmp_path / "in.parquet")
    hub = ph.open(tmp_path / "my.hub")
    hub.import_([tmp_path / "in.parquet"])
    hub.export("personas", output=tmp_path / "out.parquet", format="original")
    assert pq.read_table(tmp_path / "out.parquet").equals(table)


def test_csv_comes_in_too(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('id,bio\n7,"A ""quoted"" cook, and more"\n', "utf-8")
    hub = ph.open(tmp_path / "my.hub")
    hub.import_([tmp_path / "a.csv"], map={"persona": "bio"})
    hub.export("personas", output=tmp_path / "a.jsonl", format="original")
    assert read(tmp_path / "a.jsonl") == [{"id": "7", "bio": 'A "quoted" cook, and more'}]


def test_what_is_odd_is_set_aside_with_a_reason(tmp_path: Path) -> None:
    rows = [
        {"persona": "A cook."},
        {"persona": None},
        {"persona": 3},
        {"persona": " \t"},
        {"other": "x"},
        {"persona": "A poet.", "synthesized text": {"a": 1}},
        {"persona": "A  cook. "},
    ]
    path = write(tmp_path / "rows.jsonl", rows)
    with path.open("ab") as file:
        file.write(b'{"persona": "half \\ud800"}\n{"persona": "bytes \xff"}\nno json\n[1]\n')
    hub = ph.open(tmp_path / "my.hub")
    report = hub.import_([path])
    reasons = {"no_persona": 4, "no_text": 2, "not_json": 2, "bad_utf8": 1}
    assert report.tallies["rows"] == ph.Tally(11, 2, reasons)
    assert report.tallies["personas"] == ph.Tally(2, 1, {"repeat": 1})
    told = {(row["place"].rpartition(":")[2], row["detail"]) for b in hub.rows("rejected") for row in b.to_pylist()}
    assert {("2", "'persona' is null"), ("3", "'persona' is int"), ("6", "'synthesized text' is dict")} <= told
    assert ("7", f"{path.as_posix()}:1") in told


def test_what_is_nested_without_end_is_set_aside_and_the_rest_comes_back(tmp_path: Path) -> None:
    rows = [{"persona": "A cook.", "x": 1}]
    for levels in (200, 400, 990):
        text = "[" * levels + "]" * levels
        with (tmp_path / "rows.jsonl").open("ab") as file:
            file.write(b'{"persona": "Level %d.", "x": %b}\n' % (levels, text.encode()))
    with (tmp_path / "rows.jsonl").open("ab") as file:
        file.write(json.dumps(rows[0]).encode())
    hub = ph.open(tmp_path / "my.hub")
    report = hub.import_([tmp_path / "rows.jsonl"])
    assert report.tallies["rows"].adds_up
    assert report.tallies["rows"] == ph.Tally(4, 3, {"too_deep": 1})
    hub.export("personas", output=tmp_path / "again.jsonl", format="original")
    again = {row["persona"]: row for row in read(tmp_path / "again.jsonl")}
    assert again["A cook."] == rows[0]
    assert len(again) == 3


def test_a_part_that_was_put_down_before_a_kill_is_not_put_down_again(tmp_path: Path) -> None:
    rows = [{**TOOL, "input persona": f"Person {n // 2}.", "synthesized text": str(n)} for n in range(9)]
    path = write(tmp_path / "rows.jsonl", rows)
    hub = ph.open(tmp_path / "my.hub")
    first = hub.import_([path], limit=5)
    assert first.tallies["personas"] == ph.Tally(5, 3, {"repeat": 2})
    again = hub.import_([path])
    assert again.tallies == ph.open(tmp_path / "other.hub").import_([path]).tallies
    assert dict(again.new) == {"personas": 2, "samples": 4}


def test_a_repeat_of_what_another_import_brought_is_kept_and_not_new(tmp_path: Path) -> None:
    hub = ph.open(tmp_path / "my.hub")
    hub.import_([write(tmp_path / "a.jsonl", [TOOL])], task="one")
    twice = write(tmp_path / "b.jsonl", [TOOL, {**TOOL, "synthesized text": "2"}])
    for _ in range(2):
        report = hub.import_([twice], task="two")
        assert report.tallies["personas"] == ph.Tally(2, 1, {"repeat": 1})
        assert report.tallies["samples"] == ph.Tally(2, 2, {})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
ODD = st.sampled_from(
    ["\u2028", "\u0085", "\0", "\x1b[31m", "\U0001f9c2", "e\u0301", "\r\n", "'; DROP TABLE", "../../x"]
)
TEXT = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | ODD, max_size=4).map("".join)
ROW = st.fixed_dictionaries(
    {}, optional={"synthesized text": TEXT, "description": TEXT | JSON, "labels": JSON}
).flatmap(lambda known: st.dictionaries(TEXT, JSON, max_size=3).map(lambda more: {**more, **known}))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(TEXT, ROW), min_size=1, max_size=8))
def test_any_row_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, found: list[tuple[str, dict[str, Any]]]
) -> None:
    folder = tmp_path_factory.mktemp("trip")
    rows = [{**row, "input persona": f"{n} {text}"} for n, (text, row) in enumerate(found)]
    hub = ph.open(folder / "my.hub")
    report = hub.import_([write(folder / "rows.jsonl", rows)], form="personahub")
    assert report.tallies["rows"] == ph.Tally(len(rows), len(rows), {})
    samples = [row for row in rows if "synthesized text" in row]
    if samples:
        hub.export("samples", output=folder / "samples.jsonl", format="original")
        assert [list(row.items()) for row in read(folder / "samples.jsonl")] == [list(row.items()) for row in samples]
    hub.export("personas", output=folder / "personas.jsonl", format="original")
    plain = [row if "synthesized text" not in row else {"persona": row["input persona"]} for row in rows]
    assert read(folder / "personas.jsonl") == plain


def test_texts_of_a_megabyte_and_numbers_of_any_length_come_back(tmp_path: Path) -> None:
    rows = [{"persona": "A clerk. " + "x" * 2**20, "n": 10**30, "deep": [[[-(2**64)]]], "tiny": 5e-324, "big": 1.7e308}]
    [again] = round_trip(tmp_path, rows)
    assert again == rows[0]
    assert type(again["n"]) is int
    assert math.copysign(1, round_trip(tmp_path, [{"persona": "B.", "z": -0.0}])[-1]["z"]) == -1


@pytest.mark.parametrize(
    ("name", "kind"),
    [("personahub_elite_sample", "elite"), ("finepersonas_tiny", "table"), ("personahub_persona_head50", "personahub")],
)
def test_released_personas_come_back_field_by_field(shared_data: Path, tmp_path: Path, name: str, kind: str) -> None:
    source = shared_data / "personas" / f"{name}.jsonl"
    hub = ph.open(tmp_path / "my.hub")
    report = hub.import_([source], form=kind, map={"persona": "persona"} if kind == "table" else ())
    hub.export("personas", output=tmp_path / "again.jsonl", format="original")
    gone = {int(row["place"].rpartition(":")[2]) for b in hub.rows("rejected") for row in b.to_pylist()}
    rows = [row for number, row in enumerate(read(source), 1) if number not in gone]
    assert [list(row.items()) for row in read(tmp_path / "again.jsonl")] == [list(row.items()) for row in rows]
    assert report.tallies["personas"].kept == len(rows)
    assert len(gone) < len(rows) / 100


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"form": "table"}, "needs --map persona="),
        ({"map": ["persona"]}, "must be NAME=FIELD"),
        ({"map": ["persona=bio", "id=n"]}, "'id' is no name for a column"),
        ({"map": ["persona=bio", "../x=n"]}, "is no name for a column"),
        ({"map": {"persona": "bio", "a'; DROP": "n"}}, "is no name for a column"),
        ({"form": "tables"}, "must be one of"),
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused(tmp_path: Path, given: dict[str, Any], complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        ph.open(tmp_path / "my.hub").import_([write(tmp_path / "a.jsonl", [{"bio": "A cook.", "n": 1}])], **given)
    assert not (tmp_path / "my.hub").exists()


def test_a_form_that_does_not_fit_is_named_with_the_fields_there_are(tmp_path: Path) -> None:
    hub = ph.open(tmp_path / "my.hub")
    with pytest.raises(SourceError, match=r"has no field 'bio'; it has n, persona"):
        hub.import_([write(tmp_path / "a.jsonl", [{"persona": "A.", "n": 1}])], map=["persona=bio"])
    with pytest.raises(SourceError, match="has no field 'professional_persona'"):
        hub.import_([tmp_path / "a.jsonl"], form="nemotron")
