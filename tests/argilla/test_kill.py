"""Killed at any moment: nothing is doubled, nothing that was said is lost."""

import os
import signal
import subprocess
import sys

import personahub as ph
from personahub.store.judged import SUBMITTED
from tests.argilla.server import Argilla
from tests.argilla.town import Town


def _killed(argilla: Argilla, town: Town, verb: str, method: str, ending: str) -> None:
    """A call that is killed when it asks the server for the same for the second time."""
    command = [sys.executable, "-m", "personahub", "argilla", verb, str(town.path), "story", "--quiet"]
    process = subprocess.Popen(command, env=os.environ.copy())
    times: list[str] = []

    def trouble(asked: str, path: str) -> None:
        if asked == method and path.endswith(ending):
            times.append(path)
            if len(times) == 2:
                process.send_signal(signal.SIGKILL)
                process.wait()

    argilla.trouble = trouble
    assert process.wait() == -signal.SIGKILL
    argilla.trouble = lambda _method, _path: None


def test_a_push_and_a_pull_that_were_killed_are_gone_on_with(argilla: Argilla, town: Town) -> None:
    town.add([f"Another one, number {n}." for n in range(300)])
    _killed(argilla, town, "push", "PUT", "/records/bulk")
    report = town.hub.push_to_argilla("story")
    assert report.tallies["story"] == ph.Tally(312, 312, {})
    assert "records had been sent by the call before" in report.notes[0]
    records = argilla.named("story").records
    assert set(records) == set(town.texts())
    for name in records:
        argilla.answer("story", name, "owner", SUBMITTED, {"correction": "Another.", "rating": 2})
    _killed(argilla, town, "pull", "GET", "/records")
    taken = len(town.folder.judgements.log("samples", list(records)))
    assert 0 < taken < 312
    assert town.hub.pull_from_argilla("story").new == {"judgements": 312 - taken}
    said = town.folder.judgements.log("samples", list(records))
    assert sorted(one.record for one in said) == sorted(records)
