"""Where people judge in the hub and in Argilla: nobody's word is lost, and what does not go together is told."""

from collections.abc import Callable, Sequence

import pytest

import personahub as ph
from personahub.errors import HubBusy
from personahub.store.judged import SUBMITTED, Said
from personahub.store.judgements import Judgements
from tests.argilla.server import Argilla
from tests.argilla.town import QUESTIONS, Town


def _start(argilla: Argilla, town: Town) -> str:
    """A judgement by ana that both sides have; the record."""
    argilla.add_user("ana")
    name = town.ids()[0]
    town.judge("ana", name, SUBMITTED, rating=3)
    town.hub.push_to_argilla("story")
    return name


def _answer(argilla: Argilla, town: Town, name: str, rating: int) -> None:
    argilla.answer("story", name, "ana", SUBMITTED, {"rating": rating, "correction": town.texts()[name]})


def test_what_was_changed_here_alone_stays_and_goes_there_with_the_next_push(argilla: Argilla, town: Town) -> None:
    name = _start(argilla, town)
    town.judge("ana", name, SUBMITTED, rating=5)
    report = town.hub.pull_from_argilla("story")
    assert report.tallies["judgements"] == ph.Tally(1, 0, {"changed_here": 1})
    assert town.said(name) == {"ana": (SUBMITTED, {"rating": 5})}
    town.hub.push_to_argilla("story")
    assert argilla.said("story", name)["ana"][1]["rating"] == 5
    assert town.hub.pull_from_argilla("story").tallies["judgements"] == ph.Tally(1, 1, {})


def test_what_was_changed_there_alone_is_not_overwritten_by_a_push(argilla: Argilla, town: Town) -> None:
    name = _start(argilla, town)
    _answer(argilla, town, name, 1)
    report = town.hub.push_to_argilla("story")
    assert report.tallies["judgements"] == ph.Tally(1, 0, {"answered_there": 1})
    assert argilla.said("story", name)["ana"][1]["rating"] == 1
    assert town.hub.pull_from_argilla("story").new == {"judgements": 1}
    assert town.said(name) == {"ana": (SUBMITTED, {"rating": 1})}


def test_what_was_changed_on_both_sides_stays_on_both_and_is_listed(argilla: Argilla, town: Town) -> None:
    name = _start(argilla, town)
    town.judge("ana", name, SUBMITTED, rating=5)
    _answer(argilla, town, name, 1)
    for _ in range(2):
        report = town.hub.pull_from_argilla("story")
        assert report.tallies["judgements"] == ph.Tally(1, 0, {"conflict": 1})
        (listed,) = report.listed
        assert (listed["id"], listed["reviewer"], listed["here"]) == (name, "ana", 'submitted {"rating":5}')
        assert '"rating":1' in str(listed["there"])
        assert town.said(name) == {"ana": (SUBMITTED, {"rating": 5})}
        # neither does a push decide it, nor make the next pull think that both had met
        report = town.hub.push_to_argilla("story")
        assert report.tallies["judgements"] == ph.Tally(1, 0, {"answered_there": 1})
        assert argilla.said("story", name)["ana"][1]["rating"] == 1
    _answer(argilla, town, name, 5)  # they agree: that settles it
    town.hub.push_to_argilla("story")
    _answer(argilla, town, name, 4)
    town.hub.pull_from_argilla("story")
    assert town.said(name) == {"ana": (SUBMITTED, {"rating": 4})}


