"""Choosing records of a hub."""

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import personahub as ph
from personahub import selections
from personahub.choosing.meaning import Meanings
from personahub.embedded import Embedded
from personahub.errors import HubBusy, UsageError
from personahub.hub import Folder
from personahub.schema import VERDICTS
from tests.dedup.texts import TRADES, hub_of
from tests.letters import Letters

TEXTS = [f"a {TRADES[number % 7]} of yard {number} who keeps {number % 5} bees" for number in range(300)]


@pytest.fixture
def hub(tmp_path: Path) -> ph.Hub:
    return hub_of(tmp_path, TEXTS)


@pytest.fixture
def meant(tmp_path: Path) -> ph.Hub:
    """One whose records can be embedded."""
    pytest.importorskip("wordllama", reason="the embedder 'static' is not installed")
    return hub_of(tmp_path, TEXTS)


def _texts(hub: ph.Hub, name: str) -> list[str]:
    return [text for batch in hub.rows("personas", selection=name) for text in batch["text"].to_pylist()]


def _drop(hub: ph.Hub, rows: list[int]) -> None:
    folder = Folder(hub.path)
    ids = folder.tables["personas"].pick(np.array(rows), ["id"])["id"].to_pylist()
    same = {"table": "personas", "kind": "review", "reason": "dull", "other": None, "score": None, "run": "r"}
    folder.judge("personas", "review", "r", [pa.Table.from_pylist([{"id": name, **same} for name in ids], VERDICTS)])


def test_the_same_seed_chooses_the_same_in_whichever_order_the_records_came(hub: ph.Hub, tmp_path: Path) -> None:
    hub.select(save="some", count=40, seed=3)
    shuffled = random.Random(0).sample(TEXTS, len(TEXTS))
    (tmp_path / "other").mkdir()
    other = hub_of(tmp_path / "other", shuffled[:100])
    for start in range(100, 300, 50):  # in several fragments
        path = tmp_path / f"more{start}.jsonl"
        path.write_text("".join(json.dumps({"persona": text}) + "\n" for text in shuffled[start : start + 50]), "utf-8")
        other.import_([path])
    other.select(save="some", count=40, seed=3)
    assert _texts(hub, "some") == _texts(other, "some")
    hub.select(save="others", count=40, seed=4)
    assert set(_texts(hub, "others")) != set(_texts(hub, "some"))


def test_the_same_command_again_leaves_what_it_made_and_another_is_refused(hub: ph.Hub) -> None:
    hub.select(save="some", count=40)
    before = _texts(hub, "some")
    hub.select(save="some", count=40)
    assert _texts(hub, "some") == before
    with pytest.raises(UsageError, match="already, chosen otherwise"):
        hub.select(save="some", count=41)


def test_what_verdicts_drop_is_never_chosen(hub: ph.Hub) -> None:
    gone = list(range(0, 300, 2))
    _drop(hub, gone)
    report = hub.select(save="all", count=1_000)
    assert sorted(_texts(hub, "all")) == sorted(TEXTS[row] for row in range(1, 300, 2))
    assert report.tallies["personas"].rejected == {"dull": 150}
    assert report.tallies["personas"].adds_up
    assert "1,000 were asked for, and 150 fit." in report.notes


def test_what_a_verdict_drops_later_is_not_read_from_a_selection(hub: ph.Hub) -> None:
    hub.select(save="all", count=300)
    _drop(hub, [5])
    assert len(_texts(hub, "all")) == 299
    shown = hub.show_selection("all", limit=2)
    assert (shown.tallies["personas"].read, shown.tallies["personas"].kept) == (300, 299)


def test_a_condition_holds_and_a_share_counts_what_fits(hub: ph.Hub) -> None:
    report = hub.select(save="bakers", where="text LIKE '%baker%'", share=0.5)
    bakers = sum("baker" in text for text in TEXTS)
    assert report.tallies["personas"].kept == bakers
    assert len(_texts(hub, "bakers")) == round(bakers / 2)
    assert all("baker" in text for text in _texts(hub, "bakers"))


def test_what_was_chosen_before_is_left_out(hub: ph.Hub) -> None:
    hub.select(save="one", count=100)
    hub.select(save="two", count=100, exclude=["one"])
    report = hub.select(save="three", count=300, exclude=["one", "two"])
    assert len(_texts(hub, "three")) == 100
    assert sorted([*_texts(hub, "one"), *_texts(hub, "two"), *_texts(hub, "three")]) == sorted(TEXTS)
    assert report.tallies["personas"].rejected == {"in_another_selection": 200}
    with pytest.raises(UsageError, match=r"no personas fit, so nothing was chosen .300 in_another_selection."):
        hub.select(save="four", count=1, exclude=["one", "two", "three"])
    with pytest.raises(UsageError, match="cannot be chosen without itself"):
        hub.select(save="one", count=100, exclude="one")


