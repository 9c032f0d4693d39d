"""An index of vectors: what it finds, what it says of itself, and what harm does to it."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from personahub.vectors.index import candidates as candidates_of
from personahub.vectors.index.build import build
from personahub.vectors.index.candidates import Deep, candidates
from personahub.vectors.index.codes import encoded, turn
from personahub.vectors.index.file import Damaged, Index, damaged
from personahub.vectors.index.search import RECORD, TEXT, Search
from personahub.vectors.reading import Reading
from personahub.vectors.shelf import PART, Shelf

DIM = 48
ROWS = 3 * PART + 500
Block = npt.NDArray[np.float32]


def _made(rows: int, seed: int = 0) -> Block:
    """Unit vectors around some centres, that differ in a few directions most."""
    dice = np.random.default_rng(seed)
    centres = dice.standard_normal((40, 12))
    hidden = centres[dice.integers(0, 40, rows)] + 0.7 * dice.standard_normal((rows, 12))
    made = hidden @ dice.standard_normal((12, DIM)) + 0.4 * dice.standard_normal((rows, DIM))
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), np.float32)


def _ids(part: int, rows: int) -> list[str]:
    return [f"{number:032x}" for number in range(part * PART, part * PART + rows)]


def _put(shelf: Shelf, vectors: Block) -> None:
    for start in range(0, len(vectors), PART):
        some = vectors[start : start + PART]
        ids, there = _ids(start // PART, len(some)), np.zeros(len(some), np.bool_)
        shelf.put(start // PART, ids, there, ~there, some)


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shelf, Path, Block]:
    """A shelf, an index of it, and what is on it."""
    folder, vectors = tmp_path_factory.mktemp("index"), _made(ROWS)
    vectors[7] = 0
    shelf = Shelf(folder / "some", DIM)
    _put(shelf, vectors)
    build(Reading(shelf), folder / "some.cells")
    return shelf, folder / "some.cells", vectors


def _truth(vectors: Block, query: Block, allowed: npt.NDArray[np.bool_], limit: int = 20) -> list[int]:
    scores = np.where(allowed & vectors.any(axis=1), vectors @ query, -2)
    return [int(row) for row in np.argsort(-scores, kind="stable")[:limit] if scores[row] > -2]


def _recall(search: Search, vectors: Block, allowed: npt.NDArray[np.bool_] | None = None) -> float:
    flags = None if allowed is None else allowed.astype(np.uint8)
    found = []
    for row in range(0, ROWS, 601):
        query = vectors[row + 11]
        hits = search.nearest(query, 20, flags)
        assert hits.cosines.tolist() == sorted(hits.cosines.tolist(), reverse=True)
        np.testing.assert_allclose(hits.cosines, vectors[hits.rows] @ query, atol=1e-6)
        truth = _truth(vectors, query, np.ones(ROWS, np.bool_) if allowed is None else allowed)
        assert len(hits.rows) == len(truth)
        found.append(len(set(hits.rows.tolist()) & set(truth)) / len(truth))
    return float(np.mean(found))


def test_an_estimate_is_near_and_not_to_one_side() -> None:
    dice = np.random.default_rng(0)
    vectors, queries = (dice.standard_normal((rows, DIM)).astype(np.float32) / DIM**0.5 for rows in (2_000, 100))
    centres = np.repeat(vectors[:1], len(vectors), axis=0)
    onto = turn(DIM)
    codes = encoded(vectors, centres, onto)
    bits = np.unpackbits(codes.bits.view(np.uint8), axis=1, bitorder="little")[:, : onto.shape[1]] * 2.0 - 1
    products = codes.scale[:, None] * (bits @ (onto.T @ (queries - vectors[0]).T))
    off = queries @ vectors[0] + codes.shift[:, None] + products - vectors @ queries.T
    assert abs(off.mean()) < 0.005
    assert off.std() < 0.07  # of residuals of length 1.4, farther than any from the centre of its own cell


def test_neighbours_are_found_as_often_as_is_said(held: tuple[Shelf, Path, Block]) -> None:
    shelf, path, vectors = held
    index = Index(path)
    assert all(index.tables.told[kind]["recall"] >= 0.95 for kind in (RECORD, TEXT))
    assert _recall(Search(Reading(shelf), index), vectors) >= 0.95


def test_what_lies_between_them_finds_its_neighbours_too(held: tuple[Shelf, Path, Block]) -> None:
    shelf, path, vectors = held
    search, found = Search(Reading(shelf), Index(path)), []
    for row in range(100, ROWS, 601):
        query = vectors[row] + vectors[row + 50]
        query /= np.linalg.norm(query)
        hits = search.nearest(query, 20, kind=TEXT)
        truth = _truth(vectors, query, np.ones(ROWS, np.bool_))
        found.append(len(set(hits.rows.tolist()) & set(truth)) / 20)
    assert np.mean(found) >= 0.95


def test_smaller_pieces_find_the_same(held: tuple[Shelf, Path, Block], monkeypatch: pytest.MonkeyPatch) -> None:
    _, path, vectors = held
    index = Index(path)
    flags, none = (np.random.default_rng(2).random(4 * PART) < 0.3).astype(np.uint8), np.empty(0, np.uint8)
    for allowed in (none, flags):
        found = []
        for at_once in (32_768, 500, 1):
            monkeypatch.setattr(candidates_of, "_AT_ONCE", at_once)
            found.append(candidates(index, vectors[9], Deep(len(index.tables)), 200, allowed))
        for rows, estimates in found[1:]:
            assert set(rows.tolist()) == set(found[0][0].tolist())
            assert estimates.tolist() == found[0][1].tolist()


def test_cells_that_lie_too_far_behind_what_was_found_are_not_looked_into(
    held: tuple[Shelf, Path, Block], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, path, vectors = held
    monkeypatch.setattr(candidates_of, "_AT_ONCE", 200)
    looked, shares = [], []
    for gap in (0.05, 0.4, np.inf):
        index = Index(path)
        found = candidates(index, vectors[9], Deep(len(index.tables), 0, gap), 60)[0]
        looked.append(int(index._checked.sum()))
        shares.append(len(set(found[:20].tolist()) & set(_truth(vectors, vectors[9], np.ones(ROWS, np.bool_)))))
    assert 0 < looked[0] < looked[1] < looked[2] == len(Index(path).tables)
    assert shares[1] >= 18


def test_estimates_that_lie_too_far_behind_the_best_are_left_out(held: tuple[Shelf, Path, Block]) -> None:
    _, path, vectors = held
    index = Index(path)
    every, some = (candidates(index, vectors[9], Deep(len(index.tables), slack=slack), 500) for slack in (np.inf, 0.1))
    assert 20 <= len(some[0]) < len(every[0]) == 500
    assert some[0].tolist() == every[0][: len(some[0])].tolist()
    width = np.sqrt(2 - 2 * (index.tables.centres @ vectors[9]).max())
    assert (every[1] >= every[1][19] - 0.1 * width).sum() == len(some[0])


def test_an_index_of_an_earlier_version_which_knows_no_gap_is_read(held: tuple[Shelf, Path, Block]) -> None:
    shelf, path, vectors = held
    index = Index(path)
    for kind in (RECORD, TEXT):
        assert all(0 < index.tables.told[kind].pop(name) <= 2 for name in ("gap", "slack"))
    assert _recall(Search(Reading(shelf), index), vectors) >= 0.95


@pytest.mark.parametrize("share", [0.5, 0.1, 0.02, 0.001])
def test_they_are_found_among_those_that_fit_a_condition(held: tuple[Shelf, Path, Block], share: float) -> None:
    shelf, path, vectors = held
    allowed = np.random.default_rng(1).random(ROWS) < share
    assert _recall(Search(Reading(shelf), Index(path)), vectors, allowed) >= 0.95


def test_a_condition_that_goes_with_the_place_finds_what_is_far(held: tuple[Shelf, Path, Block]) -> None:
    shelf, path, vectors = held
    allowed = vectors @ vectors[3] < -0.1
    assert _recall(Search(Reading(shelf), Index(path)), vectors, allowed) >= 0.9


def test_all_are_compared_where_it_is_exact(held: tuple[Shelf, Path, Block]) -> None:
    shelf, path, vectors = held
    for index in (None, Index(path)):
        search = Search(Reading(shelf), index)
        hits = search.exact(vectors[5], 30)
        assert hits.exact
        assert hits.rows.tolist() == _truth(vectors, vectors[5], np.ones(ROWS, np.bool_), 30)
    assert Search(Reading(shelf), None).nearest(vectors[5], 30).exact


def test_many_are_found_as_well_as_few(held: tuple[Shelf, Path, Block]) -> None:
    shelf, path, vectors = held
    hits = Search(Reading(shelf), Index(path)).nearest(vectors[5], 400)
    truth = _truth(vectors, vectors[5], np.ones(ROWS, np.bool_), 400)
    assert len(set(hits.rows.tolist()) & set(truth)) >= 0.95 * 400
    assert len(Search(Reading(shelf), Index(path)).nearest(vectors[5], 2 * ROWS).rows) == ROWS - 1


def test_what_comes_or_changes_behind_an_index_is_found_at_once(tmp_path: Path) -> None:
    vectors = _made(2 * PART + 100)
    shelf = Shelf(tmp_path / "some", DIM)
    _put(shelf, vectors)
    build(Reading(shelf), tmp_path / "some.cells")
    new, far = _made(1, seed=9)[0], -vectors[PART + 3]
    rows = np.zeros(101, np.bool_)
    rows[100] = True
    shelf.put(2, _ids(2, 101), ~rows, rows, new[None])
    ids = _ids(1, PART)
    ids[3] = "f" * 32
    vectors[PART + 3] = far
    shelf.put(1, ids, np.zeros(PART, np.bool_), np.ones(PART, np.bool_), vectors[PART : 2 * PART])
    search = Search(Reading(shelf), Index(tmp_path / "some.cells"))
    assert search.nearest(new, 1).rows.tolist() == [2 * PART + 100]
    assert search.nearest(far, 1).rows.tolist() == [PART + 3]
    assert PART + 3 not in search.nearest(-far, 50).rows
    assert not search.overdue
    shorter = Search(Reading(shelf, PART), Index(tmp_path / "some.cells"))
    assert shorter.nearest(new, 50).rows.max() < PART


@pytest.mark.parametrize("at", [3, 12, 40, 5_000, -70_000, -9])
def test_a_bit_that_flips_is_noticed(held: tuple[Shelf, Path, Block], tmp_path: Path, at: int) -> None:
    _, path, vectors = held
    harmed = bytearray(path.read_bytes())
    harmed[at] ^= 8
    (tmp_path / "some.cells").write_bytes(harmed)
    assert damaged(tmp_path / "some.cells")
    assert not damaged(path)
    with pytest.raises(Damaged):
        _all_cells(tmp_path / "some.cells", vectors[0])


def _all_cells(path: Path, query: Block) -> None:
    index = Index(path)
    candidates(index, query, Deep(len(index.tables)), 60)


@pytest.mark.parametrize("length", [0, 7, 60, 40_000, -1])
def test_a_file_that_was_cut_is_noticed(held: tuple[Shelf, Path, Block], tmp_path: Path, length: int) -> None:
    (tmp_path / "some.cells").write_bytes(held[1].read_bytes()[:length])
    assert damaged(tmp_path / "some.cells")


def test_vectors_that_were_damaged_behind_an_index_are_noticed_where_they_would_be_found(tmp_path: Path) -> None:
    vectors = _made(PART)
    shelf = Shelf(tmp_path / "some", DIM)
    _put(shelf, vectors)
    index = build(Reading(shelf), tmp_path / "some.cells")
    harmed = bytearray(shelf.file.read_bytes())
    harmed[4 * DIM * 9 + 3] ^= 0x40  # of the exponent of the first number
    shelf.file.write_bytes(harmed)
    with pytest.raises(Damaged):
        Search(Reading(shelf), index).nearest(vectors[9], 5)
    search = Search(Reading(shelf), index)
    assert search.vector(9) is None
    np.testing.assert_array_equal(search.vector(10), vectors[10])
    harmed[4 * DIM * 9 : 4 * DIM * 10] = bytes(4 * DIM)
    shelf.file.write_bytes(harmed)
    assert Search(Reading(shelf), index).vector(9) is None
    search = Search(Reading(shelf), None)
    assert not search.exact(vectors[9], 5).rows.size
    assert search.damaged


def test_the_same_vectors_give_the_same_index(held: tuple[Shelf, Path, Block], tmp_path: Path) -> None:
    shelf, path, _ = held
    build(Reading(shelf), tmp_path / "again.cells", workers=1)
    assert (tmp_path / "again.cells").read_bytes() == path.read_bytes()
    assert [file.name for file in tmp_path.iterdir()] == ["again.cells"]


def test_equal_vectors_and_very_few_are_no_trouble(tmp_path: Path) -> None:
    for number, rows in enumerate((1, 2, 600)):
        shelf = Shelf(tmp_path / f"some{number}", DIM)
        _put(shelf, np.repeat(_made(1), rows, axis=0))
        index = build(Reading(shelf), tmp_path / f"some{number}.cells")
        hits = Search(Reading(shelf), index).nearest(_made(1)[0], 20)
        assert len(hits.rows) == min(rows, 20)
        np.testing.assert_allclose(hits.cosines, 1, atol=1e-5)
