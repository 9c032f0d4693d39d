"""Servers that refuse, are busy or away, keys that are wrong, and calls that are cut off."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import personahub as ph
from personahub.errors import PersonahubError, UsageError
from personahub.store.judged import SUBMITTED
from tests.argilla.server import Argilla
from tests.argilla.town import Town

_BULK = "/records/bulk"


def _second_time() -> Callable[[str, str], tuple[int, object] | None]:
    """Refuses the key when records come for the second time."""
    sent: list[str] = []

    def trouble(_: str, path: str) -> tuple[int, object] | None:
        if path.endswith(_BULK):
            sent.append(path)
        return (401, {"detail": "x"}) if path.endswith(_BULK) and len(sent) == 2 else None

    return trouble


def test_pushing_again_doubles_nothing(argilla: Argilla, town: Town) -> None:
    town.hub.push_to_argilla("story")
    before = {name: one["id"] for name, one in argilla.named("story").records.items()}
    report = town.hub.push_to_argilla("story")
    assert report.tallies["story"] == ph.Tally(12, 12, {})
    assert {name: one["id"] for name, one in argilla.named("story").records.items()} == before
    assert list(argilla.datasets) == [argilla.named("story").told["id"]]


def test_a_push_that_was_cut_off_goes_on_behind_what_it_sent(argilla: Argilla, town: Town) -> None:
    town.add([f"Another one, number {n}." for n in range(290)])  # more than one request takes
    argilla.trouble = _second_time()
    with pytest.raises(UsageError, match="refuses the key"):
        town.hub.push_to_argilla("story")
    assert 0 < len(argilla.named("story").records) <= 256
    argilla.asked.clear()
    report = town.hub.push_to_argilla("story")
    assert report.tallies["story"] == ph.Tally(302, 302, {})
    assert "records had been sent by the call before" in report.notes[0]
    assert argilla.asked["PUT bulk"] == 1
    assert len(argilla.named("story").records) == 302
    argilla.asked.clear()
    town.hub.push_to_argilla("story")  # whole once more, as nothing was cut off
    assert argilla.asked["PUT bulk"] == 2


def test_a_push_that_was_cut_off_starts_over_where_something_changed(argilla: Argilla, town: Town) -> None:
    town.add([f"Another one, number {n}." for n in range(290)])
    argilla.trouble = _second_time()
    with pytest.raises(UsageError):
        town.hub.push_to_argilla("story")
    town.judge("owner", town.ids()[0], SUBMITTED, rating=2)
    report = town.hub.push_to_argilla("story")
    assert not any("the call before" in note for note in report.notes)
    assert argilla.said("story", town.ids()[0])["owner"][1]["rating"] == 2


def test_a_record_that_the_server_does_not_take_is_counted_and_the_others_go(argilla: Argilla, town: Town) -> None:
    bad = town.ids()[5]
    town.judge("owner", bad, SUBMITTED, rating=2)
    place = argilla.reply

    def refusing(method: str, path: str, query: object, body: object) -> tuple[int, object]:
        if path.endswith(_BULK) and bad in str(body):
            return 422, {"detail": f"no {argilla.key} for this"}
        return place(method, path, query, body)  # type: ignore[arg-type]

    argilla.reply = refusing  # type: ignore[method-assign]
    report = town.hub.push_to_argilla("story")
    assert report.tallies["story"] == ph.Tally(12, 11, {"refused_by_server": 1})
    assert report.tallies["judgements"] == ph.Tally(1, 0, {"refused_by_server": 1})
    assert bad in report.notes[0]
    assert argilla.key not in str(report)
    assert set(argilla.named("story").records) == set(town.ids()) - {bad}


def test_a_server_that_takes_nothing_ends_it(argilla: Argilla, town: Town) -> None:
    argilla.trouble = lambda _, path: (422, {"detail": "no room"}) if path.endswith(_BULK) else None
    with pytest.raises(PersonahubError, match=r"not one of 12 records was taken: .*no room"):
        town.hub.push_to_argilla("story")


def test_a_busy_server_is_asked_again(argilla: Argilla, town: Town) -> None:
    tries: list[int] = []

    def busy(method: str, path: str) -> tuple[int, object] | None:
        if path.endswith("/records/bulk") or (method == "GET" and path.endswith("/records")):
            tries.append(1)
            return (503, {"detail": "later"}) if len(tries) % 2 else None
        return None

    argilla.trouble = busy
    assert town.hub.push_to_argilla("story").tallies["story"] == ph.Tally(12, 12, {})
    argilla.answer("story", town.ids()[0], "owner", "discarded", None)
    assert town.hub.pull_from_argilla("story").new == {"judgements": 1}


@pytest.mark.parametrize(
    ("status", "error", "said"),
    [
        (401, UsageError, "refuses the key: set ARGILLA_API_KEY or give --key-file"),
        (403, UsageError, "this key may not do that; it must be an owner's or an admin's"),
        (404, PersonahubError, "look at its address"),
        (500, PersonahubError, "gave no answer"),
    ],
)
def test_what_a_server_says_is_one_sentence_without_the_key(
    argilla: Argilla, town: Town, status: int, error: type[PersonahubError], said: str
) -> None:
    argilla.trouble = lambda _method, _path: (status, {"detail": f"\x1b[31m{argilla.key}"})
    with pytest.raises(error, match=said) as caught:
        town.hub.push_to_argilla("story")
    assert argilla.key not in str(caught.value)
    assert "\x1b" not in str(caught.value)
    assert caught.value.__suppress_context__  # nor in a traceback, of what the SDK quotes


def test_an_admin_who_is_no_owner_sees_the_users_of_the_workspace(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Argilla(role="admin")
    server.add_user("ana")
    monkeypatch.setenv("ARGILLA_API_KEY", server.key)
    town.judge("ana", town.ids()[0], SUBMITTED, rating=4)
    town.judge("owner", town.ids()[0], SUBMITTED, rating=3)
    try:
        report = town.hub.push_to_argilla("story", server=server.url)
    finally:
        server.close()
    assert report.tallies["judgements"] == ph.Tally(2, 2, {})


def test_a_workspace_must_be_told_where_there_are_several(argilla: Argilla, town: Town) -> None:
    argilla.workspaces.append({**argilla.workspaces[0], "id": str(argilla.me["id"]), "name": "other"})
    with pytest.raises(UsageError, match="a workspace must be named; say --workspace NAME; there are: other, team"):
        town.hub.push_to_argilla("story")
    with pytest.raises(UsageError, match="there is no workspace 'none'"):
        town.hub.push_to_argilla("story", workspace="none")
    town.hub.push_to_argilla("story", workspace="other")
    assert argilla.named("story").told["workspace_id"] == argilla.me["id"]


def test_a_dataset_that_cannot_be_made_leaves_nothing(argilla: Argilla, town: Town) -> None:
    argilla.trouble = lambda _, path: (422, {"detail": "never"}) if path.endswith("/publish") else None
    with pytest.raises(PersonahubError, match="never"):
        town.hub.push_to_argilla("story")
    assert argilla.datasets == {}


@pytest.mark.parametrize(
    ("what", "given", "complaint"),
    [
        ("samples", {}, "name one task"),
        ("math", {}, "has no 'math'"),
        ("story", {"dataset": "-a"}, "no dataset of the name '-a'"),
        ("story", {"dataset": ""}, "no dataset of the name"),
        ("story", {"server": "ftp://x"}, "server must be an address"),
        ("story", {"server": "http://me:secret@x"}, "server must be an address"),
        ("story", {"key_file": "none.txt"}, "key_file 'none.txt' cannot be read"),
        ("story", {"where": "x = 1"}, "no field 'x'"),
        ("story", {"selection": "few"}, "few"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_asked(
    argilla: Argilla, town: Town, what: str, given: dict[str, str], complaint: str
) -> None:
    with pytest.raises(PersonahubError, match=complaint):
        town.hub.push_to_argilla(what, **given)
    with pytest.raises(PersonahubError, match=complaint):
        town.hub.pull_from_argilla(what, **given)
    assert not argilla.asked


def test_nothing_to_pull_from_is_told(argilla: Argilla, town: Town) -> None:
    with pytest.raises(UsageError, match=r"no dataset 'story'.*argilla push"):
        town.hub.pull_from_argilla("story")


def test_a_key_is_needed_and_no_server_is_asked_without(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ARGILLA_API_KEY", raising=False)
    with pytest.raises(UsageError, match="set ARGILLA_API_KEY or give --key-file"):
        town.hub.push_to_argilla("story", server="http://127.0.0.1:9")
    report = town.hub.push_to_argilla("story", dry_run=True)
    assert report.preview[0]["text"] == "In house 0 lives Ana Novak of Brno, who counts 0 hens."
    assert "nothing is sent; the dataset story would ask rating (rating), correction (text)" in report.notes[0]


def _personahub(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "personahub", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **more})


def test_the_command_line_shows_the_report_and_nothing_of_the_sdk(argilla: Argilla, town: Town, tmp_path: Path) -> None:
    key = tmp_path / "key.txt"
    key.write_text(argilla.key + "\n", "utf-8")
    there = ["--server", argilla.url, "--key-file", str(key), "--workspace", "team"]
    done = _personahub("argilla", "push", str(town.path), "story", *there, "--quiet", ARGILLA_API_KEY="")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"story +12 +12 +0", done.stdout)
    argilla.answer("story", town.ids()[0], "owner", "discarded", None)
    done = _personahub("argilla", "pull", str(town.path), "story", *there, "--quiet", ARGILLA_API_KEY="")
    assert (done.returncode, done.stderr) == (0, "")
    assert "new in the hub: judgements 1" in done.stdout


def test_without_the_sdk_it_says_what_to_install(town: Town, argilla: Argilla, tmp_path: Path) -> None:
    (tmp_path / "argilla.py").write_text("raise ModuleNotFoundError('requests')\n", "utf-8")
    done = _personahub("argilla", "push", str(town.path), "story", PYTHONPATH=str(tmp_path))
    assert done.returncode == 2
    assert done.stderr == "personahub: this needs Argilla's SDK: pip install 'personahub[argilla]'\n"
