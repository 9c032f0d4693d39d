"""What the server does wrong on purpose: each kind on the wire, how often, and the same every time."""

import gzip
import http.client
import math
import socket
import statistics
import time
from collections import Counter
from contextlib import closing

import pytest

from personahub.errors import UsageError
from personahub.models.serving import Manners
from personahub.models.serving.draws import Draws
from personahub.models.serving.manners import OF_THE_KEY, PASSING, STANDING, rates
from tests.models.served import BODY, CHAT, KEYS, MESSAGES, Got, Served, exchanged, posted, question


def _asked(fault: str, **manners: float) -> Got:
    with Served(Manners(faults=f"{fault}=1", **manners)) as served:  # type: ignore[arg-type]  # by name
        got = served.ask({"messages": MESSAGES})
        found = served.stats()
    assert (found["requests"], found["faults"], found["in_flight"]) == (1, {fault: 1}, 0)
    assert found["answered"] == (fault == "wrong_type")
    return got


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("429", 429, "rate_limit_exceeded"),
        ("500", 500, None),
        ("503", 503, None),
        ("quota", 429, "insufficient_quota"),
        ("unauthorized", 401, "invalid_api_key"),
        ("refused", 400, "content_policy_violation"),
    ],
)
def test_a_status_comes_with_an_error_in_openais_shape(fault: str, status: int, code: str | None) -> None:
    got = _asked(fault)
    assert (got.status, got.json["error"]["code"]) == (status, code)
    assert got.json["error"]["message"]
    assert "retry-after" not in got.headers


@pytest.mark.parametrize(("fault", "status"), [("429_after", 429), ("503_after", 503)])
def test_some_say_how_long_to_wait(fault: str, status: int) -> None:
    got = _asked(fault, retry_after=0.25)
    assert (got.status, got.headers["retry-after"]) == (status, "0.25")


def test_a_reset_is_a_tcp_reset() -> None:
    with pytest.raises(ConnectionResetError):
        _asked("reset")


def test_a_close_is_a_clean_end_without_a_byte() -> None:
    with Served(Manners(faults="close=1")) as served:
        assert served.raw(posted(BODY)) == b""


def test_a_stall_sends_nothing_and_is_in_flight_until_the_client_goes() -> None:
    with Served(Manners(faults="stall=1")) as served:
        with socket.create_connection(("127.0.0.1", served.port), timeout=0.3) as link:
            link.sendall(posted(BODY))
            with pytest.raises(TimeoutError):
                link.recv(1)
            assert served.stats()["in_flight"] == 1
        while served.stats()["in_flight"]:
            pass


def test_a_drip_is_the_right_answer_a_byte_at_a_time() -> None:
    with Served(Manners(faults="drip=1")) as served, socket.create_connection(("127.0.0.1", served.port)) as link:
        link.sendall(posted(BODY))
        start = time.monotonic()
        assert [link.recv(100) for _ in range(3)] == [b"H", b"T", b"T"]
        assert 0.9 < time.monotonic() - start < 3.0


def test_a_truncated_answer_ends_before_its_length() -> None:
    with pytest.raises(http.client.IncompleteRead) as found:
        _asked("truncated")
    assert len(found.value.partial) > 100
    assert found.value.expected


def test_bodies_that_are_no_chat_answer_come_with_status_200() -> None:
    right = _asked("wrong_type")
    assert right.headers["content-type"] == "text/plain"
    assert right.text.startswith("Riddle: ")
    cut = _asked("bad_json")
    assert right.body.startswith(cut.body[:50])
    with pytest.raises(ValueError, match=r"."):
        cut.json  # noqa: B018
    page = _asked("html")
    assert (page.headers["content-type"], page.body[:6]) == ("text/html", b"<html>")
    assert _asked("error_inside").json["error"]["message"]
    assert _asked("no_choices").json["choices"] == []
    assert _asked("null").choice["message"]["content"] is None
    filtered = _asked("content_filter")
    assert (filtered.text, filtered.choice["finish_reason"]) == ("", "content_filter")
    statuses = [one.status for one in (right, cut, page, filtered)]
    assert statuses == [200] * 4


def test_a_redirect_leads_to_another_host() -> None:
    got = _asked("redirect")
    assert got.status == 307
    assert not got.headers["location"].startswith("http://127.0.0.1")


def test_a_bomb_is_small_on_the_wire_and_three_hundred_megabytes_of_zeros_unpacked() -> None:
    got = _asked("bomb")
    assert got.headers["content-encoding"] == "gzip"
    assert len(got.body) < 2**19
    text = gzip.decompress(got.body)
    assert len(text) == 300 * 2**20 + 2
    assert text[:2] == b'"0'
    assert text.count(b"0") == len(text) - 2


