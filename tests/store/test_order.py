"""Small fragments are joined, and no row ever changes its place."""

import random
from pathlib import Path

import pyarrow as pa
import pytest

from personahub.schema import PERSONAS
from personahub.store.table import Table

SIZES = (1, 1, 1, 2, 8, 10, 50, 400)


def _rows(first: int, count: int) -> pa.Table:
    rows = [
        {"id": f"{number:032x}", "text": "t", "origin": "import", "source": f"{number:064x}", "hop": 0, "run": "r"}
        for number in range(first, first + count)
    ]
    return pa.Table.from_pylist(rows, schema=PERSONAS)


def _numbers(table: Table) -> list[int]:
    return [int(one, 16) for batch in table.scan(["id"]) for one in batch["id"].to_pylist()]


@pytest.mark.parametrize("seed", range(4))
def test_rows_keep_their_places_whatever_is_appended_and_joined(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    table, count = Table(tmp_path / "t.lance", PERSONAS), 0
    for _ in range(40):
        size = dice.choice(SIZES)
        table.append(_rows(count, size))
        count += size
        if dice.random() < 0.8:
            table.tidy()
        assert _numbers(table) == list(range(count))


def test_many_small_appends_leave_few_fragments(tmp_path: Path) -> None:
    table = Table(tmp_path / "t.lance", PERSONAS)
    for number in range(100):
        table.append(_rows(number, 1))
        table.tidy()
    with table.opened() as data:
        assert len(data.get_fragments()) < 25
    assert _numbers(table) == list(range(100))


def test_a_large_segment_of_an_index_is_not_written_anew_because_those_of_another_are_small(tmp_path: Path) -> None:
    """The index on sources is made later than that on ids, so it has fewer segments."""
    table = Table(tmp_path / "personas.lance", PERSONAS)
    table.append(_rows(0, 20_000))
    table.tidy()
    table.append(_rows(20_000, 1))
    table.tidy()
    table.index_anew("source_idx")
    first = _segments(table, "source_idx")
    for number in range(20_001, 20_020):
        table.append(_rows(number, 1))
        table.tidy()
        assert first <= _segments(table, "source_idx")
    assert len(_segments(table, "source_idx")) < 12
    assert len(_segments(table, "id_idx")) < 12
    assert _numbers(table) == list(range(20_020))


def _segments(table: Table, name: str) -> set[str]:
    with table.opened() as data:
        return {str(one.uuid) for index in data.describe_indices() if index.name == name for one in index.segments}
