"""A hub with more vectors than are compared one by one: an index, and what harm and kills do to it."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import personahub as ph
from personahub.hub import Folder
from personahub.similar.check import check_indexes
from personahub.store.lock import write_lock
from tests.dedup.texts import hub_of
from tests.similar.test_similar import TEXTS

pytest.importorskip("wordllama", reason="the embedder 'static' is not installed")

MANY = [f"{text} who {verb} {thing}" for text in TEXTS for verb in ("sells", "paints") for thing in TEXTS[:20:2]]

_BUILD = """
import sys
from pathlib import Path
from personahub.vectors.index.build import build
from personahub.vectors.reading import Reading
from personahub.vectors.shelf import Shelf
shelf = Shelf(Path(sys.argv[1]), 256)
print("begun", flush=True)
while True:
    build(Reading(shelf), Path(sys.argv[1] + ".cells"))
    print("built", flush=True)
"""


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """An index already of so many vectors as these tests have."""
    monkeypatch.setattr("personahub.vectors.index.search.FEW", 2_000 * 4 * 256)


def _cells(hub: ph.Hub) -> Path:
    path: Path
    (path,) = (hub.path / "vectors").glob("*.cells")
    return path


@pytest.mark.usefixtures("few")
def test_many_records_are_found_by_an_index_that_says_how_well(tmp_path: Path) -> None:
    hub = hub_of(tmp_path, MANY)
    steps = []
    report = hub.similar(text="a nurse who paints a judge", progress=lambda step: steps.append(step.unit))
    assert {"vectors", "indexed"} <= set(steps)
    assert "of the 20 nearest it finds" in report.notes[0]
    exact = hub.similar(text="a nurse who paints a judge", exact=True)
    assert "Exact" in exact.notes[0]
    assert len({row["id"] for row in report.listed} & {row["id"] for row in exact.listed}) >= 18
    shares = []
    for record in hub.similar(text="a welder", limit=12).listed:
        near, all_ = (hub.similar(str(record["id"]), exact=exact).listed for exact in (False, True))
        shares.append(len({row["id"] for row in near} & {row["id"] for row in all_}) / len(all_))
    assert sum(shares) / len(shares) >= 0.95
    assert list(check_indexes(Folder(hub.path))) == []


@pytest.mark.usefixtures("few")
def test_an_index_that_is_damaged_is_made_again_and_finds_the_same(tmp_path: Path) -> None:
    hub = hub_of(tmp_path, MANY)
    before = hub.similar(text="a nurse who paints a judge").listed
    path = _cells(hub)
    whole = path.read_bytes()
    for at in (40, len(whole) // 3, len(whole) // 2, len(whole) - 30):
        harmed = bytearray(whole)
        harmed[at] ^= 16
        path.write_bytes(harmed)
        (finding,) = check_indexes(Folder(hub.path))
        assert "damaged" in finding.problem
        with write_lock(hub.path / "lock"):
            found = ph.open(hub.path).similar(text="a nurse who paints a judge", limit=5).listed
            assert found == ph.open(hub.path).similar(text="a nurse who paints a judge", limit=5, exact=True).listed
        assert ph.open(hub.path).similar(text="a nurse who paints a judge").listed == before
        ph.open(hub.path).similar(text="a nurse who paints a judge", limit=4_000, all=True)
        ph.open(hub.path).similar(text="a nurse", where="text LIKE '%9%' OR hop = 0", limit=1_000)


@pytest.mark.usefixtures("few")
def test_what_a_killed_process_left_is_found_and_removed(tmp_path: Path) -> None:
    hub = hub_of(tmp_path, MANY)
    hub.similar(text="a nurse")
    left = _cells(hub).with_name(f".{_cells(hub).name}.new")
    left.write_bytes(b"half")
    (finding,) = check_indexes(Folder(hub.path))
    assert finding.mend
    finding.mend()
    assert list(check_indexes(Folder(hub.path))) == []


@pytest.mark.usefixtures("few")
def test_a_build_that_is_killed_at_any_moment_leaves_a_whole_index_or_none(tmp_path: Path) -> None:
    hub = hub_of(tmp_path, MANY)
    hub.similar(text="a nurse")
    shelf, path = next((hub.path / "vectors").glob("*.f32")).with_suffix(""), _cells(hub)
    whole = path.read_bytes()
    path.unlink()
    for wait in range(6):
        command = [sys.executable, "-c", _BUILD, str(shelf)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert process.stdout
        assert process.stdout.readline() == "begun\n"
        if wait > 2:  # not before the first is whole
            assert process.stdout.readline() == "built\n"
        time.sleep(0.05 * wait)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        assert not path.exists() or path.read_bytes() == whole
        assert hub.similar(text="a nurse", exact=True).listed
    hub.similar(text="a nurse")
    assert path.read_bytes() == whole
