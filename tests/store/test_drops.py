"""Why records are dropped: the same whether verdicts are held in memory or looked up."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personahub.schema import KEPT, VERDICTS
from personahub.store import drops
from personahub.store.drops import Drops, standing
from personahub.store.ids import Repeats, halves, spelled
from personahub.store.table import Table
from personahub.text import content_id

RUNS = {"quality": ["1" * 32], "duplicate": ["2" * 32, "5" * 32, "6" * 32], "review": ["3" * 32]}

KINDS = ("review", "quality", "duplicate")


def _id(number: int) -> str:
    return content_id(str(number))


def _verdicts(path: Path, rows: list[tuple[int, str, str, str]]) -> Table:
    table = Table(path / "verdicts.lance", VERDICTS)
    made = [
        {"id": _id(number), "table": "personas", "kind": kind, "reason": reason, "run": run}
        for number, kind, reason, run in rows
    ]
    table.append(pa.Table.from_pylist(made, VERDICTS))
    return table


def _oldest_first(said: dict[tuple[int, str, str], str]) -> list[tuple[tuple[int, str, str], str]]:
    there = [(key, reason) for key, reason in said.items() if key[2] in RUNS[key[1]]]
    return sorted(there, key=lambda one: -RUNS[one[0][1]].index(one[0][2]))


def test_held_or_looked_up_the_reasons_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dice = np.random.default_rng(0)
    kinds = list(RUNS)
    rows = [
        (
            int(dice.integers(3000)),
            kind,
            f"{kind} {dice.integers(3)}" if dice.random() < 0.8 else KEPT,
            str(dice.choice(RUNS[kind])) if dice.random() < 0.8 else "4" * 32,
        )
        for kind in (kinds[dice.integers(3)] for _ in range(6000))
    ]
    rows = [row for at, row in enumerate(rows) if (*row[:2], row[3]) not in {(*r[:2], r[3]) for r in rows[:at]}]
    table = _verdicts(tmp_path, rows)
    ids = pa.array([_id(number) for number in range(3500)])
    held = Drops(table, RUNS).reasons(ids)
    monkeypatch.setattr(drops, "MOST", 0)
    looked_up = Drops(table, RUNS).reasons(ids)
    assert held.to_pylist() == looked_up.to_pylist()
    assert 0 < held.null_count < len(held)
    said = {(number, kind, run): reason for number, kind, reason, run in rows}
    for number, reason in enumerate(held.to_pylist()):
        newest = [next((said[k] for run in RUNS[kind] if (k := (number, kind, run)) in said), KEPT) for kind in KINDS]
        assert reason == next((one for one in newest if one != KEPT), None)
    found = [row for batch in standing(table, "duplicate", RUNS["duplicate"], ["reason"]) for row in batch.to_pylist()]
    last = {number: reason for (number, kind, _), reason in _oldest_first(said) if kind == "duplicate"}
    assert len(found) == sum(reason != KEPT for reason in last.values())


def test_of_several_verdicts_review_counts_before_quality_and_quality_before_duplicate(tmp_path: Path) -> None:
    rows = [(0, kind, kind, RUNS[kind][0]) for kind in ("duplicate", "quality", "review")] + [
        (1, kind, kind, RUNS[kind][0]) for kind in ("duplicate", "quality")
    ]
    drop = Drops(_verdicts(tmp_path, rows), RUNS)
    many = pa.array([_id(number) for number in range(2, 2000)])
    drop.reasons(many)
    assert drop.reasons(pa.array([_id(0), _id(1), _id(2)])).to_pylist() == ["review", "quality", None]


@given(st.lists(st.integers(0, 2**128 - 1), max_size=60))
@settings(deadline=None)
def test_halves_are_the_id_and_what_is_there_twice_is_found(numbers: list[int]) -> None:
    names = [f"{number:032x}" for number in numbers]
    found = halves(pa.array(names, pa.string()))
    assert spelled(found) == names
    repeats = Repeats(len(names))
    repeats.add(found)
    twice = [name for some in repeats.found() for name in spelled(some)]
    assert sorted(twice) == sorted(name for name in set(names) for _ in range(names.count(name) - 1))


def test_beyond_what_memory_should_hold_repeats_are_found_on_the_disk() -> None:
    names = [content_id(str(number)) for number in range(2000)]
    repeats = Repeats(20_000_000)
    for start in range(0, 2000, 100):
        repeats.add(halves(pa.array(names[start : start + 100])))
    repeats.add(halves(pa.array(names[7:9])))
    assert sorted(name for some in repeats.found() for name in spelled(some)) == sorted(names[7:9])


@pytest.mark.parametrize("odd", ["", "g" * 32, "0" * 31, "0" * 33, "0" * 31 + " ", "A" * 32, "\u0660" * 16])
def test_what_is_no_id_is_refused(odd: str) -> None:
    with pytest.raises(ValueError):
        halves(pa.array(["0" * 32, odd]))
