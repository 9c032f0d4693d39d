"""Whatever is sent, the answer is one that the contract has, and never a bug's."""

from typing import Any

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from personahub.web.app import ENDPOINTS
from tests.web.served import Served, key

STATUSES = {200, 400, 403, 404, 409, 422, 503}
STRANGE = [
    *("", "'", '"', "\\", "%", "*", "\u0000", "\u202e", "' OR 1=1 --", "../../etc/passwd", "x" * 5000, "工具", "nurs*"),
    *("id = 'a'", "tool", "text", "samples", "personas", "kept", "status", "length", "a" * 32, "0:0", "offline"),
]
ATOMS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.sampled_from(STRANGE)
VALUES = st.recursive(
    ATOMS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(STRANGE), inner, max_size=4),
    max_leaves=8,
)
VIEW = st.fixed_dictionaries(
    {},
    optional={
        "table": st.sampled_from(["personas", "samples", "texts", "rejected"]) | VALUES,
        "task": st.sampled_from(["tool"]) | VALUES,
        "query": st.sampled_from(STRANGE) | st.text(max_size=30),
        "field": st.sampled_from(["text", "persona", "hop"]) | VALUES,
        "where": st.sampled_from(STRANGE) | st.text(max_size=30),
        "filters": st.dictionaries(
            st.sampled_from(["task", "hop", "length", "verdict", "status", "nothing", "text"]),
            st.fixed_dictionaries({"in": st.lists(ATOMS, max_size=3)})
            | st.fixed_dictionaries({"min": ATOMS, "max": ATOMS})
            | VALUES,
            max_size=2,
        ),
        "show": st.sampled_from(["kept", "dropped", "all"]),
        "selection": VALUES,
        "near": st.fixed_dictionaries({"text": st.sampled_from(STRANGE)}) | VALUES,
        "area": st.fixed_dictionaries({"polygon": st.lists(st.lists(ATOMS, max_size=3), max_size=5)}) | VALUES,
        "judged_by": st.sampled_from(["ann", "<b>"]),
        "sort": st.sampled_from(["order", "random", "relevance", "kept", "disagreement", "length", "hop", "verdict"]),
        "down": st.booleans(),
        "seed": st.integers(-5, 2**60),
    },
)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "table": st.sampled_from(["samples", "personas"]) | VALUES,
    **dict.fromkeys(("task", "field", "name", "format", "splits", "job", "verb", "overlap", "colour"), VALUES),
    **{
        name: st.sampled_from(STRANGE) | VALUES
        for name in ("id", "cursor", "license", "file", "do", "x", "y", "radius")
    },
    "view": VIEW,
    "columns": st.lists(st.sampled_from(["task", "hop", "length", "text", "status"]) | ATOMS, max_size=3) | VALUES,
    "limit": st.integers(-1, 300) | VALUES,
    "window": st.lists(st.floats(-2, 2) | ATOMS, min_size=3, max_size=4) | VALUES,
    "width": st.integers(1, 300) | VALUES,
    "action": st.sampled_from(["submit", "discard", "draft", "skip", "clear"]) | VALUES,
    "answers": st.dictionaries(st.sampled_from(["rating", "feedback", "correction", "x"]), VALUES, max_size=3) | VALUES,
    "revision": st.integers(-1, 5) | VALUES,
    "key": st.just("") | VALUES,
    "questions": st.lists(VALUES, max_size=3) | VALUES,
    "ids": st.lists(st.sampled_from(STRANGE), max_size=3) | VALUES,
    "preview": st.booleans(),
    "options": st.dictionaries(st.sampled_from(["model", "hops", "task", *STRANGE]), VALUES, max_size=3) | VALUES,
}
BODY = st.fixed_dictionaries({}, optional=FIELDS)
RUNNING = ("runs/start", "runs/resume", "runs/preview")  # which begin processes where they are well-formed


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(set(ENDPOINTS) - set(RUNNING))), BODY, st.data())
def test_no_request_finds_a_bug(served: Served, name: str, body: dict[str, Any], data: st.DataObject) -> None:
    if body.get("key") == "":
        body["key"] = key()
    for field in data.draw(st.lists(st.sampled_from(sorted(body) or [""]), max_size=3)):
        body.pop(field, None)
    answer = served.post(f"/api/{name}", orjson.dumps(body))
    assert answer.status in STATUSES, (name, body, answer.body[:1000])
    if answer.status != 200:
        error = answer.json["error"]
        assert error["message"]
        assert error["code"] != "failed"


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(RUNNING), VALUES, st.dictionaries(st.sampled_from(["model", "hops", *STRANGE]), VALUES, max_size=2)
)
def test_no_form_finds_a_bug(served: Served, name: str, verb: Any, options: dict[str, Any]) -> None:
    answer = served.post(f"/api/{name}", orjson.dumps({"verb": verb, "options": options}))
    assert answer.status in STATUSES - {200}, (name, verb, options, answer.body[:1000])


def test_every_endpoint_answers_what_its_contract_shows(served: Served) -> None:
    """Each, with as little as it takes: an answer, or an error that names what is missing."""
    for name in ENDPOINTS:
        answer = served.post(f"/api/{name}", {})
        assert answer.status in STATUSES, (name, answer.body)
        assert answer.status == 200 or answer.json["error"]["message"]
