"""Figures of a hub."""

from pathlib import Path

import pytest

import personahub as ph
from personahub.errors import HubError
from personahub.events import Step
from tests.health.made import make


def test_every_record_is_counted_once_and_the_parts_of_the_hub_are_weighed(tmp_path: Path) -> None:
    hub = ph.open(make(tmp_path / "my.hub"))
    steps: list[Step] = []
    report = hub.stats(progress=steps.append)
    assert all(tally.adds_up for tally in report.tallies.values())
    assert list(report.tallies) == ["texts", "personas", "samples: math"]
    kept = [row for batch in hub.rows("personas") for row in batch.to_pylist()]
    assert report.tallies["personas"].kept == len(kept)
    assert report.tallies["personas"].rejected["near_duplicate"] == 1
    assert report.counts["personas by hop"] == {str(hop): sum(row["hop"] == hop for row in kept) for hop in (2, 1, 0)}
    assert sum(report.counts["personas by relation"].values()) == len(kept)
    assert len(report.counts["personas by relation"]) <= 21
    assert report.counts["samples by model"] == {"offline": report.tallies["samples: math"].kept}
    sizes = report.counts["bytes on the disk"]
    there = sum(path.stat().st_size for path in hub.path.rglob("*") if path.is_file())
    assert abs(sum(sizes.values()) - there) < 0.1 * there  # the ledger's log comes and goes
    assert {"personas", "journal", "ledger.sqlite", "vectors"} <= set(sizes)
    assert steps[-1].done == steps[-1].total


def test_a_folder_without_a_hub_has_no_figures(tmp_path: Path) -> None:
    with pytest.raises(HubError, match="no hub"):
        ph.open(tmp_path / "none.hub").stats()
