"""What a command shows while it works."""

import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import time
from dataclasses import replace
from fcntl import ioctl
from pathlib import Path

import pytest

import personahub as ph
from personahub.cli.progress import Clock, Speed, shown, span
from personahub.events import Novelty, Step, Usage
from tests.endpoint import Endpoint

FIELDS = {
    "verb", "unit", "done", "total", "share", "rate", "seconds", "seconds_left", "in_flight", "failed", "requests",
    "reused", "prompt_tokens", "completion_tokens", "cost", "state",
}  # fmt: skip
STEP = Step("synthesize", "answers", 0, 1000)
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class _Time:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a hub of forty personas."""
    rows = [{"text": f"Entry {n}: the baker of street {n} works."} for n in range(40)]
    (tmp_path / "texts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    ph.open(tmp_path / "my.hub").extract([tmp_path / "texts.jsonl"], model="offline")
    return tmp_path


def _command(url: str, *more: str) -> list[str]:
    words = ["synthesize", "my.hub", "math", "-m", "openai:m", "--base-url", url, "--concurrency", "4", *more]
    return [sys.executable, "-m", "personahub", *words]


def _run(place: Path, url: str, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(_command(url, *more), cwd=place, capture_output=True, text=True, check=True, timeout=60)


def test_the_speed_is_that_of_the_last_seconds() -> None:
    speed = Speed(5.0)
    assert speed(0.0, 1000.0) == 0.0, "what was done before it began is no speed"
    assert [speed(float(second), 1000.0 + 10 * second) for second in range(1, 9)] == [10.0] * 8
    assert [round(speed(8.0 + second, 1080.0), 1) for second in (1, 2, 5, 9)] == [8.0, 6.0, 0.0, 0.0]
    assert speed(30.0, 5.0) == 0.0, "the next hop counts from nothing"
    assert speed(31.0, 25.0) == 20.0


def test_a_moment_tells_what_is_left_at_this_pace() -> None:
    now = _Time()
    clock = Clock(now)
    assert clock.moment(STEP).left is None
    now.seconds += 10
    moment = clock.moment(replace(STEP, done=100, in_flight=32, failed={"cut_off": 2, "refusal": 10}))
    assert (moment.share, round(moment.left or 0.0), moment.rate) == (0.1, 90, 10.0)
    assert moment.said() == [
        "100 of 1,000 answers",
        "10%",
        "10/s",
        "1:30 left",
        "32 in flight",
        "failed: refusal 10, cut_off 2",
    ]
    usage = Usage(110, 0, 1_200_000, 34_000, 0.5)
    now.seconds += 10
    told = clock.moment(replace(STEP, total=None, share=0.25, done=200, usage=usage)).said()
    assert told == ["200 answers", "25%", "10/s", "1:00 left", "1.2 M tokens", "0.5000 USD"]


def test_how_much_is_new_and_what_each_costs_is_told_where_it_is_compared() -> None:
    clock = Clock(_Time())
    step = replace(STEP, done=500, usage=Usage(500, cost=2.0), novelty=Novelty(new=400, known=100, lately=0.65))
    assert clock.moment(step).said()[-2:] == ["65% new", "0.005000 USD each"]
    assert clock.moment(step).fields()["novelty"] == {"new": 400, "known": 100, "lately": 0.65}
    assert "65% new" in clock.moment(replace(step, usage=Usage(500))).said()
    assert not [said for said in clock.moment(replace(step, novelty=None)).said() if "new" in said]


@pytest.mark.parametrize(
    ("seconds", "said"), [(5, "0:05"), (3725, "1:02:05"), (200_000, "2 d 7:33:20"), (1e30, "11574 d 1:46:40")]
)
def test_spans_of_time_are_short(seconds: float, said: str) -> None:
    assert span(seconds) == said


def test_plain_progress_tells_a_state_at_once_and_its_countdown_only_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    now = _Time()
    with shown("plain", quiet=False, now=now) as tell:
        tell(STEP)
        for left in (4, 3, 2, 1):
            now.seconds += 1
            tell(replace(STEP, done=10, state=f"\x1b[2Jit said 429\nslow down; asked again in {left} s"))
        for _ in range(3):
            now.seconds += 1
            tell(replace(STEP, done=10))
        now.seconds += 0.1
        tell(replace(STEP, done=10, state="it said 503"))
        now.seconds += 10
        tell(replace(STEP, done=500))
    assert capsys.readouterr().err.splitlines() == [
        "synthesize: \ufffd[2Jit said 429 slow down; asked again in 3 s",
        "synthesize: going on",
        "synthesize: 500 of 1,000 answers, 50%, 49/s, 0:17 left",
    ]


def test_json_progress_is_an_object_a_line_to_the_end(place: Path, endpoint: Endpoint) -> None:
    done = _run(place, endpoint.url("slow"), "--progress", "json")
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert 3 <= len(lines) <= 8, "forty answers, four at once, 0.4 s each"
    assert all(set(line) == FIELDS for line in lines)
    assert (lines[-1]["done"], lines[-1]["total"], lines[-1]["requests"]) == (40, 40, 40)
    assert max(line["in_flight"] for line in lines) == 4
    assert 4 < lines[-2]["rate"] < 15


def test_what_an_endpoint_says_commands_no_terminal(place: Path, endpoint: Endpoint) -> None:
    done = _run(place, endpoint.url("rude"), "--concurrency", "1")
    [paused] = [line for line in done.stderr.splitlines() if "429" in line and "asked again in" in line]
    assert "slow" in paused
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", done.stderr + done.stdout)
    done = _run(place, endpoint.url("good"), "--progress", "rich", "--limit", "5")
    assert "\x1b" not in done.stderr, "there is no terminal"


def test_who_wants_no_progress_gets_none(place: Path, endpoint: Endpoint) -> None:
    assert _run(place, endpoint.url("slow"), "--quiet", "--progress", "json", "--limit", "8").stderr == ""
    done = _run(place, endpoint.url("slow"), "--json", "--limit", "16")
    assert (done.stderr, json.loads(done.stdout)["verb"]) == ("", "synthesize")
    done = _run(place, endpoint.url("slow"), "--json", "--progress", "json", "--limit", "24")
    assert json.loads(done.stdout)["tallies"]["samples"]["kept"] == 24
    assert json.loads(done.stderr.splitlines()[-1])["done"] == 24


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_the_live_line_fits_the_terminal_and_says_what_ctrl_c_does(
    place: Path, endpoint: Endpoint, columns: int
) -> None:
    master, slave = pty.openpty()
    ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(columns)}
    process = subprocess.Popen(
        _command(endpoint.url("slow")), cwd=place, stdout=subprocess.DEVNULL, stderr=slave, env=environment
    )
    os.close(slave)
    seen = b""
    deadline = time.monotonic() + 30
    while b"in flight" not in seen and time.monotonic() < deadline:
        seen += os.read(master, 4096)
    process.send_signal(signal.SIGINT)
    while time.monotonic() < deadline:
        try:
            seen += os.read(master, 4096)
        except OSError:  # the other end is closed
            break
    os.close(master)
    assert process.wait(10) == 130
    lines = [line.rstrip() for line in _ESCAPE.sub("", seen.decode()).replace("\r", "\n").split("\n")]
    shown_lines = [line for line in lines if not line.startswith("personahub:")]
    assert max(map(len, shown_lines)) <= columns
    assert any(re.match(r"synthesize: \d+ of 40 answers", line) for line in lines)
    assert "stopping when what is in flight has arrived; once more to stop now" in " ".join(" ".join(lines).split())
