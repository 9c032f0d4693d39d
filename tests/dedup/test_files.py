"""Files less near duplicates, without a hub."""

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import personahub as ph
from personahub.errors import PersonahubError
from tests.dedup.texts import clusters, jaccard, made, rows_of, written


def test_the_rows_that_stay_are_those_of_the_file_byte_for_byte(tmp_path: Path) -> None:
    texts = made(300)
    lines = written(tmp_path / "corpus.jsonl", texts)
    report = ph.dedup_files(tmp_path / "corpus.jsonl", output=tmp_path / "kept.jsonl", field="text", threshold=0.8)
    kept = [some[0] for some in clusters(texts, 0.8)]
    assert (tmp_path / "kept.jsonl").read_bytes() == b"".join(lines[row] + b"\n" for row in kept)
    gone = len(texts) - len(kept)
    assert report.tallies["rows"] == ph.Tally(len(texts), len(kept), {"near_duplicate": gone})
    assert {path.name for path in tmp_path.iterdir()} == {"corpus.jsonl", "kept.jsonl"}


def test_what_is_dropped_is_told_with_what_stays_and_how_similar(tmp_path: Path) -> None:
    texts = made(300)
    written(tmp_path / "one.jsonl", texts[:200])
    (tmp_path / "two.jsonl").write_bytes(
        b"\n\n" + b"".join(json.dumps({"text": text}).encode() + b"\n" for text in texts[200:])
    )
    sources = [tmp_path / "one.jsonl", tmp_path / "two.jsonl"]
    ph.dedup_files(sources, output=tmp_path / "kept.jsonl", dropped=tmp_path / "dropped.jsonl", threshold=0.8)
    found = {}
    for row in rows_of(tmp_path / "dropped.jsonl"):
        places = [
            (row[f"{which}row"] - 1 if row[f"{which}file"].endswith("one.jsonl") else row[f"{which}row"] + 197)
            for which in ("", "stays_")
        ]
        found[places[0]] = places[1]
        assert row["similarity"] == pytest.approx(jaccard(*(texts[place] for place in places)), abs=1e-6)
        assert row["method"] == "exact"
    assert found == {one: some[0] for some in clusters(texts, 0.8) for one in some[1:]}


def test_bad_lines_are_set_aside_with_place_and_reason_and_all_else_goes_on(tmp_path: Path) -> None:
    good = [json.dumps({"text": f"A welder of yard {n} paints"}).encode() for n in range(5000)]
    bad = [
        b'{"text": "cut',
        b"[1]",
        b'{"texts": "a"}',
        b'{"text": null}',
        b'{"text": 7}',
        b'{"text": "\xff"}',
        b"",
        b" \t",
    ]
    odd = [b'{"text":"a","text":"b b"}', b'{"text": "x y"} {"text": "z"}']
    lines = [*good[:2000], *bad, *good[2000:], *odd, b'{"text": ""}']
    (tmp_path / "corpus.jsonl").write_bytes(b"\n".join(lines))
    report = ph.dedup_files([tmp_path / "corpus.jsonl"], output=tmp_path / "kept.jsonl", threshold=1.0)
    assert (tmp_path / "kept.jsonl").read_bytes() == b"\n".join([*good, odd[0], b'{"text": ""}']) + b"\n"
    aside = [(row["row"], row["reason"]) for row in rows_of(tmp_path / "kept.rejected.jsonl")]
    reasons = ["not_json", "no_text", "no_text", "no_text", "no_text", "bad_utf8"]
    assert aside == [*((2001 + place, reason) for place, reason in enumerate(reasons)), (5010, "not_json")]
    assert report.tallies["rows"].adds_up
    assert report.tallies["rows"].rejected == {"not_json": 2, "no_text": 4, "bad_utf8": 1}


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz", ".jsonl.zst"])
def test_compressed_files_and_globs_go_to_one_file(tmp_path: Path, suffix: str) -> None:
    for name in ("a", "b"):
        with gzip.open(tmp_path / f"{name}.jsonl.gz", "wt") as file:
            file.write('{"text": "the same words"}\n{"text": "those of ' + name + '"}')
    ph.dedup_files([tmp_path / "*.gz"], output=tmp_path / f"kept{suffix}")
    with (tmp_path / f"kept{suffix}").open("rb") as raw:
        kind = {".gz": "gzip", ".zst": "zstd"}.get(Path(suffix).suffix)
        found = pa.CompressedInputStream(raw, kind).read() if kind else raw.read()
    assert found == b'{"text": "the same words"}\n{"text": "those of a"}\n{"text": "those of b"}\n'


