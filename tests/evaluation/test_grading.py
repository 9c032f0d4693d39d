"""Whether two answers are equal: at once where that can be seen, by math-verify in a process of its own where not."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personahub.evaluation import pool
from personahub.evaluation.answers import final
from personahub.evaluation.grading import MOST_BYTES, Grader, Same, seen
from personahub.evaluation.numbers import normal, number, unit

EQUAL = [
    ("42", "42"),
    ("42", " 42. "),
    ("1,250", "1250"),
    ("1{,}250", "1250"),
    ("-3", "\u22123"),
    ("0.5", "1/2"),
    ("0.50", ".5"),
    ("50%", "0.5"),
    ("50\\%", "1/2"),
    ("\\frac{1}{2}", "1/2"),
    ("\\frac12", "0.5"),
    ("\\dfrac{3}{4}", "\\tfrac{3}{4}"),
    ("-\\frac{3}{4}", "\\frac{-3}{4}"),
    ("1\\frac{1}{2}", "3/2"),
    ("2 1/4", "2.25"),
    ("1.5e3", "1500"),
    ("1.5\\times 10^{3}", "1,500"),
    ("10^{-2}", "0.01"),
    ("$18", "18"),
    ("$18$", "18"),
    ("\\$18.00", "18"),
    ("18 dollars", "18"),
    ("18 apples", "18 apple"),
    ("12\\text{ cm}", "12"),
    ("12\\,\\text{cm}", "12 cm"),
    ("90^\\circ", "90"),
    ("90\u00b0", "90^{\\circ}"),
    ("x = 5", "5"),
    ("\\text{Tuesday}", "tuesday"),
    ("(B)", "B"),
    ("\\left(2, 3\\right)", "(2,3)"),
    ("3; 5", "3, 5"),
    ("seven", "7"),
    ("1/2, 1/3", "0.5; 1/3"),
]
UNEQUAL = [
    ("42", "43"),
    ("0.33", "1/3"),
    ("0.333", "\\frac13"),
    ("50", "-50"),
    ("18 hours", "18 minutes"),
    ("1,250", "1.250"),
    ("2/3", "3/2"),
    ("10^3", "10^4"),
    ("1\\frac{1}{2}", "\\frac{11}{2}"),
    ("Monday", "Tuesday"),
    ("yes", "no"),
    ("A", "B"),
    ("3, 5", "3, 6"),
    ("3, 5", "3"),
    ("2, 5", "5"),
    ("(2, 3)", "(3, 2)"),
    ("x", "5"),
    ("5x", "5"),
    ("2k", "2"),
    ("2xy", "2"),
    ("2 ab", "2"),
    ("3abc", "3"),
    ("5\\pi", "5"),
    ("2\\sqrt{3}", "2"),
    ("[2, 3]", "(2, 3)"),
    ("10^{2}", "102"),
    ("12 million", "12"),
    ("2 dozen", "2"),
    ("infinity", "0"),
    ("7", "Tuesday"),
    ("5!", "5"),
    ("3 or 4", "3"),
    ("1e5", "15"),
    ("0", "o"),
    ("\\frac{1}{0}", "0"),
]
HARD = [  # that take more than a look
    ("\\frac{\\sqrt{2}}{2}", "\\frac{1}{\\sqrt{2}}", Same.YES),
    ("x^2-1", "(x-1)(x+1)", Same.YES),
    ("2\\sqrt{3}", "\\sqrt{12}", Same.YES),
    ("\\{1, 2\\}", "\\{2, 1\\}", Same.YES),
    ("3\\pi", "3\\pi", Same.YES),
    ("\\sqrt{2}", "1.5", Same.NO),
    ("x+1", "x+2", Same.NO),
    ("(1, 2)", "(2, 1)", Same.NO),
    ("x^2 + b = 0", "0", Same.UNDECIDED),
]
HOSTILE = [
    "9**9**9**9",
    "2^{2^{2^{2^{2^{2}}}}}",
    "(1+x)^{100000}",
    "\\int_0^1 x^{x^{x^x}} dx",
    "__import__('os').system('touch pwned')",
    "eval(open('/etc/passwd').read())",
    "\\frac{" * 200,
    "(" * 900,
    "9" * 1900 + "!",
    "\x00\x1b[2J",
]


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    with Grader(2) as one:
        yield one


@pytest.mark.parametrize(("one", "other"), EQUAL)
def test_the_same_is_seen_at_once_in_either_order(one: str, other: str) -> None:
    assert seen(one, other) is seen(other, one) is Same.YES


@pytest.mark.parametrize(("one", "other"), UNEQUAL)
def test_what_is_not_the_same_is_never_taken_for_it(one: str, other: str, grader: Grader) -> None:
    assert seen(one, other) is seen(other, one) is not Same.YES
    assert grader.same([(one, other)]) != [Same.YES]


@pytest.mark.parametrize(("one", "other", "same"), HARD)
def test_what_takes_mathematics_is_asked_of_math_verify(one: str, other: str, same: Same, grader: Grader) -> None:
    assert grader.same([(one, other), (other, one)]) == [same, same]


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**6))
def test_a_number_is_equal_to_itself_in_every_form_and_to_no_other(top: int, bottom: int) -> None:
    value = number(normal(f"{top}/{bottom}"))
    assert value is not None
    assert number(normal(f"\\frac{{{top}}}{{{bottom}}}")) == value
    assert seen(f"{top:,}", str(top)) is Same.YES
    assert seen(str(top), str(top + bottom)) is Same.NO


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_two_texts_can_be_looked_at(one: str, other: str) -> None:
    assert seen(one, other) is seen(other, one)


def test_a_unit_is_words_behind_a_number() -> None:
    assert unit("18 dollars") == ("18", "dollars")
    assert unit("3/4 cm") == ("3/4", "cm")
    assert unit("5 or 6") == ("5 or 6", "")
    assert unit("5x") == ("5x", "")


def test_hostile_expressions_end_in_time_and_run_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Grader(2) as grader:
        grader.same([("\\sqrt{2}", "\\sqrt{3}"), ("\\sqrt{5}", "\\sqrt{7}")])  # both processes are there
        start = monotonic()
        told = grader.same([(text, "7") for text in HOSTILE])
        assert monotonic() - start < 60
        assert Same.YES not in told
        assert grader.same([("\\sqrt{2}", "\\frac{2}{\\sqrt{2}}")]) == [Same.YES], "the next pair is answered"
    assert not list(tmp_path.iterdir())


def test_what_is_too_long_is_undecided_and_asked_of_nobody(grader: Grader) -> None:
    before = grader.asked
    assert grader.same([("x+" * MOST_BYTES + "1", "y")]) == [Same.UNDECIDED]
    assert grader.asked == before


def test_without_math_verify_what_cannot_be_seen_is_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "PACKAGE", "no_such_package")
    with Grader() as grader:
        assert grader.same([("1/2", "0.5"), ("x+1", "1+x")]) == [Same.YES, Same.UNDECIDED]
        assert grader.missing


def test_a_process_that_is_gone_is_started_again(grader: Grader) -> None:
    pair = ("\\frac{\\sqrt{3}}{3}", "\\frac{1}{\\sqrt{3}}")
    assert grader.same([pair]) == [Same.YES]
    for worker in grader._pool._all:
        if worker._process:
            worker._process.kill()
            worker._process.wait()
    grader.same([pair])  # the one that meets it cannot tell
    assert grader.same([pair, ("\\sqrt{8}", "2\\sqrt{2}")]) == [Same.YES, Same.YES]


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_nothing_is_left_running() -> None:
    with Grader(1) as grader:
        grader.same([("\\sqrt{2}", "\\sqrt{3}")])
        (worker,) = grader._pool._all
        assert worker._process
        pid = worker._process.pid
        assert Path(f"/proc/{pid}").exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_cases_of_others_are_graded_as_they_expect(shared_data: Path, grader: Grader) -> None:
    lines = (shared_data / "math" / "math_verify_cases.jsonl").read_bytes().splitlines()
    rows = [json.loads(line) for line in lines]
    told = grader.same([(row["gold"], final(row["pred"]) or row["pred"]) for row in rows])
    right = sum((same is Same.YES) == bool(row["expected"]) for same, row in zip(told, rows, strict=True))
    assert right >= 0.84 * len(rows)  # what is missed are sentences in place of answers, and equations
