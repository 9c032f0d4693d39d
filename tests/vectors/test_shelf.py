"""Vectors of a table's rows in a file."""

from pathlib import Path

import numpy as np
import pytest

from personahub.errors import HubError
from personahub.vectors.shelf import PART, Shelf

IDS = [f"{number:032x}" for number in range(PART)]


def _filled(folder: Path, rows: int = 10) -> tuple[Shelf, np.ndarray]:
    shelf = Shelf(folder / "vectors" / "some", 3)
    vectors = np.random.default_rng(0).standard_normal((rows, 3)).astype(np.float32)
    shelf.put(0, IDS[:rows], np.zeros(rows, np.bool_), np.ones(rows, np.bool_), vectors)
    return shelf, vectors


def test_what_was_put_is_there_and_nothing_else(tmp_path: Path) -> None:
    shelf, vectors = _filled(tmp_path)
    assert shelf.there(0, IDS[:10]).all()
    assert shelf.there(0, IDS[:20]).tolist() == [True] * 10 + [False] * 10
    assert not shelf.there(1, IDS).any()
    assert (shelf.mapped()[:10] == vectors).all()


def test_rows_are_added_to_a_part_and_those_there_stay(tmp_path: Path) -> None:
    shelf, vectors = _filled(tmp_path)
    fresh = np.array([False] * 11 + [True] * 2)
    shelf.put(0, IDS[:13], shelf.there(0, IDS[:13]), fresh, np.ones((2, 3), np.float32))
    assert shelf.there(0, IDS[:13]).tolist() == [True] * 10 + [False] + [True] * 2
    assert (shelf.mapped()[:10] == vectors).all()
    assert (shelf.mapped()[11:13] == 1).all()


def test_a_row_with_another_id_has_no_vector(tmp_path: Path) -> None:
    shelf, _ = _filled(tmp_path)
    assert not shelf.there(0, [*IDS[:4], "f" * 32, *IDS[5:10]]).any()
    assert not shelf.there(0, IDS[:9]).any(), "the table is shorter than it was"


@pytest.mark.parametrize("ending", [".f32", ".marks"])
@pytest.mark.parametrize("harm", ["flipped", "cut", "gone"])
def test_a_damaged_part_counts_as_not_there(tmp_path: Path, ending: str, harm: str) -> None:
    shelf, _ = _filled(tmp_path)
    file = shelf.path.with_suffix(ending)
    held = bytearray(file.read_bytes())
    held[17] ^= 4
    if harm == "gone":
        file.unlink()
    else:
        file.write_bytes(held if harm == "flipped" else held[:100])
    assert not shelf.there(0, IDS[:10]).any()


def test_a_disk_that_fails_is_told(tmp_path: Path) -> None:
    (tmp_path / "vectors").write_text("a file where the folder would be")
    with pytest.raises(HubError, match="free some disk"):
        _filled(tmp_path)
