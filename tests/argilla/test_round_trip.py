"""There and back: what is sent is what the hub has, and what was said there is what the hub has afterwards."""

import personahub as ph
from personahub.review.questions import OVERLAP
from tests.argilla.server import Argilla
from tests.argilla.town import Town


def test_records_go_with_their_fields_questions_metadata_and_suggestions(argilla: Argilla, town: Town) -> None:
    town.ask()
    town.folder.judgements.set(OVERLAP, 2)
    report = town.hub.push_to_argilla("story", dataset="stories")
    assert report.tallies["story"] == ph.Tally(12, 12, {})
    stored = argilla.named("stories")
    assert stored.told["distribution"] == {"strategy": "overlap", "min_submitted": 2}
    assert {one["name"]: one["settings"]["type"] for one in stored.settings["fields"]} == {
        "persona": "text",
        "text": "text",
        "description": "text",
    }
    asked = {one["name"]: (one["settings"]["type"], one["required"]) for one in stored.settings["questions"]}
    assert asked == {
        "rating": ("rating", False),
        "verdict": ("label_selection", False),
        "faults": ("multi_label_selection", False),
        "correction": ("text", True),  # one must be, and this one is answered before anybody looks
        "feedback": ("text", False),
        "marks": ("span", False),
    }
    kinds = {one["name"]: one["settings"]["type"] for one in stored.settings["metadata"]}
    assert kinds["record"] == "integer"
    assert kinds["task"] == kinds["persona_id"] == "terms"
    rows = {row["id"]: row for row in town.hub.table("story").to_pylist()}
    assert list(stored.records) == list(rows)
    for name, record in stored.records.items():
        assert record["fields"] == {one: rows[name][one] for one in ("persona", "text", "description")}
        assert record["metadata"]["task"] == "story"
        assert record["metadata"]["record"] == rows[name]["record"]
        named = {one["id"]: one["name"] for one in stored.settings["questions"]}
        suggested = {named[one["question_id"]]: (one["value"], one["agent"]) for one in record["suggestions"]}
        assert suggested == {"feedback": ("a story", "description"), "correction": (rows[name]["text"], None)}


def test_every_kind_of_answer_comes_back_as_it_would_be_given_here(argilla: Argilla, town: Town) -> None:
    town.ask()
    argilla.add_user("ana")
    first, second, third, fourth = town.ids()[:4]
    town.hub.push_to_argilla("story", dataset="stories")
    everything = {
        "rating": 4,
        "verdict": "no",
        "faults": ["form", "tone"],
        "correction": "In house 0 lives nobody.",
        "feedback": "Too many hens.",
        "marks": [{"start": 17, "end": 26, "label": "name"}, {"start": 17, "end": 20, "label": "place"}],
    }
    argilla.answer("stories", first, "ana", "submitted", everything)
    argilla.answer("stories", second, "ana", "submitted", {"correction": town.texts()[second]})
    argilla.answer("stories", third, "ana", "discarded", None)
    argilla.answer("stories", fourth, "owner", "draft", {"rating": 2})
    report = town.hub.pull_from_argilla("story", dataset="stories")
    assert report.tallies["judgements"] == ph.Tally(4, 4, {})
    assert report.new == {"judgements": 4}
    assert town.said(first) == {
        "ana": (
            "submitted",
            {
                "rating": 4,
                "verdict": "no",
                "faults": ["tone", "form"],  # in the order of the options
                "correction": "In house 0 lives nobody.",
                "feedback": "Too many hens.",
                "marks": [{"first": 17, "last": 20, "label": "place"}, {"first": 17, "last": 26, "label": "name"}],
            },
        )
    }
    assert town.said(second) == {"ana": ("submitted", {})}  # the text as it is is no correction
    assert town.said(third) == {"ana": ("discarded", {})}
    assert town.said(fourth) == {"owner": ("draft", {"rating": 2})}
    assert town.hub.stats().tallies["samples: story"].rejected == {"discarded": 1}


def test_pulling_again_adds_nothing(argilla: Argilla, town: Town) -> None:
    argilla.add_user("ana")
    town.hub.push_to_argilla("story")
    for name in town.ids():
        argilla.answer("story", name, "ana", "submitted", {"correction": "Another.", "rating": 3})
    town.hub.pull_from_argilla("story")
    last = town.folder.judgements.last
    report = town.hub.pull_from_argilla("story")
    assert (report.tallies["judgements"], report.new) == (ph.Tally(12, 12, {}), {"judgements": 0})
    assert town.folder.judgements.last == last


