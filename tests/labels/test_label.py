"""Records labelled: by rules, by a model, in part, again, and in spite of kills."""

import json
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import personahub as ph
from personahub.attributes.names import ATTRIBUTES
from personahub.errors import HubError, UsageError
from personahub.labels.card import CARD
from personahub.labels.rules import BATCH
from personahub.models.base import Completion
from personahub.tasks.attributes import Attributes
from tests.dedup.texts import hub_of
from tests.endpoint import Endpoint
from tests.models.served import Says

PEOPLE = [
    "A pediatric nurse in Leeds who calms frightened children.",
    "A retired lawyer who loves chess and gardening.",
    "A young programmer from Berlin who is skeptical of every framework.",
    "Somebody of whom nothing is said.",
]


def _made(folder: Path, texts: list[str]) -> ph.Hub:
    folder.mkdir()
    return hub_of(folder, texts)


def _more(hub: ph.Hub, texts: list[str], place: Path) -> None:
    place.write_text("".join(json.dumps({"persona": text}) + "\n" for text in texts), "utf-8")
    hub.import_([place])


def _column(hub: ph.Hub, name: str, table: str = "personas") -> list[Any]:
    held = hub._folder.tables[table].scan([name])
    return [value for batch in held for value in batch[name].to_pylist()]


def _all(hub: ph.Hub) -> list[dict[str, Any]]:
    batches = hub._folder.tables["personas"].scan(["id", *ATTRIBUTES])
    return [row for batch in batches for row in batch.to_pylist()]


def test_labels_are_columns_that_a_condition_knows(tmp_path: Path) -> None:
    hub = hub_of(tmp_path, PEOPLE)
    report = hub.label()
    assert all(tally.adds_up and tally.read == 4 for tally in report.tallies.values())
    assert report.tallies["occupation"].rejected == {"unknown": 1}
    assert report.counts["domain"] == {"law": 1, "medicine": 1, "technology": 1}
    found = [row for batch in hub.rows("personas", "domain = 'medicine' AND place = 'Leeds'") for row in batch["text"]]
    assert [str(text) for text in found] == PEOPLE[:1]
    assert _column(hub, "interests") == [None, "chess; gardening", None, None]


def test_only_what_is_new_is_labelled(tmp_path: Path) -> None:
    hub = hub_of(tmp_path, PEOPLE)
    hub.label(attribute=["domain"])
    _more(hub, ["A farmer in Peru."], tmp_path / "more.jsonl")
    assert _column(hub, "domain") == ["medicine", "law", "technology", None, None]
    report = hub.label(attribute=["domain", "place"])
    assert {name: tally.read for name, tally in report.tallies.items()} == {"domain": 1, "place": 5}
    assert _column(hub, "domain")[-1] == "agriculture"
    assert "Nothing is new" in hub.label(attribute=["place"]).notes[0]


def test_labels_of_two_are_not_mixed_unless_all_are_made_again(tmp_path: Path) -> None:
    hub = hub_of(tmp_path, PEOPLE)
    hub.label(attribute=["domain"])
    for other in ({"confidence": 0.9}, {"model": "offline"}):
        with pytest.raises(UsageError, match="domain of personas was labelled by rules from the field text"):
            hub.label(attribute=["domain"], **other)
    hub.label(attribute=["domain"], confidence=0.95, redo=True)
    assert _column(hub, "domain") == [None] * 4
    hub.label(attribute=["domain"], model="offline", limit=1, redo=True)
    assert _column(hub, "domain") == ["medicine", None, None, None]
    with pytest.raises(UsageError, match="labelled by offline"):
        hub.label(attribute=["domain"])


def test_a_model_and_the_rules_fill_the_same_columns(tmp_path: Path) -> None:
    one, two = (_made(tmp_path / name, PEOPLE) for name in ("one", "two"))
    one.label()
    report = two.label(model="offline")
    assert _all(one) == _all(two)
    assert report.tallies["answers"].adds_up
    assert report.new == {"labels": 4}
    assert report.usage.requests == 4


def test_what_a_model_answered_is_not_asked_again(tmp_path: Path) -> None:
    hub = hub_of(tmp_path, PEOPLE)
    assert hub.label(model="offline", limit=2).usage.requests == 2
    assert _column(hub, "language") == ["en", "en", None, None]
    assert hub.label(model="offline").usage.requests == 2
    assert hub.label(model="offline").usage.requests == 0
    assert hub.label(model="offline", redo=True).usage.requests == 0
    assert _column(hub, "language") == ["en"] * 4


