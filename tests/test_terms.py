"""What people type to search, and where it stands in a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personahub.errors import UsageError
from personahub.terms import BEGINNING, EITHER, LONGEST, MOST, PART, PHRASE, WORD, Term, has, marks, terms


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ("tool", [Term(WORD, "tool")]),
        ("medical tool tool", [Term(WORD, "medical"), Term(WORD, "tool")]),
        ('"medical device" -cook', [Term(PHRASE, "medical device"), Term(WORD, "cook", out=True)]),
        ('-"hospital bed" nurs*', [Term(PHRASE, "hospital bed", out=True), Term(BEGINNING, "nurs")]),
        ("well-known", [Term(PHRASE, "well known")]),
        ("nurse OR", [Term(WORD, "nurse")]),  # as somebody types
        ("nurse or cook", [Term(WORD, "nurse"), Term(WORD, "or"), Term(WORD, "cook")]),
        ('"OR" nurse', [Term(WORD, "OR"), Term(WORD, "nurse")]),
        (
            'old nurs* OR "sea cook" OR baker -child',
            [
                Term(WORD, "old"),
                Term(
                    EITHER,
                    "nurs OR sea cook OR baker",
                    either=(Term(BEGINNING, "nurs"), Term(PHRASE, "sea cook"), Term(WORD, "baker")),
                ),
                Term(WORD, "child", out=True),
            ],
        ),
        ("don't", [Term(PHRASE, "don t")]),
        ("\u6559\u5e08 math", [Term(PART, "\u6559\u5e08"), Term(WORD, "math")]),
        ("\u6570\u5b66teacher", [Term(PART, "\u6570\u5b66"), Term(WORD, "teacher")]),
        ('-"\u4e2d \u56fd" x', [Term(PART, "\u4e2d \u56fd", out=True), Term(WORD, "x")]),
        ("\u6559*", [Term(PART, "\u6559")]),
        ("\u0e04\u0e23\u0e39", [Term(PART, "\u0e04\u0e23\u0e39")]),
        ("\u0939\u093f\u0928\u094d\u0926\u0940", [Term(WORD, "\u0939\u093f\u0928\u094d\u0926\u0940")]),
    ],
)
def test_a_query_is_understood(query: str, meant: list[Term]) -> None:
    assert list(terms(query)) == meant


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("", "nothing to look for"),
        ("  ", "nothing to look for"),
        ("-cook", "nothing to look for"),
        ("tool !!!", "nothing to look for at character 6"),
        ('tool "open', "quote that is not closed, at character 6"),
        ('"a"b', "no space after the phrase"),
        ("n*", "fewer than 2 letters"),
        ("OR nurse", "stands not between two terms"),
        ("nurse OR OR cook", "stands not between two terms"),
        ("nurse OR -cook", "'cook' beside an OR"),
        ("nurse OR \u6559", "beside an OR"),
        (" OR ".join(f"w{number}" for number in range(MOST + 1)), "51 terms"),
        ("nu*se", r"a \* inside a word"),
        ("tool\x1b[2J", "control characters"),
        ("tool\u202e", "control characters"),
        ("tool\ud800", "control characters"),
        ("x" * (LONGEST + 1), "2,000 are the most"),
        ("x" * 2**20, "1,048,576 characters"),
        (" ".join(f"w{number}" for number in range(MOST + 1)), "51 terms"),
    ],
)
def test_a_query_that_cannot_be_meant_is_refused(query: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint) as raised:
        terms(query)
    assert len(str(raised.value)) < 300
    assert "\x1b" not in str(raised.value)


@given(st.text() | st.lists(st.sampled_from([*'"*- ', "ab", " OR ", "\u6559", "\u0301", "\n"])).map("".join))
def test_anything_is_either_understood_or_refused(query: str) -> None:
    try:
        found = terms(query)
    except UsageError:
        return
    assert any(not term.out for term in found)
    for term in found:
        assert term.said.strip()
        assert '"' not in term.said or term.kind == PART


def test_marks_are_where_the_words_stand() -> None:
    text = "A Nurse's caf\u00e9: nurses nurse, \u6570\u5b66\u306e\u6559\u5e08\u6570\u5b66"
    found = [text[start:end] for start, end in marks(text, terms("nurs* cafe \u6570\u5b66 -nurse"))]
    assert found == ["Nurse", "caf\u00e9", "nurses", "nurse", "\u6570\u5b66", "\u6570\u5b66"]
    assert [text[start:end] for start, end in marks(text, terms('"nurses nurse" nurse'))] == ["Nurse", "nurses nurse"]
    assert marks(text, terms("nurs")) == []


@given(st.text(), st.text("ab *-", min_size=1, max_size=8))
def test_marks_lie_in_the_text_and_not_on_each_other(text: str, query: str) -> None:
    try:
        found = marks(text, terms(query))
    except UsageError:
        return
    ends = [0]
    for start, end in found:
        assert ends[-1] <= start < end <= len(text)
        ends.append(end)


def test_a_text_has_a_term_or_not() -> None:
    assert has("The nurses' room", Term(BEGINNING, "NURS"))
    assert not has("The nurses' room", Term(WORD, "nurse"))
    assert has("a b c", Term(PHRASE, "b c"))
    assert not has("a b c", Term(PHRASE, "a c"))
