"""Solvers that agree: on which answer, how many, and what becomes of samples on which they do not."""

import json
from fractions import Fraction
from math import sqrt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import personahub as ph
from personahub.agreeing.job import COLUMNS
from personahub.errors import UsageError
from personahub.evaluation import pool
from personahub.evaluation.grading import Same, seen
from personahub.models.offline.solutions import SLIPS, right
from personahub.store.columns import fill
from personahub.text import content_id
from tests.dedup.texts import hub_of

PEOPLE = [f"A {trade} of street {number} who counts things" for number in range(30) for trade in ("baker", "nurse")]


def _solved(tmp_path: Path, answers: list[list[str | None]], task: str = "math") -> ph.Hub:
    """A hub with a sample for each list, and these answers to it."""
    rows = [
        {"input persona": f"P {n}", "synthesized text": f"{task} {n}?", "description": "x"} for n in range(len(answers))
    ]
    (tmp_path / f"{task}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    hub = ph.open(tmp_path / "my.hub")
    hub.import_([tmp_path / f"{task}.jsonl"], task=task)
    _answer(hub, answers, task)
    return hub


def _answer(hub: ph.Hub, answers: list[list[str | None]], task: str = "math", model: str = "m") -> None:
    scanned = hub._folder.tables["samples"].scan(["id"], f"task = '{task}'")
    ids = [name for batch in scanned for name in batch["id"].to_pylist()]
    folder = hub._folder
    held = folder.tables["solutions"]
    rows = [
        {
            "id": content_id(name, str(number), model),
            "record": name,
            "task": task,
            "method": "solution",
            "text": f"It is {said}",
            "answer": said,
            "template": "t",
            "model": model,
            "run": "0" * 32,
        }
        for name, some in zip(ids, answers, strict=True)
        for number, said in enumerate(some)
    ]
    with folder.writing():
        held.append(pa.Table.from_pylist(rows, held.schema))


def _beside(hub: ph.Hub, *names: str) -> list[tuple[Any, ...]]:
    scanned = hub._folder.tables["samples"].scan(list(names))
    return [tuple(row[name] for name in names) for batch in scanned for row in batch.to_pylist()]


def _why(hub: ph.Hub) -> list[str | None]:
    return [why for batch in hub._folder.judged("samples", ["id"]) for why in batch["reject"].to_pylist()]


def test_two_of_three_keep_a_sample_and_say_on_what(tmp_path: Path) -> None:
    hub = _solved(
        tmp_path,
        [
            ["1/2", "0.5", "7"],
            ["3", "4", "5"],
            ["x+1", "1+x", "x"],
            [None, "8", "8"],
            [None, None, "8"],
            ["9", "9"],
        ],
    )
    report = hub.agree("math")
    assert _beside(hub, "answer", "agreed", "margin", "solved") == [
        ("1/2", 2, 1, 3),
        (None, 1, 0, 3),
        ("x+1", 2, 1, 3),
        ("8", 2, 2, 3),
        ("8", 1, 1, 3),
        ("9", 2, 2, 2),
    ]
    assert _why(hub) == [None, "no_agreement", None, None, "no_agreement", "too_few_solutions"]
    tally = report.tallies["samples"]
    assert tally.adds_up
    assert (tally.read, tally.kept) == (6, 3)
    assert tally.rejected == {"no_agreement": 2, "too_few_solutions": 1}
    assert report.counts["samples by solutions that agree"] == {"2 of 3": 3, "1 of 3": 2}
    assert (
        "Of 5 samples with 3 solutions at least 2 agree on 3: 60.0% (with 95 % confidence 23.1% to 88.2%)"
        in report.notes[0]
    )
    assert len(hub.table("samples", where="agreed >= 2")) == 3


def test_what_cannot_be_told_is_a_reason_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "PACKAGE", "no_such_package")
    hub = _solved(tmp_path, [["x+1", "1+x", "5"], ["3", "3", "x"]])
    report = hub.agree("math")
    assert _why(hub) == ["undecided", None]
    assert _beside(hub, "agreed", "agreed_at_most") == [(1, 3), (2, 3)]
    assert "personahub[math]" in report.notes[-1]


def test_a_tie_is_no_agreement(tmp_path: Path) -> None:
    hub = _solved(tmp_path, [["3", "3", "4", "4"]])
    hub.agree("math", of=4)
    assert _why(hub) == ["no_agreement"]
    assert _beside(hub, "answer", "agreed", "margin") == [(None, 2, 0)]


def test_other_numbers_are_a_new_verdict_of_the_same_columns(tmp_path: Path) -> None:
    hub = _solved(tmp_path, [["3", "3", "4"], ["5", "5", "5"]])
    assert hub.agree("math").new == {"verdicts": 0}
    report = hub.agree("math", agree=3)
    assert report.new == {"verdicts": 1}
    assert _why(hub) == ["no_agreement", None]
    assert any("Nothing is new" in note for note in report.notes)
    assert hub.agree("math").new == {"verdicts": 0}
    assert _why(hub) == [None, None]
    assert hub.agree("math", agree=2, of=2).tallies["samples"].kept == 2
    assert _beside(hub, "solved") == [(2,), (2,)]


