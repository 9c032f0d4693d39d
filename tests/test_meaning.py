"""Near duplicates of a hub by meaning, beside those by words."""

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import personahub as ph
from personahub.embedders.static import Static
from personahub.errors import UsageError
from personahub.hub import Folder
from personahub.vectors.rows import SLACK
from tests.dedup.texts import hub_of, records_of

pytest.importorskip("wordllama", reason="the embedder 'static' is not installed")

TRADES = ("baker", "welder", "notary", "surgeon", "farmer", "plumber", "tailor", "judge", "pilot", "nurse")
PLACES = ("Lisbon", "Osaka", "Quito", "Cardiff", "Nairobi", "Tromso", "Perth", "Lima", "Graz", "Fez")
LOVES = ("old maps", "chess", "steam trains", "wild bees", "opera", "tax law", "volcanoes", "knitting", "jazz")


def _personas(count: int, seed: int = 0) -> list[str]:
    """Descriptions, of which some say an earlier one in another order."""
    dice = random.Random(seed)
    made: list[str] = []
    while len(made) < count:
        trade, place, love = dice.choice(TRADES), dice.choice(PLACES), dice.sample(LOVES, 2)
        age = dice.randrange(20, 90)
        text = f"A {trade} of {age} from {place} who reads about {love[0]} and {love[1]} at night"
        other = f"At night a {trade} from {place} of {age} reads about {love[1]} and {love[0]}"
        made.extend([text, other] if dice.random() < 0.2 else [text])
    return list(dict.fromkeys(made))[:count]


def _star(texts: list[str], threshold: float) -> tuple[dict[str, str], set[str]]:
    """Who goes in whose favour, by brute force; and those that rounding decides on."""
    vectors = Static.open("", {}).embed(texts).astype(np.float64)
    cosines = vectors @ vectors.T
    gone: dict[int, int] = {}
    for row in range(len(texts)):
        near = [other for other in range(row) if other not in gone and cosines[row, other] >= threshold - SLACK]
        if near:
            gone[row] = near[0]
    unsure = {texts[row] for row in range(len(texts)) if (abs(cosines[row] - threshold + SLACK) < 3e-7).any()}
    return {texts[row]: texts[other] for row, other in gone.items()}, unsure


@pytest.mark.parametrize("threshold", [0.5, 0.9, 0.97])
def test_what_means_the_same_goes_in_favour_of_the_first(tmp_path: Path, threshold: float) -> None:
    texts = _personas(400)
    hub = hub_of(tmp_path, texts)
    report = hub.dedup(method="semantic", threshold=threshold, link="star")
    expected, unsure = _star(texts, threshold)
    assert expected
    assert not unsure
    by_id = {row["id"]: row["text"] for row in records_of(hub, "personas")}
    verdicts = records_of(hub, "verdicts")
    assert {by_id[row["id"]]: by_id[row["other"]] for row in verdicts} == expected
    assert {(row["kind"], row["reason"], row["table"]) for row in verdicts} == {
        ("meaning", "semantic_duplicate", "personas")
    }
    assert all(row["score"] >= threshold - 1e-5 for row in verdicts)
    kept = len(texts) - len(expected)
    assert report.tallies["personas"] == ph.Tally(len(texts), kept, {"semantic_duplicate": len(expected)})
    assert sum(len(batch) for batch in hub.rows("personas")) == kept


def test_both_kinds_of_verdict_hold_at_once(tmp_path: Path) -> None:
    texts = _personas(200)
    hub = hub_of(tmp_path, [*texts, *(text.upper() + "!" for text in texts[:20])])
    words, meaning = hub.dedup(), hub.dedup(method="semantic", threshold=0.97)
    assert words.tallies["personas"].rejected["near_duplicate"] >= 20
    assert meaning.tallies["personas"].read == words.tallies["personas"].kept
    assert {row["kind"] for row in records_of(hub, "verdicts")} == {"duplicate", "meaning"}
    assert sum(len(batch) for batch in hub.rows("personas")) == meaning.tallies["personas"].kept
    stats = hub.stats().tallies["personas"].rejected
    assert set(stats) == {"near_duplicate", "semantic_duplicate"}


def test_another_threshold_embeds_nothing_and_new_records_only_themselves(tmp_path: Path) -> None:
    texts = _personas(300)
    hub = hub_of(tmp_path, texts[:250])
    first = hub.dedup(method="semantic")
    assert f"{250:,} made, 0 there" in first.notes[0]
    assert "0 made, 250 there" in hub.dedup(method="semantic", threshold=0.8).notes[0]
    hub.import_([tmp_path / "personas.jsonl"])
    (tmp_path / "more.jsonl").write_text("".join(json.dumps({"persona": text}) + "\n" for text in texts), "utf-8")
    hub.import_([tmp_path / "more.jsonl"])
    assert "50 made, 250 there" in hub.dedup(method="semantic").notes[0]


def test_the_same_again_makes_nothing_and_says_the_same(tmp_path: Path) -> None:
    hub = hub_of(tmp_path, _personas(200))
    first, again = (hub.dedup(method="semantic", threshold=0.95) for _ in range(2))
    assert first.tallies == again.tallies
    assert first.new["verdicts"] > 0
    assert again.new.get("verdicts", 0) == 0


def test_the_most_diverse_stay_and_each_other_has_one_near(tmp_path: Path) -> None:
    texts = _personas(300)
    hub = hub_of(tmp_path, texts)
    report = hub.dedup(method="semantic", keep=25)
    assert report.tallies["personas"] == ph.Tally(300, 25, {"less_diverse": 275})
    kept = {row["id"] for batch in hub.rows("personas") for row in batch.to_pylist()}
    assert {row["other"] for row in records_of(hub, "verdicts")} <= kept
    assert "25 that stay" in report.notes[-1]


