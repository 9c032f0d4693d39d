import random
from pathlib import Path

import pytest

from personahub.schema import TEXTS
from personahub.store import known
from personahub.store.known import Known
from personahub.store.table import Table
from personahub.text import content_id
from tests.store.test_table import texts


def _ids(count: int, first: int = 0) -> list[str]:
    return [content_id(str(number)) for number in range(first, first + count)]


def test_what_was_added_is_known_over_many_files_and_what_was_not_hardly_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known, "FIRST", 64)
    ids, dice = _ids(5000), random.Random(1)
    seen = Known(tmp_path / "x.ids")
    start = 0
    while start < len(ids):
        step = dice.randint(1, 300)
        seen.add(ids[start : start + step])
        start += step
    assert seen.may_hold(ids).all()
    assert seen.may_hold(_ids(20_000, 10**6)).mean() < 0.01
    seen.save(5000, ids[-1])
    assert Known(tmp_path / "x.ids").may_hold(ids).all()


@pytest.mark.parametrize("damaged", ["state.json", "0"])
@pytest.mark.parametrize("left", [None, b"", b"{", bytes(1000)])
def test_a_filter_that_cannot_be_read_is_made_anew(tmp_path: Path, damaged: str, left: bytes | None) -> None:
    seen = Known(tmp_path / "x.ids")
    seen.add(_ids(10))
    seen.save(10, "")
    (tmp_path / "x.ids" / damaged).unlink()
    if left is not None:
        (tmp_path / "x.ids" / damaged).write_bytes(left)
    again = Known(tmp_path / "x.ids")
    assert again.covered == 0
    assert not again.may_hold(_ids(10)).any()


def test_rows_that_were_appended_and_not_noted_any_more_are_found(tmp_path: Path) -> None:
    first = Table(tmp_path / "texts.lance", TEXTS)
    first.append(texts(0, 50))
    first.tidy()
    first.append(texts(50, 50))  # and is killed before it could be noted
    second = Table(tmp_path / "texts.lance", TEXTS)
    second.append(texts(100, 1))
    wanted = [content_id(f"text {number}") for number in range(101)]
    assert len(second.lookup(wanted, ["id"])) == 101
    assert len(second.lookup([content_id("no such text")], ["id"])) == 0


def test_a_filter_of_a_table_that_is_gone_counts_for_nothing(tmp_path: Path) -> None:
    first = Table(tmp_path / "texts.lance", TEXTS)
    first.append(texts(0, 50))
    first.tidy()
    (tmp_path / "texts.lance").rename(tmp_path / "gone")
    second = Table(tmp_path / "texts.lance", TEXTS)
    second.append(texts(0, 3))
    assert len(second.lookup([content_id(f"text {number}") for number in range(50)], ["id"])) == 3


def test_a_filter_of_another_table_in_the_same_place_counts_for_nothing(tmp_path: Path) -> None:
    for name, start in (("texts", 0), ("other", 100)):
        table = Table(tmp_path / f"{name}.lance", TEXTS)
        table.append(texts(start, 50))
        table.tidy()
    (tmp_path / "texts.lance").rename(tmp_path / "gone")
    (tmp_path / "other.lance").rename(tmp_path / "texts.lance")  # as many rows, so only their ids can tell
    table = Table(tmp_path / "texts.lance", TEXTS)
    table.append(texts(0, 3))
    assert len(table.lookup([content_id(f"text {number}") for number in range(100, 150)], ["id"])) == 50
