"""Every family of problems against an answer found another way."""

import re
from fractions import Fraction

import pytest

from personahub.models.offline.dice import Dice
from personahub.models.offline.problems import FAMILIES, of_family, problem
from personahub.models.offline.scene import Problem
from tests.models.solving import CHECKS, WEEKDAYS, Numbers

NURSE = "A night nurse who trains young colleagues in wound care at a rural hospital"


def _numbers(text: str) -> Numbers:
    return [int(number.replace(",", "")) for number in re.findall(r"\d+(?:,\d{3})*", text)]


def _some(family: str, number: int) -> Problem:
    return of_family(family, NURSE, Dice("test", family, str(number)))


def test_every_family_has_a_check() -> None:
    assert set(CHECKS) == set(FAMILIES)
    assert len(FAMILIES) >= 15


@pytest.mark.parametrize("family", FAMILIES)
def test_the_answer_is_right_by_another_way(family: str) -> None:
    for number in range(8 if family == "seating" else 60):
        made = _some(family, number)
        assert made.family == family
        assert CHECKS[family](made.text, _numbers(made.text)) == made.answer, made.text


@pytest.mark.parametrize("family", FAMILIES)
def test_a_problem_is_told_about_the_persona_and_asks_something(family: str) -> None:
    text = _some(family, 0).text
    assert "night nurse" in text
    assert "?" in text
    assert "{" not in text
    assert not re.search(r"  |\ba [aeio]|\ban [bcdgkpt]", text)


def test_answers_are_whole_numbers_fractions_or_days() -> None:
    for family in FAMILIES:
        answer = _some(family, 1).answer
        assert answer in WEEKDAYS if isinstance(answer, str) else isinstance(answer, (int, Fraction)) and answer >= 0


def test_a_persona_keeps_its_problem_and_another_seed_gives_another() -> None:
    assert problem(NURSE, 0) == problem(NURSE, 0)
    assert len({problem(NURSE, seed).text for seed in range(300)}) == 300
    assert {problem(NURSE, seed).family for seed in range(600)} == set(FAMILIES)
