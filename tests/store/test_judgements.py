"""The log of judgements: what is acknowledged is there, once, and can be taken back."""

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personahub.errors import HubFull
from personahub.store.judged import Change, Conflict
from personahub.store.judgements import Judgements
from personahub.store.reviews import check_judgements, take_judgements

A, B = "a" * 32, "b" * 32


def _book(place: Path) -> Judgements:
    return Judgements(place / "review.sqlite")


def _states(book: Judgements) -> dict[tuple[str, str], str]:
    return {(one.record, one.reviewer): one.status for one in book.all("samples") if one.status != "pending"}


def test_nothing_is_on_the_disk_before_the_first_action(tmp_path: Path) -> None:
    book = _book(tmp_path)
    assert (book.last, book.turns("ann"), book.of("samples", [A]), list(book.all("samples"))) == (0, (0, 0), [], [])
    assert not list(tmp_path.iterdir())


def test_what_is_sent_twice_is_done_once(tmp_path: Path) -> None:
    first = _book(tmp_path).act("ann", "submit", "samples", [Change(A, "submitted", {"rating": 4}, 0)], "key-one-1")
    again = _book(tmp_path).act("ann", "submit", "samples", [Change(A, "submitted", {"rating": 4}, 0)], "key-one-1")
    assert first == again
    assert len(_book(tmp_path).history("samples", A)) == 1


def test_who_writes_over_what_they_did_not_see_is_told(tmp_path: Path) -> None:
    book = _book(tmp_path)
    book.act("ann", "submit", "samples", [Change(A, "submitted", {"rating": 4}, 0)], "k1")
    with pytest.raises(Conflict) as told:
        book.act("ann", "discard", "samples", [Change(B, "discarded", {}, 0), Change(A, "discarded", {}, 0)], "k2")
    assert (told.value.theirs.revision, told.value.theirs.answers) == (1, {"rating": 4})
    assert _states(book) == {(A, "ann"): "submitted"}  # of several, none
    assert book.act("bob", "discard", "samples", [Change(A, "discarded", {}, 0)], "k3").changed[0].revision == 1


def test_more_must_discard_than_submit(tmp_path: Path) -> None:
    book = _book(tmp_path)
    book.act("ann", "discard", "samples", [Change(A, "discarded")], "k1")
    assert book.dropped("samples") == ([A], [])
    seen = book.last
    book.act("bob", "submit", "samples", [Change(A, "submitted")], "k2")
    assert book.dropped("samples") == ([], [])
    assert book.dropped("samples", seen) == ([], [A])


_DOING = st.lists(
    st.sampled_from(["submit A", "discard A", "submit B", "discard both", "clear A", "undo", "redo"]), max_size=25
)


@settings(max_examples=40, deadline=None)
@given(_DOING)
def test_undo_and_redo_are_those_of_a_list_of_states(
    tmp_path_factory: pytest.TempPathFactory, doing: list[str]
) -> None:
    """Whatever is done, in whatever order: the states are those of the simplest editor there is."""
    place = tmp_path_factory.mktemp("book")
    past, ahead = [dict[str, str]()], list[dict[str, str]]()
    became = {"submit": "submitted", "discard": "discarded", "clear": "pending"}
    for number, what in enumerate(doing):
        book = _book(place)  # as after a restart
        if what == "undo":
            assert (book.undo("ann", f"k{number}") is None) == (len(past) == 1)
            ahead += [past.pop()] if len(past) > 1 else []
        elif what == "redo":
            assert (book.redo("ann", f"k{number}") is None) == (not ahead)
            past += [ahead.pop()] if ahead else []
        else:
            did, of = what.split()
            names = [A, B] if of == "both" else [A if of == "A" else B]
            book.act("ann", did, "samples", [Change(name, became[did]) for name in names], f"k{number}")
            past.append({**past[-1], **dict.fromkeys(names, became[did])})
            ahead.clear()
        now = {name: status for name, status in past[-1].items() if status != "pending"}
        assert {record: status for (record, _), status in _states(_book(place)).items()} == now
        assert _book(place).turns("ann") == (len(past) - 1, len(ahead))