def test_personas_that_have_samples_of_a_task_are_left_out(hub: ph.Hub) -> None:
    hub.select(save="one", count=30)
    hub.synthesize("math", model="offline", selection="one")
    report = hub.select(save="rest", count=300, unused="math")
    assert set(_texts(hub, "rest")) == set(TEXTS) - set(_texts(hub, "one"))
    assert report.tallies["personas"].rejected == {"used_before": 30}
    assert hub.select(save="all", count=300, unused="other").counts["chosen"] == {"personas": 300}


def test_strata_have_their_share_or_as_many_as_each_other(hub: ph.Hub) -> None:
    hub.expand(model="offline", branch=1, limit=60)
    hub.select(save="shares", by="stratified", stratify=["hop"], count=60)
    hub.select(save="evens", by="stratified", stratify="hop", even=True, count=60)
    for name, wanted in (("shares", {0: 50, 1: 10}), ("evens", {0: 30, 1: 30})):
        hops = Counter(hop for batch in hub.rows("personas", selection=name) for hop in batch["hop"].to_pylist())
        assert hops == wanted


def test_records_without_a_value_are_a_stratum_of_their_own(hub: ph.Hub) -> None:
    hub.expand(model="offline", branch=1, limit=100)
    report = hub.select(save="some", by="stratified", stratify=["relation", "origin"], even=True, count=350)
    assert report.counts["fit by relation and origin"]["none / import"] == 300
    assert report.counts["chosen by relation and origin"]["none / import"] == 250
    assert any("strata the 40 largest are shown" in note for note in report.notes)


def test_spread_is_farther_apart_than_random_and_the_report_says_so(meant: ph.Hub) -> None:
    report = meant.select(save="far", by="spread", count=12, seed=1)
    said = next(note for note in report.notes if note.startswith("Mean distance"))
    own, other = (float(word.strip(";.")) for word in said.split() if word.strip(";.").replace(".", "").isdigit())
    assert own > 1.2 * other
    meant.select(save="again", by="spread", count=12, seed=1)
    assert _texts(meant, "far") == _texts(meant, "again")


def test_what_is_near_a_description_comes_with_its_cosine_the_nearest_first(meant: ph.Hub) -> None:
    meant.select(save="bakers", by="near", near="a baker who keeps bees", count=20)
    assert all("baker" in text for text in _texts(meant, "bakers"))
    scores = selections.load(Folder(meant.path), "bakers").scores
    assert (np.diff(scores) <= 0).all()
    assert scores[0] > 0.5


def test_what_is_too_near_is_left_out_by_any_way(meant: ph.Hub, tmp_path: Path) -> None:
    (tmp_path / "test.jsonl").write_text("".join(json.dumps({"persona": text}) + "\n" for text in TEXTS[:50]), "utf-8")
    report = meant.select(save="fresh", count=300, not_nearer=0.999, examples=str(tmp_path / "test.jsonl"))
    assert report.tallies["personas"].rejected == {"too_near": 50}
    assert sorted(_texts(meant, "fresh")) == sorted(TEXTS[50:])
    first = str(Folder(meant.path).tables["personas"].take([0], ["id"])["id"][0])
    meant.select(save="beside", by="near", near=[first], not_nearer=0.999, count=1)
    assert _texts(meant, "beside") != [TEXTS[0]]
    meant.select(save="itself", by="near", near=[first], count=1)
    assert _texts(meant, "itself") == [TEXTS[0]]
    (tmp_path / "odd.jsonl").write_text('{"name": "x"}\n', "utf-8")
    with pytest.raises(UsageError, match="none of the fields text, persona, input persona"):
        meant.select(save="odd", count=3, not_nearer=0.5, examples=[str(tmp_path / "odd.jsonl")])


def test_a_cosine_of_nothing_counts_as_one_that_was_given(meant: ph.Hub) -> None:
    meant.select(save="some", by="near", near="a baker", not_nearer=1.0, count=5)
    with pytest.raises(UsageError, match="already, chosen otherwise"):
        meant.select(save="some", by="near", near="a baker", not_nearer=0.9, count=5)
    assert selections.about(Folder(meant.path), "some").how["not_nearer"] == 1.0


