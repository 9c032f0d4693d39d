"""Who may ask, and what the answer is to everybody else."""

import signal
import socket
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from personahub.errors import HubError, UsageError
from personahub.web import ui
from personahub.web.app import ENDPOINTS
from tests.web.conftest import made
from tests.web.served import Served, key


def test_a_link_opens_once_and_the_next_one_is_shown(served: Served) -> None:
    stranger = Served.__new__(Served)
    stranger.port, stranger.cookie = served.port, ""
    assert stranger.get(f"/auth?token={served.token}").status == 401
    assert stranger.get("/auth").status == 401
    line = served.process.stdout.readline()
    token = line.rpartition("token=")[2].strip()
    assert token != served.token
    answer = stranger.get(f"/auth?token={token}")
    assert answer.status == 200
    cookie = answer.headers["set-cookie"] or ""
    assert all(word in cookie for word in ("HttpOnly", "SameSite=Strict", "Path=/"))
    assert answer.headers["cache-control"] == "no-store"
    known = served.get("/auth")  # who is in already
    assert (known.status, known.body, known.headers.get("set-cookie")) == (200, answer.body, None)
    assert known.body == served.get("/").body


def test_without_a_cookie_there_is_nothing(served: Served) -> None:
    stranger = Served.__new__(Served)
    stranger.port, stranger.cookie = served.port, ""
    assert stranger.get("/").status == 401
    assert stranger.get("/static/app.js").status == 401
    assert stranger.get("/static/screens.css").status == 401
    assert stranger.get("/static/style.css").status == 200  # how the page that says so looks
    for name in (*ENDPOINTS, "me"):
        answer = stranger.post(f"/api/{name}", {})
        assert (answer.status, answer.code) == (401, "no_token"), name
    name, _, said = served.cookie.partition("=")
    for forged in (f"{name}={said[:-1]}x", f"{name}=x.{said.partition('.')[2]}", f"{name}=", f"{name}={said}é"):
        stranger.cookie = forged.encode().decode("latin-1")
        assert stranger.post("/api/hub", {}).status == 401


def test_headers_keep_everything_out(served: Served) -> None:
    for answer in (served.get("/"), served.post("/api/hub", {}), served.get("/nowhere"), served.get("/auth?token=x")):
        policy = answer.headers["content-security-policy"] or ""
        assert "default-src 'none'" in policy
        assert "trusted-types 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "server" not in answer.headers
    assert served.post("/api/hub", {}).headers["cache-control"] == "no-store"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1:1", "localhost", "0.0.0.0", "127.0.0.1.evil.example", ""])
def test_another_name_for_this_address_is_refused(served: Served, host: str) -> None:
    with socket.create_connection(("127.0.0.1", served.port)) as wire:
        wire.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\nCookie: {served.cookie}\r\nConnection: close\r\n\r\n".encode())
        assert wire.recv(100).startswith((b"HTTP/1.1 421", b"HTTP/1.1 400"))


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "", "http://127.0.0.1:1", "http://localhost.evil"])
def test_another_origin_may_not_write(served: Served, origin: str) -> None:
    answer = served.post("/api/judge", {}, Origin=origin)
    assert (answer.status, answer.code) == (403, "origin")


