"""Files less near duplicates: kills, files in the way, and what cannot be read."""

import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import personahub as ph
from personahub.errors import PersonahubError, SourceError, UsageError
from personahub.events import Step
from tests.dedup.texts import made, rows_of, written


def test_a_call_that_is_killed_goes_on_and_leaves_nothing_behind(tmp_path: Path) -> None:
    written(tmp_path / "corpus.jsonl", made(4000) * 12)
    command = [sys.executable, "-m", "personahub", "dedup", "corpus.jsonl", "--quiet", "-o"]
    for _ in range(2):  # the first may have to compile
        begun = time.monotonic()
        subprocess.run([*command, "other.jsonl", "--overwrite"], cwd=tmp_path, check=True, capture_output=True)
        whole = time.monotonic() - begun
    kept, other = tmp_path / "kept.jsonl", tmp_path / "other.jsonl"
    stops = {0.4: signal.SIGKILL, 0.55: signal.SIGINT, 0.7: signal.SIGKILL, 0.85: signal.SIGKILL}  # by share of that
    killed = 0
    for share, stop in stops.items():
        process = subprocess.Popen(
            [*command, "kept.jsonl"], cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        with suppress(subprocess.TimeoutExpired):
            process.wait(share * whole)
        process.send_signal(stop)
        killed += process.wait() != 0
        assert not kept.exists() or kept.read_bytes() == other.read_bytes()
        if kept.exists():  # it went on with what was done, and was quicker than a call from scratch
            break
    assert killed
    if not kept.exists() or (tmp_path / "kept.jsonl.work").exists():
        subprocess.run([*command, "kept.jsonl"], cwd=tmp_path, check=True, capture_output=True)
    assert kept.read_bytes() == other.read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"corpus.jsonl", "kept.jsonl", "other.jsonl"}


def test_a_call_that_ended_between_its_files_is_gone_on_with(tmp_path: Path) -> None:
    corpus, output = tmp_path / "corpus.jsonl", tmp_path / "kept.jsonl"
    corpus.write_text('{"text": "a welder"}\nno json\n{"text": "A WELDER"}\n', "utf-8")
    (tmp_path / "dropped").mkdir()
    code = f"""
import os, pathlib, personahub as ph
replace = pathlib.Path.replace
def once(self, target):
    if target == pathlib.Path({str(output)!r}):
        os._exit(9)
    return replace(self, target)
pathlib.Path.replace = once
ph.dedup_files({str(corpus)!r}, output={str(output)!r}, dropped={str(tmp_path / "dropped.jsonl")!r})
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    assert not output.exists()
    assert (tmp_path / "kept.rejected.jsonl").exists()
    report = ph.dedup_files(corpus, output=output, dropped=tmp_path / "dropped.jsonl")
    assert report.tallies["rows"] == ph.Tally(3, 1, {"near_duplicate": 1, "not_json": 1})
    assert len(rows_of(tmp_path / "kept.rejected.jsonl")) == len(rows_of(tmp_path / "dropped.jsonl")) == 1


def test_work_on_other_rows_is_not_gone_on_with(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus.jsonl"
    work = tmp_path / "kept.jsonl.work"
    written(corpus, made(50))

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
    written(corpus, made(10))
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


def test_a_file_that_cannot_be_read_is_set_aside_and_the_others_go_on(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl.gz").write_bytes(b"no gzip at all")
    (tmp_path / "b.jsonl").write_text('{"text": "a welder"}\n{"text": "A WELDER"}', "utf-8")
    (tmp_path / "c.jsonl").touch()
    report = ph.dedup_files([tmp_path / "?.jsonl*"], output=tmp_path / "kept.jsonl")
    assert report.tallies["rows"] == ph.Tally(3, 1, {"near_duplicate": 1, "unreadable": 1})
    (tmp_path / "a.parquet").write_bytes(b"PAR1 no more")
    pq.write_table(pa.table({"text": ["a welder", "A WELDER"]}), tmp_path / "b.parquet")
    report = ph.dedup_files([tmp_path / "?.parquet"], output=tmp_path / "kept.parquet", overwrite=True)
    assert report.tallies["rows"] == ph.Tally(3, 1, {"near_duplicate": 1, "unreadable": 1})
    assert pq.read_table(tmp_path / "kept.parquet").to_pylist() == [{"text": "a welder"}]
    pq.write_table(pa.table({"text": ["a welder"], "more": [1]}), tmp_path / "c.parquet")
    with pytest.raises(SourceError, match="other columns"):
        ph.dedup_files([tmp_path / "?.parquet"], output=tmp_path / "kept.parquet", overwrite=True)
    with pytest.raises(SourceError, match="no gzip data"):
        ph.dedup_files(tmp_path / "a.jsonl.gz", output=tmp_path / "kept.jsonl", overwrite=True)


def test_a_parquet_file_without_rows_is_one_again(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": pa.array([], pa.string())}), tmp_path / "a.parquet")
    assert ph.dedup_files(tmp_path / "a.parquet", output=tmp_path / "kept.parquet").tallies["rows"] == ph.Tally()
    assert pq.read_table(tmp_path / "kept.parquet").num_rows == 0


def test_the_command_line_tells_a_hub_from_files_by_the_output(tmp_path: Path) -> None:
    written(tmp_path / "corpus.jsonl", made(10))
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
