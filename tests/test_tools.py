"""Tools through all verbs: interfaces, code, calls, verdicts, out again."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import personahub as ph
from personahub.errors import UsageError
from personahub.formats.tool import Tools
from personahub.models.offline.tools import STAGES, code, interface
from personahub.tools.interface import tool
from tests.models.served import Served

WRONG = 0.3


def hub_of(folder: Path, people: int = 12) -> ph.Hub:
    texts = folder / "texts.jsonl"
    trades = ("baker", "welder", "notary", "surgeon", "farmer", "plumber")
    rows = [{"text": f"Entry {n}: the {trades[n % 6]} of street {n} measures twice."} for n in range(people)]
    texts.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    hub = ph.open(folder / "my.hub")
    hub.extract([texts], model="offline")
    return hub


def rows(hub: ph.Hub, table: str, where: str | None = None) -> list[dict[str, Any]]:
    return [row for batch in hub.rows(table, where) for row in batch.to_pylist()]


def test_interfaces_code_and_calls_are_made_verified_and_carried_out(tmp_path: Path) -> None:
    hub = hub_of(tmp_path)
    assert hub.synthesize("tool", model="offline").tallies["samples"] == ph.Tally(12, 12)
    verified = hub.verify("tool")
    assert verified.tallies["samples"] == ph.Tally(12, 12)
    assert verified.counts["tool that hold"] == {"envelope": 12, "schema": 12, "calls": 12}

    hub.solve("tool", template="tool-code", model=f"offline:wrong={WRONG}")
    texts = {row["id"]: row["text"] for row in rows(hub, "samples")}
    planted = {row["id"]: code(texts[row["record"]], seed=0, wrong=WRONG) for row in rows(hub, "solutions")}
    broken = Counter(f"code:{stage}" for _, stage in planted.values() if stage)
    assert broken
    report = hub.verify("tool", table="solutions", seconds=1.0)
    assert report.tallies["solutions"] == ph.Tally(12, 12 - broken.total(), broken)
    assert {row["id"] for row in rows(hub, "solutions")} == {name for name, (_, stage) in planted.items() if not stage}
    assert len(report.listed) == broken.total()
    assert all(row["why"] for row in report.listed)
    assert hub.verify("tool", table="solutions", seconds=1.0).new == {"verdicts": 0}

    hub.solve("tool", template="tool-call", model="offline")
    report = hub.verify("tool", table="solutions", seconds=1.0)
    assert report.tallies["solutions"] == ph.Tally(24, 24 - broken.total(), broken)
    assert report.counts["call that hold"] == {"parse": 12, "name": 12, "arguments": 12}


def test_the_tools_go_out_as_an_endpoint_takes_them_with_example_calls(tmp_path: Path) -> None:
    hub = hub_of(tmp_path, 4)
    hub.synthesize("tool", model="offline")
    hub.export("tool", output=tmp_path / "tools.jsonl", format="tools")
    lines = [json.loads(line) for line in (tmp_path / "tools.jsonl").read_text("utf-8").splitlines()]
    assert len(lines) == 4
    for line in lines:
        [one] = line["tools"]
        assert one["type"] == "function"
        assert one["function"]["parameters"]["type"] == "object"
        assert {call["name"] for call in line["calls"]} == {one["function"]["name"]}
        needed = set(one["function"]["parameters"]["required"])
        assert all(needed <= set(call["arguments"]) for call in line["calls"])
        assert line["persona"]


def test_samples_that_are_no_tools_do_not_go_out_as_tools(tmp_path: Path) -> None:
    hub = hub_of(tmp_path, 2)
    hub.synthesize("math", model="offline")
    with pytest.raises(UsageError, match="is no tool"):
        hub.export("math", output=tmp_path / "tools.jsonl", format="tools")
    assert not (tmp_path / "tools.jsonl").exists()


def test_what_promises_nothing_stays_and_is_told(tmp_path: Path) -> None:
    hub = hub_of(tmp_path, 3)
    hub.synthesize("math", model="offline")
    report = hub.verify("math")
    assert report.tallies["samples"] == ph.Tally(3, 3)
    assert "3 of them promise nothing" in report.notes[0]


def test_verdicts_on_one_task_leave_those_on_another(tmp_path: Path) -> None:
    hub = hub_of(tmp_path, 8)
    for task in ("tool", "more"):
        hub.synthesize(task, template="tool", model="offline")
        hub.solve(task, template="tool-code", model="offline:wrong=1")
        assert hub.verify(task, table="solutions", seconds=1.0).tallies["solutions"].kept == 0
    assert rows(hub, "solutions") == []


def test_over_http_it_is_the_same(tmp_path: Path) -> None:
    hub = hub_of(tmp_path, 5)
    with Served() as served:
        asking: dict[str, Any] = {"model": "openai:offline", "base_url": f"http://127.0.0.1:{served.port}/v1"}
        assert hub.synthesize("tool", **asking).tallies["samples"] == ph.Tally(5, 5)
        assert hub.solve("tool", template="tool-code", **asking).tallies["solutions"] == ph.Tally(5, 5)
        assert hub.solve("tool", template="tool-call", **asking).tallies["solutions"] == ph.Tally(5, 5)
    assert hub.verify("tool").tallies["samples"] == ph.Tally(5, 5)
    assert hub.verify("tool", table="solutions").tallies["solutions"] == ph.Tally(10, 10)


def test_without_a_sandbox_code_is_refused_and_nothing_is_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = hub_of(tmp_path, 2)
    hub.synthesize("tool", model="offline")
    hub.solve("tool", template="tool-code", model="offline:wrong=1")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(__import__("sys").modules, "pydantic_monty", None)
    with pytest.raises(UsageError, match="never run without one"):
        hub.verify("tool", table="solutions")
    assert len(rows(hub, "solutions")) == 2
    assert hub.verify("tool").tallies["samples"].kept == 2  # which runs nothing


def test_the_share_of_broken_code_is_the_one_that_was_set_and_every_stage_comes() -> None:
    asked = [tool_text(seed) for seed in range(400)]
    found = Counter(code(text, seed=0, wrong=WRONG)[1] for text in asked)
    assert set(found) == {None, *STAGES}
    assert abs(1 - found[None] / 400 - WRONG) < 4 * (WRONG * (1 - WRONG) / 400) ** 0.5
    assert {code(text, seed=0)[1] for text in asked} == {None}
    assert len(set(asked)) > 50


def tool_text(seed: int) -> str:
    text = interface(f"A baker of street {seed} who counts loaves", seed=seed)
    read = Tools().read(text)
    assert tool(read.text).description
    return read.text


def test_where_nothing_runs_no_sandbox_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = hub_of(tmp_path, 2)
    hub.synthesize("tool", model="offline")
    hub.solve("tool", template="tool-call", model="offline")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(__import__("sys").modules, "pydantic_monty", None)
    assert hub.verify("tool", table="solutions").tallies["solutions"] == ph.Tally(2, 2)
