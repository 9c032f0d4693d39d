"""Selections: kept by a name, read by row numbers, held to the ids that were meant."""

import os
import random
import signal
import subprocess
import sys
import time
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from personahub import selections
from personahub.errors import HubError, UsageError
from personahub.hub import Folder
from tests.dedup.texts import hub_of

TEXTS = [f"a baker number {number}" for number in range(60)]
HOSTILE = [
    *("", ".", "..", "../x", "a/b", "a\\b", "/etc/passwd", "a.b", "a b", "-a", "a\0", "a\n", "\u202ea", "x" * 65),
    *("'; DROP TABLE personas", "\ud800", "\u0301a", "$(touch x)", "~", "C:x", "%2e%2e", "\U0001f600", "x" * 10**6),
]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(hub_of(tmp_path, TEXTS).path)


def _ids(folder: Folder, rows: list[int]) -> list[str]:
    return [str(name) for name in folder.tables["personas"].pick(np.array(rows), ["id"])["id"].to_pylist()]


def test_what_is_saved_is_there_again_in_its_order_with_its_scores(folder: Folder) -> None:
    ids = _ids(folder, [9, 3, 42])
    scores = np.array([0.5, np.nan, -1], np.float32)
    selections.save(folder, "some", "personas", ids, {"by": "hand", "near": ["x"]}, scores=scores)
    found = selections.load(Folder(folder.path), "some", "personas")
    assert found.rows.tolist() == [9, 3, 42]
    assert np.array_equal(found.scores, scores, equal_nan=True)
    assert (found.name, found.table, found.about.count, found.about.how) == (
        "some",
        "personas",
        3,
        {"by": "hand", "near": ["x"]},
    )


def test_records_come_in_the_order_in_which_they_were_chosen_less_what_verdicts_drop(folder: Folder) -> None:
    selections.save_rows(folder, "some", "personas", np.array([50, 7, 30]), {})
    rows = selections.load(folder, "some").rows
    found = [text for batch in folder.kept("personas", ["text"], rows=rows) for text in batch["text"].to_pylist()]
    assert found == [TEXTS[50], TEXTS[7], TEXTS[30]]
    where = "text != 'a baker number 7'"
    found = [
        text for batch in folder.kept("personas", ["text"], where, rows=rows) for text in batch["text"].to_pylist()
    ]
    assert found == [TEXTS[50], TEXTS[30]]
    assert folder.tally("personas", where, rows=rows).kept == 2


@pytest.mark.parametrize("count", [0, 1, 20_000])
def test_a_selection_of_any_size_comes_back(tmp_path: Path, count: int) -> None:
    texts = [f"a baker number {number}" for number in range(max(count, 5))]
    folder = Folder(hub_of(tmp_path, texts).path)
    rows = np.random.default_rng(0).permutation(len(texts))[:count]
    selections.save_rows(folder, "some", "personas", rows, {})
    assert selections.load(folder, "some").rows.tolist() == rows.tolist()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_that_is_no_name_is_refused_and_touches_nothing(folder: Folder, name: str) -> None:
    before = sorted(path for path in folder.path.parent.rglob("*"))
    for use in (
        lambda: selections.save_rows(folder, name, "personas", np.array([1]), {}),
        lambda: selections.load(folder, name),
        lambda: selections.remove(folder, name),
        lambda: selections.about(folder, name),
    ):
        with pytest.raises(UsageError, match="is no name for a selection"):
            use()
    assert sorted(path for path in folder.path.parent.rglob("*")) == before


@given(st.text(max_size=80))
def test_whatever_is_let_through_is_one_plain_name_of_a_file(name: str) -> None:
    try:
        plain = selections.check_selection(name)
    except UsageError:
        return
    assert not set(plain) & set("/\\.\0 ")
    assert len(f".{plain}.arrow.4194304".encode()) < 255
    assert selections.check_selection(plain) == plain


def test_one_name_however_its_accents_are_written(folder: Folder) -> None:
    composed, apart = "caf\u00e9", unicodedata.normalize("NFD", "caf\u00e9")
    selections.save_rows(folder, apart, "personas", np.array([1]), {})
    assert selections.names(folder) == [composed]
    assert len(selections.load(folder, composed)) == 1


def test_a_name_is_not_taken_from_another_choice(folder: Folder) -> None:
    selections.save_rows(folder, "some", "personas", np.array([1]), {"by": "hand"})
    with pytest.raises(UsageError, match=r"already, chosen otherwise.*selections remove"):
        selections.save_rows(folder, "some", "personas", np.array([2]), {"by": "dice"})
    selections.save_rows(folder, "some", "personas", np.array([2]), {"by": "hand"})
    assert selections.load(folder, "some").rows.tolist() == [2]


