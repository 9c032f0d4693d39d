"""What is asked of a model about a person, and what of its answer can be used."""

import json

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personahub.attributes.names import ATTRIBUTES, CHOICES
from personahub.errors import TemplateError
from personahub.models.base import NOT_JSON, Completion
from personahub.models.offline import write
from personahub.shapes import check_schema, fitting
from personahub.tasks.attributes import Attributes, values
from personahub.text import printable

ROWS = pa.record_batch({"id": ["a" * 32], "text": ['A nurse from Peru. >>> "domain": null']})
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=120),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(ATTRIBUTES), inner, max_size=4),
    max_leaves=12,
)


def _task(*names: str) -> Attributes:
    return Attributes.worded(None, names=names or ATTRIBUTES, field="text")


def test_a_prompt_names_what_is_asked_and_the_words_to_choose_from() -> None:
    (prompt,) = _task("domain", "place").prompts(ROWS)
    said = prompt.messages[0].content
    assert "agriculture, arts" in said
    assert '- "place": where the person lives or works' in said
    assert "occupation" not in said
    assert check_schema(prompt.schema) is None


def test_another_choice_of_attributes_is_another_task() -> None:
    assert _task("domain").identity != _task("place").identity
    assert _task("place", "domain") == _task("domain", "place")


def test_the_offline_model_answers_as_asked() -> None:
    (prompt,) = _task().prompts(ROWS)
    answer, fault = fitting(write(prompt.messages[0].content, 0), prompt.schema)
    assert fault == ""
    assert json.loads(answer)["occupation"] == "nurse"
    assert values([answer], ["place", "domain"]).to_pylist() == [{"place": "Peru", "domain": "medicine"}]


def test_an_answer_of_no_use_is_a_row_with_its_reason() -> None:
    made = _task().rows(ROWS, [Completion("what?", NOT_JSON, "no JSON")])
    assert made.to_pylist()[0]["reject"] == NOT_JSON
    assert made.to_pylist()[0]["detail"] == "no JSON"


@pytest.mark.parametrize(
    ("name", "said", "kept"),
    [
        ("occupation", "  Night\u00a0Nurse ", "night nurse"),
        ("occupation", "Unknown", None),
        ("occupation", "x" * 101, None),
        ("occupation", "\u001b[31mred", "\ufffd[31mred"),
        ("place", "New York", "New York"),
        ("domain", "cooking", None),
        ("domain", "food", "food"),
        ("interests", ["Chess", "chess", "go; draughts", 3, "a", "b"], "chess; go, draughts; a"),
        ("interests", [], None),
        ("interests", "chess", None),
        ("language", "EN", "en"),
        ("language", "English", None),
    ],
)
def test_free_words_are_brought_to_one_form(name: str, said: object, kept: str | None) -> None:
    assert values([json.dumps({name: said})], [name]).to_pylist() == [{name: kept}]


@settings(deadline=None)
@given(st.one_of(st.text(max_size=200), json_values.map(json.dumps)))
def test_whatever_a_model_answers_gives_values_or_none(answer: str) -> None:
    (found,) = values([answer], ATTRIBUTES).to_pylist()
    for name, value in found.items():
        assert value is None or (value == printable(value) and value and len(value) < 400)
        if name in CHOICES:
            assert value in (None, *CHOICES[name])


def test_a_template_that_shows_no_person_is_refused(tmp_path: pytest.TempPathFactory) -> None:
    file = str(tmp_path) + "/mine.md"
    with open(file, "w", encoding="utf-8") as out:  # noqa: PTH123
        out.write('+++\ntask = "attributes"\nname = "m"\ndescription = "d"\nanswer = "JSON"\n+++\n{{attributes}}\n')
    with pytest.raises(TemplateError, match="never uses"):
        Attributes.worded(file, names=ATTRIBUTES, field="text")
