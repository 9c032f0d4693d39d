"""Whatever a program is, it ends in time, with a reason, and nothing outside has changed."""

import socket
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest

from personahub.sandbox import Limits, Program, Sandbox
from tests.sandbox.hostile import SOURCES, programs

TIGHT = Limits(seconds=0.5, memory=64 << 20, output=10_000)
LATEST = 10  # seconds; on a machine at rest 0.5 and a little


@pytest.fixture(scope="module")
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


@pytest.mark.parametrize("name", SOURCES)
def test_a_hostile_program_is_stopped_in_time_with_a_reason(
    name: str, box: Sandbox, listener: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PERSONAHUB_API_KEY", "sk-secret")
    secret, target = tmp_path / "secret.txt", tmp_path / "target.txt"
    secret.write_text("a secret")
    places = {"secret": str(secret), "target": str(target), "home": str(tmp_path), "port": listener.getsockname()[1]}
    begun = monotonic()
    outcome = box.run(Program(programs(places)[name]), TIGHT)
    assert monotonic() - begun < LATEST
    assert outcome.reason, outcome
    assert outcome.value is None
    assert len(outcome.output) <= TIGHT.output
    assert secret.read_text() == "a secret"
    assert [one.name for one in tmp_path.iterdir()] == ["secret.txt"]
    assert "secret" not in str(outcome).replace(str(secret), "").replace("secret.txt", "").replace("'secret'", "")
    with pytest.raises(BlockingIOError):
        listener.accept()  # nobody has called
    assert box.run(Program("40 + 2")).value == 42  # and the next one runs


def test_forty_and_more_are_tried() -> None:
    assert len(SOURCES) >= 40
