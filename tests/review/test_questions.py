"""What can be asked of a reviewer, and what is an answer."""

from typing import Any

import pytest

from personahub.review.agreement import INTERVAL, NOMINAL, alpha
from personahub.review.questions import DEFAULT, Unanswerable, answered, read

_OPTIONS = [{"value": "a", "label": "A"}, {"value": "b"}]


def _of(kind: str, **more: Any) -> Any:
    return read([{"name": "q", "kind": kind, "title": "Q", **more}])


def test_questions_are_told_as_they_were_read() -> None:
    assert read([one.told() for one in DEFAULT]) == DEFAULT
    asked = _of("spans", options=_OPTIONS, field="persona", suggest="domain")
    assert read([one.told() for one in asked]) == asked


@pytest.mark.parametrize(
    "said",
    [
        *([], [1], [{}], [{"name": "q", "kind": "poem", "title": "Q"}], [{"name": "Q", "kind": "text", "title": "Q"}]),
        [{"name": "q", "kind": "text", "title": " "}],
        [{"name": "reviewers", "kind": "text", "title": "Q"}],
        [{"name": "q", "kind": "rating", "title": "Q", "least": 5, "most": 1}],
        [{"name": "q", "kind": "rating", "title": "Q", "most": 101}],
        [{"name": "q", "kind": "choice", "title": "Q"}],
        [{"name": "q", "kind": "choice", "title": "Q", "options": [{"value": "a"}]}],
        [{"name": "q", "kind": "choice", "title": "Q", "options": [{"value": "a"}, {"value": "a"}]}],
        [{"name": "q", "kind": "text", "title": "Q"}] * 2,
        [{"name": f"q{number}", "kind": "text", "title": "Q"} for number in range(51)],
    ],
)
def test_what_cannot_be_asked_is_refused(said: Any) -> None:
    with pytest.raises(Unanswerable):
        read(said)


def test_answers_are_kept_in_one_form() -> None:
    texts = {"text": "a text"}
    assert answered(_of("choices", options=_OPTIONS), {"q": ["b", "a"]}, texts, whole=True) == {"q": ["a", "b"]}
    assert answered(_of("correction"), {"q": "a text"}, texts, whole=True) == {}
    spans = [{"first": 2, "last": 6, "label": "b"}, {"first": 0, "last": 1, "label": "a"}]
    assert answered(_of("spans", options=_OPTIONS), {"q": spans}, texts, whole=True)["q"] == spans[::-1]
    with pytest.raises(Unanswerable, match="needed"):
        answered(_of("text", required=True), {"q": ""}, texts, whole=True)
    assert answered(_of("text", required=True), {"q": ""}, texts, whole=False) == {}


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        *(("rating", 0), ("rating", "3"), ("rating", 3.5), ("choice", "c"), ("choice", ["a"]), ("choices", "a")),
        *(("choices", ["a", "c"]), ("text", 5), ("text", "\ud800"), ("spans", [{"first": 0, "last": 7, "label": "a"}])),
        *(("spans", [{"first": 1, "last": 1, "label": "a"}]), ("spans", ["a"]), ("spans", [{"first": True}])),
    ],
)
def test_what_is_no_answer_is_refused(kind: str, answer: Any) -> None:
    with pytest.raises(Unanswerable):
        answered(_of(kind, options=_OPTIONS), {"q": answer}, {"text": "a text"}, whole=True)


def test_agreement_is_that_of_the_book() -> None:
    """Krippendorff, 2011, Computing Krippendorff's alpha-reliability: example C, two of its scales."""
    a, b = [1, 2, 3, 3, 2, 1, 4, 1, 2], [1, 2, 3, 3, 2, 2, 4, 1, 2]
    c, d = [None, 3, 3, 3, 2, 3, 4, 2, 2], [1, 2, 3, 3, 2, 4, 4, 1, 2]
    units = [[float(v) for v in values if v is not None] for values in zip(a, b, c, d, strict=True)]
    units += [[float(v) for v in values if v is not None] for values in ([5, 5, 5], [1, 1], [3])]
    assert alpha(units, NOMINAL) == pytest.approx(0.743, abs=0.001)
    assert alpha(units, INTERVAL) == pytest.approx(0.849, abs=0.001)
    assert alpha([[1.0, 1.0], [2.0, 2.0]], NOMINAL) == 1.0
    assert alpha([[1.0], [2.0]], NOMINAL) is None
    assert alpha([[1.0, 1.0]], INTERVAL) is None
