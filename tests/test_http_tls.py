"""HTTPS and IPv6 over real sockets: what is trusted works, what is not is said in a sentence."""

import os
import socket
import ssl
import subprocess
import sys
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

import personahub as ph
from tests.endpoint import Endpoint


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[trustme.CA, Path]:
    """Who issues certificates, and the file that says so."""
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    issuer = trustme.CA()
    issuer.cert_pem.write_to_path(str(path))
    return issuer, path


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    people = tmp_path / "people.jsonl"
    people.write_text("".join(f'{{"persona": "A nurse of ward {number} who paints"}}\n' for number in range(12)))
    ph.open(tmp_path / "my.hub").import_([people])
    return tmp_path / "my.hub"


def _server(authority: tuple[trustme.CA, Path], name: str, until: datetime | None = None) -> Endpoint:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority[0].issue_cert(name, not_after=until).configure_cert(tls)
    return Endpoint(tls=tls)


def _run(hub: Path, url: str, trusted: Path | None = None) -> subprocess.CompletedProcess[str]:
    """As a person runs it, with every warning shown."""
    command = [sys.executable, "-W", "always", "-m", "personahub", "synthesize", str(hub), "math", "-m", "openai:m"]
    environment = {name: value for name, value in os.environ.items() if name != "SSL_CERT_FILE"}
    if trusted:
        environment["SSL_CERT_FILE"] = str(trusted)
    command += ["--base-url", url, "--quiet", "--timeout", "10"]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=environment)


def _is_one_sentence(done: subprocess.CompletedProcess[str], *parts: str) -> None:
    assert done.returncode == 4, done.stderr
    [said] = done.stderr.splitlines()
    assert said.startswith("personahub: openai:m gives no usable answer: ")
    assert "is it running" not in said
    for part in parts:
        assert part in said


def test_a_certificate_that_ssl_cert_file_trusts_is_good(hub: Path, authority: tuple[trustme.CA, Path]) -> None:
    server = _server(authority, "127.0.0.1")
    try:
        done = _run(hub, server.url("good"), authority[1])
    finally:
        server.close()
    assert (done.returncode, done.stderr) == (0, "")
    assert server.asked["good"] == 12
    assert sum(len(batch) for batch in ph.open(hub).rows("samples")) == 12


def test_a_certificate_that_nobody_trusts_is_named_with_the_cure(hub: Path, authority: tuple[trustme.CA, Path]) -> None:
    server = _server(authority, "127.0.0.1")
    try:
        _is_one_sentence(_run(hub, server.url("good")), "certificate", "is not trusted (", "SSL_CERT_FILE")
    finally:
        server.close()
    assert not server.asked


@pytest.mark.parametrize("name", ["other.example", "127.0.0.2"])
def test_a_certificate_of_another_host_is_named(hub: Path, authority: tuple[trustme.CA, Path], name: str) -> None:
    server = _server(authority, name)
    try:
        done = _run(hub, server.url("good"), authority[1])
    finally:
        server.close()
    _is_one_sentence(done, "is for another host (", "not valid for '127.0.0.1'", "--base-url")
    assert not server.asked


def test_a_certificate_that_is_too_old_is_named(hub: Path, authority: tuple[trustme.CA, Path]) -> None:
    server = _server(authority, "127.0.0.1", datetime.now(UTC) - timedelta(days=1))
    try:
        done = _run(hub, server.url("good"), authority[1])
    finally:
        server.close()
    _is_one_sentence(done, "does not hold (certificate has expired)", "has to renew it")


def test_a_server_of_plain_http_is_named(hub: Path, endpoint: Endpoint) -> None:
    url = endpoint.url("good").replace("http:", "https:")
    _is_one_sentence(_run(hub, url), f"no TLS connection to {url}", "write http:// in --base-url")


def test_a_port_that_closes_at_once_is_not_taken_for_a_name_that_is_not_known(hub: Path) -> None:
    door = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=_close_all, args=[door])
    thread.start()
    url = f"https://127.0.0.1:{door.getsockname()[1]}/v1"
    try:
        _is_one_sentence(_run(hub, url), f"no TLS connection to {url} comes about (it was closed)")
    finally:
        door.shutdown(socket.SHUT_RDWR)
        thread.join(10)
        door.close()


def _close_all(door: socket.socket) -> None:
    with suppress(OSError):  # the door is shut
        while True:
            door.accept()[0].close()


def _has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


@pytest.mark.skipif(not _has_ipv6(), reason="this machine has no IPv6 loopback")
@pytest.mark.parametrize("secure", [False, True])
def test_an_ipv6_address_is_an_address(hub: Path, authority: tuple[trustme.CA, Path], secure: bool) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority[0].issue_cert("::1").configure_cert(tls)
    server = Endpoint("[::1]", tls if secure else None)
    try:
        url = server.url("good")
        done = _run(hub, url, authority[1])
    finally:
        server.close()
    assert (done.returncode, done.stderr) == (0, "")
    assert {headers["Host"] for headers in server.headers} == {url.split("/")[2]}
