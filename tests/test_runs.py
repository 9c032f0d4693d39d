"""What is on record of a run, however it ended, and what a person sees of it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import personahub as ph
from personahub.errors import HubError, ModelError, UsageError
from personahub.runs import past
from tests.endpoint import KEY, Endpoint

_COMMAND = [sys.executable, "-m", "personahub"]


@pytest.fixture
def hub(tmp_path: Path) -> ph.Hub:
    """Forty personas, some of them plumbers."""
    trades = ("baker", "welder", "plumber", "notary", "judge", "pilot", "farmer", "tailor")
    rows = [{"text": f"Entry {n}: the {trades[n % 8]} of street {n} works."} for n in range(40)]
    path = tmp_path / "texts.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    opened = ph.open(tmp_path / "my.hub")
    opened.extract([path], model="offline")
    return opened


def _ask(url: str, *more: str) -> list[str]:
    return [*_COMMAND, "synthesize", "my.hub", "math", "-m", "openai:m", "--base-url", url, *more]


def _typed(place: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*_COMMAND, *words], cwd=place, capture_output=True, text=True, check=False, timeout=60)


@contextmanager
def _begun(place: Path, command: list[str], endpoint: Endpoint, asked: int = 4) -> Iterator[subprocess.Popen[str]]:
    """The command, as soon as the endpoint was asked so often."""
    with subprocess.Popen(command, cwd=place, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while endpoint.asked.total() < asked and process.poll() is None:
            time.sleep(0.01)
        yield process
        process.kill()


def _newest(hub: ph.Hub) -> dict[str, Any]:
    return dict(ph.list_runs(hub.path).listed[0])


def _files(hub: ph.Hub) -> bytes:
    return b"".join(path.read_bytes() for path in (hub.path / "runs").rglob("*") if path.is_file())


def test_settings_and_calls_are_on_record(hub: ph.Hub, endpoint: Endpoint) -> None:
    ask: dict[str, Any] = {"model": "openai:m", "base_url": endpoint.url("some_refused"), "limit": 20}
    hub.synthesize("math", **ask)
    hub.synthesize("math", concurrency=3, **ask)
    [one] = [one for one in past(hub.path) if one.settings["verb"] == "synthesize"]
    settings = json.loads((hub.path / "runs" / one.id / "settings.json").read_text("utf-8"))
    assert settings["options"]["limit"] == 20
    assert settings["options"]["concurrency"] == 3
    assert (settings["model"], settings["table"], settings["folder"]) == ("openai:m", "samples", str(Path.cwd()))
    assert set(settings["versions"]) == {"personahub", "python", "platform"}
    first, second = one.calls
    assert (first.how, first.pid, first.verb, first.options["concurrency"]) == ("done", os.getpid(), "synthesize", None)
    assert first.began < first.ended <= second.began
    assert first.tally.adds_up
    assert first.tally.rejected == first.failed == {"refused_by_endpoint": first.failed["refused_by_endpoint"]}
    assert first.examples == {"refused_by_endpoint": ["content filter"]}
    assert (first.usage.requests, second.usage.requests, one.usage.requests) == (20, 0, 20)


def test_a_dry_run_and_a_verb_that_asks_nobody_are_no_runs(hub: ph.Hub, endpoint: Endpoint) -> None:
    before = len(past(hub.path))
    hub.synthesize("math", model="openai:m", base_url=endpoint.url("good"), dry_run=True)
    hub.quality()
    assert len(past(hub.path)) == before


def test_runs_are_listed_the_last_first_with_what_the_hub_holds_of_them(hub: ph.Hub, endpoint: Endpoint) -> None:
    hub.synthesize("math", model="openai:m", base_url=endpoint.url("some_refused"))
    rows = ph.list_runs(hub.path).listed
    assert [row["verb"] for row in rows] == ["synthesize math", "extract"]
    assert [row["model"] for row in rows] == ["openai:m", "offline seed=0 v2"]
    refused = len([1 for batch in hub.rows("rejected") for _ in range(len(batch))])
    assert (rows[0]["kept"], rows[0]["rejected"], rows[0]["how"]) == (40 - refused, refused, "done")
    assert (rows[0]["cost"], rows[1]["cost"]) == (None, 0.0)


def test_a_run_is_shown_with_its_words_and_the_command_to_go_on_with(hub: ph.Hub, endpoint: Endpoint) -> None:
    url = endpoint.url("some_refused")
    prices = hub.path.parent / "prices.toml"
    prices.write_text('["openai:m"]\nprompt = 2.5\ncompletion = 10.0\n')
    stopped = _typed(hub.path.parent, *_ask(url, "--max-requests", "30", "--prices", str(prices))[3:])
    assert stopped.returncode == 6, stopped.stderr
    row = _newest(hub)
    assert row["how"].startswith("stopped: the 30 requests of max_requests are used up")
    shown = _typed(hub.path.parent, "runs", "show", row["id"][:4])
    assert shown.returncode == 0, shown.stderr
    assert f"To go on: personahub synthesize my.hub math --model openai:m --base-url {url}" in shown.stdout
    hub.synthesize("math", model="openai:m", base_url=url, prices=str(prices))
    report = ph.show_run(row["id"][:4], hub.path)
    assert {"refused_by_endpoint": "content filter"} in report.preview
    assert "for each row kept" in report.notes[0]
    assert f"To ask again: personahub runs retry {row['id'][:12]} " in report.notes[-1]
    assert report.tallies["samples"].adds_up
    again = _typed(hub.path.parent, *report.notes[-1].split()[-4:], "--json", "--base-url", endpoint.url("good"))
    assert json.loads(again.stdout)["tallies"]["samples"]["rejected"] == {}


def test_a_limit_that_is_reached_is_exit_code_6_and_a_whole_report(hub: ph.Hub, endpoint: Endpoint) -> None:
    done = _typed(hub.path.parent, *_ask(endpoint.url("good"), "--max-requests", "5", "--json")[3:])
    assert (done.returncode, json.loads(done.stdout)["stopped"], done.stderr) == (6, True, "")
    assert "6 stopped by a limit of yours" in _typed(hub.path.parent, "--help").stdout


def test_a_killed_run_is_running_and_then_killed(hub: ph.Hub, endpoint: Endpoint) -> None:
    with _begun(hub.path.parent, _ask(endpoint.url("stuck")), endpoint) as process:
        assert _newest(hub)["how"] == "running"
        process.kill()
        process.wait(10)
        assert _newest(hub)["how"] == "killed"
    report = ph.show_run(_newest(hub)["id"], hub.path)
    assert any("was killed" in note for note in report.notes)
    assert any(note.startswith("To go on: personahub synthesize") for note in report.notes)
    hub.synthesize("math", model="openai:m", base_url=endpoint.url("good"))
    assert _newest(hub)["how"] == "done"


def test_ctrl_c_once_waits_for_what_is_in_flight(hub: ph.Hub, endpoint: Endpoint) -> None:
    command = _ask(endpoint.url("slow"), "--concurrency", "4")
    with _begun(hub.path.parent, command, endpoint) as process:
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "the same command goes on from there" in said
    assert "stopping when what is in flight has arrived; once more to stop now" in said
    assert _newest(hub)["how"] == "interrupted"
    [call] = past(hub.path)[0].calls
    assert call.usage.completion_tokens == 5 * endpoint.asked["slow"], "what was in flight was answered"
    assert not call.failed, "what was not asked is no failure"
    report = hub.synthesize("math", model="openai:m", base_url=endpoint.url("slow"))
    assert report.usage.reused == 40 - report.usage.requests == call.usage.requests


def test_ctrl_c_twice_stops_at_once(hub: ph.Hub, endpoint: Endpoint) -> None:
    with _begun(hub.path.parent, _ask(endpoint.url("stuck")), endpoint) as process:
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=10)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert _newest(hub)["how"] == "interrupted"


def test_a_failed_run_says_why_and_no_secret_is_in_any_file(hub: ph.Hub, endpoint: Endpoint) -> None:
    key = hub.path.parent / "key"
    key.write_text("sk-a-wrong-key-987654")
    port = endpoint.url("locked").split(":")[2].split("/")[0]
    for url in (endpoint.url("locked"), f"http://user:hunter2secret@127.0.0.1:{port}/locked/v1?api_key=abcdef&v=2"):
        with pytest.raises((ModelError, UsageError)):
            hub.synthesize("math", model="openai:m", base_url=url, key_file=str(key), retries=0, patience=1.0)
    row = _newest(hub)
    assert row["how"].startswith("failed: ")
    assert past(hub.path)[0].options["key_file"] == str(key)
    for secret in ("sk-a-wrong", "hunter2secret", "abcdef", KEY):
        assert secret.encode() not in _files(hub), secret


def test_a_line_that_was_cut_off_is_passed_over_and_the_next_one_is_whole(hub: ph.Hub, endpoint: Endpoint) -> None:
    ask: dict[str, Any] = {"model": "openai:m", "base_url": endpoint.url("good")}
    hub.synthesize("math", **ask)
    path = hub.path / "runs" / _newest(hub)["id"] / "calls.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"began": "2026-01-01T00:00:00.000Z", "pi')
    assert _newest(hub)["how"] == "done"
    hub.synthesize("math", **ask)
    assert [call.how for call in past(hub.path)[0].calls] == ["done", "done"]
    path.write_bytes(whole[:-30])
    assert _newest(hub)["how"] == "killed"
    path.write_bytes(b'{"verb": 1}\n[]\n\n{"ended": 1, "began": 2}\n' + whole)
    assert _newest(hub)["how"] == "done"


def test_runs_of_every_hub_in_the_current_folder_are_found_by_their_first_digits(
    hub: ph.Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other.hub").mkdir()
    monkeypatch.chdir(tmp_path)
    other = ph.open("other.hub")
    other.extract(["texts.jsonl"], model="offline")
    assert {row["hub"] for row in ph.list_runs().listed} == {"my.hub", "other.hub"}
    run = str(_newest(hub)["id"])
    with pytest.raises(UsageError, match=f"may be any of {run} in my.hub, {run} in other.hub"):
        ph.show_run(run[:8])
    assert ph.show_run(run[:4].upper(), "other.hub").preview[0]["hub"] == "other.hub"
    with pytest.raises(UsageError, match="too short"):
        ph.show_run(run[:3], "my.hub")
    with pytest.raises(UsageError, match="there is no run 'ffff'"):
        ph.show_run("ffff", "my.hub")
    with pytest.raises(HubError, match="there is no hub at none"):
        ph.list_runs("none")
    monkeypatch.chdir(hub.path)
    assert {row["hub"] for row in ph.list_runs().listed} == {"."}
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    with pytest.raises(UsageError, match="no hub in the current folder"):
        ph.list_runs()


def test_lists_are_for_people_and_json_for_machines(hub: ph.Hub) -> None:
    shown = _typed(hub.path.parent, "runs", "my.hub")
    run = _newest(hub)["id"]
    assert shown.stdout.splitlines()[0].split() == ["id", "verb", "model", "begun,", "UTC", "kept", "rejected", "how"]
    assert shown.stdout.splitlines()[1].startswith(f"{run[:12]}  extract  offline seed=0 v2  20")
    told = json.loads(_typed(hub.path.parent, "runs", "list", "--json").stdout)
    assert told["listed"][0]["id"] == run


def test_a_list_in_a_pipe_cuts_no_id(tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("A baker weighs the flour before dawn and sings to the dough.", "utf-8")
    hub = ph.open(tmp_path / "my.hub")
    hub.extract([tmp_path / "text.txt"], model="offline")
    command = [sys.executable, "-m", "personahub", "runs", "list", str(tmp_path / "my.hub")]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    [row] = hub.rows("personas")
    assert row["run"][0].as_py()[:12] in shown
    assert "\u2026" not in shown
