"""Near duplicates of a hub: every one, with the one that stays and how similar they are."""

import json
import signal
import subprocess
import sys
import time
from itertools import combinations
from pathlib import Path

import pytest

import personahub as ph
from personahub.dedup.likeness import size
from personahub.errors import UsageError
from tests.dedup.texts import clusters, hub_of, jaccard, made, records_of


def _expected(texts: list[str], threshold: float) -> dict[str, str]:
    """Who goes in whose favour where the first stays."""
    return {texts[place]: texts[some[0]] for some in clusters(texts, threshold) for place in some[1:]}


@pytest.mark.parametrize("threshold", [0.7, 0.8, 0.9])
def test_every_near_duplicate_goes_in_favour_of_the_first(tmp_path: Path, threshold: float) -> None:
    texts = made(300)
    hub = hub_of(tmp_path, texts)
    report = hub.dedup(threshold=threshold)
    expected = _expected(texts, threshold)
    assert expected
    assert report.tallies["personas"] == ph.Tally(
        len(texts), len(texts) - len(expected), {"near_duplicate": len(expected)}
    )
    by_id = {row["id"]: row["text"] for row in records_of(hub, "personas")}
    verdicts = records_of(hub, "verdicts")
    assert {by_id[row["id"]]: by_id[row["other"]] for row in verdicts} == expected
    for row in verdicts:
        assert row["score"] == pytest.approx(jaccard(by_id[row["id"]], by_id[row["other"]]))


def test_in_a_star_everyone_is_near_to_the_one_that_stays(tmp_path: Path) -> None:
    hub = hub_of(tmp_path, made(300))
    single, star = hub.dedup(threshold=0.7), hub.dedup(threshold=0.7, link="star")
    assert star.tallies["personas"].kept >= single.tallies["personas"].kept
    newest = records_of(hub, "verdicts")[-star.new["verdicts"] :]
    assert len({row["run"] for row in newest}) == 1
    assert all(row["score"] >= 0.7 for row in newest)
    gone = {row["id"] for row in newest}
    kept = [row["text"] for row in records_of(hub, "personas") if row["id"] not in gone]
    assert all(jaccard(one, two) < 0.7 for one, two in combinations(kept, 2))


def test_the_same_again_makes_nothing_and_says_the_same(tmp_path: Path) -> None:
    hub = hub_of(tmp_path, made(200))
    first, again = hub.dedup(), hub.dedup()
    assert first.tallies == again.tallies
    assert first.new["verdicts"] > 0
    assert again.new.get("verdicts", 0) == 0
    assert not list((hub.path / "work").glob("*"))


def test_what_other_verdicts_drop_stands_for_nobody(tmp_path: Path) -> None:
    twice = "a calm and patient nurse who walks home along the river every single day of the year"
    hub = hub_of(tmp_path, [f"{twice} whoever she is!", f"This article is about {twice}", twice])
    hub.quality()
    report = hub.dedup(threshold=0.6)
    dropped = {row["id"] for row in records_of(hub, "verdicts") if row["kind"] == "quality"}
    assert dropped
    assert all(row["other"] not in dropped for row in records_of(hub, "verdicts") if row["kind"] == "duplicate")
    assert report.tallies["personas"].read == 3 - len(dropped)


def test_an_empty_hub_and_one_persona_have_no_duplicates(tmp_path: Path) -> None:
    hub = hub_of(tmp_path, ["a baker who sings in the morning"])
    assert hub.dedup().tallies["personas"] == ph.Tally(1, 1)
    assert hub.duplicates().listed == ()
    assert "personahub dedup" in hub.duplicates().notes[0]


def test_clusters_are_shown_with_the_one_that_stays_first(tmp_path: Path) -> None:
    texts = ["A welder of yard one who paints boats", "A WELDER of yard one, who paints boats!", "A judge who swims"]
    hub = hub_of(tmp_path, texts)
    hub.dedup()
    rows = hub.duplicates(limit=5).listed
    assert [row["text"] for row in rows] == texts[:2]
    assert [(row["similarity"], row["method"], row["members"]) for row in rows] == [(None, None, 2), (1.0, "exact", 2)]


def test_the_largest_clusters_come_first_and_what_is_least_similar_in_them(tmp_path: Path) -> None:
    texts = made(300)
    hub = hub_of(tmp_path, texts)
    hub.dedup(threshold=0.8)
    sizes = sorted((len(some) for some in clusters(texts, 0.8) if len(some) > 1), reverse=True)
    report = hub.duplicates(limit=7)
    heads = [row for row in report.listed if row["similarity"] is None]
    assert [row["members"] for row in heads] == sizes[:7]
    for number in range(1, 8):
        rows = [row for row in report.listed if row["cluster"] == number]
        assert len(rows) == rows[0]["members"]
        scores = [row["similarity"] for row in rows[1:]]
        assert scores == sorted(scores)
        for row in rows[1:]:
            assert row["similarity"] == pytest.approx(jaccard(str(row["text"]), str(rows[0]["text"])))
    assert "word-set Jaccard from 0.8" in report.notes[0]
    below = any(row["similarity"] is not None and float(str(row["similarity"])) < 0.8 for row in report.listed)
    assert below == (len(report.notes) > 1)


