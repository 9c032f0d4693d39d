"""The verbs together, on the offline writer or on a real server of ours."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import personahub as ph
from personahub.errors import HubBusy, ModelError, SourceError, UsageError
from personahub.events import Step
from personahub.models.base import Completion, Prompt
from tests.endpoint import Endpoint

TRADES = ("baker", "welder", "notary", "surgeon", "farmer", "plumber", "tailor", "judge", "pilot", "nurse")


def _texts(folder: Path, count: int = 30) -> Path:
    rows = [{"text": f"Entry {n}: the {TRADES[n % 10]} of street {n} measures twice."} for n in range(count)]
    path = folder / "texts.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def _column(hub: ph.Hub, table: str, name: str, where: str | None = None) -> list[Any]:
    return [value for batch in hub.rows(table, where) for value in batch[name].to_pylist()]


@pytest.fixture
def hub(tmp_path: Path) -> ph.Hub:
    """Thirty texts and a persona for each."""
    opened = ph.open(tmp_path / "my.hub")
    opened.extract([_texts(tmp_path)], model="offline")
    return opened


def test_every_row_of_every_verb_is_accounted_for(tmp_path: Path) -> None:
    hub = ph.open(tmp_path / "my.hub")
    with _texts(tmp_path).open("a", encoding="utf-8") as file:
        file.write('{"text": " "}\nno json\n{"text": "Entry 3: the surgeon of street 3 measures twice."}\n')
    extracted = hub.extract([tmp_path / "texts.jsonl"], model="offline")
    assert extracted.tallies["documents"] == ph.Tally(33, 31, {"empty": 1, "not_json": 1})
    assert extracted.tallies["texts"] == ph.Tally(31, 30, {"repeat": 1})
    reports = [
        extracted,
        hub.expand(model="offline", hops=2),
        hub.quality(),
        hub.dedup(),
        hub.synthesize("math", model="offline"),
        hub.stats(),
        hub.export("math", output=tmp_path / "math.jsonl"),
    ]
    assert all(tally.adds_up for report in reports for tally in report.tallies.values())
    asides = {(row["place"], row["reason"]) for batch in hub.rows("rejected") for row in batch.to_pylist()}
    source = (tmp_path / "texts.jsonl").as_posix()
    assert {(f"{source}:31", "empty"), (f"{source}:32", "not_json"), (f"{source}:33", "repeat")} <= asides


def test_a_second_call_asks_nothing_adds_nothing_and_reports_the_same(tmp_path: Path, endpoint: Endpoint) -> None:
    hub = ph.open(tmp_path / "my.hub")
    path = _texts(tmp_path)
    ask: dict[str, Any] = {"model": "openai:m", "base_url": endpoint.url("good")}
    first = hub.extract([path], **ask), hub.synthesize("math", **ask)
    asked = endpoint.asked.total()
    second = hub.extract([path], **ask), hub.synthesize("math", **ask)
    assert endpoint.asked.total() == asked == 60
    assert [report.tallies for report in first] == [report.tallies for report in second]
    assert [report.new.total() for report in second] == [0, 0]


def test_more_texts_ask_only_about_what_is_new(tmp_path: Path, endpoint: Endpoint) -> None:
    hub = ph.open(tmp_path / "my.hub")
    ask: dict[str, Any] = {"model": "openai:m", "base_url": endpoint.url("good")}
    hub.extract([_texts(tmp_path, 30)], **ask)
    report = hub.extract([_texts(tmp_path, 33)], **ask)
    assert (report.usage.requests, report.new["texts"]) == (3, 3)


def test_another_model_is_asked_about_the_same_texts(hub: ph.Hub, tmp_path: Path, endpoint: Endpoint) -> None:
    report = hub.extract([tmp_path / "texts.jsonl"], model="openai:m", base_url=endpoint.url("good"))
    assert (report.usage.requests, report.new["texts"]) == (30, 0)
    assert report.tallies["texts"] == ph.Tally(30, 30, {})


def test_a_hop_starts_from_what_the_hop_before_made(hub: ph.Hub) -> None:
    report = hub.expand(model="offline", hops=2, branch=2)
    assert set(report.tallies) == {"hop 1", "hop 2"}
    for hop in (1, 2):
        parents = set(_column(hub, "personas", "id", f"hop = {hop - 1}"))
        assert set(_column(hub, "personas", "source", f"hop = {hop}")) <= parents
        assert all(_column(hub, "personas", "relation", f"hop = {hop}"))
    kept = report.tallies["hop 1"].kept
    assert report.tallies["hop 2"].read == 2 * kept


def test_a_persona_knows_the_text_it_came_from(hub: ph.Hub) -> None:
    texts = set(_column(hub, "texts", "id"))
    assert set(_column(hub, "personas", "source")) <= texts
    assert set(_column(hub, "personas", "model")) == {"offline"}


def test_only_the_ids_of_texts_are_kept_where_that_is_wanted(tmp_path: Path) -> None:
    hub = ph.open(tmp_path / "my.hub")
    hub.extract([_texts(tmp_path)], model="offline", keep_texts="id")
    assert set(_column(hub, "texts", "text")) == {None}
    assert len(set(_column(hub, "texts", "id"))) == 30


def test_long_documents_are_cut_with_their_offsets(tmp_path: Path) -> None:
    text = " ".join(f"Sentence number {n} is here." for n in range(40))
    (tmp_path / "long.txt").write_text(text, "utf-8")
    hub = ph.open(tmp_path / "my.hub")
    report = hub.extract([tmp_path / "long.txt"], model="offline", max_chars=200)
    assert report.tallies["documents"].kept == 1
    for batch in hub.rows("texts"):
        for row in batch.to_pylist():
            assert text[row["start"] : row["end"]] == row["text"]
    assert sum(map(len, _column(hub, "texts", "text"))) == len(text)


def test_a_dry_run_asks_and_writes_nothing(tmp_path: Path, endpoint: Endpoint) -> None:
    hub = ph.open(tmp_path / "my.hub")
    url = endpoint.url("good")
    report = hub.extract([_texts(tmp_path)], model="openai:m", base_url=url, dry_run=True)
    assert report.counts["dry run"]["requests"] == 30
    assert "the baker of street 0" in str(report.preview[0]["prompt"])
    assert not (tmp_path / "my.hub").exists()
    hub.extract([_texts(tmp_path)], model="offline")
    report = hub.synthesize("math", model="openai:m", base_url=url, dry_run=True, limit=7)
    assert report.counts["dry run"]["requests"] == 7
    assert (endpoint.asked.total(), _column(hub, "samples", "id")) == (0, [])


def test_rows_the_endpoint_refuses_leave_with_its_words_and_the_rest_goes_on(hub: ph.Hub, endpoint: Endpoint) -> None:
    personas = len(_column(hub, "personas", "id", "text LIKE '%plumber%'"))
    report = hub.synthesize("math", model="openai:m", base_url=endpoint.url("some_refused"))
    assert report.tallies["samples"].rejected.get("refused_by_endpoint", 0) == personas
    assert report.tallies["samples"].adds_up


@pytest.mark.parametrize(("fault", "reason"), [("cut_off", "cut_off"), ("refusal", "refusal"), ("null", "empty")])
def test_what_is_no_answer_is_counted_only(hub: ph.Hub, endpoint: Endpoint, fault: str, reason: str) -> None:
    report = hub.synthesize("math", model="openai:m", base_url=endpoint.url(fault))
    assert report.tallies["samples"].kept == 0
    assert set(report.tallies["samples"].rejected) == {reason}
    assert _column(hub, "samples", "id") == []


def test_a_run_that_stops_goes_on_where_it_was(hub: ph.Hub, endpoint: Endpoint) -> None:
    ask: dict[str, Any] = {"model": "openai:m", "concurrency": 1, "retries": 1, "patience": 1.0}
    with pytest.raises(ModelError, match="503"):
        hub.synthesize("math", base_url=endpoint.url("dies"), **ask)
    report = hub.synthesize("math", base_url=endpoint.url("good"), **ask)
    assert report.usage.reused == 3
    assert report.tallies["samples"].kept == len(_column(hub, "personas", "id"))


def test_a_journal_that_is_not_read_any_more_is_named_until_it_is_deleted(hub: ph.Hub, endpoint: Endpoint) -> None:
    journal = hub.path / "journal.sqlite"
    journal.write_bytes(b"SQLite format 3\0")
    ask: dict[str, Any] = {"model": "openai:m", "limit": 3}
    report = hub.synthesize("math", base_url=endpoint.url("refusal"), **ask)
    assert [note for note in report.notes if f"{journal} is the journal of an earlier version" in note]
    [run] = [row["id"] for row in ph.list_runs(hub.path).listed if row["verb"] == "synthesize math"]
    retried = ph.retry_run(str(run), hub.path, base_url=endpoint.url("good"))
    assert report.notes[-1] in retried.notes
    journal.unlink()
    assert hub.synthesize("math", base_url=endpoint.url("good"), **ask).notes == ()


def test_hostile_answers_are_kept_as_text(hub: ph.Hub, endpoint: Endpoint, tmp_path: Path) -> None:
    hub.synthesize("math", model="openai:m", base_url=endpoint.url("hostile"), limit=1)
    [text] = _column(hub, "samples", "text")
    assert "{{persona}} ' OR 1=1; <script>" in text
    hub.export("math", output=tmp_path / "out.jsonl")
    assert json.loads((tmp_path / "out.jsonl").read_text("utf-8"))["synthesized text"] == text
    command = [sys.executable, "-m", "personahub", "export", "my.hub", "math", "-o", "again.jsonl"]
    shown = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True).stdout
    assert b"\x1b" not in shown
    assert b"[bold]" in shown


def test_two_writers_are_a_clear_error(hub: ph.Hub, endpoint: Endpoint) -> None:
    def busy(_: Step) -> None:
        with pytest.raises(HubBusy, match="another process"):
            ph.open(hub.path).dedup()
        seen.append(1)

    seen: list[int] = []
    hub.synthesize("math", model="openai:m", base_url=endpoint.url("good"), limit=1, progress=busy)
    assert seen


def test_verbs_work_where_a_loop_runs_already(hub: ph.Hub) -> None:
    async def notebook() -> ph.Report:
        return hub.synthesize("math", model="offline", limit=3)

    assert asyncio.run(notebook()).tallies["samples"].kept == 3


def test_a_model_of_ones_own_is_a_model(hub: ph.Hub) -> None:
    class Echo:
        name = identity = "echo"
        limit, slots = 0, 4

        async def complete(self, prompt: Prompt) -> Completion:
            return Completion(
                f"Math problem: a page has {len(prompt.messages[0].content)} letters and gets one more; how many "
                "are on it then?"
            )

        def stop(self) -> None: ...

        async def close(self) -> None: ...

    assert hub.synthesize("math", model=Echo(), limit=2).tallies["samples"].kept == 2


def test_a_mistake_in_the_options_costs_nothing(tmp_path: Path) -> None:
    hub = ph.open(tmp_path / "my.hub")
    with pytest.raises(UsageError, match="has no option 'modle'"):
        hub.extract([_texts(tmp_path)], modle="offline")
    with pytest.raises(SourceError):
        hub.extract([tmp_path / "none.txt"], model="offline")
    assert not hub.path.exists()
