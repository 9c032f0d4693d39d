import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personahub.errors import UsageError
from personahub.joins.overlap import Runs
from tests.joins.sets import grams

TEXTS = st.lists(st.lists(st.sampled_from(["a", "B", "é", "字", "d."]), max_size=9).map(" ".join), max_size=12)


@settings(max_examples=150, deadline=None)
@given(TEXTS, TEXTS, st.integers(1, 4))
def test_a_text_is_found_exactly_where_it_shares_a_run(known: list[str], asked: list[str], size: int) -> None:
    runs = Runs(size, 2**30)
    for start in range(0, len(known), 5):
        runs.add(pa.array(known[start : start + 5], pa.string()))
    found = runs.shared(pa.array(asked, pa.string())).tolist()
    sets = [grams(text, size) for text in known]
    for text, row in zip(asked, found, strict=True):
        shares = [number for number, other in enumerate(sets) if other & grams(text, size)]
        assert (row in shares) if shares else row == -1


def test_many_runs_grow_the_table_and_too_many_are_refused() -> None:
    texts = pa.array([" ".join(f"w{number + place}" for place in range(30)) for number in range(0, 300_000, 30)])
    runs = Runs(3, 2**26)
    for start in range(0, len(texts), 1000):
        runs.add(texts.slice(start, 1000))
    assert (runs.shared(texts) == np.arange(len(texts))).all()
    with pytest.raises(UsageError, match="--memory-limit"):
        Runs(3, 2**21).add(texts)
