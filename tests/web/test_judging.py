"""Judging over HTTP: answers, conflicts, undo, many at once, several reviewers, and a server that is killed."""

import json
from pathlib import Path
from typing import Any

import pytest

import personahub
from tests.web.conftest import made
from tests.web.reviewers import Reviewers
from tests.web.served import Served, key

ALL = {"table": "samples", "task": "tool"}


def _records(served: Served, **view: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = served.api("records", view={**ALL, "show": "all", **view}, limit=50)["records"]
    return found


def test_a_judgement_is_kept_and_shown_and_counted(served: Served) -> None:
    record = _records(served)[0]
    text = record["texts"]["text"]
    told = served.judge(record, answers={"rating": 4, "correction": text, "feedback": "fine"})
    assert told["judgement"]["answers"] == {
        "rating": 4,
        "feedback": "fine",
    }  # a correction that changes nothing is none
    assert (told["verdict"], told["judged"]) == (None, {"submitted": 1, "discarded": 0})
    again = next(one for one in _records(served) if one["id"] == record["id"])
    assert again["judgement"] == told["judgement"]
    assert record["id"] in [one["id"] for one in _records(served, filters={"status": {"in": ["submitted"]}})]


def test_what_is_sent_twice_is_done_once(served: Served) -> None:
    record = _records(served)[1]
    once = key()
    first = served.judge(record, key=once)
    assert served.judge(record, key=once)["action"] == first["action"]
    assert len(served.api("record", table="samples", id=record["id"])["history"]) == 1


def test_who_writes_over_what_they_did_not_see_gets_both(served: Served) -> None:
    record = _records(served)[2]
    served.judge(record, answers={"rating": 5})
    given = {"table": "samples", "id": record["id"], "action": "discard", "answers": {}, "revision": 0, "key": key()}
    status, error = served.refused("judge", **given)
    assert (status, error["code"], error["record"]) == (409, "conflict", record["id"])
    assert (error["theirs"]["answers"], error["theirs"]["revision"]) == ({"rating": 5}, 1)
    assert error["yours"]["status"] == "discarded"
    served.api("judge", **{**given, "revision": 1, "key": key()})


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"rating": 6}, "answers.rating"),
        ({"rating": 3.0}, "answers.rating"),
        ({"rating": True}, "answers.rating"),
        ({"feedback": 5}, "answers.feedback"),
        ({"nothing": 1}, "answers.nothing"),
        ({"feedback": "x" * 100_001}, "answers.feedback"),
    ],
)
def test_an_answer_that_is_none_is_refused(served: Served, answers: dict[str, Any], field: str) -> None:
    record = _records(served)[3]
    given = {
        "table": "samples",
        "id": record["id"],
        "action": "submit",
        "answers": answers,
        "revision": 0,
        "key": key(),
    }
    status, error = served.refused("judge", **given)
    assert (status, error["field"]) == (422, field)
    assert served.refused("judge", **{**given, "answers": {}, "id": "0" * 32})[0] == 404
    assert served.refused("judge", **{**given, "answers": {}, "key": "short"})[1]["field"] == "key"


def test_ten_undos_and_redos_are_those_of_an_editor(served: Served) -> None:
    records = _records(served)[10:20]
    for one in records:
        served.judge(one, "discard")
    gone = {one["id"] for one in records}
    assert not gone & {one["id"] for one in _records(served, show="kept")}
    for one in reversed(records):
        told = served.api("undo", key=key())
        assert (told["undone"]["did"], told["changed"][0]["id"]) == ("discard", one["id"])
        assert told["changed"][0]["judgement"] is None
    assert gone <= {one["id"] for one in _records(served, show="kept")}
    for _ in records:
        told = served.api("redo", key=key())
    assert (told["redo"], told["redone"]["did"]) == (0, "discard")
    served.api("undo", key=key())
    served.judge(records[-1], "skip")  # what was undone looks as if it never was
    assert served.refused("redo", key=key())[0] == 404


def test_many_are_judged_as_one_and_undone_as_one(served: Served) -> None:
    view = {**ALL, "query": "office", "field": "persona"}
    told = served.api("bulk", view=view, action="submit", answers={"rating": 2}, preview=True)
    assert told["records"] == told["changing"] > 20
    done = served.api("bulk", view=view, action="submit", answers={"rating": 2}, preview=False, key=key())
    assert done["changing"] == told["records"]
    held = _records(served, query="office", filters={"status": {"in": ["submitted"]}})
    assert {one["judgement"]["answers"]["rating"] for one in held} == {2}
    assert served.api("undo", key=key())["undone"]["records"] == told["records"]
    one = _records(served)[39]
    some = served.api("bulk", view=ALL, ids=[one["id"]], action="discard", preview=False, key=key())
    assert (some["records"], some["changing"]) == (1, 1)
    served.api("undo", key=key())


