"""What was judged is kept: selections, downloads with their manifest, and the command that does the same."""

import hashlib
import io
import json
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import personahub
from tests.web.conftest import made
from tests.web.served import Served, key

ALL = {"table": "samples", "task": "tool"}
SUBMITTED = {**ALL, "filters": {"status": {"in": ["submitted"]}}}


@pytest.fixture(scope="module")
def judged(served: Served) -> list[dict[str, Any]]:
    """Two are kept, one with a correction, and one is discarded."""
    records: list[dict[str, Any]] = served.api("records", view=ALL)["records"]
    served.judge(records[0], answers={"rating": 5})
    served.judge(records[1], answers={"rating": 3, "correction": "better"})
    served.judge(records[2], "discard")
    return records


def _download(served: Served, told: dict[str, Any]) -> bytes:
    answer = served.get(f"/api/export/{told['export']}")
    assert answer.status == 200
    assert answer.headers["content-disposition"] == f'attachment; filename="{told["name"]}"'
    return answer.body


def test_the_file_holds_the_kept_records_with_their_judgements(served: Served, judged: list[dict[str, Any]]) -> None:
    told = served.api("export", view=SUBMITTED, file="jsonl", format="personahub")
    body = _download(served, told)
    rows = [json.loads(line) for line in body.splitlines()]
    assert [row["synthesized text"] for row in rows] == [one["texts"]["text"] for one in judged[:2]]
    assert [row["judgement"]["rating"] for row in rows] == [5.0, 3.0]
    assert rows[1]["judgement"] == {"reviewers": ["reviewer"], "rating": 3.0, "correction": "better", "feedback": None}
    manifest = json.loads(served.get(f"/api/export/{told['export']}/manifest").body)
    assert manifest == told["manifest"]
    held = {one["name"]: one for one in manifest["files"]}
    assert held["tool.jsonl"]["sha256"] == hashlib.sha256(body).hexdigest()
    assert manifest["view"] == SUBMITTED


def test_all_that_is_kept_goes_out_and_reports_add_up(served: Served, judged: list[dict[str, Any]]) -> None:
    told = served.api("export", view={**ALL, "show": "all"}, file="parquet", corrected=True)
    assert told["manifest"]["tally"] == {"read": 40, "kept": 39, "rejected": {"discarded": 1}}
    table = pq.read_table(io.BytesIO(_download(served, told)))
    texts = dict(zip(table["id"].to_pylist(), table["text"].to_pylist(), strict=True))
    assert texts[judged[1]["id"]] == "better"
    assert judged[2]["id"] not in texts
    hub = personahub.open(served.hub)
    assert hub.stats().tallies["samples: tool"].rejected == {"discarded": 1}
    assert hub.export("tool", output=served.hub.parent / "out.jsonl").tallies["tool"].adds_up
    assert "discarded" in str(hub.show(judged[2]["id"]).listed[0]["dropped"])


@pytest.mark.parametrize("layout", ["personahub", "original", "chat", "argilla", "full"])
def test_every_format_and_file_can_be_had(served: Served, judged: list[dict[str, Any]], layout: str) -> None:
    assert judged
    for file in ("jsonl", "parquet", "folder"):
        if (layout, file) in (("argilla", "parquet"), ("argilla", "folder")):
            assert served.refused("export", view=ALL, file=file, format=layout)[0] == 422
            continue
        split = "train=0.5,test=0.5" if file == "folder" else None
        told = served.api("export", view=ALL, file=file, format=layout, splits=split)
        body = _download(served, told)
        assert told["count"] == 39
        assert len(body) == told["bytes"]
        if file == "folder":
            names = zipfile.ZipFile(io.BytesIO(body)).namelist()
            assert "tool/README.md" in names
            assert any(name.startswith("tool/data/test") for name in names)


def test_what_cannot_be_exported_is_told(served: Served) -> None:
    assert served.refused("export", view={"table": "texts"})[1]["field"] == "view.table"
    assert served.refused("export", view=ALL, format="../x")[1]["field"] == "format"
    assert served.refused("export", view=ALL, file="exe")[1]["field"] == "file"
    assert served.refused("export", view=ALL, file="folder", splits="../a=1")[0] == 422


def test_a_selection_is_saved_used_and_removed(served: Served, judged: list[dict[str, Any]]) -> None:
    assert served.api("selections/save", name="kept", view=SUBMITTED)["count"] == 2
    assert [one["name"] for one in served.api("selections")["selections"]] == ["kept"]
    found = served.api("records", view={**ALL, "selection": "kept"})
    assert [one["id"] for one in found["records"]] == [one["id"] for one in judged[:2]]
    status, error = served.refused("selections/save", name="kept", view=ALL)
    assert (status, error["code"]) == (409, "exists")
    assert served.refused("selections/save", name="../hub", view=ALL)[0] == 422
    assert served.refused("selections/save", name="none", view={**ALL, "query": "zebra"})[0] == 422
    report = personahub.open(served.hub).export("tool", output=served.hub.parent / "s.jsonl", selection="kept")
    assert report.tallies["tool"].kept == 2
    served.api("selections/remove", name="kept")
    assert served.refused("selections/remove", name="kept")[0] == 404


def test_the_command_and_the_python_do_what_the_page_does(tmp_path: Path) -> None:
    served = Served(made(tmp_path).path)
    served.enter()
    view = {**ALL, "query": "tool", "field": "description", "where": "text LIKE 'def %'"}
    ids = {one["id"] for one in served.api("records", view=view)["records"]}
    for do, name in (("save", "one"), ("save", "two")):
        told = served.api("command", view=view, do=do, name=name)
        assert told["notes"] == []
        assert told["command"].startswith("personahub search ")
        made_by = ["-c", told["python"]] if name == "two" else ["-m", *_words(told["command"])]
        subprocess.run([sys.executable, *made_by], check=True, capture_output=True)
        assert {one["id"] for one in served.api("records", view={**ALL, "selection": name})["records"]} == ids
    told = served.api("command", view={**ALL, "near": {"text": "a 'nurse'", "field": "persona"}}, do="search")
    compile(told["python"], "page", "exec")
    told = served.api("command", view={**ALL, "filters": {"task": {"in": ["tool", None]}}}, do="export", file="jsonl")
    assert "task = 'tool'" not in told["command"]
    done = subprocess.run(
        [sys.executable, "-m", *_words(told["command"])], cwd=tmp_path, check=False, capture_output=True
    )
    assert done.returncode == 0, done.stderr
    assert len((tmp_path / "tool.jsonl").read_bytes().splitlines()) == 40
    told = served.api("command", view={**ALL, "sort": "length", "query": "--tool"}, do="search")
    assert any("length" in note for note in told["notes"])
    assert served.stop() == 0


def _words(command: str) -> list[str]:
    return shlex.split(command)


def test_what_a_page_says_is_merged_checked_and_counted(tmp_path: Path) -> None:
    served = Served(made(tmp_path).path)
    served.enter()
    [record] = served.api("records", view=ALL, limit=1)["records"]
    served.judge(record, "discard", key=key())
    assert served.stop() == 0
    other = personahub.open(tmp_path / "other.hub")
    report = other.merge(tmp_path / "my.hub")
    assert report.tallies["judgements"].kept == 1
    assert other.stats().tallies["samples: tool"].rejected == {"discarded": 1}
    assert other.stats().counts["judgements by reviewer"] == {"discarded": 1}
    assert not other.check().wrong
