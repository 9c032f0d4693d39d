"""Rubrics: shipped and of one's own, and what is said of those that are none."""

from pathlib import Path

import pytest

from personahub.errors import TemplateError
from personahub.templates.rubric import load

FRONT = 'name = "riddles"\nleast = 0\nmost = 10\n[criteria]\nwit = "it surprises"\nfair = "it can be solved"\n'
WORDS = "Judge the riddle below.\n{{criteria}}\n<<<\n{{sample}}\n>>>\n"


def _file(tmp_path: Path, front: str = FRONT, words: str = WORDS) -> str:
    path = tmp_path / "riddles.md"
    path.write_text(f"+++\n{front}+++\n{words}", "utf-8")
    return str(path)


def test_the_shipped_rubric_is_whole() -> None:
    rubric = load("general")
    assert (rubric.least, rubric.most, rubric.names) == (1, 5, ("fit", "clarity", "soundness", "substance"))
    assert rubric.identity.startswith("general@")


def test_a_file_of_your_own_is_a_rubric_in_either_form(tmp_path: Path) -> None:
    one = load(_file(tmp_path))
    (tmp_path / "riddles.toml").write_text(f"wording = '''\n{WORDS}'''\n{FRONT}", "utf-8")
    other = load(str(tmp_path / "riddles.toml"))
    assert one == other
    assert (one.names, one.least, one.most) == (("wit", "fair"), 0, 10)
    assert one.fill({"criteria": "C", "sample": "{{criteria}}", "persona": "", "description": ""}).count("C") == 1


@pytest.mark.parametrize(
    ("front", "words", "said"),
    [
        ("name = 3", WORDS, "needs a name"),
        ('name = "A B"\n[criteria]\nx = "y"\n', WORDS, "needs a name of small letters"),
        ('name = "a"\n', WORDS, "needs a table"),
        ('name = "a"\n[criteria]\n"bad one" = "y"\n', WORDS, "criterion 'bad one'"),
        ('name = "a"\nleast = 5\nmost = 1\n[criteria]\nx = "y"\n', WORDS, "a scale from 5 to 1"),
        ('name = "a"\nleast = 0.5\n[criteria]\nx = "y"\n', WORDS, "whole numbers"),
        ('name = "a"\ncolour = 1\n[criteria]\nx = "y"\n', WORDS, "'colour', which means nothing"),
        ("name = \n", WORDS, "Invalid value"),
        (FRONT, "", "no wording"),
        (FRONT, "{{sample}}", r"never uses \{\{criteria\}\}"),
        (FRONT, "{{criteria}} {{sample}} {{moon}}", r"uses \{\{moon\}\}"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, front: str, words: str, said: str) -> None:
    with pytest.raises(TemplateError, match=said):
        load(_file(tmp_path, front if front.endswith("\n") else f"{front}\n", words))


def test_one_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    for wanted in ("comparison", "nothing", str(tmp_path / "none.md"), "../secret"):
        with pytest.raises(TemplateError, match="shipped: general"):
            load(wanted)
    (tmp_path / "plain.md").write_text("no front matter", "utf-8")
    with pytest.raises(TemplateError, match="does not begin with front matter"):
        load(str(tmp_path / "plain.md"))
