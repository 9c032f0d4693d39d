"""Records as the page asks for them: searches, filters, orders, pages, counts, likeness, and one record whole."""

import time
from typing import Any

import pytest

from tests.web.served import Served

ALL = {"table": "samples", "task": "tool"}


def _page(served: Served, view: dict[str, Any] | None = None, **more: Any) -> Any:
    """The first page, once what must be made for it is there."""
    for _ in range(600):
        answer = served.post("/api/records", {"view": {**ALL, **(view or {})}, **more})
        if answer.status == 503 and answer.code in ("not_ready", "too_slow"):
            time.sleep(0.1)
            continue
        assert answer.status == 200, answer.body[:1000]
        return answer.json
    raise AssertionError("never ready")


def _said(found: Any, name: str = "description") -> list[str]:
    return [one["texts"][name] for one in found["records"]]


def test_the_hub_says_what_it_has(served: Served) -> None:
    told = served.api("hub")
    assert (told["name"], told["reviewer"], told["read_only"], told["overlap"]) == ("my.hub", "reviewer", False, 1)
    by_name = {one["name"]: one for one in told["tables"]}
    assert by_name["samples"]["tasks"] == [{"name": "tool", "count": 40}]
    assert by_name["personas"]["count"] == 40
    assert by_name["samples"]["fields"] == ["persona", "text", "description"]


def test_a_word_is_found_in_the_field_that_was_named_and_marked_there(served: Served) -> None:
    found = _page(served, {"query": "tool", "field": "description"})
    assert found["total"] == 3
    for one in found["records"]:
        text = one["texts"]["description"]
        assert set(one["marks"]) == {"description"}
        assert [text[first:last].lower() for first, last in one["marks"]["description"]] == ["tool"]
    [one] = _page(served, {"query": "parts tools", "field": "description"})["records"]
    wide = one["texts"]["description"].encode("utf-16-le")
    [_, [first, last]] = one["marks"]["description"]  # behind a character that JavaScript counts twice
    assert wide[2 * first : 2 * last].decode("utf-16-le") == "tools"


@pytest.mark.parametrize(
    ("view", "total"),
    [
        ({}, 40),
        ({"query": "nurse", "field": "persona"}, 1),
        ({"query": "medical nurse"}, 0),
        ({"query": "offic* -3"}, 34),
        ({"where": "description LIKE 'It plans%'"}, 2),
        ({"filters": {"task": {"in": ["tool"]}}}, 40),
        ({"filters": {"task": {"not": ["tool"]}}}, 0),
        ({"filters": {"model": {"in": [None]}}}, 40),
        ({"filters": {"length": {"min": 17, "max": 17}}}, 11),
        ({"filters": {"verdict": {"in": ["kept"]}}}, 40),
        ({"filters": {"status": {"in": ["pending"]}}, "query": "teacher"}, 1),
        ({"show": "dropped"}, 0),
        ({"show": "all"}, 40),
    ],
)
def test_every_condition_holds(served: Served, view: dict[str, Any], total: int) -> None:
    found = _page(served, view)
    assert (found["total"], found["of"]) == (total, 40)
    assert served.api("counts", view={**ALL, **view}, columns=[])["total"] == total


def test_pages_follow_each_other_in_every_order_and_miss_none(served: Served) -> None:
    for order in ("order", "random", "length", "disagreement", "task"):
        for down in (False, True):
            seen, cursor = [], None
            while True:
                page = _page(served, {"sort": order, "down": down, "seed": 7}, limit=9, cursor=cursor)
                seen += [one["id"] for one in page["records"]]
                cursor = page["cursor"]
                if not page["more"]:
                    break
            assert len(seen) == len(set(seen)) == 40, order
    lengths = [one["texts"]["text"] for one in _page(served, {"sort": "length", "down": True})["records"]]
    assert lengths == sorted(lengths, key=len, reverse=True)
    first = _page(served, {"sort": "random", "seed": 1})["records"]
    assert first == _page(served, {"sort": "random", "seed": 1})["records"]
    assert first != _page(served, {"sort": "random", "seed": 2})["records"]


def test_a_cursor_holds_while_what_stood_before_it_is_judged(served: Served) -> None:
    pending = {"filters": {"status": {"in": ["pending"]}}}
    first = _page(served, pending, limit=3)
    before = _page(served, pending, limit=10)["records"]
    for one in first["records"]:
        served.judge(one, "skip")
    behind = _page(served, pending, limit=3, cursor=first["cursor"])
    assert [one["id"] for one in behind["records"]] == [one["id"] for one in before[3:6]]
    for one in first["records"]:
        served.judge({**one, "judgement": {"revision": 1}}, "clear")


