"""What a look over labels finds wrong."""

from pathlib import Path

import orjson

import personahub as ph
from personahub.hub import Folder
from personahub.labels.card import CARD
from personahub.labels.check import check
from personahub.labels.topics import FOLDER
from tests.dedup.texts import hub_of


def _places(hub: ph.Hub) -> list[str]:
    return [finding.place for finding in check(Folder(hub.path))]


def test_labels_that_are_well_give_no_finding(tmp_path: Path) -> None:
    hub = hub_of(tmp_path, ["A nurse.", "A farmer."])
    assert _places(hub) == []
    hub.label()
    assert _places(hub) == []


def test_each_trouble_is_found_with_its_cure(tmp_path: Path) -> None:
    hub = hub_of(tmp_path, ["A nurse.", "A farmer."])
    hub.label(attribute=["domain", "tone"])
    card = hub.path / CARD
    told = orjson.loads(card.read_bytes())
    told["personas"]["tone"]["replacing"] = True
    del told["personas"]["domain"]
    card.write_bytes(orjson.dumps(told))
    found = list(check(Folder(hub.path)))
    assert [finding.place for finding in found] == ["personas.lance", CARD]
    hub.label(attribute=["tone"])
    hub.label(attribute=["domain"], redo=True)
    assert _places(hub) == []
    card.write_bytes(b"[")
    assert _places(hub) == [CARD]


def test_topics_that_cannot_be_read_can_be_removed(tmp_path: Path) -> None:
    hub = hub_of(tmp_path, ["A nurse."])
    file = hub.path / FOLDER / "personas.arrow"
    file.parent.mkdir()
    file.write_bytes(b"x")
    (finding,) = check(Folder(hub.path))
    assert finding.mend
    finding.mend()
    assert _places(hub) == []
