"""A hub of an older format is opened, read, looked over, gone on with and merged."""

from pathlib import Path
from typing import Any

import pytest

import personahub as ph
from personahub.models.journal import Journal
from tests import old_hub


@pytest.fixture
def hub(tmp_path: Path) -> ph.Hub:
    return ph.open(old_hub.write(tmp_path / "old.hub"))


def _texts(hub: ph.Hub, table: str) -> list[str]:
    return [text for batch in hub.rows(table) for text in batch["text"].to_pylist()]


def test_its_records_are_read_less_what_its_verdicts_drop(hub: ph.Hub) -> None:
    assert _texts(hub, "personas") == [*old_hub.PERSONAS[:2]]
    assert _texts(hub, "samples") == [old_hub.PROBLEM]
    assert hub.stats().tallies["personas"] == ph.Tally(3, 2, {"too_short": 1})


def test_nothing_is_wrong_with_it_before_and_after_more_is_put_in(hub: ph.Hub, tmp_path: Path) -> None:
    assert hub.check().listed == ()
    assert hub.synthesize("math", model="offline").new["samples"] == 2
    assert ph.open(hub.path).check().listed == ()
    hub.compact(keep_hours=0)
    assert ph.open(hub.path).check().listed == ()
    assert _texts(hub, "personas") == [*old_hub.PERSONAS[:2]]


def test_its_lineage_its_answers_and_its_export(hub: ph.Hub, tmp_path: Path) -> None:
    sample: Any = hub.show(next(batch["id"][0].as_py() for batch in hub.rows("samples"))).listed[0]
    assert [step["text"] for step in sample["path"]] == [old_hub.PERSONAS[0], old_hub.TEXT]
    key = bytes.fromhex(old_hub._id("question"))
    assert Journal(hub.path / "journal", writing=False).known([key])[key].text == old_hub.ANSWER
    assert hub.export("math", output=tmp_path / "math.jsonl").tallies["math"].kept == 1


def test_it_becomes_part_of_another(hub: ph.Hub, tmp_path: Path) -> None:
    new = ph.open(tmp_path / "new.hub")
    new.merge(hub.path)
    assert _texts(new, "personas") == [*old_hub.PERSONAS[:2]]
    assert new.check().listed == ()
