"""Columns beside the records of a table."""

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personahub.errors import UsageError
from personahub.schema import REJECTED
from personahub.store.columns import Values, fill
from personahub.store.table import TIDY_AFTER, Table

DOMAIN = pa.schema([pa.field("domain", pa.string())])
BOTH = pa.schema([pa.field("domain", pa.string()), pa.field("tone", pa.string())])


def _id(number: int) -> str:
    return f"{number:032x}"


def _rows(start: int, stop: int) -> pa.Table:
    same = {"run": "r", "table": "personas", "reason": "dull", "detail": None}
    return pa.Table.from_pylist(
        [{"id": _id(number), "place": str(number), **same} for number in range(start, stop)], REJECTED
    )


def _values(rows: list[int], values: list[str | None], schema: pa.Schema = DOMAIN) -> Values:
    columns = [pa.array(values, pa.string()) for _ in schema]
    return Values(np.array(rows, np.int64), pa.RecordBatch.from_arrays(columns, schema=schema))


def _read(table: Table, *columns: str) -> list[tuple[object, ...]]:
    batches = list(table.scan(["id", *columns]))
    return [tuple(row.values()) for batch in batches for row in batch.to_pylist()]


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.integers(1, 40),
            st.dictionaries(st.integers(0, 200), st.one_of(st.none(), st.text(max_size=6)), min_size=1, max_size=30),
        ),
        max_size=12,
    )
)
def test_appends_and_values_in_any_order_are_as_a_list_would_have_them(
    tmp_path_factory: pytest.TempPathFactory, steps: list[int | dict[int, str | None]]
) -> None:
    table = Table(tmp_path_factory.mktemp("t") / "t.lance", REJECTED)
    held: list[str | None] = []
    for step in steps:
        if isinstance(step, int):
            table.append(_rows(len(held), len(held) + step))
            held += [None] * step
        elif some := {row: _plain(value) for row, value in sorted(step.items()) if row < len(held)}:
            fill(table, DOMAIN, [_values(list(some), list(some.values()))])
            for row, value in some.items():
                held[row] = value
    table.tidy()
    if "domain" in table.stored.names:
        assert _read(table, "domain") == [(_id(row), value) for row, value in enumerate(held)]


def _plain(value: str | None) -> str | None:
    return None if value is None else value.encode("utf-8", "replace").decode()


def test_records_of_many_appends_and_their_columns_stay_in_order_when_they_are_joined(tmp_path: Path) -> None:
    table = Table(tmp_path / "t.lance", REJECTED)
    count = 0
    for step in range(5 * TIDY_AFTER):
        table.append(_rows(count, count + 20))
        count += 20
        if step % 5 == 0:
            fill(table, DOMAIN, [_values([count - 1], [f"d{count - 1}"])])
        if step % 7 == 0:
            fill(table, BOTH, [_values([count - 2], [f"d{count - 2}"], BOTH)])
    table.tidy()
    with table.opened() as data:
        assert len(data.get_fragments()) < TIDY_AFTER
    told = {str(name): value for name, value in _read(table, "domain")}
    assert list(told) == [_id(number) for number in range(count)]
    assert {value for value in told.values() if value} == {
        f"d{20 * (step + 1) - back}" for step in range(80) for back, every in ((1, 5), (2, 7)) if step % every == 0
    }
    some = [_id(number) for number in range(0, count, 37)]
    assert sorted(table.lookup(some, ["id"])["id"].to_pylist()) == some  # the filter and the index know them still
    assert table.places(some).tolist() == list(range(0, count, 37))


def test_another_reader_sees_all_values_or_none(tmp_path: Path) -> None:
    table, reader = (Table(tmp_path / "t.lance", REJECTED) for _ in range(2))
    table.append(_rows(0, 100))
    fill(table, DOMAIN, [_values(list(range(100)), ["old"] * 100)])

    def new() -> object:
        for start in range(0, 100, 10):
            assert {value for _, value in _read(reader, "domain")} == {"old"}
            yield _values(list(range(start, start + 10)), ["new"] * 10)

    fill(table, DOMAIN, new())  # type: ignore[arg-type]  # a generator of them
    assert {value for _, value in _read(reader, "domain")} == {"new"}


def test_a_column_of_the_records_is_never_written_over(tmp_path: Path) -> None:
    table = Table(tmp_path / "t.lance", REJECTED)
    table.append(_rows(0, 3))
    with pytest.raises(UsageError, match="'reason' is a column of every record"):
        fill(table, pa.schema([pa.field("reason", pa.string())]), [])


_CHILD = """
import sys, numpy as np, pyarrow as pa
from pathlib import Path
from personahub.schema import REJECTED
from personahub.store.columns import Values, fill
from personahub.store.table import Table
table, columns = Table(Path(sys.argv[1]), REJECTED), pa.schema([pa.field("domain", pa.string())])
for turn in range(10_000):
    print(turn, flush=True)
    rows = np.arange(5_000)
    said = pa.RecordBatch.from_arrays([pa.array([str(turn)] * 5_000)], schema=columns)
    fill(table, columns, [Values(rows, said)])
"""


def test_a_killed_change_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    table = Table(tmp_path / "t.lance", REJECTED)
    for start in range(0, 5_000, 1_000):
        table.append(_rows(start, start + 1_000))
    dice = random.Random(3)
    for _ in range(5):
        command = [sys.executable, "-c", _CHILD, str(tmp_path / "t.lance")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout
            child.stdout.readline()
            time.sleep(dice.uniform(0.0, 0.4))
            child.send_signal(signal.SIGKILL)
        found = _read(Table(tmp_path / "t.lance", REJECTED), *(["domain"] if "domain" in table.stored.names else []))
        assert [row[0] for row in found] == [_id(number) for number in range(5_000)]
        assert len({row[1:] for row in found}) == 1, json.dumps(sorted({str(row[1:]) for row in found}))
