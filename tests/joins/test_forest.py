import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personahub.errors import UsageError
from personahub.joins.forest import linked, starred
from personahub.joins.near import Near
from tests.joins.sets import compared, parts_of

WORDS = st.lists(st.sampled_from([f"w{n}" for n in range(7)]), max_size=8).map(" ".join)


def plain_links(pairs: list[tuple[int, int]], rows: int) -> list[int]:
    found = list(range(rows))
    for _ in range(rows):
        for one, two in pairs:
            found[one] = found[two] = min(found[one], found[two])
    return found


def plain_star(near: set[tuple[int, int]], rows: int) -> list[int]:
    found: list[int] = []
    for two in range(rows):
        kept = [one for one in range(two) if found[one] == one and (one, two) in near]
        found.append(kept[0] if kept else two)
    return found


@settings(max_examples=60, deadline=None)
@given(st.lists(WORDS, max_size=25), st.sampled_from(["0.5", "0.6", "0.8"]))
def test_both_are_what_plain_loops_give(texts: list[str], threshold: str) -> None:
    equal, pairs = compared(texts, threshold)
    first = {number: number for number in range(len(texts))} | dict(equal)
    links = [(one, two) for one, two, *_ in pairs] + equal
    same = {(one, two) for two in first for one in first if one < two and first[one] == first[two]}
    near = {tuple(sorted((one, two))) for one, two, *_ in pairs}
    near = {(a, b) for a in first for b in first if a < b and tuple(sorted((first[a], first[b]))) in near} | same
    with tempfile.TemporaryDirectory() as folder:
        links_only = Near(threshold, give="links")(parts_of(texts, 10), rows=len(texts), folder=Path(folder) / "links")
        assert linked(links_only).tolist() == plain_links(links, len(texts))
        found = Near(threshold)(parts_of(texts, 10), rows=len(texts), folder=Path(folder) / "join")
        for file in (None, Path(folder) / "ids"):
            assert linked(found, file).tolist() == plain_links(links, len(texts))
            assert starred(found, file).tolist() == plain_star({(a, b) for a, b in near}, len(texts))


def test_a_chain_is_one_cluster_and_several_stars(tmp_path: Path) -> None:
    texts = [" ".join(f"w{n}" for n in range(start, start + 20)) for start in range(6)]
    found = Near("0.9")(parts_of(texts, 6), rows=6, folder=tmp_path)
    assert linked(found).tolist() == [0] * 6
    assert starred(found).tolist() == [0, 0, 2, 2, 4, 4]
    assert linked(found).dtype == np.uint32


def test_links_are_few_and_connect_what_pairs_connect(tmp_path: Path) -> None:
    shared = " ".join(f"w{n}" for n in range(19))
    texts = [f"{shared} x{n}" for n in range(3_000)] + [f"{shared} x{n} y{n}" for n in range(500)]
    found = Near(give="links")(parts_of(texts, 500), rows=len(texts), folder=tmp_path)
    assert set(linked(found).tolist()) == {0}
    assert sum(map(len, found.pairs())) < 10 * len(texts)
    with pytest.raises(UsageError, match="every pair"):
        starred(found)
