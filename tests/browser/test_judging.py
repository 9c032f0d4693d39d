"""Judging by keys: what was pressed is what is kept."""

import json
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, Route, expect

from personahub.api import Hub
from tests.browser.conftest import opened
from tests.browser.hands import at, current, press, saved, search, settled
from tests.browser.served import Served, ask
from tests.browser.test_access import axe

SEEN = """() => {
    window.seen = [];
    const look = () => window.seen.push(document.querySelector("article[aria-current=true]")?.ariaPosInSet);
    const attributeFilter = ["aria-current"];
    new MutationObserver(look).observe(document.querySelector(".feed"), { subtree: true, attributeFilter });
}"""
Browse = Callable[[Served], BrowserContext]


def _statuses(page: Page) -> dict[str, int]:
    progress = ask(page, "/api/progress", {"view": {"table": "samples", "task": "tool", "show": "all"}})
    return {name: count for name, count in progress["mine"].items() if count and name != "pending"}


def _judgements(page: Page) -> dict[str, dict[str, object]]:
    """By id, of all records."""
    found, cursor = {}, None
    while True:
        body = {"view": {"table": "samples", "task": "tool", "show": "all"}, "limit": 200, "cursor": cursor}
        told = ask(page, "/api/records", body)
        found.update({record["id"]: record["judgement"] for record in told["records"]})
        cursor = told["cursor"]
        if not told["more"]:
            return found


def test_fifty_records_by_keys_alone_are_kept_as_they_were_pressed(page: Page) -> None:
    settled(page, 80)
    wanted: dict[str, tuple[str, object]] = {}
    names = ask(page, "/api/records", {"view": {"table": "samples", "task": "tool"}, "limit": 51})["records"]
    for number in range(50):
        # by its id: those that are discarded leave the list, so that the numbers of a page that comes later are smaller
        expect(current(page)).to_have_attribute("data-id", names[number]["id"])
        rating = number % 5 + 1
        if number % 7 == 3:
            press(page, "x")
            wanted[names[number]["id"]] = ("discarded", None)
        elif number % 7 == 5:
            press(page, "n")
            wanted[names[number]["id"]] = ("skipped", None)
        else:
            press(page, f"{rating} Enter")
            wanted[names[number]["id"]] = ("submitted", rating)
    expect(current(page)).to_have_attribute("data-id", names[50]["id"])
    saved(page)
    kept = {name: told for name, told in _judgements(page).items() if told}
    assert {name: (told["status"], told["answers"].get("rating")) for name, told in kept.items()} == wanted  # type: ignore[attr-defined]


def test_keys_type_where_one_types(page: Page) -> None:
    settled(page, 80)
    press(page, "f")
    page.keyboard.type("xdn15 uj?")
    expect(page.get_by_label("Feedback")).to_have_value("xdn15 uj?")
    at(page, 1)
    search(page, "")
    page.keyboard.type("xnd")
    expect(page.get_by_label("Search", exact=True)).to_have_value("xnd")
    assert _statuses(page) == {}


def test_backspace_discards_nothing(page: Page) -> None:
    settled(page, 80)
    press(page, "j Backspace Delete")
    at(page, 2)
    press(page, "3 Enter")
    saved(page)
    assert _statuses(page) == {"submitted": 1}


def test_keys_of_one_letter_can_be_turned_off(page: Page) -> None:
    settled(page, 80)
    press(page, "?")
    page.get_by_label("keys of one letter do something").uncheck()
    press(page, "Escape j x 3")
    at(page, 1)
    press(page, "ArrowDown")
    at(page, 2)
    assert _statuses(page) == {}


def test_ten_quick_undos_and_as_many_redos(page: Page) -> None:
    settled(page, 80)
    for number in range(10):
        press(page, f"{number % 5 + 1} Enter")
    at(page, 11)
    saved(page)
    assert _statuses(page) == {"submitted": 10}
    for _ in range(10):
        page.keyboard.press("u")
    at(page, 1)
    expect(current(page)).to_contain_text("pending")
    saved(page)
    assert _statuses(page) == {}
    for _ in range(10):
        page.keyboard.press("Shift+U")
    saved(page)
    assert _statuses(page) == {"submitted": 10}
    assert page.locator(".feed .is-submitted").count() == 10


def test_answers_to_undos_do_not_lead_back_who_has_gone_on(page: Page) -> None:
    settled(page, 80)
    press(page, "1 Enter 2 Enter 3 Enter")
    at(page, 4)
    saved(page)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/api/undo", hold, times=1)
    press(page, "u u u")
    at(page, 1)
    press(page, "j j j j")
    at(page, 5)
    page.evaluate(SEEN)
    held[0].continue_()
    saved(page)
    assert _statuses(page) == {}
    at(page, 5)
    assert page.evaluate("window.seen") == []