def test_a_file_that_is_cut_off_gives_what_can_be_read_of_it(tmp_path: Path) -> None:
    texts = made(3000)
    whole = gzip.compress(b"".join(json.dumps({"text": text}).encode() + b"\n" for text in texts))
    (tmp_path / "cut.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    report = ph.dedup_files([tmp_path / "cut.jsonl.gz"], output=tmp_path / "kept.jsonl", threshold=1.0)
    tally = report.tallies["rows"]
    assert tally.adds_up
    assert tally.rejected["truncated"] == 1
    assert 1000 < tally.kept == len(rows_of(tmp_path / "kept.jsonl"))


def test_parquet_keeps_its_schema_and_its_rows(tmp_path: Path) -> None:
    texts = made(500)
    columns = {
        "id": pa.array(range(len(texts)), pa.uint16()),
        "body": pa.array([None if row == 7 else text for row, text in enumerate(texts)], pa.large_string()),
        "tags": pa.array([[str(row)] * (row % 3) for row in range(len(texts))]),
    }
    schema = pa.schema([pa.field(name, one.type) for name, one in columns.items()], {"owner": "us"})
    table = pa.table(columns, schema=schema)
    pq.write_table(table.slice(0, 300), tmp_path / "a.parquet", row_group_size=64, compression="zstd")
    pq.write_table(table.slice(300), tmp_path / "b.parquet")
    report = ph.dedup_files([tmp_path / "*.parquet"], output=tmp_path / "kept.parquet", field="body", threshold=0.8)
    texts[7] = ""
    kept = [some[0] for some in clusters(texts, 0.8) if some[0] != 7]
    found = pq.read_table(tmp_path / "kept.parquet")
    assert found == table.take(kept)
    assert found.schema.equals(pq.read_schema(tmp_path / "a.parquet"), check_metadata=True)
    assert found.schema.metadata[b"owner"] == b"us"
    assert report.tallies["rows"].rejected == {"no_text": 1, "near_duplicate": len(texts) - 1 - len(kept)}
    assert rows_of(tmp_path / "kept.rejected.jsonl")[0]["row"] == 8


def test_the_best_by_a_field_stays_in_its_own_place(tmp_path: Path) -> None:
    texts = made(300)
    lines = written(tmp_path / "corpus.jsonl", texts)
    for by, sign in (("score", 1), ("-score", -1)):
        ph.dedup_files(
            tmp_path / "corpus.jsonl",
            output=tmp_path / "kept.jsonl",
            threshold=0.8,
            stays="best",
            by=by,
            overwrite=True,
        )
        kept = sorted(max(some, key=lambda row: (sign * (row % 7), -row)) for some in clusters(texts, 0.8))
        assert (tmp_path / "kept.jsonl").read_bytes() == b"".join(lines[row] + b"\n" for row in kept)


def test_a_text_that_is_too_long_to_compare_is_kept(tmp_path: Path) -> None:
    long = " ".join(f"w{number}" for number in range(800_000))
    rows = [{"text": text} for text in ("a b", long, "B a", long)]
    (tmp_path / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    report = ph.dedup_files(tmp_path / "corpus.jsonl", output=tmp_path / "kept.jsonl")
    assert [row["text"] for row in rows_of(tmp_path / "kept.jsonl")] == ["a b", long, long]
    assert "2 texts above" in " ".join(report.notes)


def test_rows_that_share_a_run_of_words_with_a_test_set_are_set_aside(tmp_path: Path) -> None:
    question = "A train leaves at nine with 40 people, and at each of 6 stops 3 more get on"
    train = [
        f"Before it. {question.upper()}! And more.",
        "A train leaves at ten with 12 people on board, none get on",
        "Why?",
    ]
    train += [question[:40], "what is it like to work at night in a bakery by the sea when it rains all week", "b c d"]
    rows = [json.dumps({"text": text, "by": 1}) for text in train]
    (tmp_path / "train.jsonl").write_text("\n".join(rows), "utf-8")
    tests = pa.table({"body": ["nothing like it", question, None, "why?"]})
    pq.write_table(tests, tmp_path / "test.parquet")
    sources: dict[str, Any] = {"output": tmp_path / "clean.jsonl", "against": [tmp_path / "test.parquet"]}
    report = ph.dedup_files(tmp_path / "train.jsonl", **sources)
    assert report.tallies["rows"] == ph.Tally(6, 4, {"contaminated": 2})
    assert (tmp_path / "clean.jsonl").read_text("utf-8").splitlines() == [rows[1], *rows[3:]]
    aside = rows_of(tmp_path / "clean.rejected.jsonl")
    assert [(row["row"], row["detail"].rpartition(":")[2]) for row in aside] == [(1, "2"), (3, "4")]
    for given, said in (({"against_field": "text"}, "--against-field"), ({"overlap": 0}, "at least 1")):
        with pytest.raises(PersonahubError, match=said):
            ph.dedup_files(tmp_path / "train.jsonl", **sources, **given, overwrite=True)
