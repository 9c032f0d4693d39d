"""Verdicts of a hub that grows are added to: what changed is written, what is read is what came later."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import personahub as ph
from personahub.dedup import tables
from personahub.dedup.marks import Marks
from personahub.dedup.names import BLOCK, Names
from personahub.hub import Folder
from personahub.schema import KEPT
from personahub.store.table import Table
from tests.dedup.test_incremental import _grown, _hub, _scratch, _verdicts
from tests.dedup.texts import made

STARS: dict[str, Any] = {"threshold": 0.8, "stays": "longest", "link": "star"}


def _written(hub: ph.Hub) -> list[dict[str, Any]]:
    """All verdicts that were ever put down."""
    return [row for batch in Folder(hub.path).tables["verdicts"].scan() for row in batch.to_pylist()]


def _dropped(hub: ph.Hub) -> set[str]:
    folder = Folder(hub.path)
    return {
        row["id"]
        for batch in folder.judged("personas", ["id"])
        for row in batch.to_pylist()
        if row["reject"] == tables.REASON
    }


def test_only_what_is_otherwise_is_written_and_readers_see_the_whole(tmp_path: Path) -> None:
    texts = made(900)
    hub = _hub(tmp_path / "grown", texts[:800])
    hub.dedup(threshold=0.8, incremental=True)
    before, held = len(_written(hub)), _verdicts(hub)
    _grown(hub, texts[800:])
    report = hub.dedup(threshold=0.8)
    now = _verdicts(hub)
    changed = {row[0] for row in now ^ held}
    assert len(_written(hub)) - before == report.new["verdicts"] == len(changed) < before // 2
    assert now == _scratch(tmp_path / "scratch", texts, threshold=0.8)
    assert _dropped(hub) == {row[0] for row in now}
    assert report.tallies["personas"].rejected[tables.REASON] == len(now)
    clusters, other = (one.duplicates(limit=5) for one in (hub, ph.open(tmp_path / "scratch" / "my.hub")))
    assert [row["id"] for row in clusters.listed] == [row["id"] for row in other.listed]
    assert hub.dedup(threshold=0.8).new["verdicts"] == 0
    assert not hub.check().listed


def test_what_is_kept_after_all_is_taken_back(tmp_path: Path) -> None:
    words = [f"w{number:02}" for number in range(20)]
    near = [" ".join(words), " ".join(words[:18]), " ".join([*words[2:], "somethingmuchlonger", "thatwinsbyfar"])]
    texts = [*made(200), *near]
    hub = _hub(tmp_path / "grown", texts[:-1])
    hub.dedup(**STARS, incremental=True)
    _grown(hub, texts[-1:])
    hub.dedup(**STARS)
    back = [row["id"] for row in _written(hub) if row["reason"] == KEPT]
    now = _verdicts(hub)
    assert len(back) == 1
    assert now == _scratch(tmp_path / "scratch", texts, **STARS)
    assert _dropped(hub) == {row[0] for row in now}
    assert back[0] not in _dropped(hub)
    assert not any(row["current"] for row in hub.show(back[0]).listed[0]["verdicts"])


def test_runs_that_stand_on_each_other_do_not_grow_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "_FAMILY", 3)
    texts, most = made(400), 0
    hub = _hub(tmp_path / "grown", texts[:200])
    hub.dedup(threshold=0.8, incremental=True)
    for start in range(200, len(texts), 20):
        _grown(hub, texts[start : start + 20])
        hub.dedup(threshold=0.8)
        most = max(most, len(Folder(hub.path).families("personas")["duplicate"]))
    assert most == 3
    assert _verdicts(hub) == _scratch(tmp_path / "scratch", texts, threshold=0.8)


def test_other_settings_in_between_and_verdicts_that_are_gone(tmp_path: Path) -> None:
    texts = made(400)
    hub = _hub(tmp_path / "grown", texts[:200])
    hub.dedup(threshold=0.8, incremental=True)
    for start, threshold in zip(range(200, 400, 40), (0.8, 0.7, 0.8, 0.8, 0.8), strict=True):
        _grown(hub, texts[start : start + 40])
        hub.dedup(threshold=threshold)
        assert _verdicts(hub) == _scratch(tmp_path / f"{start}", texts[: start + 40], threshold=threshold)
    _grown(hub, ["A judge who was not there before"])
    folder = Folder(hub.path)
    with folder.tables["verdicts"].opened() as data:
        data.delete("reason = 'near_duplicate'")  # put back from an older copy, say
    hub.dedup(threshold=0.8)
    assert _verdicts(hub) == _scratch(tmp_path / "last", [*texts, "A judge who was not there before"], threshold=0.8)


def test_quality_in_between_is_seen(tmp_path: Path) -> None:
    texts = [*made(300), *(f"Ask {number}" for number in range(5))]
    hubs = [_hub(tmp_path / name, texts[:150]) for name in ("grown", "other")]
    for end, judged in ((200, False), (250, True), (280, True), (len(texts), True), (len(texts), True)):
        for hub, incremental in zip(hubs, (True, False), strict=True):
            if end > 150:
                _grown(hub, texts[end - 50 : end])
            if judged:
                hub.quality()
            hub.dedup(threshold=0.8, incremental=incremental)
        assert _verdicts(hubs[0]) == _verdicts(hubs[1])
        assert _dropped(hubs[0]) == _dropped(hubs[1])


def test_ids_that_were_read_are_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("personahub.dedup.names.BLOCK", 64)
    monkeypatch.setattr("personahub.dedup.seen.BLOCK", 64)
    monkeypatch.setattr("personahub.dedup.surveyed.BLOCK", 64)
    texts, read = made(600), 0
    real = Table.scan

    def counted(self: Table, *given: Any, **named: Any) -> Iterator[Any]:
        nonlocal read
        for batch in real(self, *given, **named):
            read += len(batch) if self.path.stem == "personas" and "id" in given[0] else 0
            yield batch

    hub = _hub(tmp_path / "grown", texts[:500])
    hub.dedup(threshold=0.8, method="exact", incremental=True)
    _grown(hub, texts[500:])
    monkeypatch.setattr(Table, "scan", counted)
    hub.dedup(threshold=0.8, method="exact")
    monkeypatch.setattr(Table, "scan", real)
    assert read < 64 + 2 * (len(texts) - 500)  # named, and once more for their texts
    assert _verdicts(hub) == _scratch(tmp_path / "scratch", texts, threshold=0.8, method="exact")


def test_marks_find_the_nth_row_and_names_go_on_from_any_block() -> None:
    dice = np.random.default_rng(0)
    for share in (0.0, 0.02, 0.7, 1.0):
        bits = dice.random(70_017) < share
        marks = Marks.of(np.array_split(bits, 7))
        there = np.flatnonzero(bits)
        assert marks.count == len(there)
        assert (marks.rows(np.arange(len(there))) == there).all()
        assert (marks.held(np.arange(len(bits))) == bits).all()
        for rows in (0, 64, 70_016):
            assert marks.among(rows) == bits[:rows].sum()
            assert (np.concatenate([np.empty(0, np.bool_), *marks.first(rows)]) == bits[:rows]).all()
    ids, borders = dice.integers(0, 2**63, (3 * BLOCK - 5, 2)).astype(np.uint64), [0, 7, BLOCK, BLOCK + 1, 2 * BLOCK]
    whole = Names([], borders)
    for some in np.array_split(ids, 11):
        whole.add(some)
    whole.close()
    for blocks in (1, 2):
        rest = Names(whole.chain[:blocks], borders)
        rest.add(ids[blocks * BLOCK :])
        rest.close()
        assert rest.found == {at: name for at, name in whole.found.items() if at >= blocks * BLOCK}
        assert rest.chain == whole.chain
