"""Samples answered: by several solvers, over HTTP, in spite of kills, and told of wherever tables are."""

import json
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import personahub as ph
from personahub.errors import TemplateError, UsageError
from personahub.hub import Folder
from personahub.schema import SOLUTIONS
from tests import old_hub
from tests.dedup.texts import hub_of
from tests.endpoint import Endpoint
from tests.test_kill import _killed, _stats, server

__all__ = ["server"]

PEOPLE = [f"A {'plumber' if number < 2 else 'baker'} of street {number}" for number in range(12)]
OWN = """+++
task = "solution"
name = "short"
description = "short answer"
format = "final"
answer = "Result:"
[variables]
manner = "plain"
[checks]
least_words = 3
+++
In a {{manner}} way, answer this, and end with "Result:" and the answer.
<<<
{{sample}}
>>>
"""


@pytest.fixture
def hub(tmp_path: Path) -> ph.Hub:
    opened = hub_of(tmp_path, PEOPLE)
    opened.synthesize("math", model="offline")
    return opened


def _rows(hub: ph.Hub, *names: str) -> list[dict[str, Any]]:
    return [row for batch in hub.rows("solutions") for row in batch.select(list(names)).to_pylist()]


def test_solvers_are_samples_times_models(hub: ph.Hub) -> None:
    report = hub.solve("math", model="offline", samples=2)
    assert report.tallies["solutions"] == ph.Tally(24, 24, {})
    assert report.new == {"solutions": 24}
    assert hub.solve("math", model="offline:wrong=0.5").new == {"solutions": 12}
    rows = _rows(hub, *SOLUTIONS.names)
    assert len({row["id"] for row in rows}) == 36
    assert {(row["model"], row["method"], row["task"]) for row in rows} == {
        ("offline", "solution", "math"),
        ("offline:wrong=0.5", "solution", "math"),
    }
    assert all(row["answer"] and row["answer"] in row["text"].replace("**", "") for row in rows)


def test_more_samples_later_are_more_solvers_and_none_twice(hub: ph.Hub) -> None:
    hub.solve("math", model="offline", samples=1)
    report = hub.solve("math", model="offline", samples=3)
    assert (report.usage.requests, report.new) == (24, {"solutions": 24})
    assert report.tallies["solutions"].adds_up
    assert len(_rows(hub, "id")) == 36
    assert hub.solve("math", model="offline", samples=3).usage.requests == 0


def test_only_some_are_solved_where_some_are_meant(hub: ph.Hub) -> None:
    assert hub.solve("math", model="offline", limit=3).new == {"solutions": 3}
    assert hub.solve("math", model="offline", where="persona LIKE '%street 5'").new == {"solutions": 1}
    hub.select(save="few", table="samples", count=2)
    assert hub.solve("math", model="offline:wrong=1", selection="few").new == {"solutions": 2}
    with pytest.raises(UsageError, match="no name for a task"):
        hub.solve("solutions", model="offline")


def test_a_sample_that_only_a_lack_of_agreement_dropped_is_solved_too(hub: ph.Hub) -> None:
    hub.solve("math", model="offline", samples=1)
    hub.agree("math", agree=2, of=2)
    assert hub._folder.tally("samples").kept == 0
    assert hub.solve("math", model="offline:wrong=0.001").new == {"solutions": 12}
    assert hub.agree("math", agree=2, of=2).tallies["samples"].kept >= 11


def test_a_wording_of_your_own_has_variables_and_checks(hub: ph.Hub, tmp_path: Path) -> None:
    (tmp_path / "short.md").write_text(OWN, "utf-8")
    report = hub.solve("math", model="offline", template=str(tmp_path / "short.md"), set=["manner=quick"], dry_run=True)
    assert "In a quick way" in str(report.preview[0]["prompt"])
    assert hub.solve("math", model="offline", template=str(tmp_path / "short.md")).new == {"solutions": 12}
    assert {row["method"] for row in _rows(hub, "method")} == {"short"}
    with pytest.raises(TemplateError, match="is for the task 'synthesis'"):
        hub.solve("math", model="offline", template="math")


def test_a_response_has_no_answer_to_agree_on(hub: ph.Hub) -> None:
    hub.solve("math", model="offline", template="response", samples=2)
    assert {row["answer"] for row in _rows(hub, "answer")} == {None}
    with pytest.raises(UsageError, match="call 'solve' first"):
        hub.agree("math")


def test_lineage_stats_and_check_know_solutions(hub: ph.Hub) -> None:
    hub.solve("math", model="offline", samples=2)
    one = _rows(hub, "id", "record")[0]
    (found,) = hub.show(one["id"]).listed
    assert [step["table"] for step in found["path"]][:2] == ["samples", "personas"]
    assert "Work out the problem below" in found["asked"]["prompt"][0]["content"]
    assert found["asked"]["answer"]
    (sample,) = hub.show(one["record"]).listed
    assert sample["solutions"]["count"] == 2
    stats = hub.stats()
    assert stats.tallies["solutions"] == ph.Tally(24, 24, {})
    assert stats.counts["solutions by method"] == {"solution": 24}
    assert not hub.check().wrong
    assert ph.show_run(str(ph.list_runs(hub.path).listed[0]["id"]), hub.path).tallies["solutions"].kept == 24


