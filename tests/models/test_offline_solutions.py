"""The offline writer's solutions: right answers found in the text alone, wrong ones at the rate that was planted."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personahub.evaluation.answers import final
from personahub.evaluation.grading import Same, seen
from personahub.formats.code import Code
from personahub.models.offline.asked import asked
from personahub.models.offline.dice import Dice
from personahub.models.offline.problems import FAMILIES, of_family, problem
from personahub.models.offline.solutions import SLIPS, program, right, slipped, solution
from personahub.models.offline.solving import DAYS

CLERK = "A clerk of street 7 who has counted 24-hour shifts since 1999"


@pytest.mark.parametrize("family", FAMILIES)
def test_the_answer_is_found_in_the_text_alone(family: str) -> None:
    for number in range(60):
        made = of_family(family, CLERK, Dice("solving", family, str(number)))
        assert str(right(made.text)) == str(made.answer), made.text


@pytest.mark.parametrize("family", FAMILIES)
def test_a_program_computes_it(family: str) -> None:
    made = of_family(family, CLERK, Dice("program", family))
    code = Code().read(program(made.text, 0)).text
    body, _, call = code.rpartition("\n")
    known: dict[str, object] = {}
    exec(compile(body, "program", "exec"), known)  # of our own making
    assert str(eval(call, known)) == str(made.answer)


def test_solvers_slip_as_often_as_they_are_told_to() -> None:
    told = []
    for number in range(400):
        made = problem(CLERK, number)
        said = final(solution(made.text, "Final answer", number, 0.25), "Final answer:")
        assert said is not None
        told.append(seen(said, str(made.answer)) is Same.YES)
    assert 0.25 - 0.09 < 1 - sum(told) / len(told) < 0.25 + 0.09


def test_wrong_answers_are_not_right_and_no_two_slips_are_the_same() -> None:
    for value in (0, 7, "3/4", "22/7", "Sunday"):
        all_ = [str(slipped(value, slip)) for slip in range(SLIPS + 1)]
        assert len(set(all_)) == SLIPS + 1
        assert all(one in DAYS if value in DAYS else Fraction(one) >= 0 for one in all_)


@given(st.text(max_size=200))
def test_any_text_has_a_solution_and_it_is_always_the_same(text: str) -> None:
    assert solution(text, "Final answer", 1) == solution(text, "Final answer", 1)
    assert right(text) == right(text)
    assert final(solution(text, "Final answer", 1), "Final answer:")


@pytest.mark.parametrize("family", FAMILIES)
def test_numbers_that_are_of_no_problem_take_no_time(family: str) -> None:
    made = of_family(family, CLERK, Dice("hostile", family))
    found = asked(made.text)
    assert found
    for number in found.numbers:
        for other in ("0", "99999999999999999999", "1"):
            assert right(made.text.replace(str(number), other)) is not None