@pytest.mark.parametrize("link", ["single", "star"])
def test_the_longest_stays_where_that_is_asked(tmp_path: Path, link: str) -> None:
    texts = made(300)
    hub = hub_of(tmp_path, texts)
    hub.dedup(threshold=0.8, link=link, stays="longest")
    by_id = {row["id"]: row["text"] for row in records_of(hub, "personas")}
    gone = {by_id[row["id"]]: by_id[row["other"]] for row in records_of(hub, "verdicts")}
    assert gone
    if link == "single":
        best = [max(some, key=lambda place: (len(texts[place]), -place)) for some in clusters(texts, 0.8)]
        groups = zip(clusters(texts, 0.8), best, strict=True)
        assert gone == {texts[one]: texts[head] for some, head in groups for one in some if one != head}
    else:
        order = sorted(range(len(texts)), key=lambda place: (-len(texts[place]), place))
        kept: list[int] = []
        for place in order:
            near = [one for one in kept if jaccard(texts[one], texts[place]) >= 0.8]
            assert gone.get(texts[place]) == (texts[near[0]] if near else None)
            kept += [] if near else [place]


def test_a_text_that_is_too_long_to_compare_is_kept_and_told(tmp_path: Path) -> None:
    long = " ".join(f"w{number}" for number in range(800_000))
    hub = hub_of(tmp_path, ["A welder who paints", long, f"{long} more", "a WELDER who paints"])
    report = hub.dedup()
    assert report.tallies["personas"] == ph.Tally(4, 3, {"near_duplicate": 1})
    assert "2 texts above 4,194,304 bytes" in " ".join(report.notes)


def test_samples_are_compared_within_their_task_and_texts_too(tmp_path: Path) -> None:
    path = tmp_path / "samples.jsonl"
    row = {
        "input persona": "A baker of street one",
        "synthesized text": "Count nine loaves on a shelf",
        "description": "m",
    }
    again = {**row, "synthesized text": "count: NINE loaves, on a shelf!"}
    path.write_text(json.dumps(row) + "\n" + json.dumps(again) + "\n", "utf-8")
    hub = ph.open(tmp_path / "my.hub")
    hub.import_([path], task="math")
    hub.import_([path], task="riddle")
    report = hub.dedup(table="samples")
    assert report.tallies["samples"] == ph.Tally(4, 2, {"near_duplicate": 2})
    assert {row["task"] for batch in hub.rows("samples") for row in batch.to_pylist()} == {"math", "riddle"}
    assert hub.dedup(table="samples").new["verdicts"] == 0
    assert [row["similarity"] for row in hub.duplicates(table="samples").listed] == [None, 1.0, None, 1.0]
    assert hub.duplicates().listed == ()
    texts = tmp_path / "texts.jsonl"
    texts.write_text('{"text": "A note on bread"}\n{"text": "a note, on BREAD"}\n', "utf-8")
    hub.extract([texts], model="offline")
    assert hub.dedup(table="texts").tallies["texts"].kept == 1
    assert sum(len(batch) for batch in hub.rows("texts")) == 1


def test_the_best_by_a_number_stays(tmp_path: Path) -> None:
    hub = hub_of(tmp_path, ["A welder who paints boats"])
    hub.expand(model="offline")
    assert hub.dedup(stays="best", by="-hop").tallies["personas"].read > 1
    with pytest.raises(UsageError, match="no number 'text'"):
        hub.dedup(stays="best", by="text")
    with pytest.raises(UsageError, match="takes both"):
        hub.dedup(stays="best")


def test_minhash_says_what_it_may_miss_and_auto_what_it_takes(tmp_path: Path) -> None:
    hub = hub_of(tmp_path, made(300))
    exact, minhash = hub.dedup(), hub.dedup(method="minhash")
    missed = minhash.tallies["personas"].kept - exact.tallies["personas"].kept
    assert 0 <= missed <= 2  # its keys are drawn anew in each search, and miss a pair at 0.9 once in ten thousand
    assert exact.notes[0].startswith("Every pair is found")
    assert "misses 0.01%" in minhash.notes[0]
    assert "Method minhash" in hub.duplicates().notes[0]


def test_a_call_that_is_killed_goes_on_and_ends_the_same(tmp_path: Path) -> None:
    texts = made(4000)
    hub = hub_of(tmp_path, texts)
    command = [sys.executable, "-m", "personahub", "dedup", "my.hub", "--threshold", "0.8", "--quiet"]
    for wait in (0.6, 0.9, 1.2):
        process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        process.wait()
    report = ph.open(hub.path).dedup(threshold=0.8)
    (tmp_path / "other").mkdir()
    undisturbed = hub_of(tmp_path / "other", texts)
    assert undisturbed.dedup(threshold=0.8).tallies == report.tallies
    seen = [
        {(row["id"], row["other"], row["score"]) for row in records_of(one, "verdicts")} for one in (hub, undisturbed)
    ]
    assert seen[0] == seen[1]


@pytest.mark.parametrize(
    ("said", "bytes_"), [("2GB", 2 * 10**9), ("1.5 GiB", 3 * 2**29), ("500m", 5 * 10**8), ("12", 12)]
)
def test_sizes_are_read_as_people_write_them(said: str, bytes_: int) -> None:
    assert size(said) == bytes_


def test_what_is_no_size_is_refused() -> None:
    with pytest.raises(UsageError, match="write 500MB"):
        size("plenty")
