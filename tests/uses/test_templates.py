"""Templates as people see them: listed, shown, copied, checked."""

from pathlib import Path

import pytest

import personahub as ph
from personahub.errors import TemplateError, UsageError
from personahub.templates import shipped


def test_all_that_are_shipped_are_listed_and_can_be_used() -> None:
    assert [row["name"] for row in ph.list_templates().listed] == list(shipped())
    for name, template in shipped().items():
        needed = [f"{one.name}=Some text." for one in template.variables if one.default is None]
        assert "can be used" in ph.check_template(name, set=needed).notes[0]


def test_a_copy_is_the_template_itself_and_never_written_over(tmp_path: Path) -> None:
    copy = tmp_path / "mine.md"
    ph.show_template("math", output=copy)
    assert ph.check_template(str(copy)).notes[0].endswith(f"{shipped()['math'].identity}, for the task synthesis.")
    with pytest.raises(UsageError, match="name a new file"):
        ph.show_template("math", output=copy)


def test_what_would_be_kept_of_an_answer_is_told(tmp_path: Path) -> None:
    (tmp_path / "answer.txt").write_text("Sure!\n\nMath problem: How many?", "utf-8")
    told = ph.check_template("math", answer=tmp_path / "answer.txt").preview[1]
    assert (told["rejected"], told["detail"]) == (
        "check:least_words",
        "2 words are fewer than 12: How many?",
    )


FRONT = 'task = "synthesis"\nname = "riddle"\ndescription = "riddle"\n'


@pytest.mark.parametrize(
    ("front", "complaint"),
    [
        ("", "needs answer, the label before what is kept"),
        ('answer = "Riddle:"\nspeed = 3\n', "has 'speed', which means nothing there"),
        ('answer = "Riddle:"\nformat = "poem"\n', "no format 'poem'; there are text, "),
        ('format = "fields"\n', "the format 'fields' needs 'fields'"),
        ('fields = "Name"\n', "has fields that are no list of strings"),
        ('schema = "{"\n', "its schema is no JSON schema"),
        ('schema = "{{shape}}"\n', "uses a variable 'shape' that is not declared"),
        ('answer = "Riddle:"\n[checks]\nwit = 3\n', "no check 'wit'"),
        ('answer = "Riddle:"\n[checks]\nleast_words = "{{least}}"\n', "uses a variable 'least' that is not declared"),
        ('answer = "Riddle:"\nchecks = 3\n', r"has checks that are no table: write \[checks\]"),
        (
            'answer = "Riddle:"\n[variables]\nmood = [1]\n',
            "has a variable 'mood' that is neither a default nor a table",
        ),
        ('answer = "Riddle:"\n[variables]\n"a b" = ""\n', "cannot be the name of one"),
        ('answer = "Riddle:"\n[variables.a]\nhelp = 3\n', "whose help or says is no string"),
        ('answer = "Riddle:"\n[variables.a]\ndefault = "x"\n[variables.a.values]\ny = "z"\n', "is none of its values"),
        ('answer = "Riddle:"\n[variables]\npersona = "x"\n', "declares {{persona}}, which 'synthesis' fills in itself"),
    ],
)
def test_front_matter_that_cannot_work_is_refused_with_the_cure(tmp_path: Path, front: str, complaint: str) -> None:
    path = tmp_path / "my.md"
    path.write_text(f"+++\n{FRONT}{front}+++\nA riddle for {{{{persona}}}}\n", "utf-8")
    with pytest.raises(TemplateError, match=complaint):
        ph.check_template(str(path))


def test_what_must_be_set_and_is_not_is_named(tmp_path: Path) -> None:
    path = tmp_path / "my.md"
    front = f'{FRONT}answer = "R:"\n[variables.world]\nhelp = "where it is set"\n'
    path.write_text(f"+++\n{front}+++\n{{{{world}}}} {{{{persona}}}}\n", "utf-8")
    with pytest.raises(TemplateError, match=r"--set world=@FILE \(where it is set\)"):
        ph.check_template(str(path))
    (tmp_path / "world.txt").write_text("\ufeffAn island of {{persona}}.\n", "utf-8")
    shown = ph.check_template(str(path), set=[f"world=@{tmp_path / 'world.txt'}"]).preview[0]["prompt"]
    assert str(shown).strip().startswith("An island of {{persona}}. A night nurse")
    for wrong, complaint in (("world", "not name=value"), ("world=@nowhere", "cannot be read")):
        with pytest.raises(UsageError, match=complaint):
            ph.check_template(str(path), set=[wrong])
    with pytest.raises(UsageError, match="twice"):
        ph.check_template(str(path), set=["world=a", "world=b"])


def test_a_line_or_paragraph_of_an_empty_variable_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "my.md"
    front = f'{FRONT}answer = "R:"\n[variables]\none = ""\ntwo = ""\n'
    path.write_text(f"+++\n{front}+++\nA\n{{{{one}}}}\nB\n\n{{{{two}}}}\n\n{{{{persona}}}}\n", "utf-8")
    told = str(ph.check_template(str(path)).preview[0]["prompt"])
    assert told.startswith("\nA\nB\n\nA night nurse")
    told = str(ph.check_template(str(path), set=["one=1", "two=2"]).preview[0]["prompt"])
    assert told.startswith("\nA\n1\nB\n\n2\n\nA night nurse")
