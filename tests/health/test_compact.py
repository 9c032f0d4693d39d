"""A hub made small and quick, with every row where it was."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import lance
import pyarrow as pa
import pytest

import personahub as ph
from personahub.errors import HubBusy
from personahub.hub import Folder
from personahub.schema import PERSONAS, TEXTS
from personahub.store.examined import Examined
from personahub.text import content_id
from tests.health.made import personas


def _people(first: int, count: int) -> pa.Table:
    rows = [
        {
            "id": content_id(f"person {n}"),
            "text": f"person {n}",
            "origin": "relation",
            "source": content_id(f"{n // 3}"),
        }
        for n in range(first, first + count)
    ]
    return pa.Table.from_pylist([{**row, "hop": 1, "run": "0" * 32} for row in rows], PERSONAS)


def _made(path: Path, sizes: list[int]) -> Folder:
    folder, first = Folder(path), 0
    folder.create()
    with folder.writing():
        for size in sizes:
            folder.tables["personas"].append(_people(first, size))
            first += size
    return folder


def _numbers(folder: Folder) -> list[int]:
    found = [text for batch in folder.tables["personas"].scan(["text"]) for text in batch["text"].to_pylist()]
    return [int(text.removeprefix("person ")) for text in found]


def test_a_hub_of_many_small_files_becomes_one_of_few_with_every_row_in_its_place(tmp_path: Path) -> None:
    dice = random.Random(3)
    folder = _made(tmp_path / "my.hub", [dice.randint(1, 400) for _ in range(60)])
    before = sum(1 for path in folder.path.rglob("*") if path.is_file())
    rows = _numbers(folder)
    report = ph.open(folder.path).compact(keep_hours=0)
    assert _numbers(Folder(folder.path)) == rows == list(range(len(rows)))
    seen = Examined(Folder(folder.path).tables["personas"])
    assert len(list(seen.pieces())) == 1
    assert {index.name: index.rows for index in seen.indexes()} == {"id_idx": len(rows), "source_idx": len(rows)}
    assert sum(1 for path in folder.path.rglob("*") if path.is_file()) < before / 4
    assert sum(report.counts["bytes after"].values()) < sum(report.counts["bytes before"].values())
    assert not ph.open(folder.path).check().wrong


def test_what_is_joined_already_is_not_written_again(tmp_path: Path) -> None:
    folder = _made(tmp_path / "my.hub", [9000, 9000, 70_000, 1200, 3, 150_000, 500, 40])
    ph.open(folder.path).compact(keep_hours=0)
    rows = _numbers(folder)
    assert rows == list(range(len(rows)))
    written = {path: path.stat().st_mtime_ns for path in (folder.path / "personas.lance").rglob("*.lance")}
    version = folder.tables["personas"].version
    ph.open(folder.path).compact(keep_hours=0)
    assert written == {path: path.stat().st_mtime_ns for path in (folder.path / "personas.lance").rglob("*.lance")}
    assert folder.tables["personas"].version == version


def test_rows_that_come_behind_are_found_by_every_index_and_joined_the_next_time(tmp_path: Path) -> None:
    folder = _made(tmp_path / "my.hub", [300, 20])
    ph.open(folder.path).compact()
    with folder.writing():
        for n in range(20):
            folder.tables["personas"].append(_people(320 + 3 * n, 3))
    assert _numbers(folder) == list(range(380))
    ph.open(folder.path).compact()
    assert _numbers(Folder(folder.path)) == list(range(380))
    table = Folder(folder.path).tables["personas"]
    assert table.count(f"source = '{content_id('120')}'") == 3
    assert not ph.open(folder.path).check().wrong


# Compacts the table of texts, with so little memory for sorting that the library refuses some of what it is asked for.
_IN_LITTLE_ROOM = """
import sys
from datetime import timedelta
from lance.dataset import DatasetOptimizer
from personahub.hub import Folder
from personahub.store.compacting import compact
merge = DatasetOptimizer.optimize_indices
def told(self, *given, num_indices_to_merge=None, **named):
    answer = "refused"
    try:
        merge(self, *given, num_indices_to_merge=num_indices_to_merge, **named)
        answer = "done"
    finally:
        print(num_indices_to_merge, answer)
