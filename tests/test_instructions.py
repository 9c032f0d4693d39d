"""Instructions with constraints, responses to them, and which of these do not hold."""

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from personahub.api import Hub
from personahub.constraints import KINDS, draw, faults, parted
from personahub.models.offline.responses import broken, response
from tests.test_kill import _COMMAND


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    made = Hub(tmp_path / "hub")
    made.extract(["examples/texts"], model="offline")
    made.expand(model="offline", hops=2)
    return made


def _texts(hub: Hub, what: str, column: str = "text") -> list[str]:
    texts: list[str] = hub.table(what)[column].to_pylist()
    return texts


def test_a_share_of_instructions_gets_constraints_by_seed(hub: Hub) -> None:
    hub.synthesize("instruction", model="offline", constraints=0.5)
    first = _texts(hub, "instruction")
    with_some = [text for text in first if parted(text)[1]]
    assert 0.3 < len(with_some) / len(first) < 0.7
    # the same again is the same, and another seed asks nothing anew
    assert hub.synthesize("instruction", model="offline", constraints=0.5).new["samples"] == 0
    report = hub.synthesize("instruction", model="offline", constraints=0.5, constraint_seed=1)
    assert report.usage.requests == 0
    assert report.usage.reused == len(first)
    plain = {parted(text)[0] for text in first}
    assert {parted(text)[0] for text in _texts(hub, "instruction")} == plain


def test_the_offline_writer_keeps_every_constraint() -> None:
    for number in range(600):
        drawn = draw(1.0, "kept", str(number))
        asked = "\n".join(["Help me plan the week.", "", "Conditions:", *(f"- {one.sentence}" for one in drawn)])
        assert faults(asked, response(asked, number)) == {}, asked


def test_broken_ones_are_found_all_and_no_other_is_dropped(hub: Hub) -> None:
    rate = 0.4
    hub.synthesize("instruction", model="offline", constraints=1.0)
    hub.solve("instruction", template="response", model=f"offline:broken={rate}")
    report = hub.verify("instruction", table="solutions")
    told = {row["sample"]: broken(row["sample"], 0, rate) for row in hub.table("solutions").to_pylist()}
    assert not any(told.values()), "what is kept breaks nothing"
    planted = [one for one in (broken(text, 0, rate) for text in _texts(hub, "instruction")) if one]
    tally = report.tallies["solutions"]
    assert tally.read - tally.kept == len(planted)
    assert abs(len(planted) / tally.read - rate) < 0.15  # four standard errors of 130
    named = {f"constraint:{one.name}" for one in planted}
    assert set(tally.rejected) <= {f"constraint:{name}" for name in KINDS}
    assert len(named - set(tally.rejected)) <= 1  # one answer may break two, of which the first is named
    assert all(str(row["why"]).startswith(str(row["reason"]).removeprefix("constraint:")) for row in report.listed)


def test_instructions_two_shot_with_personas_for_real_prompts(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "prompts.md").write_text("Fix my sourdough, it is flat.\n---\nDraft a letter to my landlord.\n")
    asked = {"shots": "persona", "examples": str(tmp_path / "prompts.md"), "example_count": 2}
    report = hub.synthesize("instruction", model="offline", **asked)  # type: ignore[arg-type]
    assert report.tallies["samples"].kept == report.tallies["samples"].read > 100
    shown = hub.synthesize("instruction", model="offline", dry_run=True, **asked)  # type: ignore[arg-type]
    assert "Fix my sourdough" in str(shown.preview[-1]["prompt"])


@pytest.fixture
def server() -> Iterator[str]:
    with subprocess.Popen([*_COMMAND, "serve-offline"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        line = process.stdout.readline()
        yield next(word for word in line.split() if word.startswith("http://")).rstrip(".,")
        process.send_signal(signal.SIGTERM)


def test_all_of_it_over_http(hub: Hub, server: str) -> None:
    reached = {"model": "openai:x", "base_url": server}
    made = hub.synthesize("instruction", constraints=1.0, limit=40, **reached)  # type: ignore[arg-type]
    hub.solve("instruction", template="response", **reached)  # type: ignore[arg-type]
    held = hub.verify("instruction", table="solutions")
    talked = hub.converse(turns=2, **reached)  # type: ignore[arg-type]
    assert made.tallies["samples"].kept == 40
    assert held.tallies["solutions"].kept == 40
    assert talked.tallies["samples"].kept == 40
