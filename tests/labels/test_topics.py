"""Topics: groups of vectors, their names, and records that come later."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import personahub as ph
from personahub.embedded import Embedded
from personahub.errors import UsageError
from personahub.hub import Folder
from personahub.labels.naming import Naming
from personahub.labels.topics import FOLDER, group
from tests.dedup.texts import hub_of
from tests.letters import Letters

SONGS = [f"A singer of song number {number} in bands singing songs" for number in range(40)]
FARMS = [f"A farmer of wheat field {number} at a far farm" for number in range(30)]


def _made(folder: Path, texts: list[str]) -> Folder:
    folder.mkdir()
    return Folder(hub_of(folder, texts).path)


def _quiet(_unit: str, _done: int, _total: int) -> None:
    return None


def _topics(folder: Folder) -> list[str | None]:
    return [value for batch in folder.tables["personas"].scan(["topic"]) for value in batch["topic"].to_pylist()]


def _group(folder: Folder, *, count: int = 2, seed: int = 0, redo: bool = False) -> tuple[dict[str, object], ...]:
    return group(Embedded(folder, "personas", Letters()), count, seed, _quiet, redo=redo).listed


def test_records_are_grouped_and_named_by_their_words(tmp_path: Path) -> None:
    folder = Folder(hub_of(tmp_path, SONGS + FARMS).path)
    listed = _group(folder)
    assert [row["records"] for row in listed] == [40, 30]
    assert "song" in str(listed[0]["topic"])
    assert "farm" in str(listed[1]["topic"])
    assert str(listed[1]["examples"]).count("|") == 2
    assert set(str(listed[1]["examples"]).split(" | ")) <= set(FARMS)
    assert _topics(folder) == [listed[0]["topic"]] * 40 + [listed[1]["topic"]] * 30
    assert folder.tally("personas", f"topic = '{listed[1]['topic']}'").read == 30


def test_the_same_seed_finds_the_same_topics(tmp_path: Path) -> None:
    one, two = (_made(tmp_path / name, SONGS + FARMS) for name in ("one", "two"))
    assert _group(one, count=5) == _group(two, count=5)
    assert _topics(one) == _topics(two)
    before = _topics(one)
    _group(one, count=5, redo=True)
    assert _topics(one) == before


def test_a_record_that_comes_later_goes_to_the_nearest_topic(tmp_path: Path) -> None:
    hub = hub_of(tmp_path, SONGS + FARMS)
    folder = Folder(hub.path)
    before = [row["topic"] for row in _group(folder)]
    more = tmp_path / "more.jsonl"
    more.write_text(json.dumps({"persona": "Another farmer of a far wheat field"}) + "\n", "utf-8")
    hub.import_([more])
    assert _topics(folder)[-1] is None
    done = group(Embedded(folder, "personas", Letters()), 2, 0, _quiet)
    assert done.tally.read == done.tally.kept == 1
    assert _topics(folder)[-1] == before[1]
    assert [row["records"] for row in done.listed] == [40, 31]


def test_topics_by_other_settings_are_found_only_when_asked_for(tmp_path: Path) -> None:
    folder = Folder(hub_of(tmp_path, SONGS + FARMS).path)
    _group(folder)
    with pytest.raises(UsageError, match="topic of personas was labelled by topics --count 2 --seed 0"):
        _group(folder, count=3)
    _group(folder, count=3, redo=True)
    with pytest.raises(UsageError, match="count 3"):
        _group(folder)


def test_a_file_of_topics_that_is_damaged_or_gone_is_made_again(tmp_path: Path) -> None:
    folder = Folder(hub_of(tmp_path, SONGS + FARMS).path)
    listed, path = _group(folder), folder.path / FOLDER / "personas.arrow"
    for damage in (b"", path.read_bytes()[:200], None):
        path.unlink() if damage is None else path.write_bytes(damage)
        assert _group(folder) == listed
        assert path.stat().st_size > 200


def test_fewer_records_than_topics_and_none_at_all(tmp_path: Path) -> None:
    folder = _made(tmp_path / "few", SONGS[:2])
    assert sum(int(str(row["records"])) for row in _group(folder, count=9)) == 2
    assert group(Embedded(folder, "samples", Letters()), 3, 0, _quiet).listed == ()


def test_the_verb_lists_topics_with_examples(tmp_path: Path) -> None:
    hub = ph.open(hub_of(tmp_path, SONGS + FARMS).path)
    report = hub.topics(count=2, limit=1)
    assert len(report.listed) == 1
    assert report.tallies["personas"].kept == 70
    assert {"topic", "records", "examples"} == set(report.listed[0])


@settings(deadline=None)
@given(st.lists(st.tuples(st.text(max_size=80), st.integers(-1, 3)), max_size=30))
def test_names_of_any_texts_are_there_and_differ(rows: list[tuple[str, int]]) -> None:
    naming = Naming(4)
    naming.take([text for text, _ in rows], [number for _, number in rows])
    names = naming.names()
    assert len(set(names)) == 4
    assert all(name and name.isprintable() for name in names)
