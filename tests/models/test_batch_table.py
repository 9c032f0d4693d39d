"""Live, in batches or through files, with a kill, failures and an expiry in between: the same tables come of it."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import personahub as ph
from personahub.events import Report
from personahub.models import batch
from personahub.models.batch import Patience
from personahub.models.serving import Manners
from tests.models.batch_endpoint import BatchEndpoint
from tests.models.served import CHAT, Served

MANNERS = Manners(faults="refused=0.1,content_filter=0.1,length=0.15")
TRADES = ("baker", "welder", "notary", "surgeon", "farmer", "plumber", "tailor", "judge", "pilot", "nurse")
TEXTS = 60
TABLES = ("texts", "personas", "samples", "rejected")
MOST_CALLS = 8  # until every request has its answer, those sent again among them

Rows = list[dict[str, Any]]
Call = Callable[[ph.Hub], Report]


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("texts") / "texts.jsonl"
    rows = [{"text": f"Entry {n}: the {TRADES[n % 10]} of street {n} measures twice."} for n in range(TEXTS)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


@pytest.fixture(scope="module")
def live(texts: Path, tmp_path_factory: pytest.TempPathFactory) -> ph.Hub:
    hub = ph.open(tmp_path_factory.mktemp("live") / "my.hub")
    with Served(MANNERS) as server:
        asked = {"model": "openai:m", "base_url": server.server.url, "max_tokens": 900}
        hub.extract([texts], **asked)
        report = hub.synthesize("math", samples=2, **asked)
    assert set(report.tallies["samples"].rejected) == {"refused_by_endpoint", "content_filter"}
    return hub


def _rows(hub: ph.Hub, table: str) -> Rows:
    return [row for batch in hub.rows(table) for row in batch.to_pylist()]


def _exported(hub: ph.Hub, what: str) -> bytes:
    output = hub.path.parent / f"{what}.jsonl"
    hub.export(what, output=output, format="full")
    content: bytes = output.read_bytes()
    return content


def _by_id(rows: Rows) -> Rows:
    return sorted(rows, key=lambda row: str(row["id"]))


def _killed_once_submitted(hub: Path, url: str, *words: str) -> None:
    """Hand over a batch and die by kill -9 before it has ended."""
    command = [sys.executable, "-m", "personahub", words[0], str(hub), *words[1:], "--model", "batch:m"]
    with subprocess.Popen([*command, "--base-url", url, "--max-tokens", "900", "--quiet"]) as process:
        before = set(hub.rglob("0*.json"))
        until = time.monotonic() + 30
        while not any(b'"submitted"' in path.read_bytes() for path in {*hub.rglob("0*.json")} - before):
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.01)
        process.kill()


def test_a_killed_failing_and_expiring_batch_makes_the_tables_of_a_live_run(
    live: ph.Hub, texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub, far_side = ph.open(tmp_path / "my.hub"), BatchEndpoint(MANNERS)
    monkeypatch.setattr(batch, "Patience", partial(Patience, poll=0.02, settle=0.1, give_up=5.0))
    asked = {"model": "batch:m", "base_url": far_side.url, "max_tokens": 900}
    calls: list[tuple[list[str], Call]] = [
        (["extract", str(texts)], lambda hub: hub.extract([texts], **asked)),
        (["synthesize", "math", "--samples", "2"], lambda hub: hub.synthesize("math", samples=2, **asked)),
    ]
    try:
        for words, call in calls:
            made = len(far_side.made)
            far_side.trouble(seconds=0.5, done=0.7, failing=0.3, most_failures=2, status=500)
            _killed_once_submitted(hub.path, far_side.url, *words)
            while far_side.made[made]["status"] != "expired":
                time.sleep(0.01)
            far_side.trouble(seconds=0.0, done=1.0)
            report = call(hub)
            assert all(tally.adds_up for tally in report.tallies.values())
            assert len(far_side.made) > made + 2, "failures, the expired and answers cut off go into further batches"
        worked_on, put = far_side.store.worked_on, far_side.times_put()
    finally:
        far_side.close()
    for table in TABLES:
        assert _rows(hub, table) == _rows(live, table), table
    for what in ("personas", "math"):
        assert _exported(hub, what) == _exported(live, what)
    assert max(worked_on.values()) <= 3, "two failures and the answer"
    assert put.keys() == worked_on.keys()


def _run_offline(folder: Path, server: Served, *, failing: int) -> None:
    """Answer the files of requests that have no file of answers yet.

    Args:
        failing: of ten requests so many fail.
    """
    for path in sorted(folder.glob("requests-*.jsonl")):
        answers = path.with_name(path.name.replace("requests", "answers"))
        if answers.exists():
            continue
        lines = []
        for number, line in enumerate(path.read_bytes().splitlines()):
            request = json.loads(line)
            got = server.call("POST", CHAT, request["body"])
            worked = {"status_code": got.status, "body": got.json}
            failed = {"status_code": 500, "body": {"error": {"message": "out of memory"}}}
            response = failed if number % 10 < failing else worked
            lines.append(json.dumps({"custom_id": request["custom_id"], "response": response, "error": None}))
        answers.write_text("\n".join(reversed(lines)) + "\n")


def test_files_that_a_runner_answers_in_part_make_the_rows_of_a_live_run(
    live: ph.Hub, texts: Path, tmp_path: Path
) -> None:
    """The rows of a hub stand in the order in which they came, and what failed at first came later."""
    hub, folder = ph.open(tmp_path / "my.hub"), tmp_path / "requests"
    asked = {"model": f"files:m@{folder}", "max_tokens": 900}
    calls: list[Call] = [
        lambda hub: hub.extract([texts], **asked),
        lambda hub: hub.synthesize("math", samples=2, **asked),
    ]
    with Served(MANNERS) as server:
        for call in calls:
            for number in range(MOST_CALLS):
                report = call(hub)
                if not any("come later" in note for note in report.notes):
                    break
                _run_offline(folder, server, failing=3 if number == 0 else 0)
            assert 3 <= number < MOST_CALLS - 1
    for table in TABLES:
        assert _by_id(_rows(hub, table)) == _by_id(_rows(live, table)), table
    for what in ("personas", "math"):
        assert sorted(_exported(hub, what).splitlines()) == sorted(_exported(live, what).splitlines())


def test_files_that_are_answered_at_once_make_the_tables_of_a_live_run(texts: Path, tmp_path: Path) -> None:
    live, filed, folder = ph.open(tmp_path / "live.hub"), ph.open(tmp_path / "filed.hub"), tmp_path / "requests"
    with Served(Manners(faults="refused=0.1,content_filter=0.1")) as server:
        live.extract([texts], model="openai:m", base_url=server.server.url)
        filed.extract([texts], model=f"files:m@{folder}")
        _run_offline(folder, server, failing=0)
        filed.extract([texts], model=f"files:m@{folder}")
    for table in TABLES:
        assert _rows(filed, table) == _rows(live, table), table
    assert _exported(filed, "personas") == _exported(live, "personas")
