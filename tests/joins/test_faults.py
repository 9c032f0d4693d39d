"""A join that is killed, whose files are damaged or whose disk is full gives what another gives, or says so."""

import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from personahub.errors import HubError
from personahub.joins import near as nearby
from personahub.joins import reading, work
from personahub.joins.folder import Folder
from personahub.joins.layout import Layout
from personahub.joins.near import Near
from personahub.joins.phases import PHASES
from personahub.joins.spool import Spool
from personahub.joins.work import Join, Step
from tests.joins.sets import Equal, Pairs, joined, parts_of, told

KEY = bytes(range(40))
ROWS = 30_000
NEAR = Near(key=KEY, memory_limit=10**6)


def texts() -> list[str]:
    dice = random.Random(7)
    found: list[str] = []
    for number in range(ROWS):
        copied = found[dice.randrange(number)].split() if number % 5 == 1 else []
        for _ in range(dice.randrange(3) if copied else 0):
            copied[dice.randrange(len(copied))] = f"w{dice.randrange(5_000)}"
        fresh = [f"w{int(5_000 ** dice.random())}" for _ in range(dice.randrange(13, 24))]
        found.append(" ".join(copied or fresh))
    return found


TEXTS = texts()
CHILD = """
import sys
from pathlib import Path
from personahub.joins import reading
from tests.joins.test_faults import NEAR, ROWS, TEXTS
reading.SEGMENT = 2
from tests.joins.sets import parts_of
print("ready", flush=True)
NEAR(parts_of(TEXTS, 3_000), rows=ROWS, folder=Path(sys.argv[1]))
print("done", flush=True)
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Equal, Pairs]:
    found = joined(NEAR, TEXTS, tmp_path_factory.mktemp("whole"))
    assert len(found[0]) > 1_000
    assert len(found[1]) > 500
    return found


def test_killed_at_any_moment_it_goes_on_to_the_same_result(tmp_path: Path, whole: tuple[Equal, Pairs]) -> None:
    dice = random.Random(3)
    for _ in range(5):
        child = subprocess.Popen([sys.executable, "-c", CHILD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        assert child.stdout
        child.stdout.readline()
        time.sleep(dice.random() * 0.9)
        child.send_signal(signal.SIGKILL)
        child.communicate()
    assert joined(NEAR, TEXTS, tmp_path) == whole


@pytest.mark.parametrize("last", ["sums", "equal", "probes", "lacking", "shared"])
def test_a_bit_that_flips_is_noticed_and_the_work_made_again(
    tmp_path: Path, whole: tuple[Equal, Pairs], last: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    until(last, tmp_path, monkeypatch)
    monkeypatch.undo()
    dice = np.random.default_rng(5)
    for file in sorted(tmp_path.glob("*.blocks")):
        data = bytearray(file.read_bytes())
        if data:
            data[dice.integers(len(data))] ^= 1 << int(dice.integers(8))
            file.write_bytes(data)
    if last == "shared":
        # what was found is read by the caller, who hears of it
        with pytest.raises(HubError, match="damaged"):
            joined(NEAR, TEXTS, tmp_path)
    assert joined(NEAR, TEXTS, tmp_path) == whole


@pytest.mark.parametrize("name", ["join.json", "sums-0.list.npy", "sums-0.blocks"])
def test_a_file_cut_short_is_noticed(
    tmp_path: Path, whole: tuple[Equal, Pairs], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    until("sums", tmp_path, monkeypatch)
    monkeypatch.undo()
    data = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(data[: len(data) // 2])
    assert joined(NEAR, TEXTS, tmp_path) == whole


@pytest.mark.parametrize("last", ["equal", "again", "probes", "lacking", "shared", "keep", "table"])
def test_in_several_passes_any_damaged_file_is_noticed(
    tmp_path: Path, whole: tuple[Equal, Pairs], last: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    near = Near(key=KEY, memory_limit=10**6, disk_limit=1_000_000, keep=last in ("keep", "table"))
    near = replace(near, disk_limit=None) if near.keep else near
    for seed in range(2):
        folder = tmp_path / str(seed)
        until(last, folder, monkeypatch, near)
        monkeypatch.undo()
        dice = np.random.default_rng(seed + 10 * len(last))
        files = sorted(file for file in folder.iterdir() if file.stat().st_size)
        assert {file.name.partition(".")[2] for file in files} == {"blocks", "list.npy", "json"}
        file = files[dice.integers(len(files))]
        data = bytearray(file.read_bytes())
        data[dice.integers(len(data))] ^= 1 << int(dice.integers(8))
        file.write_bytes(data)
        try:
            found = told(near(parts_of(TEXTS, 3_000), rows=ROWS, folder=folder))
        except HubError:
            found = told(near(parts_of(TEXTS, 3_000), rows=ROWS, folder=folder))
        assert found == whole


def test_a_disk_that_is_small_or_full_is_obeyed(tmp_path: Path, whole: tuple[Equal, Pairs]) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()

    def mount(size: str) -> int:
        command = ["mount", "-t", "tmpfs", "-o", f"{size},mode=700", "tmpfs", str(disk)]
        return subprocess.run(command, check=False, capture_output=True).returncode

    if shutil.which("mount") is None or mount("size=900k"):
        pytest.skip("no right to mount a small disk here")
    try:
        found = NEAR(parts_of(TEXTS, 3_000), rows=ROWS, folder=disk / "join")
        assert found.passes > 1
        assert told(found) == whole
        found.remove()
        full = disk / "others"
        full.write_bytes(bytes(800_000))
        with pytest.raises(HubError, match="free some"):
            NEAR(parts_of(TEXTS, 3_000), rows=ROWS, folder=disk / "join")
        full.unlink()
        assert joined(NEAR, TEXTS, disk / "join") == whole
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def until(last: str, folder: Path, monkeypatch: pytest.MonkeyPatch, near: Near = NEAR) -> None:
    """A join that fails behind a phase."""

    def fail(join: Join, _step: Step) -> None:
        raise HubError(join.place.path)

    names = list(PHASES)
    after = dict.fromkeys(names[names.index(last) + 1 :], fail)
    monkeypatch.setattr(nearby, "PHASES", {**PHASES, **after})
    try:
        near(parts_of(TEXTS, 3_000), rows=ROWS, folder=folder)
    except HubError:
        assert after


@pytest.mark.parametrize("limit", [1_000, 200_000, 600_000])
def test_a_full_disk_is_told_and_the_next_call_goes_on(tmp_path: Path, whole: tuple[Equal, Pairs], limit: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        if limit < 400_000:
            with pytest.raises(HubError, match="free some disk"):
                NEAR(parts_of(TEXTS, 3_000), rows=ROWS, folder=tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert joined(NEAR, TEXTS, tmp_path) == whole


def test_more_disk_than_allowed_is_told_and_never_used(tmp_path: Path, whole: tuple[Equal, Pairs]) -> None:
    for limit in (10_000, 60_000):
        with pytest.raises(HubError, match="bytes of disk it may use"):
            Near(key=KEY, disk_limit=limit, memory_limit=10**6)(parts_of(TEXTS, 3_000), rows=ROWS, folder=tmp_path)
        assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= limit + 10_000
    assert joined(NEAR, TEXTS, tmp_path) == whole


@pytest.mark.parametrize(
    ("limit", "workers", "memory"), [(700_000, 2, 10**6), (400_000, 1, 10**6), (500_000, 3, 10**5)]
)
def test_where_the_disk_is_short_several_passes_find_the_same(
    tmp_path: Path, whole: tuple[Equal, Pairs], limit: int, workers: int, memory: int
) -> None:
    heard: list[tuple[int, int]] = []
    near = Near(key=KEY, disk_limit=limit, workers=workers, memory_limit=memory)
    found = near(
        parts_of(TEXTS, 3_000),
        rows=ROWS,
        folder=tmp_path,
        tell=lambda _, rows, readings: heard.append((rows, readings)),
    )
    assert told(found) == whole
    assert found.passes > 1
    assert heard[-1] == (ROWS * (3 * found.passes - 1),) * 2
    assert found.folder.room.most <= limit


def test_passes_that_turn_out_too_large_are_begun_again_smaller(
    tmp_path: Path, whole: tuple[Equal, Pairs], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Layout, "disk", lambda *_: 0)
    found = Near(key=KEY, disk_limit=600_000, memory_limit=10**6)(parts_of(TEXTS, 3_000), rows=ROWS, folder=tmp_path)
    assert told(found) == whole
    assert found.passes > 1


def test_limits_may_be_others_when_a_join_goes_on(
    tmp_path: Path, whole: tuple[Equal, Pairs], monkeypatch: pytest.MonkeyPatch
) -> None:
    until("equal", tmp_path, monkeypatch)
    monkeypatch.undo()
    near = Near(key=KEY, disk_limit=500_000, memory_limit=3 * 10**5, workers=1)
    found = near(parts_of(TEXTS, 3_000), rows=ROWS, folder=tmp_path)
    assert told(found) == whole
    assert found.passes > 1
    assert found.folder.room.most <= 500_000 + 480_000  # what lay there, of a join that might use more


@pytest.mark.parametrize("phase", ["equal", "lacking", "shared"])
def test_a_phase_that_is_cut_off_goes_on_behind_its_last_partitions(
    tmp_path: Path, whole: tuple[Equal, Pairs], phase: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "GROUP", 1)
    marked: list[int] = []
    begin = Folder.begin

    def few(self: Folder, name: str, told: dict[str, int], spools: dict[str, Spool]) -> None:
        begin(self, name, told, spools)
        if name.startswith(phase):
            marked.append(told["partitions"])
            if len(marked) == 3:
                raise ZeroDivisionError

    monkeypatch.setattr(Folder, "begin", few)
    with pytest.raises(ZeroDivisionError):
        NEAR(parts_of(TEXTS, 3_000), rows=ROWS, folder=tmp_path)
    assert joined(NEAR, TEXTS, tmp_path) == whole
    assert marked[3] == marked[2] + 1


@pytest.mark.parametrize("phase", ["sums", "probes"])
def test_a_reading_that_is_cut_off_goes_on_behind_its_last_mark(
    tmp_path: Path, whole: tuple[Equal, Pairs], phase: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "SEGMENT", 2)
    heard: list[tuple[str, int]] = []

    def broken() -> Iterator[pa.Array]:
        for number, part in enumerate(parts_of(TEXTS, 3_000)()):
            if number == 8 and heard and heard[-1][0] == phase:
                raise ZeroDivisionError
            yield part

    def tell(phase: str, rows: int, _all: int) -> None:
        heard.append((phase, rows))

    with pytest.raises(ZeroDivisionError):
        NEAR(broken, rows=ROWS, folder=tmp_path, tell=tell)
    heard.clear()
    found = NEAR(parts_of(TEXTS, 3_000), rows=ROWS, folder=tmp_path, tell=tell)
    assert heard[0][0] == phase
    assert heard[0][1] > 24_000 + ROWS * (phase == "probes")
    assert told(found) == whole
    assert {file.name.split(".")[0] for file in tmp_path.iterdir()} == {
        "join",
        "equal-0",
        "pairs-0",
        "shared-0",
        "common",
    }


def test_an_error_of_the_source_comes_through(tmp_path: Path) -> None:
    def broken() -> list[pa.Array]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        NEAR(broken, rows=1, folder=tmp_path)