def test_what_was_cut_for_length_comes_whole_with_more_room_than_at_first() -> None:
    with Served(Manners(faults="length=1")) as served:
        first = served.ask({"messages": MESSAGES})
        assert first.choice["finish_reason"] == "length"
        assert len(first.text.split()) <= 8
        assert served.ask({"messages": MESSAGES}).text == first.text
        roomier = served.ask({"messages": MESSAGES, "max_tokens": 2000})
        assert roomier.choice["finish_reason"] == "stop"
        assert roomier.text.startswith(first.text)
        other = {"messages": MESSAGES, "seed": 1, "max_tokens": 2000}
        finishes = [served.ask(other | {"max_tokens": room}).choice["finish_reason"] for room in (2000, 2000, 2001)]
        assert finishes == ["length", "length", "stop"]
        assert served.stats()["answered"] == 2


def test_the_shares_of_faults_are_those_that_were_asked_for() -> None:
    wanted = {"429": 0.1, "reset": 0.02, "drip": 0.005, "quota": 0.01, "refused": 0.03, "length": 0.2}
    draws = Draws(Manners(faults=",".join(f"{kind}={share}" for kind, share in wanted.items()), fault_seed=5))
    counts = Counter(draws.each(key, 0) for key in KEYS) + Counter(draws.of_the_key(key) for key in KEYS)
    for kind, share in wanted.items():
        assert abs(counts[kind] - share * len(KEYS)) < 4.5 * math.sqrt(len(KEYS) * share * (1 - share)), kind
    assert set(counts) == {*wanted, None}


def test_draws_depend_on_the_seed_the_question_and_how_often_it_was_asked() -> None:
    def drawn(seed: int, before: int) -> list[str | None]:
        return [Draws(Manners(faults="all=0.5", fault_seed=seed)).each(key, before) for key in KEYS[:500]]

    assert drawn(1, 0) == drawn(1, 0)
    again = drawn(1, 1)
    assert 0.2 < statistics.fmean(first == second for first, second in zip(drawn(1, 0), again, strict=True)) < 0.33
    assert drawn(2, 0) != drawn(1, 0) != again


def test_a_run_meets_the_same_faults_again_and_a_refusal_is_final() -> None:
    def statuses(seed: int) -> list[int]:
        manners = Manners(faults="429=0.1,500=0.1,503_after=0.1,refused=0.1", fault_seed=seed)
        with Served(manners) as served, closing(served.connect()) as connection:
            found = [
                exchanged(connection, "POST", CHAT, question(number)).status for _ in range(2) for number in range(150)
            ]
            told = served.stats()
        met = Counter(found)
        kinds = {"429": met[429], "500": met[500], "503_after": met[503], "refused": met[400]}
        assert told["faults"] == kinds
        assert told["answered"] == met[200]
        return found

    first = statuses(3)
    assert first == statuses(3) != statuses(4)
    refused = [status == 400 for status in first]
    assert refused[:150] == refused[150:]
    failed = [place for place in range(150) if first[place] in (429, 500, 503)]
    assert sum(first[place + 150] == 200 for place in failed) > len(failed) / 2 > 10


def test_all_shares_evenly_among_what_passes_unless_a_kind_has_its_own() -> None:
    found = rates("all=0.34, stall=0, refused=0.006")
    assert found["429"] == found["bomb"] == pytest.approx(0.34 / len(PASSING))
    assert (found["stall"], found["refused"]) == (0.0, 0.006)
    assert not {*STANDING, *OF_THE_KEY[1:]} & set(found)
    assert rates("") == rates(" , ") == {}


@pytest.mark.parametrize(
    "faults", ["sometimes", "429", "429=", "429=x", "429=nan", "429=-0.1", "429=1.1", "429=0.6,500=0.6", "all=2", 7]
)
def test_faults_that_cannot_be_meant_are_refused(faults: str) -> None:
    with pytest.raises(UsageError, match="faults"):
        Manners(faults=faults)


def test_a_question_from_within_sees_faults_as_errors() -> None:
    with Served(Manners(faults="reset=1")) as served:
        line = b'{"custom_id": "a", "method": "POST", "url": "/v1/chat/completions", "body": %s}' % BODY
        part = b"--x\r\nContent-Disposition: form-data; name="
        form = part + b'"purpose"\r\n\r\nbatch\r\n' + part + b'"file"; filename="in"\r\n\r\n' + line + b"\r\n--x--\r\n"
        file = served.call("POST", "/v1/files", form, {"Content-Type": "multipart/form-data; boundary=x"}).json
        made = served.call("POST", "/v1/batches", {"input_file_id": file["id"], "endpoint": CHAT}).json
        while (batch := served.call("GET", f"/v1/batches/{made['id']}").json)["status"] not in ("completed", "failed"):
            time.sleep(0.01)
        assert batch["request_counts"] == {"total": 1, "completed": 0, "failed": 1}
        assert served.stats()["in_flight"] == 0