@pytest.mark.parametrize("way", [{"threshold": 0.9}, {"threshold": 0.9, "link": "star"}, {"keep": 40}], ids=str)
def test_clusters_are_shown_with_what_they_came_from(tmp_path: Path, way: dict[str, Any]) -> None:
    hub = hub_of(tmp_path, _personas(300))
    assert "dedup --method semantic" in hub.duplicates(method="semantic").notes[0]
    told = hub.dedup(method="semantic", **way)
    texts = {row["id"]: row["text"] for row in records_of(hub, "personas")}
    members: dict[str, dict[str, float]] = {}
    for row in records_of(hub, "verdicts"):
        members.setdefault(row["other"], {})[row["id"]] = row["score"]
    sizes = sorted((len(some) + 1 for some in members.values()), reverse=True)
    report = hub.duplicates(method="semantic", limit=5)
    assert [row["members"] for row in report.listed if row["similarity"] is None] == sizes[:5]
    for number in range(1, 6):
        head, *others = [row for row in report.listed if row["cluster"] == number]
        assert {row["id"]: row["similarity"] for row in others} == members[str(head["id"])]
        scores = [float(str(row["similarity"])) for row in others]
        assert scores == sorted(scores)
        assert {row["method"] for row in others} == {"semantic"}
        assert all(row["text"] == texts[row["id"]] for row in (head, *others))
    assert "static" in report.notes[0]
    assert ("the 40 most diverse stay" if "keep" in way else "cosine from 0.9") in report.notes[0]
    assert report.notes[1] == told.notes[-1]
    assert hub.duplicates().listed == ()


def test_texts_without_words_and_hostile_ones_stay_and_break_nothing(tmp_path: Path) -> None:
    odd = ["\u200b", "!!!", "\u0000 a", "x" * 300_000, "\U0001f600" * 50, "a\u0301" * 1_000, "--keep 5'); DROP"]
    hub = hub_of(tmp_path, [*_personas(50), *odd])
    report = hub.dedup(method="semantic", threshold=0.99)
    assert report.tallies["personas"].read == sum(len(batch) for batch in Folder(hub.path).tables["personas"].scan())


def test_no_records_and_one(tmp_path: Path) -> None:
    hub = hub_of(tmp_path, ["a baker who sings"])
    for keep in (None, 5):
        assert hub.dedup(method="semantic", keep=keep).tallies["personas"] == ph.Tally(1, 1)
    (tmp_path / "empty").mkdir()
    empty = hub_of(tmp_path / "empty", [""])
    for keep in (None, 5):
        assert empty.dedup(method="semantic", keep=keep).tallies["personas"] == ph.Tally()


def test_a_damaged_vector_is_made_again(tmp_path: Path) -> None:
    hub = hub_of(tmp_path, _personas(200))
    hub.dedup(method="semantic")
    before = {(row["id"], row["other"]) for row in records_of(hub, "verdicts")}
    file = next((hub.path / "vectors").glob("*.f32"))
    held = bytearray(file.read_bytes())
    held[5_000] ^= 0x10
    file.write_bytes(held)
    again = hub.dedup(method="semantic")
    assert "200 made" in again.notes[0]
    assert {(row["id"], row["other"]) for row in records_of(hub, "verdicts")} == before


def test_a_call_that_is_killed_embeds_only_what_is_missing(tmp_path: Path) -> None:
    texts = [f"{text}, number {number}" for number, text in enumerate(_personas(1_500) * 20)]
    hub = hub_of(tmp_path, texts)
    command = [sys.executable, "-m", "personahub", "dedup", "my.hub", "--method", "semantic", "--quiet"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    begun = hub.path / "vectors"
    while process.poll() is None and not any(begun.glob("*.marks")):
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    report = ph.open(hub.path).dedup(method="semantic")
    made = int(report.notes[0].split(": ")[1].split(" made")[0].replace(",", ""))
    assert 0 < made < len(texts)
    (tmp_path / "other").mkdir()
    undisturbed = hub_of(tmp_path / "other", texts)
    undisturbed.dedup(method="semantic")
    killed, whole = (
        {(row["id"], row["other"], row["score"]) for row in records_of(one, "verdicts")} for one in (hub, undisturbed)
    )
    assert killed == whole


def test_what_cannot_be_meant_is_refused_before_any_work(tmp_path: Path) -> None:
    hub = hub_of(tmp_path, ["a baker who sings"])
    for given, said in (
        ({"embedder": "oracle"}, "there is no embedder 'oracle'; there are model2vec"),
        ({"embedder": "static:large"}, "leave out 'large'"),
        ({"base_url": ["http://127.0.0.1:9/v1"]}, "base_url means nothing to embedder 'static'"),
        ({"embedder": "openai"}, "which model"),
        ({"embedder": "model2vec"}, "model2vec:FOLDER"),
        ({"keep": 0}, "keep is 0"),
    ):
        with pytest.raises(UsageError, match=said):
            hub.dedup(method="semantic", **given)
    assert not (hub.path / "vectors").exists()


def test_the_command_line_shows_what_was_found(tmp_path: Path) -> None:
    hub_of(tmp_path, _personas(100))
    command = [sys.executable, "-m", "personahub", "dedup", "my.hub", "--method", "semantic", "--threshold", "0.95"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "semantic_duplicate" in done.stdout
    assert "Every pair was compared" in done.stdout