def test_spans_count_as_the_page_does(served: Served) -> None:
    spans = {"name": "place", "kind": "spans", "title": "Where?", "field": "description"}
    spans["options"] = [{"value": "a", "label": "A"}, {"value": "b", "label": "B"}]  # type: ignore[assignment]
    told = served.api("questions", table="samples", task="tool")
    saved = served.api(
        "questions/save", table="samples", task="tool", questions=[*told["questions"], spans], revision=0
    )
    assert saved["revision"] == 1
    assert served.refused("questions/save", table="samples", task="tool", questions=[spans], revision=0)[0] == 409
    record = next(one for one in _records(served) if "\U0001f600" in one["texts"]["description"])
    text = record["texts"]["description"].encode("utf-16-le")
    first = text.index("tools".encode("utf-16-le")) // 2
    answer = [{"first": first, "last": first + 5, "label": "a"}]
    done = served.judge(record, answers={"place": answer})
    assert done["judgement"]["answers"]["place"] == answer
    held = personahub.open(served.hub)._folder.judgements.of("samples", [record["id"]])[0].answers["place"]
    assert record["texts"]["description"][held[0]["first"] : held[0]["last"]] == "tools"
    beyond = [{"first": 0, "last": 10_000, "label": "a"}]
    held_now = {**record, "judgement": done["judgement"]}
    given = {"table": "samples", "id": record["id"], "action": "submit", "answers": {"place": beyond}, "key": key()}
    assert served.refused("judge", **given, revision=held_now["judgement"]["revision"])[1]["field"] == "answers.place"


def test_what_a_column_suggests_comes_with_its_score(tmp_path: Path) -> None:
    rows = [{"persona": f"A keeper of {n} hens", "guess": 1 + n, "sure": 0.25 * n} for n in range(4)]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    hub = personahub.open(tmp_path / "my.hub")
    hub.import_([tmp_path / "rows.jsonl"], map=["persona=persona", "guess=guess", "sure=sure"])
    served = Served(hub.path)
    served.enter()
    asked = {"name": "rating", "kind": "rating", "title": "How good?", "suggest": "guess", "score": "sure"}
    save = {"table": "personas", "task": None, "revision": 0}
    assert served.refused("questions/save", **save, questions=[{**asked, "score": "x"}])[1]["field"].endswith("score")
    saved = served.api("questions/save", **save, questions=[asked])["questions"][0]
    assert (saved["suggest"], saved["score"]) == ("guess", "sure")
    last = served.api("records", view={"table": "personas"})["records"][3]
    told = served.api("record", table="personas", id=last["id"])["suggestions"]
    assert told == {"rating": {"value": 4, "score": 0.75, "by": "guess"}}
    assert served.stop() == 0


def test_reviewers_are_apart_and_their_agreement_is_told(tmp_path: Path) -> None:
    served = Served(made(tmp_path).path)
    served.enter()
    served.api("overlap", overlap=2)
    records = _records(served)[:4]
    for who, ratings in (("ann", (1, 2, 3, 4)), ("bob", (1, 2, 3, 5))):
        answer = served.post("/api/me", {"reviewer": who})
        served.cookie = (answer.headers["set-cookie"] or "").split(";")[0]
        assert _records(served)[0]["judgement"] is None
        for one, rating in zip(records, ratings, strict=True):
            served.judge({**one, "judgement": None}, answers={"rating": rating})
    told = served.api("progress", view=ALL)
    assert (told["total"], told["done"], told["overlap"]) == (40, 4, 2)
    assert [one["name"] for one in told["reviewers"]] == ["ann", "bob"]
    by_name = {one["name"]: one for one in told["agreement"]["questions"]}
    assert 0.8 < by_name["rating"]["alpha"] < 1
    assert by_name["status"]["alpha"] is None
    served.judge({**records[0], "judgement": {"revision": 1}}, "discard")
    assert (
        served.api("records", view={**ALL, "show": "all", "sort": "disagreement"})["records"][0]["id"]
        == records[0]["id"]
    )
    assert served.api("hub")["reviewers"] == ["ann", "bob"]
    assert served.refused("me", reviewer="<script>")[0] == 422
    assert served.stop() == 0


def test_a_server_that_is_killed_has_all_it_acknowledged_and_nothing_twice(tmp_path: Path) -> None:
    """Four reviewers at once; benchmarks/review_kills.py does the same with more of everything."""
    served = Served(made(tmp_path).path)
    served.enter()
    reviewers = Reviewers(served, [one["id"] for one in _records(served)])
    kills = reviewers.judge(3)
    assert reviewers.wrong == []
    assert [one.lost for one in kills] == [0, 0, 0]
    assert reviewers.lost() == []
    assert reviewers.doubled() == []
    assert len(reviewers.told) == len(reviewers.log()) == 160
    assert set(reviewers.told.values()) == {1}
    held = list(personahub.open(served.hub)._folder.judgements.all("samples"))
    assert len(held) == len({(one.record, one.reviewer) for one in held}) == 160
    assert personahub.open(served.hub)._folder.judgements.last == 160
    assert served.stop() == 0
