"""Programs that solvers wrote: run in the sandbox, and what each gives beside it."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import personahub as ph
from personahub.errors import UsageError
from personahub.sandbox import sandbox
from personahub.solving import programs
from personahub.solving.programs import MOST_CHARS, run_programs
from personahub.text import content_id
from tests.dedup.texts import hub_of

WRITTEN: list[tuple[str, str | None, str]] = [
    ("2 + 3", "5", "ok"),
    ("def f(x):\n    return x * 2\nf(21)", "42", "ok"),
    ("print('working')\nprint(7)", "7", "ok"),
    ("x = 5\nprint(x + 1)", "6", "ok"),
    ("'3/4'", "3/4", "ok"),
    ("0.1 + 0.2", "0.3", "ok"),
    ("6 / 2", "3", "ok"),
    ("[2, 5]", "2, 5", "ok"),
    ("[(1, 2), (3, 4)]", "(1, 2), (3, 4)", "ok"),
    ("1 < 2", "true", "ok"),
    ("x = 5", None, "no_value"),
    ("''", None, "no_value"),
    (f"'a' * {MOST_CHARS + 1}", None, "no_value"),
    ("1 / 0", None, "error"),
    ("open('/etc/passwd').read()", None, "error"),
    ("while True:\n    pass", None, "time"),
    ("a b c", None, "error"),
]


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ph.Hub:
    monkeypatch.setattr(programs, "SECONDS", 1.0)
    opened = hub_of(tmp_path, ["A baker"])
    opened.synthesize("math", model="offline")
    held = opened._folder.tables["solutions"]
    same = {"record": opened.table("samples")["id"][0].as_py(), "task": "math", "method": "program", "answer": None}
    rows = [
        {"id": content_id(code), "text": code, "template": "t@1", "model": "m", "run": "0" * 32, **same}
        for code, _, _ in WRITTEN
    ]
    with opened._folder.writing():
        held.append(pa.Table.from_pylist(rows, held.schema))
    return opened


def _run(hub: ph.Hub) -> ph.Tally:
    with sandbox() as box, hub._folder.writing():
        return run_programs(hub._folder, "t@1", box, lambda _: None)


def test_what_a_program_gives_is_its_value_or_what_it_prints_last(hub: ph.Hub) -> None:
    tally = _run(hub)
    assert tally.adds_up
    assert (tally.read, tally.kept) == (len(WRITTEN), sum(why == "ok" for _, _, why in WRITTEN))
    told: list[dict[str, Any]] = hub.table("solutions").to_pylist()
    assert [(row["text"], row["result"], row["ran"].partition(":")[0]) for row in told] == WRITTEN


def test_a_program_that_has_run_is_not_run_again(hub: ph.Hub) -> None:
    _run(hub)
    assert _run(hub) == ph.Tally()


def test_a_result_is_an_answer_to_agree_on(hub: ph.Hub) -> None:
    _run(hub)
    report = hub.agree("math", agree=2, of=len(WRITTEN))  # nothing is there twice
    assert report.counts["samples by solutions that agree"] == {f"1 of {len(WRITTEN)}": 1}


def test_without_a_sandbox_nothing_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = hub_of(tmp_path, ["A baker"])
    opened.synthesize("math", model="offline")
    monkeypatch.setattr("personahub.sandbox.KINDS", {})
    with pytest.raises(UsageError, match="no sandbox here"):
        opened.solve("math", template="program", model="offline")
    assert not opened._folder.tables["solutions"].exists
