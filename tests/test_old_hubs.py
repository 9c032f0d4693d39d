"""A hub of an older format is opened, read, looked over, gone on with and merged."""

from pathlib import Path
from typing import Any

import pytest

import personahub as ph
from personahub.asked import synthesis
from personahub.errors import UsageError
from personahub.models.journal import Journal
from personahub.verbs import verb
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


def _asked(hub: ph.Hub) -> dict[str, Any]:
    (row,) = hub.show(next(batch["id"][0].as_py() for batch in hub.rows("samples"))).listed
    asked: dict[str, Any] = dict(row)["asked"]
    return asked


def test_a_run_whose_template_is_another_by_now_says_so_when_it_is_shown_and_when_it_is_asked_again(
    hub: ph.Hub,
) -> None:
    options = {"task": "math", "template": None, "samples": 1, "model": "offline"}
    old_hub.put_run(hub.path, "synthesize", options, f"math math@{'0' * 16} x1")
    changed = f"the template of run {old_hub.RUN} has changed since: a file was edited, or this version of personahub"
    assert _asked(hub)["note"].startswith(f"its prompt cannot be made again: {changed}")
    with pytest.raises(UsageError) as raised:
        ph.retry_run(old_hub.RUN, hub.path)
    assert str(raised.value).startswith(f"run {old_hub.RUN} cannot be asked again: {changed}")
    assert str(raised.value).endswith("; 'synthesize' makes a new run")


def test_of_a_run_that_was_told_fewer_options_the_prompt_is_made_again(hub: ph.Hub) -> None:
    task = synthesis({name: option.default for name, option in verb("synthesize").settings.items()} | {"task": "math"})
    old_hub.put_run(hub.path, "synthesize", {"task": "math", "model": "offline"}, task.identity)
    assert old_hub.PERSONAS[0] in _asked(hub)["prompt"][-1]["content"]


def test_it_becomes_part_of_another(hub: ph.Hub, tmp_path: Path) -> None:
    new = ph.open(tmp_path / "new.hub")
    new.merge(hub.path)
    assert _texts(new, "personas") == [*old_hub.PERSONAS[:2]]
    assert new.check().listed == ()
