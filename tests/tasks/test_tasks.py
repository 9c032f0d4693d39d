import pyarrow as pa
import pytest

from personahub.formats.base import labelled
from personahub.models.base import Completion
from personahub.schema import answers
from personahub.tasks.base import unusable
from personahub.tasks.persona_to_persona import PersonaToPersona
from personahub.tasks.synthesis import Synthesis
from personahub.tasks.text_to_persona import TextToPersona
from personahub.text import content_id


def _rows(*texts: str) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({"id": [content_id(text) for text in texts], "text": list(texts)})


@pytest.mark.parametrize(
    "answer",
    [
        "Persona: A baker who keeps a log of every dough.",
        "persona: A baker who keeps a log of every dough.",
        "**Persona:** A baker who keeps a log of every dough.",
        "1. Persona: A baker who keeps a log of every dough.",
        "- **Persona 1**: A baker who keeps a log of every dough.",
        "Sure! Here is one:\n\nPersona: A baker who keeps a log of every dough.",
        "Persona: \u201cA baker who keeps a log of every dough.\u201d",
        "### Persona:\nA baker who keeps a log of every dough.",
        "```\nPersona: A baker who keeps a log of every dough.\n```",
        "<think>Who reads this? Persona: nobody.</think>\nPersona: A baker who keeps a log of every dough.",
        "A baker who keeps a log of every dough.",
        "Sure! Here is a persona: A baker who keeps a log of every dough.",
        "Persona\uff1aA baker who keeps a log of every dough.",
    ],
)
def test_a_persona_is_read_from_answers_as_models_write_them(answer: str) -> None:
    made = TextToPersona.worded(None, granularity="fine", count=1).rows(_rows("bread"), [Completion(answer)])
    assert made["text"].to_pylist() == ["A baker who keeps a log of every dough."]
    assert made["reject"].to_pylist() == [None]


@pytest.mark.parametrize(
    ("completion", "reason"),
    [
        (Completion("I'm sorry, but I can't help with that."), "refusal"),
        (Completion("I cannot write about this person."), "refusal"),
        (Completion("As an AI language model, I have no opinion."), "refusal"),
        (Completion("\u62b1\u6b49\uff0c\u6211\u65e0\u6cd5\u63d0\u4f9b\u8fd9\u6837\u7684\u5185\u5bb9\u3002"), "refusal"),
        (Completion("   \n"), "empty"),
        (Completion("<think>hm</think>"), "empty"),
        (Completion("Persona: A baker who", "cut_off"), "cut_off"),
        (Completion("", "content_filter"), "content_filter"),
    ],
)
def test_an_answer_that_cannot_be_used_is_a_row_with_its_reason(completion: Completion, reason: str) -> None:
    for task in (
        TextToPersona.worded(None, granularity="fine", count=1),
        PersonaToPersona.worded(None, hop=1, count=2),
        Synthesis.worded(None, task="math"),
    ):
        made = task.rows(_rows("bread"), [completion])
        assert made["reject"].to_pylist() == [reason]
        assert made.schema.equals(answers(task.table))


def test_a_label_with_nothing_behind_it_is_empty() -> None:
    task = TextToPersona.worded(None, granularity="fine", count=1)
    assert task.rows(_rows("bread"), [Completion("**Persona:**  \n")])["reject"].to_pylist() == ["empty"]
    math = Synthesis.worded(None, task="math").rows(_rows("bread"), [Completion("Math problem: \n")])
    assert math["reject"].to_pylist() == ["empty"]


def test_a_persona_who_says_sorry_is_no_refusal() -> None:
    assert unusable(Completion("Persona: I'm sorry is what this nurse says most.")) is None
    assert unusable(Completion("A translator who cannot stand machine translation.")) is None


def test_several_personas_of_one_text_are_several_rows_and_more_than_asked_are_set_aside() -> None:
    task = TextToPersona.worded(None, granularity="coarse", count=2)
    made = task.rows(_rows("bread"), [Completion("Persona: A baker.\nPersona: A miller.\nPersona: A farmer.")])
    assert made["text"].to_pylist() == ["A baker.", "A miller.", "A farmer."]
    assert made["reject"].to_pylist() == [None, None, "surplus"]
    assert made["detail"].to_pylist()[2] == "A farmer."
    assert "exactly 2" in task.prompts(_rows("bread"))[0].messages[0].content


def test_a_relation_belongs_to_the_persona_after_it() -> None:
    answer = "Relation: Patient\nPersona: A child with asthma.\n\nRelation: Colleague\nPersona: A pharmacist on nights."
    made = PersonaToPersona.worded(None, hop=2, count=3).rows(_rows("a nurse"), [Completion(answer)])
    assert made["relation"].to_pylist() == ["Patient", "Colleague"]
    assert made["text"].to_pylist() == ["A child with asthma.", "A pharmacist on nights."]
    assert made["hop"].to_pylist() == [2, 2]
    assert made["source"].to_pylist() == [content_id("a nurse")] * 2


def test_a_persona_without_its_relation_is_not_kept() -> None:
    answer = "Persona: A child with asthma.\nRelation: Colleague\nPersona: A pharmacist on nights."
    made = PersonaToPersona.worded(None, hop=1, count=3).rows(_rows("a nurse"), [Completion(answer)])
    assert made["reject"].to_pylist() == ["no_relation", None]


def test_a_math_problem_keeps_its_lines_and_formulas() -> None:
    problem = "A deck oven holds $n^2 = 9$ loaves.\n\n1. How many on a side?\n2. How many in 4 bakes?"
    made = Synthesis.worded(None, task="math").rows(_rows("a baker"), [Completion(f"Math problem: {problem}")])
    assert made["text"].to_pylist() == [problem]
    assert made["persona"].to_pylist() == ["a baker"]
    assert made["description"].to_pylist() == ["math problem"]


def test_the_persona_stands_last_so_that_a_prefix_is_shared() -> None:
    first, second = Synthesis.worded(None, task="math").prompts(_rows("a baker", "the mayor"))
    one, two = first.messages[0].content, second.messages[0].content
    shared = next(place for place, (a, b) in enumerate(zip(one, two, strict=False)) if a != b)
    assert shared > 0.9 * len(one)


def test_labels_inside_a_line_are_no_labels() -> None:
    assert labelled("Relation: A: b\nPersona: who says Persona: often", "Relation:", "Persona:") == [
        ("Relation:", "A: b"),
        ("Persona:", "who says Persona: often"),
    ]
