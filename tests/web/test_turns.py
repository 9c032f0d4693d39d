import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from personahub.web.files import STATIC
from personahub.web.turns import BEHIND, Gone, Turns
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


def test_an_answer_behind_the_others_is_the_same_answer(served: Served) -> None:
    view = {"table": "samples", "query": "tool"}
    plain = served.post("/api/counts", {"view": view, "columns": ["task"]})
    behind = served.post("/api/counts", {"view": view, "columns": ["task"]}, Priority=BEHIND)
    assert behind.json == plain.json


def test_the_page_names_all_its_modules(served: Served) -> None:
    page = served.get("/").body.decode()
    modules = [path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*.js")]
    assert len(modules) > 40
    assert [name for name in modules if f'<link rel="modulepreload" href="/static/{name}">' not in page] == []
