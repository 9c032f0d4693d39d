"""A server that is stopped ends as it should, whatever it makes beside."""

import json
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest

import personahub
from personahub.web.jobs import RUNNING, STOPPED, Jobs
from tests.web.served import Served

MANY = 12_000  # records: their vectors take longer than a request may
VIEW = {"table": "personas", "near": {"text": "a nurse of the night"}}


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("crowd")
    texts = [f"A keeper of {number} bees who writes letters about hives, honey and rain" for number in range(MANY)]
    (place / "rows.jsonl").write_text("\n".join(json.dumps({"persona": text}) for text in texts), "utf-8")
    hub = personahub.open(place / "my.hub")
    hub.import_([place / "rows.jsonl"])
    return Path(hub.path)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_well_in_the_middle_of_vectors_and_makes_the_rest_another_time(
    crowd: Path, tmp_path: Path, how: signal.Signals
) -> None:
    served = Served(Path(shutil.copytree(crowd, tmp_path / "my.hub")))
    served.enter()
    first = served.post("/api/records", {"view": VIEW})
    assert (first.status, first.code) == (503, "not_ready")
    job = first.json["error"]["job"]
    while not served.api("job", job=job)["steps"]:
        time.sleep(0.01)
    assert served.api("job", job=job)["state"] == "running"
    assert served.stop(how) == 0
    served.start()
    again = served.post("/api/records", {"view": VIEW})
    assert again.code == "not_ready"  # it was stopped, and not waited for
    assert served.waited(again.json["error"]["job"])["state"] == "done"
    assert len(served.api("records", view=VIEW)["records"]) == 25
    assert served.stop(how) == 0
    assert not personahub.open(served.hub).check().wrong


def test_work_beside_is_left_at_its_next_word_and_waited_for() -> None:
    jobs, ended = Jobs(), Event()

    def make(tell: Callable[[int, int], None]) -> None:
        try:
            while True:
                tell(1, 2)
                time.sleep(0.01)
        finally:
            time.sleep(0.3)  # as what is put in order
            ended.set()

    first, second = jobs.work("first", make), jobs.work("second", make)
    while not first.steps:
        time.sleep(0.01)
    jobs.close()
    assert ended.is_set()
    assert [first.state, second.state, second.steps] == [STOPPED, STOPPED, {}]
    assert jobs.work("third", make).state in (RUNNING, STOPPED)
    jobs.close()
    assert jobs.live() == []
