import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import personahub
from personahub.api import Hub
from tests.web.served import Served

TOOLS = [
    ("a nurse who runs a night ward", "def pump_check(): ...", "A tool that checks pumps"),
    ("a maker of medical devices", "def sterilise(): ...", "A tool for clean instruments"),
    ("a manufacturer of surgical devices", "def trace(): ...", "A tracing tool for parts \U0001f600 and tools"),
    ("a gardener of old apple trees", "def graft(): ...", "It plans grafts"),
    ("a teacher in a mountain school", "def sledge(): ...", "It plans sledge rides <b>fast</b>"),
    *((f"a clerk of office {number}", f"def file_{number}(): ...", f"It files form {number}") for number in range(35)),
]


def made(place: Path) -> Hub:
    """A hub with forty samples of the task tool, and their personas."""
    rows = [{"input persona": p, "synthesized text": t, "description": d} for p, t, d in TOOLS]
    (place / "tool.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    hub: Hub = personahub.open(place / "my.hub")
    hub.import_([place / "tool.jsonl"], task="tool")
    return hub


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One page for the tests of a file; what each needs it makes."""
    page = Served(made(tmp_path_factory.mktemp("served")).path)
    page.enter()
    yield page
    if page.process.poll() is None:
        assert page.stop() == 0
