from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personahub.errors import TemplateError
from personahub.templates import load, shipped
from personahub.templates.base import Template

FRONT = '+++\ntask = "synthesis"\nname = "riddle"\ndescription = "riddle"\nanswer = "Riddle:"\n+++\n'


def _load(tmp_path: Path, text: str) -> Template:
    (tmp_path / "my.md").write_text(text, "utf-8")
    return load(str(tmp_path / "my.md"), task="synthesis", variables={"persona": True})


def test_the_shipped_templates_are_there_and_put_the_persona_or_text_last() -> None:
    made = ("synthesis", "text_to_persona", "persona_to_persona", "attributes")
    for template in [one for one in shipped().values() if one.task in made]:
        tail = template.body.rsplit("<<<", 1)[1]
        assert set(tail.split()) <= {"{{text}}", "{{persona}}", ">>>"}, template.name
        assert all(label in template.body for label in (template.answer, *template.fields))


def test_a_file_of_ones_own_is_read(tmp_path: Path) -> None:
    template = _load(tmp_path, FRONT + "A riddle for {{ persona }}!")
    assert (
        template.fill({"persona": "a {{persona}} who likes {braces}"})
        == "A riddle for a {{persona}} who likes {braces}!"
    )


@given(st.text())
def test_any_value_is_put_in_as_it_is(value: str) -> None:
    assert Template("t", "n", "d", "A:", "<{{persona}}>").fill({"persona": value}) == f"<{value}>"


def test_an_edited_wording_is_another_template(tmp_path: Path) -> None:
    one, two = (_load(tmp_path, FRONT + text + "{{persona}}").identity for text in ("a", "b"))
    assert one != two
    assert one.startswith("riddle@")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("no front matter", "front matter between two lines of"),
        (FRONT + "no variable", "never uses {{persona}}"),
        (FRONT + "{{persona}} and {{age}}", r"uses {{age}}.*it has {{persona}}"),
        (FRONT, "no text"),
        (FRONT.replace("synthesis", "text_to_persona") + "{{persona}}", "is for the task"),
        (FRONT.replace('name = "riddle"\n', "") + "{{persona}}", "needs name; it always has task, name, description"),
        (FRONT.replace('"riddle"', "riddle") + "{{persona}}", "front matter of template"),
        ("", "front matter"),
    ],
)
def test_a_template_that_cannot_work_is_refused_with_the_cure(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(TemplateError, match=complaint):
        _load(tmp_path, text)


def test_a_template_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"shipped are article, .*math"):
        load("maths", task="synthesis", variables={"persona": True})
    with pytest.raises(TemplateError, match="cannot be read"):
        load(str(tmp_path / "none.md"), task="synthesis", variables={"persona": True})
    (tmp_path / "bad.md").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(TemplateError, match="cannot be read"):
        load(str(tmp_path / "bad.md"), task="synthesis", variables={"persona": True})
