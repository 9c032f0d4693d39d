"""Files less near duplicates, without a hub."""

import gzip
import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import personahub as ph
from personahub.errors import PersonahubError, SourceError, UsageError
from personahub.events import Step
from tests.dedup.texts import clusters, jaccard, made


def _written(path: Path, texts: list[str]) -> list[bytes]:
    """Lines of many looks, one a text."""
    dice = random.Random(1)
    lines = []
    for number, text in enumerate(texts):
        row: dict[str, Any] = {"id": number, "text": text, "score": number % 7, "meta": {"a": [1, None], "b": "\u2028"}}
        line = json.dumps(row, ensure_ascii=dice.random() < 0.5, separators=dice.choice([(",", ":"), (" , ", " : ")]))
        lines.append(line.encode() + dice.choice([b"", b" ", b"\r"]))
    path.write_bytes(b"\n".join(lines) + b"\n")
    return lines


def _read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().split(b"\n") if line]


def test_the_rows_that_stay_are_those_of_the_file_byte_for_byte(tmp_path: Path) -> None:
    texts = made(300)
    lines = _written(tmp_path / "corpus.jsonl", texts)
    report = ph.dedup_files(tmp_path / "corpus.jsonl", output=tmp_path / "kept.jsonl", field="text", threshold=0.8)
    kept = [some[0] for some in clusters(texts, 0.8)]
    assert (tmp_path / "kept.jsonl").read_bytes() == b"".join(lines[row] + b"\n" for row in kept)
    gone = len(texts) - len(kept)
    assert report.tallies["rows"] == ph.Tally(len(texts), len(kept), {"near_duplicate": gone})
    assert {path.name for path in tmp_path.iterdir()} == {"corpus.jsonl", "kept.jsonl"}


def test_what_is_dropped_is_told_with_what_stays_and_how_similar(tmp_path: Path) -> None:
    texts = made(300)
    _written(tmp_path / "one.jsonl", texts[:200])
    (tmp_path / "two.jsonl").write_bytes(
        b"\n\n" + b"".join(json.dumps({"text": text}).encode() + b"\n" for text in texts[200:])
    )
    sources = [tmp_path / "one.jsonl", tmp_path / "two.jsonl"]
    ph.dedup_files(sources, output=tmp_path / "kept.jsonl", dropped=tmp_path / "dropped.jsonl", threshold=0.8)
    found = {}
    for row in _read(tmp_path / "dropped.jsonl"):
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
    aside = [(row["row"], row["reason"]) for row in _read(tmp_path / "kept.rejected.jsonl")]
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
    assert 1000 < tally.kept == len(_read(tmp_path / "kept.jsonl"))


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
    assert _read(tmp_path / "kept.rejected.jsonl")[0]["row"] == 8


def test_the_best_by_a_field_stays_in_its_own_place(tmp_path: Path) -> None:
    texts = made(300)
    lines = _written(tmp_path / "corpus.jsonl", texts)
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
    assert [row["text"] for row in _read(tmp_path / "kept.jsonl")] == ["a b", long, long]
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
    aside = _read(tmp_path / "clean.rejected.jsonl")
    assert [(row["row"], row["detail"].rpartition(":")[2]) for row in aside] == [(1, "2"), (3, "4")]
    for given, said in (({"against_field": "text"}, "--against-field"), ({"overlap": 0}, "at least 1")):
        with pytest.raises(PersonahubError, match=said):
            ph.dedup_files(tmp_path / "train.jsonl", **sources, **given, overwrite=True)


def test_a_call_that_is_killed_goes_on_and_leaves_nothing_behind(tmp_path: Path) -> None:
    _written(tmp_path / "corpus.jsonl", made(4000) * 12)
    command = [sys.executable, "-m", "personahub", "dedup", "corpus.jsonl", "-o", "kept.jsonl", "--quiet"]
    stops = [signal.SIGKILL, signal.SIGINT, signal.SIGKILL, signal.SIGKILL]
    for stop, wait in zip(stops, (0.8, 1.1, 1.4, 1.7), strict=True):
        process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(wait)
        process.send_signal(stop)
        process.wait()
        assert process.returncode == 0 or not (tmp_path / "kept.jsonl").exists()
    ph.dedup_files(tmp_path / "corpus.jsonl", output=tmp_path / "other.jsonl")
    if not (tmp_path / "kept.jsonl").exists():
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "kept.jsonl").read_bytes() == (tmp_path / "other.jsonl").read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"corpus.jsonl", "kept.jsonl", "other.jsonl"}


