"""Runs from the page: what a form may hold, what it would cost, a run that goes, is stopped, and goes on."""

import re
import time
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from personahub.verbs import verb
from personahub.web.forms import _NO_FORM, FORMS
from tests.web.conftest import made
from tests.web.served import Served, slow_writer

MATH = {"task": "math", "model": "offline"}
CHECKED = {"task", "model", "embedder", "world", "set"}  # may be more than a file, and are held to that


def test_what_may_name_a_file_is_known() -> None:
    for name in FORMS:
        for option in (*verb(name).arguments, *verb(name).options):
            said = re.search(r"\b(files?|folders?)\b|another hub|@file", option.help)
            assert not said or option.file or option.name in {*CHECKED, *_NO_FORM, "shots"}, (name, option.name)


def test_forms_have_the_options_of_the_verbs(served: Served) -> None:
    told = {one["name"]: one for one in served.api("forms")["verbs"]}
    assert list(told) == list(FORMS)
    for name, form in told.items():
        options = {one["name"]: one for one in form["options"]}
        for option in (*verb(name).arguments, *verb(name).options):
            if option.file or option.name in _NO_FORM:
                assert option.name not in options
                continue
            one = options[option.name]
            default = list(option.default) if isinstance(option.default, tuple) else option.default
            assert (one["default"], one["help"], one["required"]) == (default, option.help, option.required)


def test_a_preview_shows_prompts_and_what_all_would_take(served: Served) -> None:
    told = served.api("runs/preview", verb="synthesize", options={"task": "math", "model": "offline"})
    assert len(told["prompts"]) == 3
    assert all("clerk" in prompt or "a " in prompt for prompt in told["prompts"])
    assert told["requests"] == 40
    assert told["tokens"]["prompt"] > 1000
    assert told["command"].startswith("personahub synthesize")
    assert served.api("runs")["runs"] == []  # nothing was asked


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"verb": "export"}, "verb"),
        ({"verb": "expand", "options": {"model": "files:x@/etc"}}, "options.model"),
        ({"verb": "expand", "options": {"model": "local:/etc/passwd"}}, "options.model"),
        ({"verb": "expand", "options": {"model": "offline", "key_file": "/etc/passwd"}}, "options.key_file"),
        ({"verb": "expand", "options": {"model": "offline", "reuse": ["/etc"]}}, "options.reuse"),
        ({"verb": "expand", "options": {"model": "offline", "template": "/etc/passwd"}}, "options.template"),
        ({"verb": "expand", "options": {"model": "offline", "base_url": ["file:///etc"]}}, "options.base_url"),
        ({"verb": "expand", "options": {"model": "offline", "hops": 99}}, "options"),
        ({"verb": "expand", "options": {"model": "offline\u0000"}}, "options.model"),
        ({"verb": "expand", "options": {}}, "options"),
        ({"verb": "synthesize", "options": {**MATH, "examples": ["/etc/passwd"], "shots": "few"}}, "options.examples"),
        ({"verb": "synthesize", "options": {**MATH, "task": "/etc/my.md"}}, "options.task"),
        ({"verb": "synthesize", "options": {**MATH, "world": "/etc/passwd"}}, "options.world"),
        ({"verb": "synthesize", "options": {**MATH, "set": ["world=@/etc/passwd"]}}, "options.set"),
        ({"verb": "dedup", "options": {"embedder": "model2vec:/etc"}}, "options.embedder"),
        ({"verb": "extract", "options": {"model": "offline", "sources": ["/etc/passwd"]}}, "options.sources"),
        ({"verb": "extract", "options": {"model": "offline", "texts": [" "]}}, "options.texts"),
    ],
)
def test_no_form_names_a_file(served: Served, given: dict[str, Any], field: str) -> None:
    for name in ("runs/start", "runs/preview"):
        status, error = served.refused(name, **given)
        assert (status, error["field"]) == (422, field), error


def test_a_run_is_begun_watched_and_its_rows_appear(tmp_path: Path) -> None:
    served = Served(made(tmp_path).path)
    served.enter()
    options = {"task": "--math", "model": "offline"}
    assert served.waited(served.api("runs/start", verb="synthesize", options=options)["job"])["state"] == "failed"
    job = served.api("runs/start", verb="synthesize", options={"task": "math", "model": "offline"})["job"]
    busy = served.post("/api/runs/start", {"verb": "expand", "options": {"model": "offline"}})
    assert busy.code == "busy"
    told = served.waited(job)
    assert (told["state"], told["report"]["new"]) == ("done", {"samples": 40})
    assert len(told["records"]) == 20
    assert {one["table"] for one in told["records"]} == {"samples"}
    [run] = served.api("runs")["runs"]
    assert (run["verb"], run["kept"]) == ("synthesize math", 40)
    assert served.api("runs/show", id=run["id"])["calls"]
    again = _gone_on(served, run["id"])
    assert (again["state"], again["report"]["new"]) == ("done", {})
    view = {"table": "samples", "task": "math"}
    assert served.api("records", view=view)["total"] == 40  # the page sees what has come
    texts = ["A text about keeping bees in a town garden."]
    told = served.waited(served.api("runs/start", verb="extract", options={"model": "offline", "texts": texts})["job"])
    assert told["report"]["new"]["personas"] == 1
    assert served.stop() == 0


