"""Texts that come later are joined with those before as if all had come at once."""

import random
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personahub.errors import HubError
from personahub.joins import compare, more
from personahub.joins.folder import Folder
from personahub.joins.forest import linked, starred
from personahub.joins.found import Found
from personahub.joins.near import Near
from tests.joins.sets import compared, parts_of, told
from tests.joins.test_near import THRESHOLDS, corpora, many

KEY = bytes(range(40))
KEPT = Near(key=KEY, keep=True)


def grown(near: Near, texts: list[str], borders: list[int], folder: Path) -> Found:
    """The first of them joined, then those up to each border."""
    found = near(parts_of(texts[: borders[0]], 50), rows=borders[0], folder=folder, inputs=str(borders[0]))
    for start, end in zip(borders, [*borders[1:], len(texts)], strict=True):
        some = near.more(
            parts_of(texts[start:end], 50), rows=end - start, folder=folder, before=str(start), inputs=f"{end}"
        )
        assert some
        found = some
    return found


@settings(max_examples=150, deadline=None)
@given(corpora(), THRESHOLDS, st.integers(0, 2**32), st.sampled_from([1, 1, 2]))
def test_texts_that_come_later_are_joined_as_if_all_had_come_at_once(
    texts: list[str], threshold: str, seed: int, ngram: int
) -> None:
    dice = random.Random(seed)
    dice.shuffle(texts)
    borders = sorted({dice.randint(0, len(texts) - 1) for _ in range(dice.randint(1, 4))})
    with tempfile.TemporaryDirectory() as folder:
        found = grown(Near(threshold, ngram, key=KEY, keep=True), texts, borders, Path(folder))
        assert told(found) == compared(texts, threshold, ngram)


@pytest.mark.parametrize("seed", [1, 2])
def test_many_small_additions_and_large_ones_come_to_the_same(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = many(6_000, seed)
    whole = told(Near(key=KEY)(parts_of(texts, 500), rows=6_000, folder=tmp_path / "whole"))
    assert len(whole[1]) > 100
    borders = [3_000, 3_001, 3_010, 3_100, 3_200, 4_500, 4_510, 5_990]
    found = grown(KEPT, texts, borders, tmp_path / "more")
    assert told(found) == whole
    old = Near(key=KEY)(parts_of(texts[:5_990], 500), rows=5_990, folder=tmp_path / "old")
    for stands in (linked, starred):
        assert (stands(found, None, stands(old)) == stands(found)).all()
    added = told(found.added)
    assert added[0] == [row for row in whole[0] if row[0] >= 5_990]
    assert added[1] == [row for row in whole[1] if row[1] >= 5_990]
    monkeypatch.setattr(more, "LEAST", 100)
    few = Near(key=KEY, keep=True, memory_limit=10**5)
    assert told(grown(few, texts, [3_000, 3_050], tmp_path / "parts")) == whole
    layers = [name for name in found.folder.kept if name.startswith("layer-")]
    assert 1 < len(layers) < 5


def test_crowds_are_compared_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare, "CROWD", 2)
    texts = [f"{' '.join(f'w{n}' for n in range(19))} x{n % 40}" for n in range(60)]
    assert told(grown(KEPT, texts, [20, 50], tmp_path)) == compared(texts, "0.9")


def test_what_was_joined_in_another_way_or_of_others_is_not_gone_on_with(tmp_path: Path) -> None:
    texts = many(200)
    parts = parts_of(texts, 50)
    KEPT(parts, rows=200, folder=tmp_path, inputs="a")
    new: dict[str, Any] = {"rows": 200, "folder": tmp_path, "inputs": "b"}
    assert KEPT.more(parts, before="c", **new) is None
    assert Near(0.8, key=KEY, keep=True).more(parts, before="a", **new) is None
    assert KEPT.more(parts, rows=200, folder=tmp_path / "none", before="a", inputs="b") is None
    Near(key=KEY)(parts, rows=200, folder=tmp_path / "plain", inputs="a")
    assert KEPT.more(parts, rows=200, folder=tmp_path / "plain", before="a", inputs="b") is None
    found = KEPT.more(parts, before="a", **new)
    assert found
    assert told(found) == compared(texts * 2, "0.9")
    again = KEPT.more(parts_of([], 1), rows=0, folder=tmp_path, before="b", inputs="c")
    assert again
    assert told(again) == told(found)
    assert told(again.added) == ([], [])
    stand = KEPT.kept(tmp_path)
    assert stand
    assert (stand.rows, stand.inputs) == (400, "c")