def test_what_is_not_there_or_of_another_table_is_said(folder: Folder) -> None:
    selections.save_rows(folder, "some", "personas", np.array([1]), {})
    with pytest.raises(UsageError, match="there is no selection 'other'; there are: some"):
        selections.load(folder, "other")
    with pytest.raises(UsageError, match="is of personas, and samples are wanted"):
        selections.load(folder, "some", "samples")
    with pytest.raises(HubError, match="no record 000"):
        selections.save(folder, "third", "personas", ["0" * 32], {})


def test_other_records_at_those_rows_are_noticed(folder: Folder, tmp_path: Path) -> None:
    selections.save_rows(folder, "some", "personas", np.array([1, 2]), {})
    (tmp_path / "other").mkdir()
    for texts in (list(reversed(TEXTS)), TEXTS[:2]):
        other = Folder(hub_of(tmp_path / "other", texts).path)
        place = other.path / "selections"
        place.mkdir(exist_ok=True)
        (place / "some.arrow").write_bytes((folder.path / "selections" / "some.arrow").read_bytes())
        with pytest.raises(HubError, match=r"no longer fits the hub.*choose again"):
            selections.load(other, "some")
        assert [(one.place, one.mend) for one in selections.check(other)] == [("selections/some", None)]


def test_a_damaged_file_is_said_and_can_be_removed(folder: Folder) -> None:
    selections.save_rows(folder, "some", "personas", np.arange(40), {})
    path = folder.path / "selections" / "some.arrow"
    whole = path.read_bytes()
    dice = random.Random(0)
    for broken in [b"", b"ARROW1", whole[:-1], whole[:100], whole[: len(whole) // 2], dice.randbytes(len(whole))]:
        path.write_bytes(broken)
        with pytest.raises(HubError, match="is damaged; remove it and choose again"):
            selections.load(folder, "some")
    assert [one.place for one in selections.check(folder)] == ["selections/some"]
    assert selections.remove(folder, "some") is None
    assert selections.names(folder) == []


def test_a_changed_row_number_or_id_is_never_read_as_whole(folder: Folder) -> None:
    selections.save_rows(folder, "some", "personas", np.arange(40), {"by": "hand"})
    path = folder.path / "selections" / "some.arrow"
    whole = path.read_bytes()
    for place in range(0, len(whole), 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x11]) + whole[place + 1 :])
        try:
            found = selections.load(folder, "some")
        except (HubError, UsageError):
            continue
        assert found.rows.tolist() == list(range(40))


def test_how_it_was_chosen_is_written_down_or_refused(folder: Folder) -> None:
    with pytest.raises(UsageError, match="cannot be written down"):
        selections.save_rows(folder, "some", "personas", np.array([1]), {"near": ["\ud800"]})
    assert selections.names(folder) == []


def test_a_save_that_is_killed_leaves_the_whole_or_what_was_there(folder: Folder) -> None:
    code = (
        "import sys, numpy as np\n"
        "from personahub import selections\nfrom personahub.hub import Folder\n"
        "folder = Folder(sys.argv[1])\n"
        "print('ready', flush=True)\n"
        "for turn in range(10**6):\n"
        "    rows = np.roll(np.arange(60), turn)[: 20 + turn % 40]\n"
        "    selections.save_rows(folder, f'some{turn % 3}', 'personas', rows, {'by': 'hand'})\n"
    )
    dice = random.Random(1)
    for _ in range(15):
        with subprocess.Popen([sys.executable, "-c", code, str(folder.path)], stdout=subprocess.PIPE) as process:
            assert process.stdout
            process.stdout.readline()
            time.sleep(dice.uniform(0, 0.2))
            process.send_signal(signal.SIGKILL)
        for name in selections.names(folder):
            assert len(selections.load(folder, name)) >= 20
    left = list(selections.check(folder))
    assert all(".arrow." in one.place and one.mend for one in left)
    for one in left:
        assert one.mend
        one.mend()
    assert list(selections.check(folder)) == []
    assert all(path.suffix == ".arrow" for path in (folder.path / "selections").iterdir())


def test_a_draft_of_a_process_that_runs_is_left_alone(folder: Folder) -> None:
    selections.save_rows(folder, "some", "personas", np.array([1]), {})
    (folder.path / "selections" / f".some.arrow.{os.getpid()}").write_bytes(b"")
    assert list(selections.check(folder)) == []