def test_an_extract_that_was_stopped_goes_on_from_the_page_also_when_it_was_served_anew(tmp_path: Path) -> None:
    served = Served(made(tmp_path).path)
    served.enter()
    with slow_writer() as address:
        texts = [f"Notes number {number} of a keeper of bees, about hives and honey." for number in range(60)]
        options = {"model": "openai:offline", "base_url": [address], "concurrency": 2, "texts": texts}
        job = served.api("runs/start", verb="extract", options=options)["job"]
        while _answered(served, job) < 6:
            time.sleep(0.02)
        served.api("job/stop", job=job)
        assert served.waited(job)["state"] == "stopped"
        assert served.stop() == 0
        served.start()
        [run] = served.api("runs")["runs"]
        asked = served.api("runs/resume", id=run["id"])
        assert (asked["job"], asked["asks"]) == (None, [address])
        assert address in asked["command"]
        other = served.refused("runs/resume", id=run["id"], command=asked["command"].replace(address, "http://[::1]:9"))
        assert (other[0], other[1]["field"]) == (422, "command")
        assert served.api("runs")["live"] == []  # nothing is begun, and no key sent, that was not shown
        told = _gone_on(served, run["id"])
        assert told["state"] == "done"
        assert told["report"]["new"]["personas"] == 60
        assert told["report"]["usage"]["reused"] >= 6  # nothing that was answered is asked again
        for path in (served.hub / "pasted").iterdir():
            path.unlink()
        assert "no longer there" in served.refused("runs/resume", id=run["id"])[1]["message"]
        assert served.stop() == 0


def _gone_on(served: Served, run: str) -> dict[str, Any]:
    """What becomes of a run whose command was shown and confirmed."""
    command = served.api("runs/resume", id=run)["command"]
    return served.waited(served.api("runs/resume", id=run, command=command)["job"])


def _answered(served: Served, job: str) -> int:
    return max((int(one["done"]) for one in served.api("job", job=job)["steps"]), default=0)


def test_an_extract_of_files_goes_on_where_they_were_named(tmp_path: Path) -> None:
    hub = made(tmp_path)
    (tmp_path / "note.txt").write_text("A note about keeping bees in a town garden.", "utf-8")
    hub.extract([tmp_path / "note.txt"], model="offline")
    served = Served(hub.path)
    served.enter()
    status, error = served.refused("runs/resume", id=served.api("runs")["runs"][0]["id"])
    assert status == 422
    assert f"personahub extract --model=offline -- {hub.path} {tmp_path / 'note.txt'}" in error["message"]
    assert served.stop() == 0


@pytest.mark.parametrize(
    ("task", "more"),
    [("math", {"template": "mine.md"}), ("npc", {"set": ["world=@note.txt"]}), ("npc", {"world": "note.txt"})],
)
def test_a_run_that_read_a_file_goes_on_where_it_was_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, task: str, more: dict[str, Any]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "note.txt").write_text("a harbour", "utf-8")
    own = (resources.files("personahub.templates") / "math.md").read_text("utf-8")
    (tmp_path / "mine.md").write_text(own + "Be brief.\n", "utf-8")
    hub = made(tmp_path)
    hub.synthesize(task, model="offline", **more)
    served = Served(hub.path)
    served.enter()
    status, error = served.refused("runs/resume", id=served.api("runs")["runs"][0]["id"])
    assert status == 422
    assert "personahub synthesize" in error["message"]
    assert served.api("runs")["live"] == []
    assert served.stop() == 0


def test_texts_that_shall_not_be_in_the_hub_are_not(tmp_path: Path) -> None:
    served = Served(made(tmp_path).path)
    served.enter()
    options = {"model": "offline", "texts": ["A secret note about bees."], "keep_texts": "id"}
    assert served.waited(served.api("runs/start", verb="extract", options=options)["job"])["state"] == "done"
    assert not (served.hub / "pasted").exists()
    assert served.stop() == 0


def test_a_run_is_stopped_as_by_ctrl_c_and_so_is_one_when_the_page_ends(tmp_path: Path) -> None:
    served = Served(made(tmp_path).path)
    served.enter()
    for how in ("stop", "end"):
        job = served.api("runs/start", verb="expand", options={"model": "offline", "hops": 6, "branch": 20})["job"]
        while not served.api("job", job=job)["steps"]:
            time.sleep(0.05)
        if how == "stop":
            served.api("job/stop", job=job)
            assert served.waited(job)["state"] == "stopped"
            assert served.api("runs")["runs"][0]["how"].startswith(("interrupted", "stopped", "done"))
    assert served.stop() == 0
