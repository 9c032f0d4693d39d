"""A judge with a rubric: scores beside samples, verdicts below a least one, and pairs in both orders."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import personahub as ph
from personahub.errors import TemplateError, UsageError
from personahub.models.base import Completion
from personahub.models.offline.judging import WORDS
from personahub.tasks.comparison import Comparison
from personahub.tasks.judgement import Judgement
from tests.dedup.texts import hub_of
from tests.endpoint import Endpoint
from tests.models.served import Says
from tests.test_kill import server

__all__ = ["server"]

PEOPLE = [f"A baker of street {number} who counts loaves" for number in range(20)]
COLUMNS = ["general_score", "general_fit", "general_clarity", "general_soundness", "general_substance"]


@pytest.fixture
def hub(tmp_path: Path) -> ph.Hub:
    opened = hub_of(tmp_path, PEOPLE)
    opened.synthesize("math", model="offline", samples=2)
    return opened


def _rows(hub: ph.Hub, table: str, *names: str) -> list[dict[str, Any]]:
    return [row for batch in hub._folder.tables[table].scan(list(names)) for row in batch.to_pylist()]


def _score(text: str) -> float:
    return min(5, 1 + len(text.split()) // WORDS)


def test_scores_are_columns_that_a_condition_knows(hub: ph.Hub) -> None:
    report = hub.judge("math", model="offline")
    assert report.new == {"labels": 40}
    assert all(tally.adds_up for tally in report.tallies.values())
    rows = _rows(hub, "samples", "text", *COLUMNS)
    assert [row["general_score"] for row in rows] == [_score(row["text"]) for row in rows]
    assert {row["general_fit"] for row in rows} == {row["general_score"] for row in rows}
    assert sum(report.counts["general_score"].values()) == 40
    high = max(row["general_score"] for row in rows)
    assert len(hub.table("samples", where=f"general_score >= {high}")) == report.counts["general_score"][f"{high:g}"]
    (reason,) = {
        type(one["reason"]) for row in _rows(hub, "labels", "answer") for one in json.loads(row["answer"]).values()
    }
    assert reason is str
    assert not hub.check().wrong


def test_below_the_least_score_a_sample_goes_and_another_least_is_another_verdict(hub: ph.Hub) -> None:
    hub.judge("math", model="offline")
    scores = Counter(row["general_score"] for row in _rows(hub, "samples", "general_score"))
    least = max(scores)
    low = sum(count for score, count in scores.items() if score < least)
    report = hub.judge("math", model="offline", least=least)
    assert report.usage.requests == 0
    assert report.tallies["samples"] == ph.Tally(40, 40 - low, {"low_score": low})
    assert hub._folder.tally("samples").rejected == {"low_score": low}
    assert hub.judge("math", model="offline", least=1.0).tallies["samples"].kept == 40
    assert hub._folder.tally("samples").kept == 40


def test_only_what_is_new_is_judged_and_two_judges_are_not_mixed(hub: ph.Hub) -> None:
    assert hub.judge("math", model="offline", limit=5).usage.requests == 5
    assert hub.judge("math", model="offline").usage.requests == 35
    with pytest.raises(UsageError, match=r"labelled by offline \(rubric general\)"):
        hub.judge("math", model="offline:wrong=1")
    before = [row["general_score"] for row in _rows(hub, "samples", "general_score")]
    hub.judge("math", model="offline:wrong=1", redo=True)
    after = [row["general_score"] for row in _rows(hub, "samples", "general_score")]
    assert after == [1 + 5 - score for score in before]


def test_a_rubric_of_your_own_has_columns_of_its_own(hub: ph.Hub, tmp_path: Path) -> None:
    front = 'name = "brief"\nleast = 0\nmost = 9\n[criteria]\nshort = "no word too many"\n'
    (tmp_path / "brief.md").write_text(f"+++\n{front}+++\n{{{{criteria}}}}\n<<<\n{{{{sample}}}}\n>>>\n", "utf-8")
    hub.judge("math", model="offline")
    hub.judge("math", model="offline", rubric=str(tmp_path / "brief.md"))
    row = _rows(hub, "samples", "text", "brief_score", "brief_short", "general_score")[0]
    assert row["brief_score"] == row["brief_short"] == len(row["text"].split()) // WORDS
    with pytest.raises(TemplateError, match="shipped: general"):
        hub.judge("math", model="offline", rubric="none")


def test_what_a_judge_cannot_mean_is_no_score(hub: ph.Hub) -> None:
    judging = Judgement.worded("general", "")
    odd = [
        "",
        "[]",
        '{"fit": 3}',
        json.dumps({name: {"score": 9} for name in judging.rubric.names}),
        "{",
        '{"fit": true}',
    ]
    told = judging.scores([*odd, json.dumps({name: {"score": 4, "reason": ""} for name in judging.rubric.names})])
    assert told["general_score"].to_pylist() == [None] * len(odd) + [4.0]
    assert told["general_fit"].to_pylist() == [None, None, 3.0, None, None, None, 4.0]


def test_a_win_counts_only_where_it_holds_in_both_orders(hub: ph.Hub) -> None:
    report = hub.judge("math", model="offline", pairwise="samples")
    texts = [row["text"] for row in _rows(hub, "samples", "text")]
    preferred = [row["general_preferred"] for row in _rows(hub, "samples", "general_preferred")]
    lengths = [len(text.split()) for text in texts]
    pairs = [(lengths[at] > lengths[at + 1]) - (lengths[at] < lengths[at + 1]) for at in range(0, 40, 2)]
    assert preferred == [side for won in pairs for side in (won, -won)]
    assert report.counts["pairs"]["wins in both orders"] == sum(won != 0 for won in pairs)
    assert report.usage.requests == 40


def test_a_judge_that_takes_what_stands_first_makes_ties(hub: ph.Hub) -> None:
    report = hub.judge("math", model="offline:first=1", pairwise="samples")
    assert report.counts["pairs"] == {"ties: another in each order": 20}
    assert {row["general_preferred"] for row in _rows(hub, "samples", "general_preferred")} == {0}
    assert not hub.check().wrong


def test_two_models_are_compared_by_one_solution_each(hub: ph.Hub) -> None:
    hub.solve("math", model="offline", template="response")
    hub.solve("math", model="offline:wrong=0.5", template="response")
    with pytest.raises(UsageError, match="two models that are not the same"):
        hub.judge("math", model="offline", pairwise="solutions", between=["offline"])
    report = hub.judge("math", model="offline", pairwise="solutions", between=["offline", "offline:wrong=0.5"])
    assert sum(report.counts["pairs"].values()) == 40
    assert report.tallies["answers"] == ph.Tally(80, 80, {})
    again = hub.judge("math", model="offline", pairwise="solutions", between=["offline", "offline:wrong=0.5"])
    assert (again.usage.requests, again.counts) == (0, report.counts)
    for odd in ({"least": 2.0}, {"selection": "few"}):
        with pytest.raises(UsageError, match=r"is for scores|no selection"):
            hub.judge("math", model="offline", pairwise="solutions", **odd)


def test_an_answer_that_names_neither_is_asked_again_and_then_set_aside(hub: ph.Hub) -> None:
    report = hub.judge("math", model=Says(Completion("I like both of them.")), pairwise="samples", limit=2)
    assert report.tallies["answers"].rejected == {"not_json": 4}
    assert Comparison.worded("general", "", "").samples == 2


@pytest.mark.parametrize("pairwise", [None, "samples"])
def test_what_a_judge_could_not_say_is_asked_again_and_nothing_else(
    hub: ph.Hub, endpoint: Endpoint, server: str, pairwise: str | None
) -> None:
    asked: dict[str, Any] = {"model": "openai:m", "pairwise": pairwise}
    each = 2 if pairwise else 1  # questions a row
    hub.judge("math", base_url=server, limit=2, **asked)
    report = hub.judge("math", base_url=endpoint.url("good"), limit=6, **asked)
    assert report.tallies["answers"] == ph.Tally(6 * each, 2 * each, {"not_json": 4 * each})
    run = str(ph.list_runs(hub.path).listed[0]["id"])
    again = ph.retry_run(run, hub.path, base_url=server)
    assert again.tallies["labels"] == ph.Tally(4 * each, 4 * each, {})
    assert again.usage.requests == 4 * each
    # what it said is put beside the samples by the verb, which asks nothing
    done = hub.judge("math", base_url=server, limit=6, **asked)
    assert (done.usage.requests, done.tallies["answers"]) == (0, ph.Tally(6 * each, 6 * each, {}))
    beside = "general_preferred" if pairwise else "general_score"
    assert sum(row[beside] is not None for row in _rows(hub, "samples", beside)) == 6 * each
    assert "nothing to ask again" in ph.retry_run(run, hub.path, base_url=server).notes[0]


def test_a_dry_run_asks_and_writes_nothing(hub: ph.Hub) -> None:
    for pairwise in (None, "samples"):
        report = hub.judge("math", model="offline", pairwise=pairwise, dry_run=True)
        assert report.counts["dry run"]["requests"] == 40
    assert "general_score" not in hub._folder.tables["samples"].stored.names


def test_a_judge_over_http_says_what_it_says_here(hub: ph.Hub, server: str) -> None:
    hub.judge("math", model="offline", limit=6)
    here = [row["general_score"] for row in _rows(hub, "samples", "general_score")]
    hub.judge("math", model="openai:any", base_url=server, limit=6, redo=True)
    assert [row["general_score"] for row in _rows(hub, "samples", "general_score")] == here
    report = hub.judge("math", model="openai:any", base_url=server, pairwise="samples", limit=4)
    assert sum(report.counts["pairs"].values()) == 4