def test_another_model_that_answers_the_same_is_another_labeller(tmp_path: Path) -> None:
    hub = hub_of(tmp_path, PEOPLE[:2])
    same = Completion('{"domain": "law"}')
    hub.label(attribute=["domain"], model=Says(same, "one", "one"))
    report = hub.label(attribute=["domain"], model=Says(same, "two", "two"), redo=True)
    assert report.tallies["answers"] == ph.Tally(2, 2, {})
    assert report.new == {"labels": 2}
    assert _column(hub, "domain") == ["law", "law"]
    with pytest.raises(UsageError, match="labelled by two"):
        hub.label(attribute=["domain"], model=Says(same, "one", "one"))


def test_answers_that_are_named_as_an_earlier_version_named_them_are_read_and_not_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = hub_of(tmp_path, PEOPLE)
    rows = Attributes.rows
    with monkeypatch.context() as before:
        before.setattr(Attributes, "rows", lambda task, *given: rows(replace(task, labeller=""), *given))
        hub.label(attribute=["domain"], model="offline", limit=2)
    report = hub.label(attribute=["domain"], model="offline")
    assert (report.usage.requests, report.new) == (2, {"labels": 4})  # those two once more, by their new name
    hub.label(attribute=["domain"], model="offline", redo=True)
    assert _column(hub, "domain") == ["medicine", "law", "technology", None]


def test_a_dry_run_asks_and_writes_nothing(tmp_path: Path) -> None:
    hub = hub_of(tmp_path, PEOPLE)
    report = hub.label(model="offline", dry_run=True)
    assert report.counts["dry run"]["requests"] == 4
    assert '- "domain": the field of life' in str(report.preview[0]["prompt"])
    assert not (hub.path / CARD).exists()


def test_options_of_a_model_without_one_are_refused(tmp_path: Path) -> None:
    hub = hub_of(tmp_path, PEOPLE)
    with pytest.raises(UsageError, match="template is for a model"):
        hub.label(template="mine.md")
    with pytest.raises(UsageError, match="rpm is for a model"):
        hub.label(rpm=3.0)
    with pytest.raises(UsageError, match="have no field"):
        hub.label(field="id; drop")
    with pytest.raises(UsageError, match="is no text"):
        hub.label(field="hop")


def test_what_a_model_refused_is_told_and_asked_again_by_retry(tmp_path: Path, endpoint: Endpoint) -> None:
    hub = hub_of(tmp_path, [*PEOPLE[:2], "A plumber."])
    report = hub.label(attribute=["domain"], model="openai:m", base_url=endpoint.url("good"))
    assert report.tallies["answers"].rejected == {"not_json": 3}
    assert _column(hub, "domain") == [None] * 3
    ph.retry_run(str(ph.list_runs(hub.path).listed[0]["id"]), hub.path, base_url=endpoint.url("domain"))
    hub.label(attribute=["domain"], model="openai:m", base_url=endpoint.url("good"))
    assert _column(hub, "domain") == ["law"] * 3


def test_a_damaged_card_and_columns_of_nobody_are_said(tmp_path: Path) -> None:
    hub = hub_of(tmp_path, PEOPLE)
    hub.label(attribute=["domain"])
    (hub.path / CARD).write_bytes(b'{"personas": {"domain": 3}}')
    with pytest.raises(HubError, match="is damaged; remove it and label again with --redo"):
        hub.label(attribute=["domain"])
    (hub.path / CARD).unlink()
    with pytest.raises(UsageError, match="no labeller gave"):
        hub.label(attribute=["domain"])
    hub.label(attribute=["domain"], redo=True)
    assert _column(hub, "domain") == ["medicine", "law", "technology", None]


def test_an_empty_hub_has_nothing_to_label(tmp_path: Path) -> None:
    hub = hub_of(tmp_path, PEOPLE)
    assert hub.label(table="samples").tallies["domain"].read == 0
    assert hub.label(table="samples", model="offline").tallies["answers"].read == 0


def test_killed_labelling_is_gone_on_with_and_ends_as_one_that_was_not(tmp_path: Path) -> None:
    texts = [f"{PEOPLE[number % 4]} Number {number}." for number in range(3 * BATCH)]
    hub, whole = _made(tmp_path / "killed", texts), _made(tmp_path / "whole", texts)
    whole.label()
    dice = random.Random(7)
    for _ in range(4):
        command = [sys.executable, "-m", "personahub", "label", str(hub.path), "--redo"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
            time.sleep(dice.uniform(0.8, 2.5))
            child.send_signal(signal.SIGKILL)
        if "domain" in hub._folder.tables["personas"].stored.names:
            assert set(_column(hub, "language")) in ({None}, {"en"})
    hub.label()
    assert _all(hub) == _all(whole)