def test_solutions_go_from_hub_to_hub_once(hub: ph.Hub, tmp_path: Path) -> None:
    hub.solve("math", model="offline")
    hub.agree("math", agree=1, of=1)
    other = ph.open(tmp_path / "other.hub")
    assert other.merge([hub.path]).tallies["solutions"] == ph.Tally(12, 12, {})
    assert other.merge([hub.path]).tallies["solutions"] == ph.Tally(12, 0, {"repeat": 12})
    assert len(_rows(other, "id")) == 12
    assert not other.check().wrong
    assert other.agree("math", agree=1, of=1).tallies["samples"].kept == 12


@pytest.mark.parametrize("name", ["personahub", "chat", "full", "argilla"])
def test_solutions_go_out_in_every_layout(hub: ph.Hub, tmp_path: Path, name: str) -> None:
    hub.solve("math", model="offline", limit=4)
    report = hub.export("solutions", output=tmp_path / "out.jsonl", format=name)
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_bytes().splitlines()]
    assert report.tallies["solutions"] == ph.Tally(4, 4, {})
    texts = {row["sample"] for row in hub.table("solutions").to_pylist()}
    if name == "chat":
        assert {row["messages"][0]["content"] for row in rows} == texts
    elif name == "argilla":
        assert {row["fields"]["sample"] for row in rows} == texts
    else:
        assert {row["sample"] for row in rows} == texts


def test_an_old_hub_without_the_table_opens_and_can_be_solved(tmp_path: Path) -> None:
    hub = ph.open(old_hub.write(tmp_path / "old.hub"))
    assert list(hub.rows("solutions")) == []
    assert "solutions" not in hub.stats().tallies
    (task,) = {row["task"] for batch in hub.rows("samples") for row in batch.to_pylist()}
    assert hub.solve(task, model="offline").new == {"solutions": 1}
    assert not hub.check().wrong


def test_what_was_given_up_on_is_asked_again(hub: ph.Hub, endpoint: Endpoint) -> None:
    first = hub.solve("math", model="openai:m", base_url=endpoint.url("some_refused"))
    assert first.tallies["solutions"].rejected == {"refused_by_endpoint": 2}
    run = str(ph.list_runs(hub.path).listed[0]["id"])
    assert ph.retry_run(run, hub.path, base_url=endpoint.url("good")).tallies["solutions"].kept == 2
    assert len(_rows(hub, "id")) == 12


def test_killed_solvers_lose_nothing_and_double_nothing(tmp_path: Path, server: str) -> None:
    """Over HTTP; a program is not run again that has run."""
    hub = hub_of(tmp_path, [f"The baker of street {number}" for number in range(100)])
    hub.synthesize("math", model="offline")
    before = _stats(server)
    command = [sys.executable, "-m", "personahub", "solve", str(hub.path), "math", "--template", "program"]
    command += ["--samples", "3", "--model", "openai:any", "--base-url", server, "--concurrency", "16", "--quiet"]
    kills = _killed(command, server, random.Random(7), most=3)
    assert kills >= 2
    after = _stats(server)
    assert after["distinct"] - before["distinct"] == 300
    rows = [row for batch in Folder(hub.path).tables["solutions"].scan() for row in batch.to_pylist()]
    assert len({row["id"] for row in rows}) == len(rows) == 300
    told = [row for batch in hub.rows("solutions") for row in batch.select(["ran", "result"]).to_pylist()]
    assert {row["ran"] for row in told} == {"ok"}
    assert all(row["result"] for row in told)
    again = hub.solve("math", template="program", samples=3, model="openai:any", base_url=server, concurrency=16)
    assert (again.usage.requests, again.new) == (0, {})
    assert again.tallies["programs"] == ph.Tally()
    assert hub.agree("math").tallies["samples"].kept == 100


def test_programs_that_were_killed_are_run_by_the_next_call(hub: ph.Hub) -> None:
    command = [sys.executable, "-m", "personahub", "solve", str(hub.path), "math", "--template", "program"]
    command += ["--model", "offline", "--samples", "50", "--quiet"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        table = Folder(hub.path).tables["solutions"]
        while process.poll() is None and not table.exists:
            time.sleep(0.005)
        process.kill()
    report = hub.solve("math", template="program", model="offline", samples=50)
    assert report.tallies["programs"].adds_up
    rows = [row for batch in hub.rows("solutions") for row in batch.select(["ran"]).to_pylist()]
    assert [row["ran"] for row in rows] == ["ok"] * 600
