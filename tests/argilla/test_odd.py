"""Odd texts, conversations, vectors, and columns and questions of any name."""

import json
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import personahub as ph
from personahub.errors import UsageError
from personahub.store.judged import SUBMITTED
from tests.argilla.server import Argilla
from tests.argilla.town import QUESTIONS, Town

_ODD = [
    "<script>alert(1)</script>",
    "a\x00b\x1b[2J",
    "\u202eabc\u2066",
    "\U0001f468\u200d\U0001f469 1/2",
    "' OR 1=1 --",
    " \n\t ",
]
_TEXT = st.one_of(st.sampled_from(_ODD), st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60))


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(_TEXT, min_size=1, max_size=4, unique=True), said=_TEXT)
def test_any_text_goes_there_and_any_answer_comes_back(argilla: Argilla, texts: list[str], said: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        town = Town(Path(folder) / "town.hub", 1)
        town.add(texts)
        town.ask()
        argilla.datasets.clear()
        town.hub.push_to_argilla("story")
        held = argilla.named("story").records
        assert {name: one["fields"]["text"] for name, one in held.items()} == town.texts()
        for name, text in town.texts().items():
            marks = [{"start": 0, "end": len(text), "label": "name"}]
            values = {"correction": said, "feedback": said, "marks": marks}
            argilla.answer("story", name, "owner", SUBMITTED, values)
        town.hub.pull_from_argilla("story")
        for name, text in town.texts().items():
            answers = town.said(name)["owner"][1]
            assert answers.get("correction", text) == answers["feedback"] == said
            assert answers["marks"] == [{"first": 0, "last": len(text), "label": "name"}]
        assert town.hub.pull_from_argilla("story").new == {"judgements": 0}
        assert set(town.hub.push_to_argilla("story").tallies["judgements"].rejected) == set()


def test_conversations_are_read_as_turns(argilla: Argilla, tmp_path: Path) -> None:
    turns = [{"role": "user", "content": "Is the hen in?"}, {"role": "assistant", "content": "<b>No.</b>"}]
    town = Town(tmp_path / "talk.hub", 0)
    town.add([json.dumps(turns), json.dumps([*turns, turns[0]])])
    town.ask()
    report = town.hub.push_to_argilla("story")
    assert report.tallies["story"] == ph.Tally(2, 2, {})
    assert any("marks is not asked there: no places can be marked" in note for note in report.notes)
    assert [one["fields"]["text"] for one in argilla.named("story").records.values()] == [turns, [*turns, turns[0]]]
    town.add(["No conversation"])
    town.hub.push_to_argilla("story")
    last = list(argilla.named("story").records.values())[-1]
    assert last["fields"]["text"] == [{"role": "assistant", "content": "No conversation"}]
    argilla.answer("story", town.ids()[0], "owner", SUBMITTED, {"correction": "[]"})
    assert town.hub.pull_from_argilla("story").new == {"judgements": 1}


def test_vectors_of_a_field_go_along(argilla: Argilla, town: Town) -> None:
    with pytest.raises(UsageError, match=r"personahub similar .* --field 'input persona' --table samples"):
        town.hub.push_to_argilla("story", vectors="input persona")
    town.hub.similar(text="someone with hens", table="samples", field="input persona")
    town.hub.push_to_argilla("story", vectors="input persona")
    stored = argilla.named("story")
    (setting,) = stored.settings["vectors"]
    assert (setting["name"], setting["dimensions"]) == ("input_persona_vector", 256)
    (file,) = (town.path / "vectors").glob("*.f32")
    there = np.fromfile(file, "<f4").reshape(-1, 256)
    sent = [one["vectors"]["input_persona_vector"] for one in stored.records.values()]
    assert np.array_equal(np.array(sent, np.float32), there[: len(sent)])
    town.hub.similar(text="hens", table="samples", field="text")
    with pytest.raises(UsageError, match="has no vector text_vector of 256"):
        town.hub.push_to_argilla("story", vectors="text")


def test_names_that_collide_get_others_and_come_back_as_they_were(argilla: Argilla, town: Town) -> None:
    named = [("text", "text"), ("count", "text"), ("index", "rating"), ("text_2", "text"), ("task", "choice")]
    options = [{"value": "Č 1", "label": "<i>one</i>"}, {"value": "b", "label": "b"}]
    town.ask(
        [{"name": name, "kind": kind, "title": name, "options": options, "required": True} for name, kind in named]
    )
    town.hub.push_to_argilla("story")
    stored = argilla.named("story")
    asked = [one["name"] for one in stored.settings["questions"]]
    assert asked == ["text_2", "count_2", "index_2", "text_2_2", "task"]
    assert "task_2" in {one["name"] for one in stored.settings["metadata"]}
    name = town.ids()[0]
    argilla.answer("story", name, "owner", SUBMITTED, dict(zip(asked, ["a", "b", 3, "d", "Č 1"], strict=True)))
    town.hub.pull_from_argilla("story")
    answers = {"text": "a", "count": "b", "index": 3, "text_2": "d", "task": "Č 1"}
    assert town.said(name) == {"owner": (SUBMITTED, answers)}


def test_a_dataset_that_is_another_one_is_left_alone(argilla: Argilla, town: Town) -> None:
    town.hub.push_to_argilla("story")
    before = argilla.named("story").records.copy()
    town.ask(QUESTIONS)
    with pytest.raises(UsageError, match=r"no question verdict of kind label_selection.*--dataset"):
        town.hub.push_to_argilla("story")
    town.hub.push_to_argilla("personas", dataset="story2")
    with pytest.raises(UsageError, match="no field text of kind text"):
        town.hub.push_to_argilla("story", dataset="story2")
    assert argilla.named("story").records == before
