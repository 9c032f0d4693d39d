"""How fast the server is, how much it lets in, and how both are changed while it runs."""

import math
import socket
import statistics
import threading
import time
from collections import Counter
from contextlib import closing

import pytest

from personahub.errors import UsageError
from personahub.models.serving import Manners
from personahub.models.serving.draws import Draws
from personahub.models.serving.limits import Bucket, decimal, duration
from tests.models.served import BODY, CHAT, KEYS, MESSAGES, Served, exchanged, posted, question


@pytest.mark.parametrize(
    "given", [{"latency_ms": -1}, {"latency_sigma": math.nan}, {"slots": 0}, {"limit_rps": 0}, {"fault_seed": 1.5}]
)
def test_manners_that_cannot_be_meant_are_refused(given: dict[str, float]) -> None:
    with pytest.raises(UsageError, match=next(iter(given))):
        Manners().changed(given)


def test_above_the_limit_it_is_429_and_the_wait_that_is_named_is_enough() -> None:
    with Served(Manners(limit_rps=20)) as served, closing(served.connect()) as connection:
        found = [exchanged(connection, "POST", CHAT, question(number)) for number in range(60)]
        statuses = Counter(one.status for one in found)
        assert statuses[200] >= 20
        assert statuses[429] >= 20
        assert [one.status for one in found[:20]] == [200] * 20
        assert found[0].headers["x-ratelimit-limit-requests"] == "20"
        assert found[0].headers["x-ratelimit-remaining-requests"] == "19"
        assert found[0].headers["x-ratelimit-reset-requests"].endswith("ms")
        last = next(one for one in reversed(found) if one.status == 429)
        assert last.headers["x-ratelimit-remaining-requests"] == "0"
        assert 0.0 < float(last.headers["retry-after"]) <= 0.05
        time.sleep(0.05)
        assert exchanged(connection, "POST", CHAT, question(0)).status == 200
        assert served.stats()["faults"] == {"limited": statuses[429]}


def test_the_limit_can_be_kept_to_oneself() -> None:
    with Served(Manners(limit_rps=1, limit_headers=False)) as served:
        first, second = served.ask(question(0)), served.ask(question(1))
        assert (first.status, second.status) == (200, 429)
        assert not [name for name in (*first.headers, *second.headers) if name.startswith("x-ratelimit")]
        assert float(second.headers["retry-after"]) > 0.5


def test_a_bucket_lets_in_its_rate_and_no_more() -> None:
    bucket = Bucket(60.0, 0.0)
    times = [step / 1000 for step in range(10_000)]
    let_in = [now for now in times if not bucket.take(now)]
    assert len(let_in) in range(655, 661)  # a second's worth at once, then sixty a second
    assert Bucket(0.1, 0.0).take(0.0) == 0.0


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.0, "0s"),
        (0.0156, "16ms"),
        (1.0, "1s"),
        (8.64, "8.64s"),
        (59.9999, "1m0s"),
        (360.0, "6m0s"),
        (3661.5, "1h1m1.5s"),
    ],
)
def test_durations_are_written_as_openai_writes_them(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_decimals_are_rounded_up_and_plain() -> None:
    assert [decimal(seconds) for seconds in (0.4, 0.0001, 2.0, 10.0, 1e7)] == ["0.4", "0.001", "2", "10", "10000000"]


def test_latencies_are_log_normal_with_the_mean_that_was_asked_for() -> None:
    draws = Draws(Manners(latency_ms=200, latency_sigma=0.5))
    found = [draws.seconds(key, 0) for key in KEYS]
    assert statistics.fmean(found) == pytest.approx(0.2, rel=0.02)
    logs = [math.log(seconds) for seconds in found]
    assert statistics.stdev(logs) == pytest.approx(0.5, rel=0.02)
    assert statistics.median(logs) == pytest.approx(math.log(0.2) - 0.125, abs=0.02)
    assert found[:100] == [draws.seconds(key, 0) for key in KEYS[:100]]
    assert draws.seconds(KEYS[0], 0) != draws.seconds(KEYS[0], 1)
    assert Draws(Manners(latency_ms=30)).seconds(KEYS[0], 0) == 0.03


def _seconds_for(count: int, manners: Manners) -> float:
    with Served(manners) as served:
        threads = [threading.Thread(target=served.ask, args=(question(number),)) for number in range(count)]
        start = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = time.monotonic() - start
        assert served.stats()["most_in_flight"] > count // 2
        assert served.stats()["answered"] == count
    return took


def test_with_few_slots_the_others_queue() -> None:
    assert _seconds_for(8, Manners(latency_ms=200, slots=2)) >= 0.8 > _seconds_for(8, Manners(latency_ms=200)) >= 0.2


def test_a_client_that_goes_away_frees_its_slot() -> None:
    with Served(Manners(latency_ms=60_000, slots=1)) as served:
        with socket.create_connection(("127.0.0.1", served.port)) as link:
            link.sendall(posted(BODY))
            while not served.stats()["in_flight"]:
                pass
        while served.stats()["in_flight"]:
            pass
        served.behave(latency_ms=0)
        assert served.ask({"messages": MESSAGES}).status == 200


def test_a_storm_can_be_made_and_ended_while_it_runs() -> None:
    with Served() as served:
        assert served.ask(question(0)).status == 200
        assert served.behave(faults="429_after=1", retry_after=2)["faults"] == "429_after=1"
        storm = served.ask(question(1))
        assert (storm.status, storm.headers["retry-after"]) == (429, "2")
        assert served.behave(faults="", limit_rps=1000, slots=5)["slots"] == 5
        calm = served.ask(question(1))
        assert (calm.status, calm.headers["x-ratelimit-limit-requests"]) == (200, "1000")
        assert served.call("GET", "/faults").json["retry_after"] == 2


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"faults": "x=1"}', b'{"faults": 7}', b'{"down_s": -1}', b'{"slots": 0}', b'{"a": 1}']
)
def test_a_change_that_cannot_be_meant_changes_nothing(body: bytes) -> None:
    with Served(Manners(faults="500=1")) as served:
        got = served.call("PUT", "/faults", body)
        assert got.status == 400
        assert got.json["error"]["message"]
        assert served.call("GET", "/faults").json["faults"] == "500=1"


def test_while_it_is_down_every_connection_is_reset_and_then_it_is_back() -> None:
    with Served(Manners(latency_ms=60_000)) as served, closing(served.connect()) as waiting:
        waiting.request("POST", CHAT, BODY)
        while not served.stats()["in_flight"]:
            pass
        start = time.monotonic()
        assert served.call("PUT", "/faults", {"down_s": 0.5, "latency_ms": 0}).status == 200
        with pytest.raises(ConnectionError):
            waiting.getresponse()
        with pytest.raises(ConnectionError):
            served.ask({"messages": MESSAGES})
        while True:
            try:
                assert served.ask({"messages": MESSAGES}).status == 200
                break
            except ConnectionError:
                time.sleep(0.02)
        assert 0.4 < time.monotonic() - start < 2.0
        assert served.stats()["in_flight"] == 0
