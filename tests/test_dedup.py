"""Near duplicates of a hub: every one, with the one that stays and how similar they are."""

import json
import random
import signal
import subprocess
import sys
import time
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

import personahub as ph
from personahub.dedup.likeness import size
from personahub.errors import UsageError
from personahub.hub import Folder
from personahub.text import words

TRADES = ("baker", "welder", "notary", "surgeon", "farmer", "plumber", "tailor", "judge", "pilot", "nurse")
MORE = [f"word{number}" for number in range(60)]


def _personas(count: int, seed: int = 0) -> list[str]:
    """Descriptions of which about a third are an earlier one less a word, with another, or in another order."""
    dice = random.Random(seed)
    made: list[str] = []
    for number in range(count):
        if made and dice.random() < 0.35:
            text = dice.choice(made).split()
            place = dice.randrange(len(text))
            change = dice.randrange(3)
            if change == 0 and len(text) > 4:
                del text[place]
            elif change == 1:
                text[place] = dice.choice(MORE)
            else:
                dice.shuffle(text)
            made.append(" ".join(text))
        else:
            made.append(f"A {dice.choice(TRADES)} of yard {number} who " + " ".join(dice.sample(MORE, 14)))
    return list(dict.fromkeys(made))


def _hub(folder: Path, texts: list[str]) -> ph.Hub:
    path = folder / "personas.jsonl"
    path.write_text("".join(json.dumps({"persona": text}) + "\n" for text in texts), "utf-8")
    hub = ph.open(folder / "my.hub")
    hub.import_([path])
    return hub


def _rows(hub: ph.Hub, table: str) -> list[dict[str, Any]]:
    """All of them, also those that a verdict drops."""
    return [row for batch in Folder(hub.path).tables[table].scan() for row in batch.to_pylist()]


def _jaccard(one: str, two: str) -> float:
    left, right = set(words(one)), set(words(two))
    return len(left & right) / len(left | right)


def _expected(texts: list[str], threshold: float) -> dict[str, str]:
    """Who goes in whose favour by single linkage, by brute force."""
    stands = list(range(len(texts)))
    for one, two in combinations(range(len(texts)), 2):
        if _jaccard(texts[one], texts[two]) >= threshold and stands[one] != stands[two]:
            low, high = sorted((stands[one], stands[two]))
            stands = [low if stand == high else stand for stand in stands]
    return {texts[place]: texts[stand] for place, stand in enumerate(stands) if stand != place}


@pytest.mark.parametrize("threshold", [0.7, 0.8, 0.9])
def test_every_near_duplicate_goes_in_favour_of_the_first(tmp_path: Path, threshold: float) -> None:
    texts = _personas(300)
    hub = _hub(tmp_path, texts)
    report = hub.dedup(threshold=threshold)
    expected = _expected(texts, threshold)
    assert expected
    assert report.tallies["personas"] == ph.Tally(
        len(texts), len(texts) - len(expected), {"near_duplicate": len(expected)}
    )
    by_id = {row["id"]: row["text"] for row in _rows(hub, "personas")}
    verdicts = _rows(hub, "verdicts")
    assert {by_id[row["id"]]: by_id[row["other"]] for row in verdicts} == expected
    for row in verdicts:
        assert row["score"] == pytest.approx(_jaccard(by_id[row["id"]], by_id[row["other"]]))


def test_in_a_star_everyone_is_near_to_the_one_that_stays(tmp_path: Path) -> None:
    hub = _hub(tmp_path, _personas(300))
    single, star = hub.dedup(threshold=0.7), hub.dedup(threshold=0.7, link="star")
    assert star.tallies["personas"].kept >= single.tallies["personas"].kept
    newest = _rows(hub, "verdicts")[-star.new["verdicts"] :]
    assert len({row["run"] for row in newest}) == 1
    assert all(row["score"] >= 0.7 for row in newest)
    gone = {row["id"] for row in newest}
    kept = [row["text"] for row in _rows(hub, "personas") if row["id"] not in gone]
    assert all(_jaccard(one, two) < 0.7 for one, two in combinations(kept, 2))


def test_the_same_again_makes_nothing_and_says_the_same(tmp_path: Path) -> None:
    hub = _hub(tmp_path, _personas(200))
    first, again = hub.dedup(), hub.dedup()
    assert first.tallies == again.tallies
    assert first.new["verdicts"] > 0
    assert again.new.get("verdicts", 0) == 0
    assert not list((hub.path / "work").glob("*"))


def test_what_other_verdicts_drop_stands_for_nobody(tmp_path: Path) -> None:
    twice = "a calm and patient nurse who walks home along the river every single day of the year"
    hub = _hub(tmp_path, [f"{twice} whoever she is!", f"This article is about {twice}", twice])
    hub.quality()
    report = hub.dedup(threshold=0.6)
    dropped = {row["id"] for row in _rows(hub, "verdicts") if row["kind"] == "quality"}
    assert dropped
    assert all(row["other"] not in dropped for row in _rows(hub, "verdicts") if row["kind"] == "duplicate")
    assert report.tallies["personas"].read == 3 - len(dropped)


def test_an_empty_hub_and_one_persona_have_no_duplicates(tmp_path: Path) -> None:
    hub = _hub(tmp_path, ["a baker who sings in the morning"])
    assert hub.dedup().tallies["personas"] == ph.Tally(1, 1)
    assert hub.duplicates().listed == ()
    assert "personahub dedup" in hub.duplicates().notes[0]


def test_clusters_are_shown_with_the_one_that_stays_first(tmp_path: Path) -> None:
    texts = ["A welder of yard one who paints boats", "A WELDER of yard one, who paints boats!", "A judge who swims"]
    hub = _hub(tmp_path, texts)
    hub.dedup()
    rows = hub.duplicates(limit=5).listed
    assert [row["text"] for row in rows] == texts[:2]
    assert [row["similarity"] for row in rows] == ["", "1.00"]


def test_a_call_that_is_killed_goes_on_and_ends_the_same(tmp_path: Path) -> None:
    texts = _personas(4000)
    hub = _hub(tmp_path, texts)
    command = [sys.executable, "-m", "personahub", "dedup", "my.hub", "--threshold", "0.8", "--quiet"]
    for wait in (0.6, 0.9, 1.2):
        process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        process.wait()
    report = ph.open(hub.path).dedup(threshold=0.8)
    (tmp_path / "other").mkdir()
    undisturbed = _hub(tmp_path / "other", texts)
    assert undisturbed.dedup(threshold=0.8).tallies == report.tallies
    seen = [{(row["id"], row["other"], row["score"]) for row in _rows(one, "verdicts")} for one in (hub, undisturbed)]
    assert seen[0] == seen[1]


@pytest.mark.parametrize(
    ("said", "bytes_"), [("2GB", 2 * 10**9), ("1.5 GiB", 3 * 2**29), ("500m", 5 * 10**8), ("12", 12)]
)
def test_sizes_are_read_as_people_write_them(said: str, bytes_: int) -> None:
    assert size(said) == bytes_


def test_what_is_no_size_is_refused() -> None:
    with pytest.raises(UsageError, match="write 500MB"):
        size("plenty")
