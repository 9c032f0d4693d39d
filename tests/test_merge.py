"""Hubs become one: each record once, nothing that was paid for or decided lost."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import count, pairwise, permutations
from pathlib import Path
from typing import Any

import orjson
import pytest

import personahub as ph
from personahub.errors import HubError, HubTooNew, UsageError
from personahub.events import Step, Tally
from personahub.hub import Folder
from personahub.models.journal import Journal
from personahub.models.journal.log import surveyed

WAYS = ("whole.hub", "cut.hub")
TRADES = ("baker", "welder", "notary", "surgeon", "farmer", "plumber", "tailor", "judge", "pilot", "nurse")


def _texts(folder: Path, first: int, count: int) -> Path:
    path = folder / f"{first}.jsonl"
    lines = [
        f'{{"text": "Entry {n}: the {TRADES[n % 10]} of street {n} measures twice."}}\n' for n in range(first, count)
    ]
    path.write_text("".join(lines), "utf-8")
    return path


@pytest.fixture
def hubs(tmp_path: Path) -> tuple[Path, Path]:
    """Two that share ten texts of forty."""
    made = []
    for name, first, last in (("one", 0, 25), ("two", 15, 40)):
        hub = ph.open(tmp_path / f"{name}.hub")
        hub.extract([_texts(tmp_path, first, last)], model="offline")
        hub.synthesize("math", model="offline", limit=5 if name == "one" else None)
        made.append(hub.path)
    ph.open(made[1]).quality(min_words=12)
    return made[0], made[1]


def _cut_off(after: int) -> Callable[[Step], None]:
    """Told of progress, it stops everything at the step behind so many."""
    left = iter(range(after))

    def tell(_: Step) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt

    return tell


def _ids(hub: Path, table: str) -> list[str]:
    return [name for batch in Folder(hub).tables[table].scan(["id"]) for name in batch["id"].to_pylist()]


def _answers(hub: Path) -> dict[bytes, str]:
    keys = [key for path in sorted((hub / "journal").glob("*.log")) for key in surveyed(path).keys]
    return {key: answer.text for key, answer in Journal(hub / "journal", writing=False).known(keys).items()}


def _all(hub: Path) -> dict[str, Any]:
    folder = Folder(hub)
    rows = {name: [row for b in table.scan() for row in b.to_pylist()] for name, table in folder.tables.items()}
    runs = {path.relative_to(hub): path.read_bytes() for path in sorted(hub.glob("runs/*/*"))}
    return {**rows, "runs": runs, "answers": _answers(hub), "ledger": folder.ledger.runs()}


def test_both_are_in_it_each_record_once_and_the_others_are_only_read(hubs: tuple[Path, Path], tmp_path: Path) -> None:
    one, two = hubs
    before = _all(two)
    report = ph.open(tmp_path / "all.hub").merge([one, two])
    assert all(tally.adds_up for tally in report.tallies.values())
    for table in ("texts", "personas", "samples"):
        wanted = list(dict.fromkeys([*_ids(one, table), *_ids(two, table)]))
        assert _ids(tmp_path / "all.hub", table) == wanted
        read = len(_ids(one, table)) + len(_ids(two, table))
        repeats = {"repeat": read - len(wanted)} if read > len(wanted) else {}
        assert report.tallies[table] == Tally(read, len(wanted), repeats)
    assert _answers(tmp_path / "all.hub") == {**_answers(two), **_answers(one)}
    assert _all(two) == before
    assert not ph.open(tmp_path / "all.hub").check().wrong


def test_merging_twice_adds_nothing(hubs: tuple[Path, Path], tmp_path: Path) -> None:
    one, two = hubs
    ph.open(one).merge(two)
    before = _all(one)
    again = ph.open(one).merge([two])
    assert not any(again.new.values())
    assert _all(one) == before


def test_what_was_answered_in_either_is_not_asked_for_again(hubs: tuple[Path, Path], tmp_path: Path) -> None:
    one, two = hubs
    ph.open(one).merge(two)
    extracted = ph.open(one).extract([_texts(tmp_path, 0, 40)], model="offline")
    assert extracted.usage.requests == 0
    assert extracted.new["personas"] == 0
    shown: Any = ph.open(one).show(_ids(one, "samples")[-1]).listed[0]
    assert shown["asked"]["answer"]


def test_verdicts_come_along_and_hold_where_there_were_none(hubs: tuple[Path, Path]) -> None:
    one, two = hubs
    dropped = ph.open(two).stats().tallies["personas"].rejected
    report = ph.open(one).merge(two)
    assert report.new["verdicts"] == sum(dropped.values())
    assert ph.open(one).stats().tallies["personas"].rejected == dropped
    assert any("run 'quality' again" in note for note in report.notes)


def test_verdicts_of_its_own_go_on_holding(hubs: tuple[Path, Path]) -> None:
    one, two = hubs
    ph.open(one).quality(min_words=1)
    report = ph.open(one).merge(two)
    assert not ph.open(one).stats().tallies["personas"].rejected
    assert any("is kept, but what one.hub had holds" in note for note in report.notes)


def _between(path: Path, texts: list[str], ends: tuple[int, ...]) -> ph.Hub:
    """A hub that grew to each of these ends, less near duplicates each time, the most central staying."""
    hub = ph.open(path)
    for start, end in pairwise((0, *ends)):
        rows = path.with_name(f"{path.stem}-{end}.jsonl")
        rows.write_text("".join(orjson.dumps({"persona": text}).decode() + "\n" for text in texts[start:end]), "utf-8")
        hub.import_([rows])
        hub.dedup(threshold=0.8, stays="central", incremental=True)
    return hub


def test_verdicts_that_stand_on_each_other_stand_on_the_same_after_a_merge(tmp_path: Path) -> None:
    """The same records, and so the same run, that came about by two ways: what one of them stands on is no mixture."""
    words = [f"word{number}" for number in range(20)]
    between, left, right = words, [*words[2:], "one", "other"], [*words[:-2], "more", "most"]
    texts = [" ".join(some) for some in (left, between, right)] + ["A baker in Graz", "A welder on the river Mur"]
    # in the first one `between` goes in favour of `left`, comes back for the sake of `right`, and stays
    ways = {"slow": (2, 3, 5), "quick": (4, 5)}
    for mine, other in permutations(ways):
        hubs = [_between(tmp_path / f"{mine}-{name}.hub", texts, ways[name]) for name in (mine, other)]
        families = [Folder(hub.path).families("personas")["duplicate"] for hub in hubs]
        assert families[0][0] == families[1][0]
        assert {len(family) for family in families} == {3, 2}
        for into in (hubs[0], ph.open(tmp_path / f"{mine}-all.hub")):
            into.merge([hub.path for hub in hubs if hub.path != into.path])
            kept = [text for batch in into.rows("personas") for text in batch["text"].to_pylist()]
            assert kept == texts[1:2] + texts[3:], (mine, into.path.name)
            assert Folder(into.path).families("personas")["duplicate"] == families[0]
            assert not into.check().wrong


def test_where_a_record_came_about_in_two_ways_both_are_told(tmp_path: Path) -> None:
    paths = []
    for name in ("one", "two"):
        rows = tmp_path / f"{name}.jsonl"
        rows.write_text(f'{{"persona": "A nurse who reads maps"}}\n{{"persona": "A {name}-eyed pilot"}}\n', "utf-8")
        hub = ph.open(tmp_path / f"{name}.hub")
        hub.import_([rows])
        paths.append(hub.path)
    ph.open(paths[0]).merge(paths[1])
    assert len(_ids(paths[0], "personas")) == 3
    (told,) = [row for batch in ph.open(paths[0]).rows("rejected") for row in batch.to_pylist()]
    assert told["reason"] == "repeat"
    assert orjson.loads(told["detail"])["source"] == (tmp_path / "two.jsonl").as_posix()


def test_it_may_be_killed_at_any_time_and_called_again(hubs: tuple[Path, Path], tmp_path: Path) -> None:
    one, two = hubs
    merge = [sys.executable, "-m", "personahub", "merge"]
    whole, cut = ([*merge, str(tmp_path / name), str(one), str(two), "--quiet"] for name in WAYS)
    began = time.monotonic()
    subprocess.run(whole, check=True, stdout=subprocess.DEVNULL)
    took = time.monotonic() - began
    for share in (0.5, 0.6, 0.7, 0.8, 0.9):
        with subprocess.Popen(cut, stdout=subprocess.DEVNULL) as process:
            time.sleep(took * share)
            process.kill()
        if (tmp_path / "cut.hub").exists():
            assert not ph.open(tmp_path / "cut.hub").check().listed
    subprocess.run(cut, check=True, stdout=subprocess.DEVNULL)
    assert _all(tmp_path / "cut.hub") == _all(tmp_path / "whole.hub")


def test_it_may_be_cut_off_at_every_step(hubs: tuple[Path, Path], tmp_path: Path) -> None:
    whole, cut = (tmp_path / name for name in WAYS)
    ph.open(whole).merge(hubs)
    for steps in count():
        try:
            ph.open(cut).merge(hubs, progress=_cut_off(steps))
            break
        except KeyboardInterrupt:
            assert not ph.open(cut).check().listed, steps
    assert steps >= 8  # of each hub answers, texts, personas and samples
    assert _all(cut) == _all(whole)


def test_what_cannot_be_meant_is_refused_before_anything_is_written(hubs: tuple[Path, Path], tmp_path: Path) -> None:
    one, two = hubs
    (tmp_path / "alias").symlink_to(one)
    for others in ([one], [two, two], [tmp_path / "alias"]):
        with pytest.raises(UsageError, match="named twice"):
            ph.open(one).merge(others)
    with pytest.raises(HubError, match="no hub"):
        ph.open(one).merge([tmp_path / "none.hub"])
    (two / "hub.json").write_bytes(b'{"format": 99}')
    with pytest.raises(HubTooNew, match="format 99"):
        ph.open(tmp_path / "all.hub").merge([one, two])
    assert not os.path.lexists(tmp_path / "all.hub")
