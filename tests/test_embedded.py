"""Vectors of a field of a table, by an embedder."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import personahub as ph
from personahub.embedded import Embedded
from personahub.embedders.base import opened
from personahub.embedders.static import Static
from personahub.errors import HubError
from personahub.hub import Folder
from personahub.schema import SAMPLES, VERDICTS
from personahub.vectors.shelf import PART
from tests.dedup.texts import hub_of
from tests.letters import Letters

TEXTS = [f"a baker number {number} who sings {'la ' * (number % 7)}" for number in range(50)]


def _more(hub: ph.Hub, texts: list[str], place: Path) -> None:
    place.write_text("".join(json.dumps({"persona": text}) + "\n" for text in texts), "utf-8")
    hub.import_([place])


def _drop(folder: Folder, number: int, run: str) -> str:
    dropped = str(folder.tables["personas"].take([number], ["id"])["id"][0])
    row = {"id": dropped, "table": "personas", "kind": "review", "reason": "dull", "other": None, "score": None}
    folder.judge("personas", "review", run, [pa.Table.from_pylist([{**row, "run": run}], VERDICTS)])
    return dropped


def test_each_kept_record_gets_the_vector_of_its_text_once(tmp_path: Path) -> None:
    folder = Folder(hub_of(tmp_path, TEXTS).path)
    _drop(folder, 7, "r")
    letters = Letters()
    vectors = Embedded(folder, "personas", letters)
    assert not vectors.covers()
    made = vectors.make()
    assert made.rows.tolist() == [row for row in range(50) if row != 7]
    assert made.made == 49
    assert (vectors.shelf.mapped()[made.rows] == letters.embed([TEXTS[row] for row in made.rows])).all()
    assert vectors.covers()
    assert vectors.make().made == vectors.catch_up() == 0
    assert vectors.ids(np.array([3, 1, 3])).to_pylist() == [
        folder.tables["personas"].take([row], ["id"])["id"][0].as_py() for row in (3, 1, 3)
    ]


def test_only_what_is_new_is_seen_to(tmp_path: Path) -> None:
    hub = hub_of(tmp_path, TEXTS[:40])
    letters = Letters()
    vectors = Embedded(Folder(hub.path), "personas", letters)
    vectors.make()
    _more(hub, TEXTS, tmp_path / "more.jsonl")
    assert (vectors.complete, vectors.missing()) == (False, 10)
    letters.seen.clear()
    assert vectors.catch_up() == 10
    assert letters.seen == TEXTS[40:]
    assert vectors.complete


def test_a_record_that_is_kept_again_gets_its_vector(tmp_path: Path) -> None:
    folder = Folder(hub_of(tmp_path, TEXTS).path)
    _drop(folder, 7, "one")
    vectors = Embedded(folder, "personas", Letters())
    assert vectors.make().made == 49
    _drop(folder, 8, "two")
    assert not vectors.complete
    assert vectors.catch_up() == 1
    assert vectors.complete


def test_records_that_are_dropped_get_theirs_where_every_one_is_wanted(tmp_path: Path) -> None:
    folder = Folder(hub_of(tmp_path, TEXTS).path)
    _drop(folder, 7, "one")
    vectors = Embedded(folder, "personas", Letters())
    vectors.make()
    assert (vectors.covers(), vectors.covers(every=True)) == (True, False)
    assert vectors.catch_up(every=True) == 1
    assert (vectors.covers(), vectors.covers(every=True)) == (True, True)
    _drop(folder, 8, "two")
    assert vectors.covers(), "whatever verdicts drop, each has its vector"


def test_fields_and_embedders_stand_side_by_side(tmp_path: Path) -> None:
    folder = Folder(hub_of(tmp_path, TEXTS).path)
    same = {"task": "math", "persona_id": "0" * 32, "persona": "a baker", "template": None, "model": None, "run": "r"}
    rows = [{**same, "id": f"{row:032x}", "text": f"sum {row}", "description": "zz"} for row in range(9)]
    folder.tables["samples"].append(pa.Table.from_pylist(rows, SAMPLES))
    one, other = Letters(), Letters("2")
    for embedder in (one, other):
        for field in ("text", "persona", "description"):
            assert Embedded(folder, "samples", embedder, field).make().made == 9
    assert one.seen.count("a baker") == one.seen.count("zz") == 1, "what several say is embedded once"
    held = {name: Embedded(folder, "samples", one, name).shelf.mapped()[0] for name in ("text", "persona")}
    assert not (held["text"] == held["persona"]).all()
    assert sorted(path.name for path in (folder.path / "vectors").glob("*.f32")) == [
        *(f"samples+{field}-letters-{state}.f32" for field in ("description", "persona") for state in "12"),
        *(f"samples-letters-{state}.f32" for state in "12"),
    ]
    assert Embedded(folder, "samples", other).others == ["samples-letters-1"]


def test_vectors_that_the_static_embedder_made_under_an_earlier_fingerprint_stay(tmp_path: Path) -> None:
    """One that had in it what was compiled at its installation; its vectors are the same."""
    pytest.importorskip("wordllama", reason="the embedder 'static' is not installed")
    folder = Folder(hub_of(tmp_path, TEXTS).path)
    now = opened({"embedder": "static"})
    assert isinstance(now, Static)
    most, other = (Static(now._model, f"{name}{'1' * 8}") for name in (now.fingerprint[:-8], f"static-{'2' * 16}"))
    for embedder in (other, most):
        Embedded(folder, "personas", embedder).make()
    card = folder.path / "vectors" / f"personas-{most.fingerprint}.json"
    few = card.read_text("utf-8").replace('"rows":50', '"rows":3').replace("1" * 8, "0" * 8)
    card.with_name(f"personas-{most.fingerprint[:-8]}{'0' * 8}.json").write_text(few, "utf-8")
    vectors = Embedded(folder, "personas", now)
    assert vectors.name == f"personas-{most.fingerprint}"
    assert vectors.complete
    assert vectors.make().made == 0
    _more(ph.open(folder.path), ["a falconer"], tmp_path / "more.jsonl")
    assert Embedded(folder, "personas", now).catch_up() == 1
    assert Embedded(folder, "samples", now).name.endswith(now.fingerprint)


def test_vectors_that_are_said_to_be_of_something_else_are_refused(tmp_path: Path) -> None:
    folder = Folder(hub_of(tmp_path, TEXTS).path)
    vectors = Embedded(folder, "personas", Letters())
    vectors.make()
    card = vectors.path.with_name(f"{vectors.name}.json")
    card.write_text(card.read_text("utf-8").replace('"dim":26', '"dim":25'), "utf-8")
    with pytest.raises(HubError, match="never mixed"):
        Embedded(folder, "personas", Letters())


def test_vectors_of_earlier_versions_are_found_and_a_damaged_card_is_made_again(tmp_path: Path) -> None:
    folder = Folder(hub_of(tmp_path, TEXTS).path)
    vectors = Embedded(folder, "personas", Letters())
    vectors.make()
    card = vectors.path.with_name(f"{vectors.name}.json")
    for harm in ("gone", "damaged"):
        card.unlink() if harm == "gone" else card.write_text("{", "utf-8")
        again = Embedded(folder, "personas", Letters())
        assert not again.complete
        assert again.catch_up() == 0
        assert again.complete


def test_files_that_are_gone_and_a_table_that_was_put_back_are_seen(tmp_path: Path) -> None:
    folder = Folder(hub_of(tmp_path, TEXTS).path)
    vectors = Embedded(folder, "personas", Letters())
    vectors.make()
    vectors.path.with_name(f"{vectors.name}.f32").unlink()
    assert not vectors.complete
    assert vectors.catch_up() == 50
    (tmp_path / "other").mkdir()
    other = hub_of(tmp_path / "other", [text.upper() for text in TEXTS])
    (folder.path / "vectors").rename(other.path / "vectors")
    moved = Embedded(Folder(other.path), "personas", Letters())
    assert not moved.complete
    assert moved.catch_up() == 50


def test_more_than_a_part_is_embedded_in_pieces_and_heard_of(tmp_path: Path) -> None:
    texts = [f"{text} {number}" for number in range(120) for text in TEXTS]
    vectors = Embedded(Folder(hub_of(tmp_path, texts).path), "personas", Letters())
    heard: list[tuple[int, int]] = []
    assert vectors.make(lambda done, total: heard.append((done, total))).made == len(texts) > PART
    assert heard[-1] == (len(texts), len(texts))
    assert [done for done, _ in heard] == sorted(done for done, _ in heard)
    assert len(heard) > len(texts) // 1_000
