"""Who stays, by a score: what plain loops over every pair give."""

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from personahub.joins.forest import linked
from personahub.joins.near import Near
from personahub.joins.stays import closeness, led, starred_by
from tests.joins.sets import compared, parts_of

WORDS = st.lists(st.sampled_from([f"w{n}" for n in range(7)]), max_size=8).map(" ".join)
CASES = st.lists(st.tuples(WORDS, st.integers(0, 3)), min_size=1, max_size=25)


def similarities(texts: list[str], threshold: str) -> dict[tuple[int, int], float]:
    """Of all that are near, equal ones included, both ways."""
    equal, pairs = compared(texts, threshold)
    first = {number: number for number in range(len(texts))} | dict(equal)
    known = {(one, two): shared / either for one, two, shared, either in pairs}
    found = {}
    for one in first:
        for two in first:
            ends = tuple(sorted((first[one], first[two])))
            if one != two and (first[one] == first[two] or ends in known):
                found[one, two] = known.get((ends[0], ends[1]), 1.0)
    return found


def plain_clusters(texts: list[str], threshold: str) -> list[int]:
    found = list(range(len(texts)))
    for _ in texts:
        for one, two in similarities(texts, threshold):
            found[one] = found[two] = min(found[one], found[two])
    return found


def plain_star(texts: list[str], threshold: str, scores: list[float]) -> list[int]:
    near = similarities(texts, threshold)
    order = sorted(range(len(texts)), key=lambda number: (-scores[number], number))
    found: dict[int, int] = {}
    for number in order:
        kept = [one for one in order if found.get(one) == one and (one, number) in near]
        found[number] = kept[0] if kept else number
    return [found[number] for number in range(len(texts))]


@settings(max_examples=80, deadline=None)
@given(CASES, st.sampled_from(["0.5", "0.6", "0.8"]))
def test_the_highest_score_stays_and_of_equal_ones_the_first(cases: list[tuple[str, int]], threshold: str) -> None:
    texts, given_scores = [text for text, _ in cases], [float(score) for _, score in cases]
    scores = np.array(given_scores)
    clusters = plain_clusters(texts, threshold)
    heads = [max((n for n, c in enumerate(clusters) if c == own), key=lambda n: (scores[n], -n)) for own in clusters]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        found = Near(threshold)(parts_of(texts, 10), rows=len(texts), folder=place / "join")
        for file in (None, place / "best"):
            assert led(linked(found), scores, file).tolist() == heads
        assert starred_by(found, scores, place).tolist() == plain_star(texts, threshold, given_scores)


@settings(max_examples=60, deadline=None)
@given(CASES, st.sampled_from(["0.5", "0.8"]))
def test_the_most_central_is_nearest_to_all_that_are_near_to_it(cases: list[tuple[str, int]], threshold: str) -> None:
    texts = [text for text, _ in cases]
    near = similarities(texts, threshold)
    equal = dict(compared(texts, threshold)[0])
    expected = [sum(share for (one, _), share in near.items() if one == number) for number in range(len(texts))]
    with tempfile.TemporaryDirectory() as folder:
        found = Near(threshold)(parts_of(texts, 10), rows=len(texts), folder=Path(folder) / "join")
        scores = closeness(found, Path(folder) / "scores")
    assert np.allclose(scores, [0.0 if number in equal else score for number, score in enumerate(expected)])


def test_a_star_led_by_scores_keeps_the_middle_of_a_chain(tmp_path: Path) -> None:
    texts = [" ".join(f"w{n}" for n in range(start, start + 20)) for start in range(3)]
    found = Near("0.9")(parts_of(texts, 3), rows=3, folder=tmp_path / "join")
    assert starred_by(found, closeness(found), tmp_path).tolist() == [1, 1, 1]
    assert led(linked(found), closeness(found)).tolist() == [1, 1, 1]
    assert not list(tmp_path.glob("ordered*"))