def test_who_judges_while_it_is_pulled_keeps_their_word_and_nothing_comes_twice(
    argilla: Argilla, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = _start(argilla, town)
    argilla.add_user("bob")
    argilla.answer("story", name, "bob", SUBMITTED, {"rating": 2, "correction": town.texts()[name]})
    _answer(argilla, town, name, 1)
    _meanwhile(monkeypatch, [lambda: town.judge("ana", name, SUBMITTED, rating=5)])
    report = town.hub.pull_from_argilla("story")
    assert report.tallies["judgements"] == ph.Tally(2, 1, {"conflict": 1})
    assert report.new == {"judgements": 1}
    assert town.said(name) == {"ana": (SUBMITTED, {"rating": 5}), "bob": (SUBMITTED, {"rating": 2})}
    (listed,) = report.listed
    assert (listed["reviewer"], listed["here"]) == ("ana", 'submitted {"rating":5}')
    assert len(town.folder.judgements.log("samples", [name])) == 3  # two by ana, one by bob


def test_a_pull_that_is_overtaken_again_and_again_says_so_and_loses_nothing(
    argilla: Argilla, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = _start(argilla, town)
    _answer(argilla, town, name, 1)
    # the same is said again here, as often as is tried: nothing else than what both had, and another revision
    _meanwhile(monkeypatch, [lambda: town.judge("ana", name, SUBMITTED, rating=3)] * 5)
    with pytest.raises(HubBusy, match="run the same command again"):
        town.hub.pull_from_argilla("story")
    assert town.said(name) == {"ana": (SUBMITTED, {"rating": 3})}
    assert town.hub.pull_from_argilla("story").new == {"judgements": 1}
    assert town.said(name) == {"ana": (SUBMITTED, {"rating": 1})}


def _meanwhile(monkeypatch: pytest.MonkeyPatch, acts: list[Callable[[], None]]) -> None:
    """Somebody judges when a pull has read what stands here, and has not acted yet: one of these at each try."""
    read, left = Judgements.log, list(acts)

    def log(self: Judgements, table: str, records: Sequence[str]) -> list[Said]:
        found = read(self, table, records)
        if left:
            left.pop()()
        return found

    monkeypatch.setattr(Judgements, "log", log)


def test_a_pull_that_was_undone_is_not_pulled_again(argilla: Argilla, town: Town) -> None:
    name = _start(argilla, town)
    _answer(argilla, town, name, 1)
    town.hub.pull_from_argilla("story")
    town.folder.judgements.undo("ana", "undoneundone")
    report = town.hub.pull_from_argilla("story")
    assert report.tallies["judgements"] == ph.Tally(1, 0, {"changed_here": 1})
    assert town.said(name) == {"ana": (SUBMITTED, {"rating": 3})}


def test_what_was_cleared_or_skipped_here_is_not_brought_back(argilla: Argilla, town: Town) -> None:
    name = _start(argilla, town)
    for status in ("pending", "skipped"):
        town.judge("ana", name, status)
        report = town.hub.pull_from_argilla("story")
        assert report.tallies["judgements"] == ph.Tally(1, 0, {"changed_here": 1})


def test_answers_that_argilla_cannot_hold_stay_beside_those_that_come(argilla: Argilla, town: Town) -> None:
    wide = {"name": "percent", "kind": "rating", "title": "How sure?", "least": 0, "most": 100}
    town.ask([{"name": "rating", "kind": "rating", "title": "How good?", "least": 1, "most": 5}, wide])
    argilla.add_user("ana")
    name = town.ids()[0]
    town.judge("ana", name, SUBMITTED, rating=3, percent=80)
    report = town.hub.push_to_argilla("story")
    assert any("percent is not asked there: its ratings end at 10" in note for note in report.notes)
    argilla.answer("story", name, "ana", SUBMITTED, {"rating": 4})
    town.hub.pull_from_argilla("story")
    assert town.said(name) == {"ana": (SUBMITTED, {"percent": 80, "rating": 4})}


def test_a_submission_without_what_argilla_needs_is_told_and_stays_here(argilla: Argilla, town: Town) -> None:
    town.ask([{"name": "rating", "kind": "rating", "title": "How good?", "least": 1, "most": 5}])
    argilla.add_user("ana")
    one, two = town.ids()[:2]
    town.judge("ana", one, SUBMITTED)
    town.judge("ana", two, "draft")
    report = town.hub.push_to_argilla("story")
    assert report.tallies["judgements"] == ph.Tally(2, 1, {"answer_missing": 1})
    assert argilla.said("story", one) == {}


def test_responses_that_cannot_be_meant_here_are_counted_with_a_reason(argilla: Argilla, town: Town) -> None:
    town.ask()
    argilla.add_user("ana")
    argilla.add_user("gone")
    town.hub.push_to_argilla("story", dataset="stories")
    one, two, three, four, five = town.ids()[:5]
    argilla.answer("stories", one, "ana", SUBMITTED, {"correction": "Right.", "verdict": "yes"})
    argilla.answer("stories", two, "gone", SUBMITTED, {"correction": "Right."})
    argilla.answer("stories", three, "ana", SUBMITTED, {"correction": "Right."})
    argilla.answer("stories", four, "ana", SUBMITTED, {"correction": "Right."})
    argilla.answer("stories", five, "ana", SUBMITTED, {"correction": "Right."})
    argilla.users.pop()
    records = argilla.named("stories").records
    for name, new in ((three, "0" * 32), (four, "no id'; --")):  # as somebody else may have put them there
        records[new] = {**records.pop(name), "external_id": new}
    town.ask(
        [
            {**one, "options": [*one["options"][1:], {"value": "?", "label": "?"}]} if one["kind"] == "choice" else one
            for one in QUESTIONS
        ]
    )
    report = town.hub.pull_from_argilla("story", dataset="stories", where=f"id <> '{five}'")
    reasons = {"no_answer": 1, "user_gone": 1, "not_in_hub": 2, "not_meant": 1}
    assert report.tallies["judgements"] == ph.Tally(5, 0, reasons)
    assert report.tallies["judgements"].adds_up
    assert not town.folder.judgements.exists or not town.folder.judgements.counts("samples")


def test_a_dry_run_says_what_would_come_and_changes_nothing(argilla: Argilla, town: Town) -> None:
    name = _start(argilla, town)
    _answer(argilla, town, name, 1)
    last = town.folder.judgements.last
    report = town.hub.pull_from_argilla("story", dry_run=True)
    assert "1 judgements would be" in report.notes[0]
    assert town.folder.judgements.last == last
