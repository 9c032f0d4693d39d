"""Each of nineteen things that endpoints do wrong, over real HTTP: the run waits, asks again or stops, as it should.

The endpoint, and what is wanted of each, are those of `benchmarks/endurance.py faults`.
"""

import shutil
import sys
from pathlib import Path

import pytest

import personahub
from personahub.errors import ModelError

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks" / "peers"))
sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks" / "endurance"))

from commands import ran
from nineteen import AGAIN, CAPPED, FAULTS, Fault, FaultServer
from nineteen_runs import CAP_MB, CONCURRENCY, judged
from peopled_hub import accounts, asking, peopled

ROWS = 16
TIMEOUT = 0.6
WAIT = 0.4


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return peopled(tmp_path_factory.mktemp("people"), ROWS)


@pytest.fixture
def hub(people: Path, tmp_path: Path) -> Path:
    shutil.copytree(people.parent, tmp_path, dirs_exist_ok=True)
    return tmp_path / people.name


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_what_an_endpoint_does_wrong_ends_as_it_should(hub: Path, fault: Fault) -> None:
    with FaultServer(fault, wait=WAIT) as server:
        code = _code(hub, server)
        said, as_wanted = judged(server, code, accounts(hub).samples, ROWS, TIMEOUT)
        assert as_wanted, f"{fault.wanted}, but: {said}"
        if code:
            asked, server.mended = len(server.seen), True
            assert _code(hub, server) == 0
            answered = {one.prompt for one in server.seen[:asked] if not one.hit}
            assert not answered & {one.prompt for one in server.seen[asked:]}, "an answer was paid for twice"
            assert accounts(hub).samples == ROWS


def test_a_small_answer_that_unpacks_to_a_large_one_takes_no_memory(tmp_path: Path, people: Path) -> None:
    peaks = []
    bomb = next(fault for fault in FAULTS if fault.wanted is CAPPED)
    for times in (0, 1):
        place = shutil.copytree(people.parent, tmp_path / str(times))
        with FaultServer(bomb, times=times) as server:
            ended = ran(*asking(place / people.name, server.url, concurrency=CONCURRENCY))
            assert ended.code == 0, ended.said
            assert (server.hits > 0) == (times > 0)
        peaks.append(ended.peak)
    assert peaks[1] - peaks[0] <= CAP_MB * CONCURRENCY


def test_the_faults_are_nineteen_and_none_is_known_by_another_name() -> None:
    assert len({fault.name for fault in FAULTS}) == 19
    assert {fault.wanted for fault in FAULTS} >= {AGAIN, CAPPED}


def _code(hub: Path, server: FaultServer) -> int:
    try:
        personahub.open(hub).synthesize(
            "math",
            model="openai:any",
            base_url=server.url,
            concurrency=CONCURRENCY,
            timeout=TIMEOUT,
            retries=3,
        )
    except ModelError as error:
        return error.exit_code
    return 0
