"""What is typed is asked for at once, and shown when the hand rests."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, Request, Route, expect

from tests.browser.hands import cards, press, settled

KEY = 20  # ms between two keys of somebody who is quick

AT_ONCE = """(field, words) => [...words].forEach((_, at) => {
  field.value = words.slice(0, at + 1);
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
})"""


def _typed(page: Page, words: str) -> None:
    press(page, "Escape /")
    page.keyboard.type(words, delay=KEY)


@contextmanager
def _asked(page: Page) -> Iterator[list[str]]:
    """The words of each question for records that is put meanwhile."""
    found: list[str] = []

    def note(request: Request) -> None:
        if request.url.endswith("/api/records") and "priority" not in request.headers:
            found.append(json.loads(request.post_data or "{}")["view"].get("query", ""))

    page.on("request", note)
    try:
        yield found
    finally:
        page.remove_listener("request", note)


def test_each_question_is_put_once_and_the_first_before_the_hand_rests(look: Page) -> None:
    settled(look, 80)
    with _asked(look) as words:
        _typed(look, "nurse")
        settled(look, 8)
    assert words[0] == "n"
    assert words[-1] == "nurse"
    assert len(words) == len(set(words))


def test_while_one_is_answered_only_what_is_shown_is_asked_and_a_late_answer_is_not_shown(look: Page) -> None:
    """The keys come without a pause, however slow the machine is: with one, what was typed until then is shown."""
    settled(look, 80)
    held: list[Route] = []

    def hold(route: Route) -> None:
        if json.loads(route.request.post_data or "{}")["view"].get("query") == "n":
            held.append(route)
        else:
            route.continue_()

    look.route("**/api/records", hold)
    with _asked(look) as words:
        look.get_by_label("Search", exact=True).evaluate(AT_ONCE, "nurse")
        settled(look, 8)
    assert words == ["n", "nurse"]
    held[0].continue_()
    look.wait_for_timeout(300)
    settled(look, 8)
    assert all("nurse" in text.lower() for text in cards(look).all_inner_texts())


def test_what_was_asked_for_early_and_failed_is_asked_for_again(look: Page) -> None:
    settled(look, 80)
    failures = [1]

    def fail(route: Route) -> None:
        if json.loads(route.request.post_data or "{}")["view"].get("query") == "nurse" and failures:
            failures.pop()
            route.abort()
        else:
            route.continue_()

    look.route("**/api/records", fail)
    _typed(look, "nurse")
    settled(look, 8)
    assert not failures


def test_a_word_that_is_taken_back_shows_all_again(look: Page) -> None:
    settled(look, 80)
    _typed(look, "nurse")
    settled(look, 8)
    for _ in "nurse":
        look.keyboard.press("Backspace")
    settled(look, 80)
    expect(look.locator(".feed mark")).to_have_count(0)


def test_columns_are_asked_for_when_the_records_are_there(look: Page) -> None:
    expect(look.locator(".facet").first).to_be_attached()  # nothing of the page before is still on its way
    order: list[str] = []
    look.on("request", lambda request: order.append("> " + request.url.rsplit("/", 1)[-1]))
    look.on("response", lambda answer: order.append("< " + answer.url.rsplit("/", 1)[-1]))
    look.reload()
    settled(look, 80)
    expect(look.locator(".facet").first).to_be_attached()
    assert order.index("< records") < order.index("> columns")
    assert order.count("> columns") == 1


def test_a_screen_that_cannot_be_fetched_says_so_and_is_there_at_the_next_try(look: Page) -> None:
    look.route("**/static/views/charts.js*", lambda route: route.abort())
    look.reload()
    settled(look, 80)
    look.get_by_role("link", name="Charts").click()
    expect(look.locator("main .wrong")).to_contain_text("does not answer")
    look.unroute("**/static/views/charts.js*")
    look.locator("main .wrong").get_by_role("button").click()
    expect(look.get_by_role("heading", name=re.compile("Charts|Pictures|Growth")).first).to_be_attached()
    expect(look.locator("main .wrong")).to_have_count(0)
