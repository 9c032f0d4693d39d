"""Layouts for fine-tuning: held to what the libraries document, loaded with `datasets`, true to what the hub holds."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from personahub.api import Hub
from personahub.constraints import faults
from personahub.errors import UsageError
from tests.export.schemas import CALLING, INFO, ROWS

SFT = ("chat", "prompt-completion", "alpaca", "sharegpt")
PREFERENCES = ("dpo", "dpo-alpaca")


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Hub:
    """Instructions with good and broken responses, math with right and wrong solutions, conversations."""
    made = Hub(tmp_path_factory.mktemp("training") / "hub")
    made.extract(["examples/texts"], model="offline")
    made.expand(model="offline")
    made.synthesize("instruction", model="offline", constraints=1.0)
    made.solve("instruction", template="response", model="offline")
    made.solve("instruction", template="response", model="offline:broken=0.5")
    made.verify("instruction", table="solutions")
    made.synthesize("math", model="offline")
    made.solve("math", model="offline:wrong=0.3", samples=3)
    made.agree("math", agree=2, of=3)
    made.converse(model="offline", turns=3)
    made.converse(model="offline", turns=2, partner="relation", task="talk")
    return made


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.mark.parametrize("what", ["solutions", "conversation", "talk", "math"])
@pytest.mark.parametrize("layout", SFT)
def test_rows_are_what_the_libraries_document(hub: Hub, tmp_path: Path, layout: str, what: str) -> None:
    hub.export(what, output=tmp_path / "out.jsonl", format=layout)
    rows = _rows(tmp_path / "out.jsonl")
    assert rows
    checker = jsonschema_rs.validator_for(ROWS[layout])
    for row in rows:
        checker.validate(row)


@pytest.mark.parametrize("what", ["instruction", "math"])
@pytest.mark.parametrize("layout", PREFERENCES)
def test_pairs_are_what_the_libraries_document(hub: Hub, tmp_path: Path, layout: str, what: str) -> None:
    report = hub.export(what, output=tmp_path / "out.jsonl", format=layout)
    rows = _rows(tmp_path / "out.jsonl")
    checker = jsonschema_rs.validator_for(ROWS[layout])
    for row in rows:
        checker.validate(row)
    tally = report.tallies[what]
    assert tally.adds_up
    assert tally.kept == len(rows) > 10
    assert tally.rejected["no_pair"] > 0


def test_the_chosen_response_holds_and_the_rejected_one_breaks_a_constraint(hub: Hub, tmp_path: Path) -> None:
    hub.export("instruction", output=tmp_path / "out.jsonl", format="dpo")
    rows = _rows(tmp_path / "out.jsonl")
    for row in rows:
        asked, chosen, rejected = (row[name][0]["content"] for name in ("prompt", "chosen", "rejected"))
        assert faults(asked, chosen) == {}
        assert faults(asked, rejected)
    # there is a pair for every instruction that one of both writers broke: the other one never does
    every = hub.table("instruction").num_rows
    assert abs(len(rows) / every - 0.5) < 0.35


def test_the_chosen_solution_has_the_answer_that_solvers_agree_on(hub: Hub, tmp_path: Path) -> None:
    hub.export("math", output=tmp_path / "out.jsonl", format="dpo-alpaca")
    agreed = {row["text"]: row["answer"] for row in hub.table("math").to_pylist()}
    said = {row["text"]: row["answer"] for row in hub.table("solutions").to_pylist()}
    for row in _rows(tmp_path / "out.jsonl"):
        assert said[row["chosen"]] == agreed[row["instruction"]]
        assert said[row["rejected"]] != agreed[row["instruction"]]


@pytest.mark.parametrize("layout", [*SFT, *PREFERENCES])
def test_datasets_loads_every_layout(hub: Hub, tmp_path: Path, layout: str) -> None:
    datasets = pytest.importorskip("datasets")
    what = "instruction" if layout in PREFERENCES else "conversation"
    hub.export(what, output=tmp_path / "out", format=layout, splits="train=0.8,test=0.2")
    hub.export(what, output=tmp_path / "out.jsonl", format=layout)
    folder = datasets.load_dataset(str(tmp_path / "out"), cache_dir=str(tmp_path / "cache"))
    lines = datasets.load_dataset("json", data_files=str(tmp_path / "out.jsonl"), cache_dir=str(tmp_path / "cache"))
    checker = jsonschema_rs.validator_for(ROWS[layout])
    for split in (folder["train"], folder["test"], lines["train"]):
        for row in split:
            checker.validate(row)
    assert len(folder["train"]) + len(folder["test"]) == len(lines["train"])


@pytest.mark.parametrize("layout", ["chat", "alpaca", "sharegpt", "dpo-alpaca"])
def test_llama_factory_is_told_where_what_is(hub: Hub, tmp_path: Path, layout: str) -> None:
    what = "instruction" if layout.startswith("dpo") else "conversation"
    hub.export(what, output=tmp_path / "out", format=layout, splits="train=0.8,test=0.2")
    told = json.loads((tmp_path / "out" / "dataset_info.json").read_bytes())
    jsonschema_rs.validator_for(INFO).validate(told)
    assert set(told) == {"train", "test"}
    for one in told.values():
        assert (tmp_path / "out" / one["file_name"]).is_file()
    hub.export(what, output=tmp_path / "out", format=layout)  # ours, so it may be written anew
    told = json.loads((tmp_path / "out" / "dataset_info.json").read_bytes())
    assert (tmp_path / "out" / told["train"]["file_name"]).is_dir()
    hub.export(what, output=tmp_path / "one.jsonl", format=layout)
    told = json.loads((tmp_path / "one.dataset_info.json").read_bytes())
    jsonschema_rs.validator_for(INFO).validate(told)
    row = _rows(tmp_path / "one.jsonl")[0]
    assert set(told["one"]["columns"].values()) <= set(row)


def test_a_conversation_is_the_same_in_every_layout(hub: Hub, tmp_path: Path) -> None:
    for layout in SFT:
        hub.export("talk", output=tmp_path / f"{layout}.jsonl", format=layout)
    held = zip(*(_rows(tmp_path / f"{layout}.jsonl") for layout in SFT), strict=True)
    for chat, parted, alpaca, named in held:
        said = chat["messages"]
        assert parted["prompt"] + parted["completion"] == said
        assert said[0]["role"] == "system"
        assert alpaca["system"] == named["system"] == said[0]["content"]
        turns = [one["content"] for one in said[1:]]
        assert [one["value"] for one in named["conversations"]] == turns
        assert [text for pair in alpaca["history"] for text in pair] + [
            alpaca["instruction"],
            alpaca["output"],
        ] == turns


def test_what_does_not_go_together_is_said(hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="personas have no sharegpt form"):
        hub.export("personas", output=tmp_path / "x.jsonl", format="sharegpt")
    with pytest.raises(UsageError, match="name the task"):
        hub.export("solutions", output=tmp_path / "x.jsonl", format="dpo")


def test_calls_of_tools_go_out_with_the_tools_that_they_call(hub: Hub, tmp_path: Path) -> None:
    hub.synthesize("tool", model="offline", limit=15)
    hub.solve("tool", template="tool-call", model="offline")
    hub.verify("tool", table="solutions")
    asked: dict[str, Any] = {"where": "method = 'tool-call'"}
    for layout in CALLING:
        hub.export("solutions", output=tmp_path / f"{layout}.jsonl", format=layout, **asked)
        rows = _rows(tmp_path / f"{layout}.jsonl")
        checker = jsonschema_rs.validator_for(CALLING[layout])
        assert len(rows) > 10
        for row in rows:
            checker.validate(row)
    for row in _rows(tmp_path / "function-calling.jsonl"):
        known = {one["function"]["name"]: one["function"]["parameters"] for one in row["tools"]}
        for call in row["messages"][1]["tool_calls"]:
            jsonschema_rs.validator_for(known[call["function"]["name"]]).validate(call["function"]["arguments"])
    with pytest.raises(UsageError, match="calls no tool"):
        hub.export("solutions", output=tmp_path / "x.jsonl", format="function-calling", where="method = 'response'")
    with pytest.raises(UsageError, match="export solutions"):
        hub.export("tool", output=tmp_path / "x.jsonl", format="sharegpt-tools")