def test_a_mind_that_is_changed_and_changed_back_is_followed(argilla: Argilla, town: Town) -> None:
    argilla.add_user("ana")
    town.hub.push_to_argilla("story")
    name = town.ids()[0]
    for rating in (3, 1, 3, 1):
        argilla.answer("story", name, "ana", "submitted", {"correction": "Another.", "rating": rating})
        town.hub.pull_from_argilla("story")
        assert town.said(name)["ana"][1]["rating"] == rating
    assert [one["action"] for one in town.folder.judgements.history("samples", name)] == ["pull"] * 4
    town.folder.judgements.undo("ana", "undoneundone")
    assert town.said(name)["ana"][1]["rating"] == 3


def test_judgements_of_the_hub_go_along_and_come_back_as_the_same(argilla: Argilla, town: Town) -> None:
    town.ask()
    for user in ("ana", "ben"):
        argilla.add_user(user)
    one, two, three, four = town.ids()[:4]
    marks = [{"first": 3, "last": 8, "label": "place"}]
    town.judge("ana", one, "submitted", rating=5, faults=["tone"], marks=marks, feedback="Well.")
    town.judge("ben", one, "draft", verdict="yes")
    town.judge("ana", two, "discarded")
    town.judge("ben", three, "skipped")
    town.judge("cleo", four, "submitted", rating=1)
    report = town.hub.push_to_argilla("story")
    assert report.tallies["story"] == ph.Tally(12, 11, {"discarded": 1})
    assert report.tallies["judgements"] == ph.Tally(4, 2, {"skipped": 1, "no_user": 1})
    assert "cleo" in report.notes[0]
    text = town.texts()[one]
    assert argilla.said("story", one) == {
        "ana": (
            "submitted",
            {
                "rating": 5,
                "faults": ["tone"],
                "correction": text,
                "feedback": "Well.",
                "marks": [{"start": 3, "end": 8, "label": "place"}],
            },
        ),
        "ben": ("draft", {"verdict": "yes"}),
    }
    last = town.folder.judgements.last
    report = town.hub.pull_from_argilla("story")
    assert (report.tallies["judgements"], report.new) == (ph.Tally(2, 2, {}), {"judgements": 0})
    assert town.folder.judgements.last == last


def test_a_discard_of_a_minority_goes_as_what_it_is(argilla: Argilla, town: Town) -> None:
    for user in ("ana", "ben"):
        argilla.add_user(user)
    name = town.ids()[0]
    town.judge("ana", name, "discarded")
    town.judge("ben", name, "submitted", rating=2)
    assert town.hub.push_to_argilla("story").tallies["judgements"] == ph.Tally(2, 2, {})
    assert argilla.said("story", name)["ana"] == ("discarded", {})
    assert town.hub.pull_from_argilla("story").new == {"judgements": 0}


def test_personas_are_pushed_and_pulled_too(argilla: Argilla, town: Town) -> None:
    argilla.add_user("ana")
    rating = {"name": "rating", "kind": "rating", "title": "How good?", "least": 1, "most": 9, "suggest": "guess"}
    rating["score"] = "sure"
    town.ask([rating, {"name": "feedback", "kind": "text", "title": "And?"}], "personas", "")
    report = town.hub.push_to_argilla("personas", dataset="people", where="text LIKE '% 3 hens'")
    assert report.tallies["personas"] == ph.Tally(1, 1, {})
    ((name, record),) = argilla.named("people").records.items()
    assert record["fields"] == {"persona": "A keeper of 3 hens"}
    assert (record["metadata"]["age"], record["metadata"]["guess"]) == (23, 4)
    assert [(one["value"], one["agent"], one["score"]) for one in record["suggestions"]] == [(4, "guess", 0.75)]
    argilla.answer("people", name, "ana", "discarded", {"feedback": "Not me."})
    assert town.hub.pull_from_argilla("personas", dataset="people").new == {"judgements": 1}
    (said,) = town.folder.judgements.of("personas", [name])
    assert (said.reviewer, said.status, said.answers) == ("ana", "discarded", {"feedback": "Not me."})