def test_undo_is_of_ones_own_actions(tmp_path: Path) -> None:
    book = _book(tmp_path)
    book.act("ann", "submit", "samples", [Change(A, "submitted")], "k1")
    book.act("bob", "discard", "samples", [Change(A, "discarded")], "k2")
    assert (done := book.undo("ann", "k3"))
    assert (done.said, done.of) == ("submit", 1)
    assert _states(book) == {(A, "bob"): "discarded"}


def test_a_setting_that_was_changed_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    book = _book(tmp_path)
    assert book.set("questions", [1], 0) == 1
    assert book.set("questions", [2], 0) == -1
    assert book.setting("questions") == ([1], 1)


_WRITER = """
import sys
from pathlib import Path
from personahub.store.judged import Change
from personahub.store.judgements import Judgements
from personahub.store.reviews import check_judgements, take_judgements
book = Judgements(Path(sys.argv[1]))
for number in range(100_000):
    book.act("ann", "submit", "samples", [Change(f"{number:032x}", "submitted", {"rating": 1}, None)], f"key{number}")
    print(number, flush=True)
"""


def test_a_kill_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    said = 0
    for _ in range(3):
        command = [sys.executable, "-c", _WRITER, str(tmp_path / "review.sqlite")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            lines = [process.stdout.readline() for _ in range(said + 20)]
            os.kill(process.pid, signal.SIGKILL)
            said = int((lines + process.stdout.readlines())[-1]) + 1
        book = _book(tmp_path)
        there = [one.record for one in book.all("samples")]
        assert said <= len(there) <= said + 1
        assert book.last == len(there) == len(set(there))


def test_a_disk_that_takes_nothing_is_told_as_such(tmp_path: Path) -> None:
    book = _book(tmp_path)
    book.act("ann", "submit", "samples", [Change(A, "submitted")], "k1")
    with sqlite3.connect(tmp_path / "review.sqlite") as other:
        pages = other.execute("PRAGMA page_count").fetchone()[0]
    with book._book.reading() as db:
        db.execute(f"PRAGMA max_page_count = {pages}")
    changes = [Change(f"{number:032x}", "submitted", {"feedback": "x" * 1000}) for number in range(200)]
    with pytest.raises(HubFull, match=r"review\.sqlite .*full"):
        book.act("ann", "submit", "samples", changes, "k2")
    assert _states(book) == {(A, "ann"): "submitted"}


def test_files_of_two_hubs_become_one(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "theirs").mkdir()
    mine, theirs = _book(tmp_path / "mine"), _book(tmp_path / "theirs")
    theirs.act("ann", "submit", "samples", [Change(A, "submitted", {"rating": 1}), Change(B, "submitted")], "k1")
    mine.act("ann", "discard", "samples", [Change(A, "discarded")], "k2")  # later, so it holds
    theirs.act("bob", "submit", "samples", [Change(A, "submitted")], "k3")
    assert take_judgements(mine.path, theirs.path) == (2, 2)
    assert _states(mine) == {(A, "ann"): "discarded", (A, "bob"): "submitted", (B, "ann"): "submitted"}
    assert take_judgements(mine.path, theirs.path) == (2, 0)
    assert mine.turns("ann") == (1, 0)  # what was done there is not undone here
    theirs.act("ann", "draft", "samples", [Change(A, "draft")], "k4")
    assert take_judgements(mine.path, theirs.path) == (3, 1)
    assert _states(mine)[A, "ann"] == "draft"
    assert not list(check_judgements(tmp_path / "mine", lambda _: None))


def test_what_is_derived_is_made_again_from_the_log_and_damage_is_told(tmp_path: Path) -> None:
    book = _book(tmp_path)
    book.act("ann", "submit", "samples", [Change(A, "submitted", {"rating": 1})], "k1")
    with sqlite3.connect(book.path) as db:
        db.execute("UPDATE judgements SET status = 'discarded'")
    [odd] = check_judgements(tmp_path, lambda _: None)
    assert "1" in odd.problem
    assert odd.mend
    odd.mend()
    assert not list(check_judgements(tmp_path, lambda _: None))
    assert _states(_book(tmp_path)) == {(A, "ann"): "submitted"}
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "review.sqlite").write_bytes(b"no database" * 1000)
    [told] = check_judgements(tmp_path / "other", lambda _: None)
    assert "cannot be read" in told.problem