def test_only_what_is_new_is_held_against_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = _solved(tmp_path, [["3", "3", "4"], ["5", "6"]])
    hub.agree("math")
    asked: list[tuple[str, str]] = []

    def noted(one: str, other: str) -> Same:
        asked.append((one, other))
        return seen(one, other)

    monkeypatch.setattr("personahub.evaluation.grading.seen", noted)
    hub.agree("math")
    assert asked == []
    _answer(hub, [[], ["6"]], model="other")
    assert hub.agree("math").tallies["samples"].kept == 2
    assert asked == [("5", "6")]


def test_verdicts_on_another_task_stay(tmp_path: Path) -> None:
    hub = _solved(tmp_path, [["3", "4", "5"]])
    hub.agree("math")
    _solved(tmp_path, [["1", "2", "3"], ["2", "2", "2"]], task="logic")
    hub.agree("logic")
    assert _why(hub) == ["no_agreement", "no_agreement", None]
    hub.agree("math", agree=1)
    assert _why(hub)[1:] == ["no_agreement", None]
    assert not hub.check().wrong


def test_solutions_of_dropped_samples_stay_at_home(tmp_path: Path) -> None:
    hub = _solved(tmp_path, [["3", "3", "4"], ["5", "6", "7"]])
    hub.agree("math")
    report = hub.export("solutions", output=tmp_path / "out.jsonl")
    assert report.tallies["solutions"].rejected == {"sample_dropped": 3}
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_bytes().splitlines()]
    assert rows[0] == {"sample": "math 0?", "solution": "It is 3", "answer": "3"}
    hub.export("math", output=tmp_path / "samples.jsonl", format="full")
    assert json.loads((tmp_path / "samples.jsonl").read_bytes())["answer"] == "3"


def test_what_cannot_be_meant_is_refused(tmp_path: Path) -> None:
    hub = _solved(tmp_path, [["3", "3", "4"]])
    with pytest.raises(UsageError, match="4 of 3 cannot agree"):
        hub.agree("math", agree=4)
    with pytest.raises(UsageError, match="no solution of math by 'poem' has an answer; there are answers by solution"):
        hub.agree("math", method=["poem"])
    with pytest.raises(UsageError, match="call 'solve' first"):
        hub.agree("logic")


def test_columns_of_somebody_else_are_not_written_over(tmp_path: Path) -> None:
    hub = _solved(tmp_path, [["3", "3", "4"]])
    with hub._folder.writing():
        fill(hub._folder.tables["samples"], pa.schema([COLUMNS.field("answer")]), [])
    with pytest.raises(UsageError, match="did not come from 'agree'"):
        hub.agree("math")


def test_two_of_three_keep_what_is_right_and_let_through_what_arithmetic_says(tmp_path: Path) -> None:
    """Each answer is wrong at the planted rate by itself, and a wrong one is one of SLIPS, so all shares are known."""
    wrong, each = 0.2, 20
    hub = hub_of(tmp_path, PEOPLE)
    hub.synthesize("math", model="offline", samples=each)
    hub.solve("math", model=f"offline:wrong={wrong}", samples=3)
    hub.agree("math", agree=2, of=3)
    problems = {row["id"]: row["text"] for batch in hub._folder.tables["samples"].scan() for row in batch.to_pylist()}
    answers: dict[str, list[bool]] = {name: [] for name in problems}
    for batch in hub._folder.tables["solutions"].scan():
        for row in batch.to_pylist():
            is_right = seen(row["answer"], str(right(problems[row["record"]]))) is Same.YES
            answers[row["record"]].append(is_right)
    count = len(problems)
    assert count == len(PEOPLE) * each
    planted = sum(not one for some in answers.values() for one in some) / (3 * count)
    assert abs(planted - wrong) < 4 * sqrt(wrong * (1 - wrong) / (3 * count))

    kept = {row["id"]: row["answer"] for batch in hub.rows("samples") for row in batch.to_pylist()}
    has_majority = [name for name, some in answers.items() if sum(some) >= 2]
    good = [name for name in kept if seen(kept[name], str(right(problems[name]))) is Same.YES]
    assert len(set(good).intersection(has_majority)) >= 0.95 * len(has_majority)

    # Two wrong ones that are the same, beside a right one; or three wrong ones of which two or three are the same.
    q = Fraction(wrong).limit_denominator()
    all_apart = Fraction((SLIPS - 1) * (SLIPS - 2), SLIPS * SLIPS)
    through = 3 * q * q * (1 - q) / SLIPS + q**3 * (1 - all_apart)
    holds = (1 - q) ** 3 + 3 * (1 - q) ** 2 * q
    for share, seen_share in ((through, (len(kept) - len(good)) / count), (holds, len(good) / count)):
        assert abs(seen_share - float(share)) < 4 * sqrt(float(share * (1 - share)) / count)