DatasetOptimizer.optimize_indices = told
compact(Folder(sys.argv[1]).tables["texts"], timedelta(days=1), lambda rows: None)
"""


def _segmented(path: Path, segments: int) -> Folder:
    """Texts under an index of ids in so many segments of 5,000."""
    folder = Folder(path)
    folder.create()
    for number in range(segments):
        ids = [content_id(f"text {number} {n}") for n in range(5_000)]
        rows: dict[str, list[object]] = {"id": [*ids], "text": [None] * len(ids), "source": ["a.jsonl"] * len(ids)}
        rows |= dict.fromkeys(("record", "start", "end"), [0] * len(ids))
        folder.tables["texts"].append(pa.table(rows, schema=TEXTS))
        data = lance.dataset(str(path / "texts.lance"))
        if number:
            data.optimize.optimize_indices(index_names=["id_idx"], num_indices_to_merge=0)
        else:
            data.create_scalar_index("id", "BTREE", name="id_idx")
    return Folder(path)


@pytest.mark.parametrize(("room", "refused"), [(2**27, set()), (1_000_000, {8, 4}), (600_000, {8, 4, 2})])
def test_segments_that_are_too_many_for_the_memory_are_joined_fewer_at_a_time(
    tmp_path: Path, room: int, refused: set[int]
) -> None:
    folder = _segmented(tmp_path / "my.hub", 8)
    ids = [name for batch in folder.tables["texts"].scan(["id"]) for name in batch["id"].to_pylist()]
    command = [sys.executable, "-c", _IN_LITTLE_ROOM, str(folder.path)]
    little = {**os.environ, "LANCE_MEM_POOL_SIZE": str(room)}
    said = subprocess.run(command, env=little, capture_output=True, text=True, check=True, timeout=60).stdout
    asked = [line.split() for line in said.splitlines()]
    assert refused <= {int(count) for count, answer in asked if answer == "refused"}, said
    assert asked[-1][1] == "done", said
    texts = Folder(folder.path).tables["texts"]
    assert [name for batch in texts.scan(["id"]) for name in batch["id"].to_pylist()] == ids
    assert texts.places(ids[::-1]).tolist() == list(range(len(ids)))[::-1]


def test_upkeep_beside_appends_leaves_segments_apart_that_are_too_many_for_the_memory(tmp_path: Path) -> None:
    folder = _segmented(tmp_path / "my.hub", 8)
    texts = folder.tables["texts"]
    with texts.opened() as data:
        segments = _segments(data)
    last = {
        "id": [content_id("last")],
        "text": ["last"],
        "source": ["a.jsonl"],
        "record": [0],
        "start": [0],
        "end": [0],
    }
    texts.append(pa.table(last, schema=TEXTS))
    little = {**os.environ, "LANCE_MEM_POOL_SIZE": "600000"}
    subprocess.run([sys.executable, "-c", _TIDIED_IN_LITTLE_ROOM, str(folder.path)], env=little, check=True, timeout=60)
    with Folder(folder.path).tables["texts"].opened() as data:
        assert _segments(data) == segments + 1
    assert Folder(folder.path).tables["texts"].places([content_id("last")]).tolist() == [40_000]


_TIDIED_IN_LITTLE_ROOM = """
import sys
from personahub.hub import Folder
from personahub.store.packing import extend, segments_to_merge
from personahub.store.table import INDEX_BYTES
with Folder(sys.argv[1]).tables["texts"].opened() as data:
    index, = [one for one in data.describe_indices() if one.name == "id_idx"]
    assert segments_to_merge([one.size_bytes for one in index.segments], INDEX_BYTES) == 8
    extend(data, index, INDEX_BYTES)
"""


def _segments(data: Any) -> int:
    """Of the index of ids."""
    return sum(len(one.segments) for one in data.describe_indices() if one.name == "id_idx")


def test_a_reader_that_is_at_an_older_version_reads_it_to_the_end(tmp_path: Path) -> None:
    folder = _made(tmp_path / "my.hub", [50] * 30)
    reading = Folder(folder.path).tables["personas"].scan(["text"], batch_rows=10)
    first = next(reading)
    ph.open(folder.path).compact()
    rest = [text for batch in [first, *reading] for text in batch["text"].to_pylist()]
    assert rest == [f"person {n}" for n in range(1500)]


def test_a_version_that_was_the_newest_for_long_is_kept_for_a_reader_that_has_just_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written two days ago was the newest until a moment ago."""
    folder = _made(tmp_path / "my.hub", [50] * 30)
    reading = Folder(folder.path).tables["personas"].scan(["text"], batch_rows=10)
    first = next(reading)
    later = time.time() + 2 * 24 * 3600
    monkeypatch.setattr("personahub.store.packing.time", lambda: later)
    ph.open(folder.path).compact()
    rest = [text for batch in [first, *reading] for text in batch["text"].to_pylist()]
    assert len(rest) == 1500


def test_it_may_be_killed_at_any_time_and_called_again(hub: Path) -> None:
    ids = personas(Folder(hub))
    command = [sys.executable, "-m", "personahub", "compact", str(hub), "--keep-hours", "0", "--quiet"]
    for delay in (0.6, 0.9, 1.2, 1.5):
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
            time.sleep(delay)
            process.kill()
        assert not ph.open(hub).check().wrong
        assert personas(Folder(hub)) == ids
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    assert not ph.open(hub).check().wrong
    assert personas(Folder(hub)) == ids


def test_a_hub_that_is_being_written_to_is_left_alone(hub: Path) -> None:
    with Folder(hub).writing(), pytest.raises(HubBusy):
        ph.open(hub).compact()
