from pathlib import Path
from zlib import crc32

import pytest

from personahub.store.seals import SEALS, Seals, broken, seal, sealed


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    for name in ("personas.lance/data/1.lance", "journal/000001.log"):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_bytes(b"as it was written" * 200_000)
    return tmp_path


def test_what_was_sealed_reads_so_and_a_log_may_grow(hub: Path) -> None:
    seal(hub, {"personas": (3, 100)})
    told = sealed(hub)
    assert told
    assert told.tables == {"personas": (3, 100)}
    log = hub / "journal" / "000001.log"
    with log.open("ab") as file:
        file.write(b"more")
    assert all(broken(hub / name, *one) is None for name, one in told.files.items())
    seal(hub, {"personas": (4, 200)})
    grown = sealed(hub)
    assert grown
    assert grown.files["journal/000001.log"] == (log.stat().st_size, crc32(log.read_bytes()))


def test_a_file_that_is_shorter_other_or_gone_is_told_and_one_that_is_let_go_of_is_forgotten(hub: Path) -> None:
    seal(hub, {})
    told = sealed(hub) or Seals()
    name = "personas.lance/data/1.lance"
    path = hub / name
    data = path.read_bytes()
    path.write_bytes(data[:-1])
    assert "bytes where" in (broken(path, *told.files[name]) or "")
    path.write_bytes(data[:-1] + b"?")
    assert broken(path, *told.files[name]) == "does not read as it was written"
    path.unlink()
    assert broken(path, *told.files[name]) == "is gone"
    seal(hub, {})
    assert list((sealed(hub) or Seals()).files) == ["journal/000001.log"]


def test_a_file_of_seals_is_whole_or_told_to_be_damaged(hub: Path) -> None:
    assert sealed(hub) == Seals()
    seal(hub, {})
    path = hub / SEALS
    path.write_bytes(path.read_bytes().replace(b"journal", b"jourmal"))
    assert sealed(hub) is None
    path.write_bytes(b"")
    assert sealed(hub) is None