def test_what_several_passes_found_can_be_kept_later_and_added_to(tmp_path: Path) -> None:
    texts = many(6_000)
    short = Near(key=KEY, disk_limit=150_000, memory_limit=10**6)
    found = short(parts_of(texts[:5_000], 500), rows=5_000, folder=tmp_path / "more", inputs="5000")
    assert found.passes > 1
    found = grown(KEPT, texts, [5_000], tmp_path / "more")
    assert found.passes > 1
    assert told(found) == told(Near(key=KEY)(parts_of(texts, 500), rows=6_000, folder=tmp_path / "whole"))


def test_an_addition_that_is_cut_off_is_made_again_and_one_that_was_not_is_only_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = many(2_000)
    KEPT(parts_of(texts[:1_800], 500), rows=1_800, folder=tmp_path, inputs="a")

    def fail(self: Folder, phase: str, *_: object, **__: object) -> None:
        raise ZeroDivisionError(phase)

    new: dict[str, Any] = {"rows": 200, "folder": tmp_path, "before": "a", "inputs": "b"}
    monkeypatch.setattr(Folder, "finish", fail)
    with pytest.raises(ZeroDivisionError):
        KEPT.more(parts_of(texts[1_800:], 100), **new)
    monkeypatch.undo()
    for parts in (parts_of(texts[1_800:], 100), parts_of([], 1)):
        found = KEPT.more(parts, **new)
        assert found
        assert told(found) == compared(texts, "0.9")


def test_an_addition_in_pieces_goes_on_behind_the_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(more, "LEAST", 100)
    near, texts = Near(key=KEY, keep=True, memory_limit=10**5), many(2_000)
    near(parts_of(texts[:1_000], 500), rows=1_000, folder=tmp_path, inputs="a")
    heard: list[int] = []

    def tell(_phase: str, rows: int, _all: int) -> None:
        heard.append(rows)
        if len(heard) == 4:
            raise ZeroDivisionError

    new: dict[str, Any] = {"rows": 1_000, "folder": tmp_path, "before": "a", "inputs": "b", "tell": tell}
    with pytest.raises(ZeroDivisionError):
        near.more(parts_of(texts[1_000:], 100), **new)
    found = near.more(parts_of(texts[1_000:], 100), **new)
    assert found
    assert told(found) == compared(texts, "0.9")
    assert len(heard) == 4 + 7
    assert [row for row in told(found)[0] if row[0] >= 1_000] == told(found.added)[0]
    with pytest.raises(HubError, match="texts were told of"):
        near.more(parts_of(texts[:11], 100), **{**new, "rows": 10, "before": "b", "inputs": "c"})


@pytest.mark.parametrize("kind", ["store", "layer", "filter"])
def test_a_bit_that_flips_in_what_is_kept_is_noticed_or_does_not_matter(tmp_path: Path, kind: str) -> None:
    texts = many(3_000)
    whole = told(Near(key=KEY)(parts_of(texts, 500), rows=3_000, folder=tmp_path / "whole"))
    dice, noticed = np.random.default_rng(3), 0
    for number in range(12):
        folder = tmp_path / str(number)
        KEPT(parts_of(texts[:2_000], 500), rows=2_000, folder=folder, inputs="a")
        endings = ("blocks", "list.npy") if number % 2 else ("blocks",)
        file = next(file for ending in endings[-1:] for file in folder.glob(f"{kind}-*.{ending}"))
        data = bytearray(file.read_bytes())
        for place in dice.integers(len(data), size=200 if file.suffix == ".blocks" else 1).tolist():
            data[place] ^= 1 << int(dice.integers(8))
        file.write_bytes(data)
        new: dict[str, Any] = {"rows": 1_000, "folder": folder, "before": "a", "inputs": "b"}
        try:
            found = KEPT.more(parts_of(texts[2_000:], 500), **new)
        except HubError:
            noticed += 1
            assert KEPT.more(parts_of(texts[2_000:], 500), **new) is None
        else:
            assert found
            assert told(found) == whole
    assert noticed > 6
