"""HTTP as clients should not speak it, and as they may."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personahub.models.base import Completion
from personahub.models.serving import LARGEST_REQUEST, Manners
from tests.models.served import BODY, CHAT, MESSAGES, Says, Served, posted, received

STATS = b"GET /stats HTTP/1.1\r\nHost: here\r\n\r\n"
LAST = b"GET /stats HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"
POST = b"POST /v1/chat/completions HTTP/1.1\r\nHost: here\r\n"


@pytest.mark.parametrize(
    "junk",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # somebody speaks TLS
        b"hello\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /stats HTTP/9.9\r\n\r\n",
        b"GET /stats HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET /st\x00ats HTTP/1.1\r\nHost: here\r\n\r\n",
        b"GET /stats HTTP/1.1\r\nHo\x01st: here\r\n\r\n",
        b"G\xffT /stats HTTP/1.1\r\n\r\n",
        POST + b"Content-Length: -1\r\n\r\n",
        POST + b"Content-Length: many\r\n\r\n",
        POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nabcde\r\n0\r\n\r\n",
        POST + b"Content-Length: 99999999999999999999999999\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
        b"CONNECT elsewhere:443 HTTP/1.1\r\nHost: here\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
def test_what_is_no_http_is_told_so_and_cut_off(junk: bytes) -> None:
    with Served() as served:
        answer = served.raw(STATS + junk)
        good, bad = answer.split(b"HTTP/1.1 ")[1:]
        assert good.startswith(b"200 OK")
        assert bad.startswith(b"400 Bad Request")
        assert b"Connection: close" in bad
        assert json.loads(bad.partition(b"\r\n\r\n")[2])["error"]["message"]
        assert served.ask({"messages": MESSAGES}).status == 200


@pytest.fixture(scope="module")
def one_server() -> Iterator[Served]:
    with Served() as served:
        yield served


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=60) | st.sampled_from([POST, STATS, b"\r\n", b"Content-Length: 5\r\n"]), max_size=6))
def test_no_bytes_at_all_hurt_the_server(one_server: Served, pieces: list[bytes]) -> None:
    with socket.create_connection(("127.0.0.1", one_server.port), timeout=10) as link, suppress(OSError):
        for piece in pieces:
            link.sendall(piece)
        link.shutdown(socket.SHUT_WR)
        received(link)
    assert b"200 OK" in one_server.raw(LAST)


def test_headers_without_an_end_are_cut_off() -> None:
    with Served() as served:
        endless = [b"GET /stats HTTP/1.1\r\nX-Long: ", *[b"a" * 2**15] * 3]
        assert served.raw(*endless).startswith(b"HTTP/1.1 431 ")
        many = b"GET /stats HTTP/1.1\r\n" + b"X-Many: yes\r\n" * 10_000
        assert served.raw(many).startswith(b"HTTP/1.1 431 ")


def test_requests_in_one_go_are_answered_in_their_order() -> None:
    with Served(Manners(latency_ms=20, latency_sigma=1.0)) as served:
        bodies = [json.dumps({"messages": MESSAGES, "seed": seed}).encode() for seed in range(40)]
        answer = served.raw(b"".join(posted(body, last=False) for body in bodies[:-1]) + posted(bodies[-1]))
        texts = [json.loads(part.partition(b"\r\n\r\n")[2])["choices"] for part in answer.split(b"HTTP/1.1 200 OK")[1:]]
        assert texts == [served.ask(body).json["choices"] for body in bodies]


def test_a_request_may_come_byte_by_byte_and_in_chunks() -> None:
    with Served() as served:
        pieces = [BODY[place : place + 7] for place in range(0, len(BODY), 7)]
        chunks = b"".join(b"%x;note=1\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\nTrailer: 1\r\n\r\n"
        for data in (posted(BODY), POST + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks):
            answer = served.raw(*[data[place : place + 1] for place in range(len(data))])
            assert answer.startswith(b"HTTP/1.1 200 OK")
        assert served.stats()["distinct"] == 1


def test_a_client_that_asks_first_is_let_go_on_but_not_with_too_much() -> None:
    with Served(Manners(latency_ms=50)) as served:
        with socket.create_connection(("127.0.0.1", served.port), timeout=10) as link:
            # The first request is still being answered when the second asks; its "go on" must not come before.
            link.sendall(posted(BODY, last=False) + posted(BODY, "Expect: 100-continue").removesuffix(BODY))
            found = b""
            while b"100 Continue" not in found:
                found += link.recv(2**16)
            assert found.startswith(b"HTTP/1.1 200 OK")
            assert found.endswith(b"HTTP/1.1 100 Continue\r\n\r\n")
            link.sendall(BODY)
            assert received(link).startswith(b"HTTP/1.1 200 OK")
        large = POST + b"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n" % (LARGEST_REQUEST + 1)
        answer = served.raw(large)
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert b"100 Continue" not in answer


def test_a_body_above_the_limit_is_refused() -> None:
    with Served() as served:
        got = served.ask(b" " * (LARGEST_REQUEST + 1))
        assert (got.status, got.json["error"]["message"]) == (413, "a request may hold 32 MB")
        chunk = b"100000\r\n" + b" " * 2**20 + b"\r\n"
        chunked = [POST + b"Transfer-Encoding: chunked\r\n\r\n", *[chunk] * 33, b"0\r\n\r\n"]
        assert served.raw(*chunked).startswith(b"HTTP/1.1 413 ")
        large = [{"role": "user", "content": "word " * 4_000_000}]
        assert served.ask({"messages": large}).status == 200


def test_a_connection_is_used_again_and_closed_where_asked() -> None:
    with Served() as served:
        assert served.raw(STATS * 5 + LAST).count(b"HTTP/1.1 200 OK") == 6
        assert served.raw(b"GET /stats HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").count(b"200 OK") == 1


def test_a_head_has_no_body_and_does_not_disturb_what_follows() -> None:
    with Served() as served:
        first, second = served.raw(STATS.replace(b"GET", b"HEAD") + LAST).split(b"HTTP/1.1 200 OK")[1:]
        assert first.endswith(b"\r\n\r\n")
        assert b"Content-Length: 0" not in first
        assert json.loads(second.partition(b"\r\n\r\n")[2])["requests"] == 0


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", CHAT, 405),
        ("DELETE", "/v1/models", 405),
        ("GET", "/", 404),
        ("GET", "/v1/%2e%2e/%00", 404),
        ("GET", "http://elsewhere/v1/models", 200),
        ("GET", "/v1/models?limit=3&%zz", 200),
        ("OPTIONS", "*", 404),
    ],
)
def test_a_path_or_method_that_is_none_is_told_so(method: str, path: str, status: int) -> None:
    with Served() as served:
        got = served.call(method, path)
        assert got.status == status
        assert status == 200 or got.json["error"]["message"]


def test_a_client_that_reads_late_gets_everything_and_is_not_written_for_ahead() -> None:
    megabyte = Says(Completion("x" * 2**20))
    with Served(model=megabyte) as served, socket.create_connection(("127.0.0.1", served.port), timeout=20) as link:
        link.sendall(posted(BODY, last=False) * 39 + posted(BODY))
        time.sleep(0.5)
        assert served.stats()["answered"] < 20
        assert received(link).count(b"HTTP/1.1 200 OK") == 40
        assert served.stats()["answered"] == 40


def test_only_loopback_is_listened_on() -> None:
    with Served() as served:
        others = {entry[4][0] for entry in socket.getaddrinfo(socket.gethostname(), None, type=socket.SOCK_STREAM)}
        for other in (one for one in others if not str(one).startswith(("127.", "::1"))):
            with pytest.raises(OSError, match=r"refused|unreachable|timed out|assign"):
                socket.create_connection((str(other), served.port), timeout=2)