def test_only_json_objects_of_a_megabyte_are_read(served: Served) -> None:
    form = served.post("/api/hub", b"reviewer=ann", Content_Type="application/x-www-form-urlencoded")
    assert (form.status, form.code) == (415, "not_json_type")
    for body in (b"", b"[]", b"null", b"1", b"{", b'{"a": NaN}', b"\xff\xfe", b'{"a": "\\ud800"}', b"[" * 100_000):
        answer = served.post("/api/hub", body)
        assert (answer.status, answer.code) == (400, "not_json"), body[:20]
    for size in (1_048_570, 10_000_000):
        with suppress(BrokenPipeError, ConnectionResetError):  # where it hangs up while we are still sending
            assert served.post("/api/hub", b'{"a": "' + b"x" * size + b'"}').code == "too_large"
    with socket.create_connection(("127.0.0.1", served.port)) as wire:  # no length is told, and there is no end
        head = f"POST /api/hub HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nCookie: {served.cookie}\r\n"
        head += (
            f"Origin: http://127.0.0.1:{served.port}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked"
        )
        wire.sendall(head.encode() + b"\r\n\r\n")
        try:
            for _ in range(40):
                wire.sendall(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
            told = wire.recv(100)
        except (BrokenPipeError, ConnectionResetError):
            told = b"HTTP/1.1 413"
        assert told.startswith(b"HTTP/1.1 413")
    assert served.post("/api/hub", {}).status == 200


@pytest.mark.parametrize(
    "path",
    [
        *("/static/../app.py", "/static/..%2fapp.py", "/static/%2e%2e/server.py", "/static//etc/passwd", "/etc/passwd"),
        *("/static/..\\app.py", "/static/app.js%00.css", "/api/export/..%2f..%2fhub.json", "/api/export/" + "a" * 32),
        "/api/export/%2e%2e/manifest",
    ],
)
def test_no_address_leads_to_a_file(served: Served, path: str) -> None:
    assert served.get(path).status == 404


def test_other_methods_are_not_spoken(served: Served) -> None:
    origin = f"http://127.0.0.1:{served.port}"
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
        assert served.send(method, "/api/hub", Origin=origin).status == 405
    assert served.get("/api/hub").status == 405
    assert served.post("/", {}).status == 405


def test_files_of_the_page_have_a_type_and_a_tag(served: Served) -> None:
    page = served.get("/")
    assert (page.headers["content-type"] or "").startswith("text/html")
    again = served.get("/", If_None_Match=page.headers["etag"] or "")
    assert (again.status, again.body) == (304, b"")


def test_a_cookie_holds_over_a_restart_and_not_for_another_hub(tmp_path: Path) -> None:
    page = Served(made(tmp_path).path)
    page.enter()
    page.kill()
    page.start()
    assert page.post("/api/hub", {}).status == 200
    assert page.stop(signal.SIGTERM) == 0
    (tmp_path / "my.hub").rename(tmp_path / "other.hub")
    page.hub = tmp_path / "other.hub"
    page.start()
    assert page.post("/api/hub", {}).status == 401
    assert page.stop() == 0


def test_read_only_writes_nothing(tmp_path: Path) -> None:
    page = Served(made(tmp_path).path, ("--read-only",))
    page.enter()
    assert page.api("hub")["read_only"]
    [record] = page.api("records", view={"table": "samples"}, limit=1)["records"]
    for name, endpoint in ENDPOINTS.items():
        if endpoint.writes:
            assert page.refused(name)[1]["code"] == "read_only", name
    refused = page.refused("bulk", view={"table": "samples"}, action="discard", preview=False, key=key())
    assert refused[1]["code"] == "read_only"
    assert page.api("record", table="samples", id=record["id"])["judgements"] == []
    assert page.stop() == 0
    assert not (tmp_path / "my.hub" / "review.sqlite").exists()


def test_a_password_opens_a_page_that_others_can_reach(tmp_path: Path) -> None:
    (tmp_path / "word").write_text("correct horse battery\n", "utf-8")
    page = Served(made(tmp_path).path, ("--password-file", str(tmp_path / "word")))
    assert page.get("/").status == 401
    assert b'type="password"' in page.get("/").body
    origin, form = f"http://127.0.0.1:{page.port}", "application/x-www-form-urlencoded"
    assert page.send("POST", "/auth", b"password=wrong", Origin=origin, Content_Type=form).status == 401
    body = b"password=correct+horse+battery&reviewer=ann"
    assert page.send("POST", "/auth", body, Origin="http://evil.example", Content_Type=form).status == 403
    answer = page.send("POST", "/auth", body, Origin=origin, Content_Type=form)
    assert (answer.status, answer.headers["location"]) == (303, "/")
    page.cookie = (answer.headers["set-cookie"] or "").split(";")[0]
    assert page.api("hub")["reviewer"] == "ann"
    assert page.stop() == 0


@pytest.fixture
def shut(tmp_path: Path) -> Iterator[Served]:
    """A page that opens by a password, which nobody has said."""
    (tmp_path / "word").write_text("correct horse battery\n", "utf-8")
    page = Served(made(tmp_path).path, ("--password-file", str(tmp_path / "word")))
    yield page
    assert "Traceback" not in page.complaints()
    assert page.stop() == 0


def _said(page: Served, body: bytes) -> int:
    form = "application/x-www-form-urlencoded"
    return page.send("POST", "/auth", body, Origin=f"http://127.0.0.1:{page.port}", Content_Type=form).status


def test_guesses_come_one_at_a_time_and_hold_up_nobody_who_is_in(shut: Served) -> None:
    inside = Served.__new__(Served)
    inside.port = shut.port
    form = {"Origin": f"http://127.0.0.1:{shut.port}", "Content_Type": "application/x-www-form-urlencoded"}
    inside.cookie = ""
    answer = inside.send("POST", "/auth", b"password=correct+horse+battery", **form)
    inside.cookie = (answer.headers["set-cookie"] or "").split(";")[0]
    with ThreadPoolExecutor(40) as pool:
        begun = time.monotonic()
        guesses = [pool.submit(_said, shut, b"password=guess+%d" % number) for number in range(39)]
        time.sleep(0.3)
        before = time.monotonic()
        assert inside.get("/auth?token=guess").status == 200
        assert inside.api("hub")["reviewer"]
        assert time.monotonic() - before < 0.5
        statuses = Counter(guess.result() for guess in guesses)
        took = time.monotonic() - begun
        assert statuses[401] + statuses[429] == 39
        assert 1 <= statuses[401] <= 1 + took  # one a second is looked at
        guess = pool.submit(_said, shut, b"password=guess")
        said = set()
        while not guess.done():
            said.add(_said(shut, b"password=correct+horse+battery"))
        assert 429 in said  # while a wrong one waits, from the same address
    assert _said(shut, b"password=correct+horse+battery") == 303


def test_what_is_no_form_is_refused(shut: Served) -> None:
    assert _said(shut, b"a=1&b=2&c=3&d=4&e=5&f=6") == 400
    assert _said(shut, b"") == 401
    assert _said(shut, b"\xff%zz&=&&password=%ff") == 401
    assert _said(shut, b"password=" + b"x" * 2**20) == 413
    with socket.create_connection(("127.0.0.1", shut.port)) as wire:
        wire.sendall(_chunked(shut.port))
        with suppress(OSError):
            for _ in range(64):
                wire.sendall(b"10000\r\n" + b"x" * 2**16 + b"\r\n")
        assert b" 413 " in wire.recv(100)
    with socket.create_connection(("127.0.0.1", shut.port)) as wire:
        wire.sendall(_chunked(shut.port))  # and hung up on
    assert _said(shut, b"password=correct+horse+battery") == 303


def _chunked(port: int) -> bytes:
    host = f"127.0.0.1:{port}"
    return (
        f"POST /auth HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    )


def test_what_cannot_be_served_is_told_with_its_cure(tmp_path: Path) -> None:
    hub = made(tmp_path).path
    with pytest.raises(HubError, match="no hub"):
        ui(tmp_path / "nothing")
    with pytest.raises(UsageError, match=r"password-file.*clear text"):
        ui(hub, host="0.0.0.0")
    (tmp_path / "short").write_text("abc", "utf-8")
    with pytest.raises(UsageError, match="8 characters"):
        ui(hub, password_file=str(tmp_path / "short"))
    with pytest.raises(UsageError, match="no name"):
        ui(hub, reviewer="<b>")
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(UsageError, match="name another --port"):
        ui(hub, port=taken.getsockname()[1])