def test_work_on_other_rows_is_not_gone_on_with(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus.jsonl"
    work = tmp_path / "kept.jsonl.work"
    _written(corpus, made(50))

    def stop(step: Step) -> None:
        if step.total is not None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ph.dedup_files(corpus, output=tmp_path / "kept.jsonl", progress=stop)
    assert work.exists()
    corpus.write_text('{"text": "only this"}\n', "utf-8")
    assert ph.dedup_files(corpus, output=tmp_path / "kept.jsonl").tallies["rows"] == ph.Tally(1, 1)
    assert not work.exists()


def test_what_stands_in_the_way_is_not_touched(tmp_path: Path) -> None:
    corpus, output = tmp_path / "corpus.jsonl", tmp_path / "kept.jsonl"
    _written(corpus, made(10))
    output.write_text("mine", "utf-8")
    cases: list[tuple[dict[str, Any], str]] = [
        ({"output": output}, "--overwrite"),
        ({"output": corpus, "overwrite": True}, "one of the sources"),
        ({"output": tmp_path / "kept.parquet"}, "must end in .jsonl"),
        ({"output": tmp_path / "none" / "kept.jsonl"}, "cannot be written"),
        ({"output": tmp_path / "new.jsonl", "dropped": output}, "--overwrite"),
        ({"output": tmp_path / "new.jsonl", "field": "score"}, "no column with text"),
        ({"output": tmp_path / "new.jsonl", "field": "txt"}, "--field"),
        ({"output": tmp_path / "new.jsonl", "against": corpus}, "against itself"),
        ({"output": tmp_path / "new.jsonl", "stays": "best", "by": "size"}, "no 'size'"),
        ({"output": tmp_path / "new.jsonl", "stays": "best", "by": "text"}, "which is the text"),
        ({"output": tmp_path / "new.jsonl", "threshold": 0.2}, "at least 0.5"),
    ]
    for given, said in cases:
        with pytest.raises(PersonahubError, match=said):
            ph.dedup_files(corpus, **given)
    (tmp_path / "new.jsonl.work").mkdir()
    (tmp_path / "new.jsonl.work" / "mine").write_text("mine", "utf-8")
    with pytest.raises(UsageError, match="in the way"):
        ph.dedup_files(corpus, output=tmp_path / "new.jsonl")
    assert output.read_text("utf-8") == "mine"
    assert (tmp_path / "new.jsonl.work" / "mine").exists()


def test_what_is_no_such_file_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "binary.jsonl").write_bytes(bytes(range(256)) * 50)
    (tmp_path / "empty.jsonl").touch()
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 no more")
    (tmp_path / "notes.txt").write_text("notes", "utf-8")
    for name, said in (
        ("binary.jsonl", "no line of it is a JSON object"),
        ("empty.jsonl", "no line of it is a JSON object"),
        ("broken.parquet", "cannot be read as Parquet"),
        ("notes.txt", "no file of JSON lines"),
        ("none.jsonl", "there is no file"),
        ("", "no file of JSON lines|one kind"),
    ):
        with pytest.raises(SourceError, match=said):
            ph.dedup_files(tmp_path / name, output=tmp_path / "kept.parquet")


def test_the_command_line_tells_a_hub_from_files_by_the_output(tmp_path: Path) -> None:
    _written(tmp_path / "corpus.jsonl", made(10))
    ph.open(tmp_path / "my.hub").import_([_personas(tmp_path)])
    for words, code, said in (
        (["corpus.jsonl", "-o", "kept.jsonl", "--field", "text"], 0, "written to kept.jsonl"),
        (["my.hub"], 0, "personas"),
        (["corpus.jsonl"], 2, "name with -o"),
        (["my.hub", "-o", "kept.jsonl"], 2, "leave -o out"),
        (["my.hub", "--field", "text"], 2, "--field is for files"),
        (["corpus.jsonl", "-o", "two.jsonl", "--table", "texts"], 2, "--table is for a hub"),
        (["none.hub"], 5, "no hub"),
        ([], 2, "Missing argument"),
    ):
        command = [sys.executable, "-m", "personahub", "dedup", *words]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (done.returncode, said in done.stdout + done.stderr) == (code, True), done


def _personas(folder: Path) -> Path:
    path = folder / "personas.jsonl"
    path.write_text('{"persona": "A welder who paints boats"}\n', "utf-8")
    return path