@pytest.mark.parametrize(
    ("view", "field"),
    [
        ({"table": "nothing"}, "view.table"),
        ({"table": "personas", "task": "tool"}, "view.task"),
        ({"query": "-tool"}, "view.query"),
        ({"query": '"tool'}, "view.query"),
        ({"query": "..."}, "view.query"),
        ({"query": "a*"}, "view.query"),
        ({"query": "tool", "field": "length"}, "view.field"),
        ({"where": "id = "}, "view.where"),
        ({"where": "1 = 1; DROP TABLE samples"}, "view.where"),
        ({"filters": {"nothing": {"in": [1]}}}, "view.filters.nothing"),
        ({"filters": {"text": {"in": ["a"]}}}, "view.filters.text"),
        ({"filters": {"task": {}}}, "view.filters.task"),
        ({"filters": {"task": {"min": 1}}}, "view.filters.task"),
        ({"filters": {"status": {"in": ["good"]}}}, "view.filters.status"),
        ({"sort": "text"}, "view.sort"),
        ({"sort": "relevance"}, "view.sort"),
        ({"selection": "none"}, "view.selection"),
        ({"selection": "../hub"}, "view.selection"),
        ({"near": {}}, "view.near"),
        ({"near": {"id": "xyz"}}, "view.near.id"),
        ({"near": {"text": "a nurse", "field": "task2"}}, "view.near.field"),
        ({"area": {"polygon": [[0, 0]]}}, "view.area.polygon"),
        ({"what": 1}, "view.what"),
    ],
)
def test_what_cannot_be_meant_is_told_with_its_field(served: Served, view: dict[str, Any], field: str) -> None:
    status, error = served.refused("records", view={**ALL, **view})
    assert (status, error["code"], error["field"]) == (422, "unusable", field)
    assert error["message"]


def test_nothing_found_says_what_could_be_left_out(served: Served) -> None:
    empty = _page(served, {"query": "medical", "filters": {"length": {"min": 10_000}}})["empty"]
    assert empty["reason"] == "no_hits"
    assert {"what": "filters.length", "total": 1} in empty["drop"]
    assert _page(served, {"table": "rejected", "task": None})["empty"]["reason"] == "no_data"


def test_counts_are_as_if_their_own_column_were_not_filtered(served: Served) -> None:
    view = {**ALL, "filters": {"task": {"not": ["tool"]}}}
    told = served.api("counts", view=view, columns=["task", "length", "status"])
    assert told["total"] == 0
    assert told["counts"]["task"] == [{"value": "tool", "count": 40}]
    assert told["counts"]["status"] == []
    columns = {one["name"]: one for one in served.api("columns", table="samples", task="tool")["columns"]}
    assert columns["task"]["values"] == [{"value": "tool", "count": 40}]
    assert columns["length"]["made"]
    assert sum(one["count"] for one in columns["length"]["bins"]) == 40
    assert columns["description"]["searchable"]


def test_what_is_like_a_record_is_found_without_itself_and_within_filters(served: Served) -> None:
    [one] = _page(served, {"query": "medical"})["records"]
    near = {"id": one["id"], "field": "persona"}
    found = _page(served, {"near": near})
    assert found["reference"]["id"] == one["id"]
    assert one["id"] not in [other["id"] for other in found["records"]]
    assert found["records"][0]["texts"]["persona"] == "a manufacturer of surgical devices"
    cosines = [other["cosine"] for other in found["records"]]
    assert cosines == sorted(cosines, reverse=True)
    least = _page(served, {"near": {**near, "order": "least"}})["records"]
    assert least[0]["cosine"] <= min(cosines)
    bound = _page(served, {"near": {**near, "min": cosines[2]}})
    assert bound["total"] == 3
    assert _said(_page(served, {"near": near, "query": "grafts"})) == ["It plans grafts"]
    text = _page(served, {"near": {"text": "someone who looks after the sick at night", "field": "persona"}})
    assert text["reference"] is None
    assert text["records"][0]["texts"]["persona"] == "a nurse who runs a night ward"


def test_one_record_comes_with_all_that_is_known_of_it(served: Served) -> None:
    [one] = _page(served, {"query": "medical"})["records"]
    told = served.api("record", table="samples", id=one["id"][:12])
    assert told["record"]["texts"] == one["texts"]
    assert told["columns"]["layout"]
    assert told["path"][0]["text"] == "a maker of medical devices"
    assert (told["asked"], told["labels"], told["judgements"], told["verdicts"]) == (None, [], [], [])
    assert served.refused("record", table="samples", id="ffff")[0] == 422
    assert served.refused("record", table="personas", id=one["id"])[0] == 422
