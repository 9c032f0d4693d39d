import asyncio
import json
import re
import time
from collections.abc import MutableMapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from personahub.browse.view import Reading
from personahub.hub import Folder
from personahub.web import looking, warming
from personahub.web.app import application
from personahub.web.files import STATIC
from personahub.web.room import Room
from personahub.web.sessions import Session, Sessions
from personahub.web.turns import BEHIND, Gone, Turns
from tests.web.conftest import made
from tests.web.served import Served


def test_what_is_nice_to_know_is_done_behind_what_is_waited_for_one_at_a_time() -> None:
    turns, done = Turns(), []

    def behind(name: str) -> None:
        with turns.behind(Event()):
            done.append(f"{name} begins")
            time.sleep(0.02)
            done.append(f"{name} ends")

    with ThreadPoolExecutor(2) as pool:
        with turns.ahead():
            some = [pool.submit(behind, name) for name in ("one", "two")]
            time.sleep(0.05)
            assert done == []
        for one in some:
            one.result(10)
    first, second = done[0].split()[0], done[2].split()[0]
    assert done == [f"{first} begins", f"{first} ends", f"{second} begins", f"{second} ends"]


def test_it_does_not_wait_for_ever() -> None:
    turns = Turns()
    with turns.ahead(), turns.behind(Event()):
        pass


def test_what_nobody_wants_any_more_is_not_begun() -> None:
    turns, gone = Turns(), Event()
    gone.set()
    with pytest.raises(Gone), turns.behind(gone):
        raise AssertionError
    with turns.behind(Event()):  # and it is nobody's turn
        pass


def test_what_needs_calm_waits_until_nobody_has_asked_for_a_while() -> None:
    turns, done = Turns(), Event()

    def behind() -> None:
        with turns.behind(Event(), calm=0.3):
            done.set()

    with ThreadPoolExecutor(1) as pool:
        began = pool.submit(behind)
        for _ in range(8):  # no pause between them is as long as that
            with turns.ahead():
                time.sleep(0.02)
            time.sleep(0.05)
            assert not done.is_set()
        began.result(10)
    assert done.is_set()


def test_what_needs_calm_ends_when_the_server_does() -> None:
    turns, ending = Turns(), Event()
    with ThreadPoolExecutor(1) as pool, turns.ahead():

        def behind() -> None:
            with turns.behind(ending, calm=60):
                raise AssertionError

        waits = pool.submit(behind)
        ending.set()
        with pytest.raises(Gone):
            waits.result(10)


def test_what_answers_freed_is_given_back_once_when_no_more_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[str] = []
    monkeypatch.setattr(warming, "_CALM", 0.05)
    monkeypatch.setattr(warming, "give_back_memory", lambda: given.append("back"))
    turns, ending = Turns(), Event()
    with ThreadPoolExecutor(1) as pool:
        rest = pool.submit(warming._given_back, turns, ending)
        time.sleep(0.5)
        assert given == ["back"]
        with turns.ahead():
            time.sleep(0.3)
            assert given == ["back"]
        time.sleep(0.5)
        assert given == ["back", "back"]
        ending.set()
        rest.result(10)


def test_an_answer_behind_the_others_is_the_same_answer(served: Served) -> None:
    view = {"table": "samples", "query": "tool"}
    plain = served.post("/api/counts", {"view": view, "columns": ["task"]})
    behind = served.post("/api/counts", {"view": view, "columns": ["task"]}, Priority=BEHIND)
    assert behind.json == plain.json


def test_the_page_names_all_modules_that_it_begins_with_and_no_other(served: Served) -> None:
    named = set(re.findall(r'<link rel="modulepreload" href="/static/([^"]+)">', served.get("/").body.decode()))
    assert {"app.js", "views/explore.js", "parts/card.js", "render/text.js", "vendor/preact.js"} <= named
    assert not {"views/map.js", "views/focus.js", "parts/plot.js", "render/latex.js"} & named
    for name in named:
        text = (STATIC / name).read_text("utf-8")
        for path in re.findall(r'^(?:import|export)[^;]*? from "([^"]+)"', text, re.MULTILINE):
            assert (STATIC / name).parent.joinpath(path).resolve().relative_to(STATIC).as_posix() in named


@pytest.mark.parametrize("stays", [True, False])
def test_what_the_page_hung_up_on_is_not_looked_for(tmp_path: Path, *, stays: bool) -> None:
    room = Room(Folder(made(tmp_path).path), read_only=False)
    view = {"table": "samples", "query": "tool"}
    looking.records(room, "ann", Reading({"view": view}))  # makes the index
    held = room.rows._memory._held
    with ThreadPoolExecutor(1) as pool:
        with room.turns.ahead():
            asked = pool.submit(asyncio.run, _asked(room, {"view": view, "columns": []}, stays=stays))
            time.sleep(0.3)  # it waits for its turn, or is gone
            assert asked.done() is not stays
        status = asked.result(10)
    time.sleep(0.2)
    assert (status, any(key[0] == "hits" for key in held)) == ((200, True) if stays else (400, False))


async def _asked(room: Room, given: dict[str, object], *, stays: bool) -> int:
    """The status of what is answered behind the others, to a page that stays or hangs up."""
    headers = [(b"content-type", b"application/json"), (b"priority", BEHIND.encode())]
    scope = {"type": "http", "method": "POST", "path": "/api/counts", "headers": headers, "query_string": b""}
    coming = [{"type": "http.request", "body": json.dumps(given).encode(), "more_body": False}]
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        if coming:
            return coming.pop()
        await asyncio.sleep(60 if stays else 0.1)
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    app = application(room, Sessions("hub", 1, "ann", b"key"))
    await app({**scope, "personahub.session": Session("ann")}, receive, send)
    return int(sent[0]["status"])
