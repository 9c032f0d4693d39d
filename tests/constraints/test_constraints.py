"""Constraints: drawn by seed and share, said in an instruction, read from it again, and held against answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personahub.constraints import KINDS, MOST, attached, draw, faults, parted

# For each kind an instruction's line, answers that hold it, and answers that do not.
CASES = {
    "words_most": (
        "Use at most 5 words.",
        ["One two three four five.", "", "一二三四五"],
        ["one two three four five six"],
    ),
    "words_least": ("Use at least 3 words.", ["one two three", "it's a test"], ["one two", ""]),
    "sentences_most": (
        "Use at most 2 sentences.",
        ["One. Two!", "It costs 3.50 dollars. Fine.", "好。行。"],
        ["A. B. C.", "好。行。对。"],
    ),
    "paragraphs": (
        "Write exactly 2 paragraphs, with a blank line between them.",
        ["a\n\nb", "a\nb\n \nc\n"],
        ["a", "a\n\nb\n\nc"],
    ),
    "bullets": (
        'Give exactly 2 bullet points, each on a line that begins with "- ".',
        ["Here:\n- a\n- b\nDone.", "* a\n* b"],
        ["- a", "- a\n- b\n- c", "a-b"],
    ),
    "numbered": (
        "Give exactly 2 steps, each on a line of its own that begins with its number and a full stop.",
        ["1. a\n2. b", "1) a\n2) b"],
        ["1. a", "1. a\n3. b", "a 1. b 2. c"],
    ),
    "sections": (
        'Divide it into 2 sections, each under a heading that begins with "## ".',
        ["## a\nx\n## b\ny"],
        ["## a\nx", "# a\n# b"],
    ),
    "keyword": ('Use the word "ledger".', ["The Ledger is here", "ledger."], ["ledgers", ""]),
    "keyword_often": ('Use the word "bridge" at least 2 times.', ["Bridge over bridge"], ["a bridge"]),
    "forbidden": (
        'Do without the words "very", "really" and "simply".',
        ["every reality"],
        ["Very good", "it is really so"],
    ),
    "begins": (
        'Begin with the words "In short,"',
        ["In short, no.", "**In short,** no", '"in short, no"'],
        ["No. In short, no."],
    ),
    "ends": (
        'End with the sentence "And so it goes."',
        ["x. And so it goes.", "x.\nAnd so it  goes.**"],
        ["And so it goes. x"],
    ),
    "question": ("End with a question.", ["Is it?", '"Is it?"', "好吗\uff1f"], ["Is it? Yes."]),
    "language": (
        "Answer in German.",
        ["Das ist der Hund und die Katze von nebenan."],
        ["This is the dog of the house.", "12"],
    ),
    "json": (
        'Answer with nothing but one JSON object that has just the keys "reason", "next" and "cost".',
        ['{"reason": 1, "cost": 2, "next": 3}', '```json\n{"reason": 1, "cost": 2, "next": {}}\n```'],
        ['{"reason": 1}', "[1]", "Sure: {}", "[" * 100_000],
    ),
    "quoted": ("Put the whole answer in double quotation marks.", ['"a b"', "“a”"], ['"a" b', '"', "a"]),
    "title": (
        "Put a title at the top, in double angle brackets like <<this>>.",
        ["<<A>>\nb", "**<<A>>**\nb"],
        ["A\n<<b>>", "<A>"],
    ),
    "lower_case": ("Write without any capital letters.", ["no capitals here: 1, 2"], ["A b"]),
    "no_commas": ("Write without any commas.", ["a b"], ["a, b", "一\uff0c二", "一、二"]),
    "blanks": (
        "Leave at least 2 blanks for the reader to fill in, each in square brackets like [name].",
        ["[a] and [b]"],
        ["[a]", "[] []"],
    ),
    "postscript": ('Close with a line that begins with "P.S.".', ["a\nP.S. b", "a\n**P.S.** b"], ["P.S. a\nb", ""]),
}


def test_every_kind_has_its_cases() -> None:
    assert set(CASES) == set(KINDS)


@pytest.mark.parametrize("name", CASES)
def test_what_holds_holds_and_what_fails_is_named(name: str) -> None:
    line, good, bad = CASES[name]
    text = f"Tell me about bees.\n\nConditions:\n- {line}"
    assert [one.name for one in parted(text)[1]] == [name]
    for answer in good:
        assert faults(text, answer) == {}, answer
    for answer in bad:
        assert list(faults(text, answer)) == [name], answer
        assert faults(text, answer)[name]


@given(st.text(), st.text(max_size=20))
def test_what_is_drawn_is_read_again(text: str, seed: str) -> None:
    drawn = draw(1.0, seed)
    assert 1 <= len(drawn) <= MOST
    assert len({one.name for one in drawn}) == len(drawn)
    plain, read = parted(attached(text, drawn))
    assert read == drawn
    assert plain == text.rstrip()


@given(st.text(), st.text())
def test_no_text_breaks_them(text: str, answer: str) -> None:
    parted(text)
    for kind in KINDS.values():
        kind.read(text)
    for line, _, _ in CASES.values():
        faults(f"x\n\nConditions:\n- {line}\n", answer)


def test_the_share_is_kept_and_the_same_fields_draw_the_same() -> None:
    drawn = [draw(0.3, "7", str(number)) for number in range(5000)]
    assert drawn == [draw(0.3, "7", str(number)) for number in range(5000)]
    share = sum(map(bool, drawn)) / len(drawn)
    assert abs(share - 0.3) < 0.03  # five standard errors
    assert not any(draw(0.0, str(number)) for number in range(100))
    assert {one.name for some in drawn for one in some} == set(KINDS)


def test_those_that_clash_are_never_drawn_together() -> None:
    for number in range(3000):
        names = [one.name for one in draw(1.0, str(number))]
        for name in names:
            assert not KINDS[name].clashes & set(names)


def test_sentences_that_are_none_are_left_alone() -> None:
    text = "Do this.\n\nConditions:\n- Be kind to everybody.\n- Use no magic."
    assert parted(text) == (text, ())
    mixed = f"{text}\n- Use at most 10 words."
    assert parted(mixed)[0] == "Do this."
    assert list(faults(mixed, "word " * 11)) == ["words_most"]
