"""What a run gave up on is asked again, and nothing else."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import personahub as ph
from personahub.errors import ModelError, SourceError, UsageError
from personahub.models.base import Completion
from tests.endpoint import Endpoint
from tests.models.served import Says

TRADES = ("baker", "welder", "notary", "surgeon", "farmer", "plumber", "tailor", "judge", "pilot", "nurse")
FRONT = '+++\ntask = "synthesis"\nname = "riddle"\ndescription = "riddle"\n'
SCHEMA = (
    FRONT + 'schema = \'\'\'{"type": "object", "required": ["problem"]}\'\'\'\n+++\nInvent a problem for: {{persona}}\n'
)


def _texts(path: Path, count: int = 60, start: int = 0) -> Path:
    rows = [{"text": f"Entry {n}: the {TRADES[n % 10]} of street {n} works."} for n in range(start, start + count)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


@pytest.fixture
def hub(tmp_path: Path) -> ph.Hub:
    """Sixty personas, six of whom are plumbers and six nurses."""
    opened = ph.open(tmp_path / "my.hub")
    opened.extract([_texts(tmp_path / "texts.jsonl")], model="offline")
    return opened


def _run(hub: ph.Hub, number: int = 0) -> str:
    return str(ph.list_runs(hub.path).listed[number]["id"])


def _column(hub: ph.Hub, table: str, name: str, where: str | None = None) -> list[Any]:
    return [value for batch in hub.rows(table, where) for value in batch[name].to_pylist()]


def _plumbers(hub: ph.Hub) -> int:
    return len(_column(hub, "personas", "id", "text LIKE '%plumber%'"))


def test_rows_that_were_refused_are_asked_again_and_no_others(hub: ph.Hub, endpoint: Endpoint) -> None:
    ask: dict[str, Any] = {"model": "openai:m", "base_url": endpoint.url("some_refused")}
    first = hub.synthesize("math", **ask)
    assert first.tallies["samples"] == ph.Tally(60, 54, {"refused_by_endpoint": 6})
    report = ph.retry_run(_run(hub)[:4], hub.path, base_url=endpoint.url("good"))
    assert (report.tallies["samples"], report.usage.requests) == (ph.Tally(6, 6, {}), 6)
    assert endpoint.asked["good"] == 6
    assert len(set(_column(hub, "samples", "id"))) == 60
    assert _column(hub, "rejected", "id") == []
    again = hub.synthesize("math", **ask)
    assert (again.tallies["samples"], again.usage.requests) == (ph.Tally(60, 60, {}), 0)
    assert "nothing to ask again" in ph.retry_run(_run(hub), hub.path).notes[0]


def test_what_is_refused_again_stays_rejected_once(tmp_path: Path, endpoint: Endpoint) -> None:
    hub = ph.open(tmp_path / "my.hub")
    hub.extract([_texts(tmp_path / "texts.jsonl", 200)], model="offline")
    hub.synthesize("math", model="openai:m", base_url=endpoint.url("some_refused"))
    plumbers = _plumbers(hub)
    assert plumbers > 8, "so many that a new endpoint that refuses them would be taken for one that takes no prompt"
    for _ in range(2):
        report = ph.retry_run(_run(hub), hub.path)
        assert report.tallies["samples"] == ph.Tally(plumbers, 0, {"refused_by_endpoint": plumbers})
        assert len(_column(hub, "rejected", "id")) == plumbers
    [row] = [row for row in ph.list_runs(hub.path).listed if row["verb"] == "synthesize math"]
    assert (row["kept"], row["rejected"]) == (200 - plumbers, plumbers)


def test_only_the_reason_that_is_named_is_asked_about(hub: ph.Hub, endpoint: Endpoint) -> None:
    hub.synthesize("math", model="openai:m", base_url=endpoint.url("mixed"))
    cut = len(_column(hub, "rejected", "id", "reason = 'cut_off'"))
    report = ph.retry_run(_run(hub), hub.path, reason="cut_off", base_url=endpoint.url("good"))
    assert (report.tallies["samples"], endpoint.asked["good"]) == (ph.Tally(cut, cut, {}), cut)
    assert set(_column(hub, "rejected", "reason")) == {"refused_by_endpoint"}
    with pytest.raises(UsageError, match="one of refused_by_endpoint, cut_off"):
        ph.retry_run(_run(hub), hub.path, reason=["bored"])


@pytest.mark.parametrize(("fault", "reason"), [("cut_off", "cut_off"), ("refusal", "refusal"), ("null", "empty")])
def test_answers_of_no_use_in_the_journal_are_not_taken_again(
    hub: ph.Hub, endpoint: Endpoint, fault: str, reason: str
) -> None:
    ask: dict[str, Any] = {"model": "openai:m", "base_url": endpoint.url(fault)}
    assert hub.synthesize("math", limit=7, **ask).tallies["samples"].rejected == {reason: 7}
    report = ph.retry_run(_run(hub), hub.path, base_url=endpoint.url("good"))
    assert (report.tallies["samples"], endpoint.asked["good"]) == (ph.Tally(7, 7, {}), 7)
    assert hub.synthesize("math", limit=7, **ask).tallies["samples"] == ph.Tally(7, 7, {})


def test_json_that_did_not_fit_is_asked_for_again(hub: ph.Hub, endpoint: Endpoint, tmp_path: Path) -> None:
    (tmp_path / "r.md").write_text(SCHEMA, "utf-8")
    ask: dict[str, Any] = {"model": "openai:m", "template": str(tmp_path / "r.md"), "limit": 4}
    report = hub.synthesize("riddle", base_url=endpoint.url("good"), **ask)
    assert report.tallies["samples"].rejected == {"not_json": 4}
    report = ph.retry_run(_run(hub), hub.path, base_url=endpoint.url("json"))
    assert (report.tallies["samples"], endpoint.asked["json"]) == (ph.Tally(4, 4, {}), 4)


def test_more_room_is_still_the_same_run(hub: ph.Hub, endpoint: Endpoint) -> None:
    ask: dict[str, Any] = {"model": "openai:m", "base_url": endpoint.url("roomy"), "max_tokens": 100, "limit": 5}
    assert hub.synthesize("math", **ask).tallies["samples"].rejected == {"cut_off": 5}
    run = _run(hub)
    assert ph.retry_run(run, hub.path, max_tokens=2000).tallies["samples"].kept == 5
    assert set(_column(hub, "samples", "run")) == {run}
    assert hub.synthesize("math", **ask).tallies["samples"] == ph.Tally(5, 5, {})


def test_rows_that_got_no_answer_are_asked_again_and_their_part_is_closed(hub: ph.Hub, endpoint: Endpoint) -> None:
    ask: dict[str, Any] = {"model": "openai:m", "retries": 0, "concurrency": 2}
    report = hub.synthesize("math", base_url=endpoint.url("some_fail"), **ask)
    assert report.tallies["samples"].rejected == {"no_answer": 6}
    assert ph.list_runs(hub.path).listed[0]["open_parts"] == 1
    report = ph.retry_run(_run(hub), hub.path, base_url=endpoint.url("good"))
    assert (report.tallies["samples"], endpoint.asked["good"]) == (ph.Tally(6, 6, {}), 6)
    assert ph.list_runs(hub.path).listed[0]["open_parts"] == 0
    again = hub.synthesize("math", base_url=endpoint.url("good"), **ask)
    assert (again.tallies["samples"], again.usage.requests) == (ph.Tally(60, 60, {}), 0)


def test_of_several_samples_only_the_one_that_failed_is_asked_again(hub: ph.Hub, endpoint: Endpoint) -> None:
    ask: dict[str, Any] = {"model": "openai:m", "samples": 2, "base_url": endpoint.url("second_refused")}
    assert hub.synthesize("math", **ask).tallies["samples"] == ph.Tally(120, 114, {"refused_by_endpoint": 6})
    report = ph.retry_run(_run(hub), hub.path, base_url=endpoint.url("good"))
    assert (report.tallies["samples"].read, endpoint.asked["good"]) == (12, 6)
    assert hub.synthesize("math", **ask).tallies["samples"] == ph.Tally(120, 120, {})


def test_a_retry_that_stops_goes_on_and_nothing_is_paid_twice(hub: ph.Hub, endpoint: Endpoint) -> None:
    hub.synthesize("math", model="openai:m", base_url=endpoint.url("some_refused"), concurrency=1)
    ask: dict[str, Any] = {"base_url": endpoint.url("good"), "concurrency": 1}
    report = ph.retry_run(_run(hub), hub.path, max_requests=4, **ask)
    assert (report.stopped, endpoint.asked["good"]) == (True, 4)
    report = ph.retry_run(_run(hub), hub.path, **ask)
    assert (report.usage.requests, report.usage.reused, endpoint.asked["good"]) == (2, 4, 6)
    assert _column(hub, "rejected", "id") == []


def test_a_killed_retry_loses_nothing_and_doubles_nothing(hub: ph.Hub, endpoint: Endpoint) -> None:
    hub.synthesize("math", model="openai:m", base_url=endpoint.url("refusal"))
    words = ["runs", "retry", _run(hub), str(hub.path), "--base-url", endpoint.url("slow"), "--concurrency", "4"]
    with subprocess.Popen([sys.executable, "-m", "personahub", *words], stderr=subprocess.DEVNULL) as process:
        while endpoint.asked["slow"] < 9 and process.poll() is None:  # the first four are on the disk by then
            time.sleep(0.01)
        process.kill()
    assert ph.list_runs(hub.path).listed[0]["how"] == "killed"
    report = ph.retry_run(_run(hub), hub.path, base_url=endpoint.url("good"))
    assert report.tallies["samples"] == ph.Tally(60, 60, {})
    assert 4 <= report.usage.reused <= 8
    assert len(set(_column(hub, "samples", "id"))) == len(_column(hub, "samples", "id")) == 60
    assert _column(hub, "rejected", "id") == []


def test_personas_that_came_or_went_since_change_nothing(hub: ph.Hub, endpoint: Endpoint, tmp_path: Path) -> None:
    ask: dict[str, Any] = {"model": "openai:m", "base_url": endpoint.url("some_refused")}
    hub.synthesize("math", **ask)
    run = _run(hub)
    hub.extract([_texts(tmp_path / "more.jsonl", 50, 1000)], model="offline")
    report = ph.retry_run(run, hub.path, base_url=endpoint.url("good"))
    assert (report.tallies["samples"], endpoint.asked["good"]) == (ph.Tally(6, 6, {}), 6)
    hub.synthesize("math", **ask)
    refused = len(_column(hub, "rejected", "id"))
    assert refused == 5
    assert hub.quality(min_words=200).tallies["personas"].kept == 0
    report = ph.retry_run(run, hub.path, base_url=endpoint.url("good"))
    assert (report.tallies["samples"].read, endpoint.asked["good"]) == (0, 6)
    assert "dropped or not to be found by now: 5" in report.notes[1]


def test_texts_are_taken_from_the_hub_though_their_files_are_gone(tmp_path: Path, endpoint: Endpoint) -> None:
    hub = ph.open(tmp_path / "my.hub")
    path = _texts(tmp_path / "texts.jsonl", 30)
    ask: dict[str, Any] = {"model": "openai:m", "base_url": endpoint.url("some_refused")}
    assert hub.extract([path], **ask).tallies["personas"].rejected == {"refused_by_endpoint": 3}
    path.rename(tmp_path / "moved.jsonl")
    report = ph.retry_run(_run(hub), hub.path, base_url=endpoint.url("good"))
    assert (report.tallies["personas"], endpoint.asked["good"]) == (ph.Tally(3, 3, {}), 3)
    (tmp_path / "moved.jsonl").rename(path)
    again = hub.extract([path], **ask)
    assert (again.tallies["personas"], again.usage.requests) == (ph.Tally(30, 30, {}), 0)


def test_texts_of_which_the_hub_holds_only_the_ids_are_read_again(tmp_path: Path, endpoint: Endpoint) -> None:
    hub = ph.open(tmp_path / "my.hub")
    ask: dict[str, Any] = {"model": "openai:m", "base_url": endpoint.url("some_refused"), "keep_texts": "id"}
    path = _texts(tmp_path / "texts.jsonl", 30)
    hub.extract([path], **ask)
    hub.extract([_texts(tmp_path / "more.jsonl", 30, 100)], **ask)
    path.rename(tmp_path / "moved.jsonl")
    with pytest.raises(SourceError, match=r"texts\.jsonl.*holds only the ids of its texts.*was started in"):
        ph.retry_run(_run(hub), hub.path, base_url=endpoint.url("good"))
    (tmp_path / "moved.jsonl").rename(path)
    ph.retry_run(_run(hub), hub.path, base_url=endpoint.url("good"))
    assert endpoint.asked["good"] == 6
    assert len(_column(hub, "personas", "id")) == 60
    assert set(_column(hub, "texts", "text")) == {None}


def test_of_two_hops_the_one_that_is_named_is_asked_again(hub: ph.Hub, endpoint: Endpoint) -> None:
    hub.expand(model="offline", hops=1, branch=1)
    report = hub.expand(model="openai:m", hops=2, branch=1, base_url=endpoint.url("null"), limit=5)
    assert [tally.read for tally in report.tallies.values()] == [5, 5]
    runs = {row["verb"]: str(row["id"]) for row in ph.list_runs(hub.path).listed if row["model"] == "openai:m"}
    assert set(runs) == {"expand hop 1", "expand hop 2"}
    report = ph.retry_run(runs["expand hop 2"], hub.path, base_url=endpoint.url("good"))
    assert (report.tallies["personas"].read, endpoint.asked["good"]) == (5, 5)


def test_a_model_that_is_gone_is_named_and_nothing_is_touched(hub: ph.Hub, endpoint: Endpoint) -> None:
    hub.synthesize("math", model="openai:m", base_url=endpoint.url("some_refused"))
    run, before = _run(hub), _held(hub)
    with pytest.raises(ModelError, match="answered 404: check --base-url and the model name") as raised:
        ph.retry_run(run, hub.path, base_url=endpoint.url("no_model"))
    assert (raised.value.exit_code, _held(hub)) == (4, before)
    report = ph.retry_run(run, hub.path, base_url=endpoint.url("good"))
    assert report.tallies["samples"] == ph.Tally(6, 6, {})


@pytest.mark.parametrize("name", ["gone:m", "local:gone.gguf"])
def test_a_family_or_a_file_that_is_gone_is_named_and_nothing_is_touched(hub: ph.Hub, name: str) -> None:
    model = Says(Completion("no", "refusal"), name, name)
    assert hub.synthesize("math", model=model).tallies["samples"].rejected == {"refusal": 60}
    run, before, listed = _run(hub), _held(hub), ph.list_runs(hub.path).listed
    with pytest.raises(UsageError) as raised:
        ph.retry_run(run, hub.path)
    said = str(raised.value)
    assert said.startswith(f"run {run} cannot be asked again: ")
    assert said.endswith(f"; it asked {name} and was started in {Path.cwd()}")
    assert ("there is no model 'gone:m'" if name == "gone:m" else "is neither a file that is there") in said
    assert (raised.value.exit_code, _held(hub), ph.list_runs(hub.path).listed) == (2, before, listed)
    model = Says(
        Completion("Math problem: a baker who has two loaves bakes two more of them; how many are there?"), name, name
    )
    assert hub.synthesize("math", model=model).usage.requests == 0


def _held(hub: ph.Hub) -> dict[str, list[Any]]:
    return {table: [row for batch in hub.rows(table) for row in batch.to_pylist()] for table in ("samples", "rejected")}


def test_a_template_that_was_edited_since_is_another_run(hub: ph.Hub, endpoint: Endpoint, tmp_path: Path) -> None:
    template = tmp_path / "r.md"
    template.write_text(FRONT + 'answer = "Riddle:"\n+++\nA riddle for {{persona}}', "utf-8")
    hub.synthesize("riddle", template=str(template), model="openai:m", base_url=endpoint.url("some_refused"))
    template.write_text(FRONT + 'answer = "Riddle:"\n+++\nAnother riddle for {{persona}}', "utf-8")
    with pytest.raises(UsageError, match=r"the template of run \w+ has changed since"):
        ph.retry_run(_run(hub), hub.path)