def test_distances_are_those_of_plain_loops(hub: ph.Hub) -> None:
    vectors = Embedded(Folder(hub.path), "personas", Letters())
    made = vectors.make()
    here = Meanings(vectors, made.rows)
    places = np.arange(0, 300, 7)
    held = vectors.shelf.mapped()[made.rows[places]]
    cosines = held @ held.T
    np.fill_diagonal(cosines, -1)
    assert here.distance(places, np.arange(300, dtype=np.uint64)) == pytest.approx(
        1 - cosines.max(axis=1).mean(), abs=1e-5
    )
    near = here.near([TEXTS[3], "zzz"], lambda *_: None)
    both = vectors.shelf.mapped()[:300] @ Letters().embed([TEXTS[3], "zzz"]).T
    assert near == pytest.approx(both.max(axis=1), abs=1e-5)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({}, "either count, or share"),
    ({"count": 3, "share": 0.5}, "either count, or share"),
    ({"count": 3, "by": "stratified"}, "--stratify COLUMN"),
    ({"count": 3, "stratify": "hop"}, "--stratify COLUMN"),
    ({"count": 3, "even": True}, "even is for strata"),
    ({"count": 3, "by": "near"}, "near goes with"),
    ({"count": 3, "near": "x"}, "near goes with"),
    ({"count": 3, "examples": "x"}, "from which cosine"),
    ({"count": 3, "not_nearer": 0.5}, "--examples, or with --near"),
    ({"count": 3, "by": "stratified", "stratify": "nothing"}, "no field 'nothing'"),
    ({"count": 3, "field": "x' OR 1=1 --"}, "have no field"),
    ({"count": 3, "where": "1=1; DROP TABLE personas"}, "where"),
    ({"count": 3, "exclude": "../../etc/passwd"}, "no name for a selection"),
    ({"count": 3, "exclude": "nothing"}, "no selection 'nothing'"),
    ({"count": 3, "unused": "a' OR '1'='1"}, "no name for a task"),
    ({"count": 3, "unused": "math", "table": "texts"}, "unused is of personas"),
    ({"count": 3, "by": "near", "near": "0" * 32}, "have no record 0{32}"),
    ({"count": 3, "by": "near", "near": "\ud800"}, "cannot be written down"),
    ({"count": 0}, "count"),
    ({"share": 1.5}, "share"),
]


@pytest.mark.parametrize(("options", "said"), WRONG)
def test_what_cannot_be_meant_is_said_and_nothing_is_saved(hub: ph.Hub, options: dict[str, Any], said: str) -> None:
    if options.get("by") == "near" and "near" in options:
        pytest.importorskip("wordllama", reason="the embedder 'static' is not installed")
    with pytest.raises(UsageError, match=said):
        hub.select(save="some", **options)
    assert selections.names(Folder(hub.path)) == []


def test_too_many_strata_are_refused(tmp_path: Path) -> None:
    hub = hub_of(tmp_path, [f"a baker number {number}" for number in range(10_050)])
    with pytest.raises(UsageError, match="over 10,000 different values"):
        hub.select(save="some", by="stratified", stratify="text", count=5)


def test_random_needs_no_lock_and_vectors_that_are_there_need_none(meant: ph.Hub) -> None:
    with Folder(meant.path).writing():
        meant.select(save="some", count=5)
        with pytest.raises(HubBusy):
            meant.select(save="far", by="spread", count=5)
    meant.select(save="far", by="spread", count=5)
    with Folder(meant.path).writing():
        meant.select(save="farther", by="spread", count=6)


def test_a_selection_is_what_other_verbs_work_on(hub: ph.Hub) -> None:
    hub.select(save="some", count=20)
    first = hub.synthesize("math", model="offline", selection="some")
    assert first.new["samples"] == 20
    assert not hub.synthesize("math", model="offline", selection="some").new
    assert hub.synthesize("math", model="offline", limit=300).new["samples"] == 280
    grown = hub.expand(model="offline", branch=1, selection="some")
    assert grown.tallies["hop 1"].read == 20
    hub.select(save="children", where="hop = 1", count=5)
    assert set(hub.expand(model="offline", branch=1, selection="children").tallies) == {"hop 2"}
    with pytest.raises(UsageError, match="leave hops out"):
        hub.expand(model="offline", hops=2, selection="some")
    assert hub.stats(selection="children").counts["personas by hop"] == {"1": 5}
    dry = hub.synthesize("math", model="offline", selection="children", dry_run=True)
    assert dry.counts["dry run"]["requests"] == 5


def test_selections_are_listed_shown_and_forgotten(hub: ph.Hub) -> None:
    assert hub.list_selections().listed == ()
    hub.select(save="some", count=20, where="hop = 0")
    (row,) = hub.list_selections().listed
    assert (row["name"], row["table"], row["records"]) == ("some", "personas", 20)
    assert row["how"] == "by random, count 20, where hop = 0, seed 0"
    shown = hub.show_selection("some", limit=3)
    assert [record["text"] for record in shown.preview[1:]] == _texts(hub, "some")[:3]
    (Folder(hub.path).path / "selections" / "bad.arrow").write_bytes(b"x")
    assert "is damaged" in str(hub.list_selections().listed[0]["how"])
    hub.remove_selection("some")
    hub.remove_selection("bad")
    assert hub.list_selections().listed == ()
    with pytest.raises(UsageError, match="no selection 'some'"):
        hub.remove_selection("some")
