"""Ways to prompt: with nothing shown, with examples, with examples and personas told for them."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import personahub as ph
from personahub.errors import SourceError, TemplateError, UsageError
from personahub.examples import drawn

TEXTS = [f"Problem {number}: how long is {number} times the river?" for number in range(6)]


@pytest.fixture
def hub(tmp_path: Path) -> ph.Hub:
    made = ph.open(tmp_path / "my.hub")
    (tmp_path / "note.txt").write_text("Showers eased the drought in the cocoa zone, and traders waited.", "utf-8")
    made.extract([tmp_path / "note.txt"], model="offline", personas_per_text=4)
    return made


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    path = tmp_path / "examples.jsonl"
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in TEXTS), "utf-8")
    return path


def _prompts(hub: ph.Hub, **given: Any) -> list[str]:
    report = hub.synthesize("math", model="offline", dry_run=True, **given)
    return [str(one["prompt"]) for one in report.preview]


def test_examples_stand_before_the_persona_and_are_the_same_for_all(hub: ph.Hub, examples: Path) -> None:
    one, two, _ = _prompts(hub, shots="few", examples=[str(examples)], example_count=3)
    assert sum(text in one for text in TEXTS) == 3
    assert one[: one.index("Person:\n<<<")] == two[: two.index("Person:\n<<<")]
    assert one != two


def test_another_seed_draws_others_and_the_same_the_same(examples: Path) -> None:
    draws = [tuple(one.text for one in drawn([examples], 2, seed)) for seed in (0, 0, 1, 2, 3)]
    assert draws[0] == draws[1]
    assert len(set(draws)) > 1


def test_personas_are_inferred_for_the_examples_and_paid_for_once(hub: ph.Hub, examples: Path) -> None:
    given: Any = {"shots": "persona", "examples": [str(examples)], "example_count": 2}
    before = hub.synthesize("math", model="offline", dry_run=True, **given)
    assert before.counts["dry run"]["requests"] == 4 + 2
    (share,) = [int(note.partition("%")[0]) for note in before.notes if "all prompts share" in note]
    assert 50 < share < 100
    assert "inferred for this example first" in str(before.preview[-1]["prompt"])
    first = hub.synthesize("math", model="offline", **given)
    assert (first.usage.requests, first.usage.reused) == (4 + 2, 0)
    again = hub.synthesize("math", model="offline", **given)
    assert (again.usage.requests, again.usage.reused) == (0, 2)
    sample = next(batch["id"][0].as_py() for batch in hub.rows("samples"))
    asked = hub.show(sample).listed[0]["asked"]
    assert isinstance(asked, dict)
    prompt = asked["prompt"][0]["content"]
    assert prompt.count("Person: ") == 2
    assert "inferred for this example" not in prompt
    assert asked["answer"]


def test_a_persona_that_the_file_has_is_taken_and_nothing_is_asked(hub: ph.Hub, tmp_path: Path) -> None:
    rows = [{"synthesized text": text, "input persona": f"The keeper of lock {n}"} for n, text in enumerate(TEXTS)]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "shown.parquet")
    shown = _prompts(hub, shots="persona", examples=[str(tmp_path / "shown.parquet")])
    assert "Person: The keeper of lock" in shown[0]
    assert "Person: The keeper" not in _prompts(hub, shots="few", examples=[str(tmp_path / "shown.parquet")])[0]


def test_examples_are_read_from_every_kind_of_file(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("One.\n---\nTwo,\nof two lines.\n---\n", "utf-8")
    (tmp_path / "b.md").write_text("# Three\n\n***\nFour", "utf-8")
    (tmp_path / "c.csv").write_text("problem,persona\nFive,A baker\n", "utf-8")
    names = [tmp_path / name for name in ("a.txt", "b.md", "c.csv")]
    assert [one.text for one in drawn(names, 5, 0)] == ["One.", "Two,\nof two lines.", "# Three", "Four", "Five"]
    assert drawn([tmp_path / "c.csv"], 1, 0)[0].persona == "A baker"


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("a.jsonl", '{"text": "x"}\n{"text": 7}\n', r"a\.jsonl:2: no text of an example.*call the field 'text'"),
        ("a.jsonl", '{"text": "x"}\nnot json\n', r"a\.jsonl:2: not_json"),
        ("a.jsonl", '{"one": "x", "two": "y"}\n', r"a\.jsonl:1: no text.*it has 'one', 'two'"),
        ("a.jsonl", '{"text": "x"}\n', "1 examples are there and 2 are to be shown"),
        ("a.txt", "---\n---\n", r"a\.txt:1: nothing is there"),
    ],
)
def test_examples_that_cannot_be_shown_are_named_with_the_cure(
    tmp_path: Path, name: str, content: str, complaint: str
) -> None:
    (tmp_path / name).write_text(content, "utf-8")
    with pytest.raises(SourceError, match=complaint):
        drawn([tmp_path / name], 2, 0)


def test_shots_and_examples_go_together(hub: ph.Hub, examples: Path) -> None:
    with pytest.raises(UsageError, match="shots=few"):
        hub.synthesize("math", model="offline", examples=[str(examples)])
    with pytest.raises(UsageError, match="shots=few needs examples"):
        hub.synthesize("math", model="offline", shots="few")


def test_a_variable_with_an_option_of_its_own_is_set_by_it(hub: ph.Hub) -> None:
    assert "The mathematics it needs is geometry." in _prompts(hub, focus="geometry", level="olympiad")[0]
    with pytest.raises(TemplateError, match="must be one of nothing, grade-school"):
        _prompts(hub, level="hard")
    with pytest.raises(TemplateError, match="no variable 'focus'; it has schema"):
        hub.synthesize("profile", model="offline", focus="geometry")


def test_a_run_of_other_values_is_another_run(hub: ph.Hub) -> None:
    assert hub.synthesize("math", model="offline").new["samples"] == 4
    report = hub.synthesize("math", model="offline", set=["questions=1"])
    assert report.usage.requests == 4


def test_a_file_of_ones_own_is_a_task(hub: ph.Hub, tmp_path: Path) -> None:
    mine = tmp_path / "my.md"
    mine.write_text(
        '+++\ntask = "synthesis"\nname = "motto"\ndescription = "motto"\nanswer = "Motto:"\n[variables]\n'
        'mood = "cheerful"\n[checks]\nmost_words = 200\n+++\nA {{mood}} motto. Begin with "Motto:".\n\n{{persona}}\n',
        "utf-8",
    )
    report = hub.synthesize(str(mine), model="offline", set=["mood=grave"])
    assert report.tallies["samples"].adds_up
    assert {task for batch in hub.rows("samples") for task in batch["task"].to_pylist()} == {"motto"}


def test_a_profile_fits_the_schema_that_the_user_gives(hub: ph.Hub, tmp_path: Path) -> None:
    schema = '{"type": "object", "required": ["name", "hobbies"], "properties": {"name": {"type": "string"},\n'
    schema += '"hobbies": {"type": "array", "items": {"type": "string"}, "minItems": 2}}}'
    (tmp_path / "person.json").write_text(schema, "utf-8")
    report = hub.synthesize("profile", model="offline", set=[f"schema=@{tmp_path / 'person.json'}"])
    assert report.new["samples"] == 4
    made = json.loads(next(batch["text"][0].as_py() for batch in hub.rows("samples")))
    assert len(made["hobbies"]) >= 2
    with pytest.raises(TemplateError, match="no JSON schema"):
        hub.synthesize("profile", model="offline", set=["schema={"])