def test_undo_after_a_reload(page: Page) -> None:
    settled(page, 80)
    press(page, "4 Enter x")
    saved(page)
    assert _statuses(page) == {"submitted": 1, "discarded": 1}
    page.reload()
    settled(page, 79)
    press(page, "u")
    expect(page.locator(".told")).to_contain_text("Taken back")
    saved(page)
    assert _statuses(page) == {"submitted": 1}
    page.keyboard.press("Control+z")
    saved(page)
    assert _statuses(page) == {}


def test_a_correction_shows_what_it_changes_and_is_kept(page: Page) -> None:
    settled(page, 80)
    name = current(page).get_attribute("data-id")
    press(page, "c")
    box = page.get_by_label("Correction")
    expect(box).to_be_focused()
    original = box.input_value()
    box.press("Control+End")
    page.keyboard.type(" and one more word")
    expect(page.locator(".diff ins")).to_have_text(" and one more word")
    expect(page.locator(".diff del")).to_have_count(0)
    page.keyboard.press("Control+Enter")
    at(page, 2)
    saved(page)
    told = _judgements(page)[str(name)]
    assert told["answers"] == {"correction": f"{original} and one more word"}


def test_a_correction_that_changes_nothing_is_no_answer(page: Page) -> None:
    settled(page, 80)
    name = current(page).get_attribute("data-id")
    press(page, "c")
    page.get_by_label("Correction").press("Control+End")
    page.keyboard.type("x")
    page.keyboard.press("Backspace")
    page.keyboard.press("Control+Enter")
    at(page, 2)
    saved(page)
    assert _judgements(page)[str(name)]["answers"] == {}


def test_what_is_typed_survives_a_closed_tab(browse: Browse, served: Served) -> None:
    context = browse(served)
    page = opened(context, served)
    settled(page, 80)
    press(page, "j 2 f")
    page.keyboard.type("half a thought")
    name = current(page).get_attribute("data-id")
    page.close()
    page = opened(context, served, f"/?table=samples&task=tool&at={name}")
    expect(page.get_by_label("Feedback")).to_have_value("half a thought")
    expect(page.locator(".rating .on")).to_have_text("2")
    assert _statuses(page) == {}
    press(page, "d")
    saved(page)
    assert _statuses(page) == {"draft": 1}
    expect(current(page)).to_contain_text("draft")


def test_questions_of_every_kind_are_asked_and_kept(page: Page) -> None:
    settled(page, 80)
    options = [{"value": "a", "label": "Apt"}, {"value": "b", "label": "Bad"}]
    questions = [
        {"name": "kind", "kind": "choice", "title": "Which kind", "help": "", "required": True, "options": options},
        {"name": "signs", "kind": "choices", "title": "Signs", "help": "", "required": False, "options": options},
        {"name": "score", "kind": "rating", "title": "Score", "help": "", "required": False, "least": 0, "most": 100},
        {
            "name": "pieces",
            "kind": "spans",
            "title": "Pieces",
            "help": "",
            "required": False,
            "field": "persona",
            "options": options,
        },
    ]
    ask(page, "/api/questions/save", {"table": "samples", "task": "tool", "questions": questions, "revision": 0})
    page.reload()
    settled(page, 80)
    name = current(page).get_attribute("data-id")
    press(page, "Enter")
    expect(page.locator(".told")).to_contain_text("Which kind is still to be answered")
    press(page, "2")
    page.get_by_label("Apt").nth(1).check()
    page.get_by_label("Score").fill("77")
    page.get_by_label("Pieces: select a piece of persona").evaluate("box => box.setSelectionRange(2, 7)")
    page.get_by_role("button", name="Apt").click()
    page.get_by_role("button", name="Submit").click()
    at(page, 2)
    saved(page)
    pieces = [{"first": 2, "last": 7, "label": "a"}]
    assert _judgements(page)[str(name)]["answers"] == {"kind": "b", "signs": ["a"], "score": 77, "pieces": pieces}


def test_what_is_suggested_is_shown_with_who_does_and_how_sure_and_can_be_taken(
    serve: Callable[..., Served], browse: Browse, hub: Path, tmp_path: Path
) -> None:
    (tmp_path / "rows.jsonl").write_text(json.dumps({"persona": "A keeper of hens", "guess": 4, "sure": 0.75}), "utf-8")
    Hub(hub).import_([tmp_path / "rows.jsonl"], map=["persona=persona", "guess=guess", "sure=sure"])
    served = serve(hub)
    page = opened(browse(served), served, "/?table=personas&where=guess%20%3E%200")
    asked = {"name": "rating", "kind": "rating", "title": "How good?", "suggest": "guess", "score": "sure"}
    ask(page, "/api/questions/save", {"table": "personas", "task": None, "questions": [asked], "revision": 0})
    page.reload()
    settled(page, 1)
    suggestion = page.locator(".suggestion")
    expect(suggestion).to_contain_text("guess suggests 4 (0.75)")
    assert axe(page) == []
    suggestion.get_by_role("button", name="Take it").click()
    expect(page.locator(".rating .on")).to_have_text("4")
    press(page, "Enter")
    saved(page)
    page.get_by_role("link", name="People").click()
    expect(page.get_by_label("Its score in column")).to_have_value("sure")
    assert axe(page) == []
