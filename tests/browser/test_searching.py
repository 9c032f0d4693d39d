"""Words are found where they stand, marked there, and nothing that is typed does harm."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from personahub.api import Hub
from personahub.web.told import failure
from tests.browser.conftest import opened
from tests.browser.hands import cards, current, press, search, settled
from tests.browser.rows import tools, written
from tests.browser.served import Served

STRANGE = [
    "' OR 1=1 --", '"', '""', "*", "tool*)", "(((", "-", "--tool", "NEAR(a b)", "tool AND", "a" * 1900, "\\", "%_%",
    "{}[]", "\u202etool", "<script>alert(1)</script>", "工具 & أداة",
]  # fmt: skip


def test_a_word_is_marked_in_the_field_that_was_asked_for_and_nowhere_else(look: Page) -> None:
    search(look, "tool", "description")
    settled(look, 72)
    expect(cards(look)).to_have_count(25)
    marks = look.locator(".feed .field-description mark")
    assert {text.lower() for text in marks.all_inner_texts()} == {"tool"}
    for card in cards(look).all():
        expect(card.locator(".field-description mark").first).to_be_attached()
        expect(card.locator(".field-persona mark, .field-text mark")).to_have_count(0)


def test_the_records_of_the_first_screen_are_there_before_the_others(look: Page) -> None:
    settled(look, 80)
    look.evaluate(
        """() => {
          window.counts = [];
          const look = () => window.counts.push(document.querySelectorAll('.feed article').length);
          new MutationObserver(look).observe(document.querySelector('.middle'), { childList: true, subtree: true });
        }"""
    )
    search(look, "tool", "description")
    settled(look, 72)
    counts = look.evaluate("window.counts")
    assert counts[-1] == 25
    assert 0 < min(counts) < 10


@pytest.mark.parametrize(
    ("words", "total"),
    [
        ('"sorts plans"', 8),
        ('"plans sorts"', 0),
        ("libr*", 8),
        ("tool -nurse", 64),
        ("nurse ward", 8),
        ("instrument", 8),
        ("nurse OR beekeeper", 16),
        ('tool -instrument nurse OR "lends books" OR libr*', 16),
    ],
)
def test_phrases_beginnings_alternatives_and_what_must_not_be_there(look: Page, words: str, total: int) -> None:
    search(look, words)
    settled(look, total)


@pytest.mark.parametrize("words", STRANGE)
def test_whatever_is_typed_gets_an_answer(look: Page, words: str) -> None:
    search(look, "nurse")
    settled(look, 8)
    search(look, words)
    said = look.locator(".middle .wrong, .total strong")
    expect(said.first).to_be_visible()
    expect(look.locator(".middle")).to_have_attribute("aria-busy", "false")
    assert "Traceback" not in look.locator("body").inner_text()
    total = look.locator(".total strong")
    assert look.locator(".middle .wrong").count() or int(total.inner_text()) < 80  # no way round the words to all
    search(look, "beekeeper")
    settled(look, 8)


def test_signs_alone_are_nothing_to_search_for(look: Page) -> None:
    search(look, "!!! ???")
    expect(look.locator(".middle .wrong")).to_contain_text("nothing to look for")


def test_a_list_without_hits_offers_what_to_let_go(look: Page) -> None:
    look.get_by_label("Condition").fill("persona LIKE 'A beekeeper%'")
    look.keyboard.press("Enter")
    settled(look, 8)
    search(look, "nurse")
    settled(look, 0)
    look.get_by_role("button", name="Without the condition: 8").click()
    settled(look, 8)


def test_an_answer_that_was_overtaken_is_dropped(look: Page) -> None:
    settled(look, 80)
    held: list[Route] = []

    def hold(route: Route) -> None:
        if (route.request.post_data_json or {})["view"].get("query") == "nurse":
            held.append(route)
        else:
            route.continue_()

    look.route("**/api/records", hold)
    search(look, "nurse")
    expect(look.locator(".middle")).to_have_attribute("aria-busy", "true")
    search(look, "beekeeper")
    settled(look, 8)
    for route in held:
        route.continue_()
    look.unroute("**/api/records")
    expect(cards(look).first).to_contain_text("beekeeper")
    assert len(held) == 1


def test_an_answer_that_took_too_long_is_asked_for_again(look: Page) -> None:
    settled(look, 80)
    slow = bytes(failure(503, "too_slow", "this takes too long; make it narrower, or ask again in a while").body)
    asked: list[str] = []

    def late(route: Route) -> None:
        if (route.request.post_data_json or {})["view"].get("query") != "nurse":
            return route.continue_()
        asked.append(route.request.url)
        return route.fulfill(status=503, body=slow) if len(asked) == 1 else route.continue_()

    look.route("**/api/records", late)
    search(look, "nurse")
    expect(look.locator(".middle .wrong")).to_contain_text("this takes too long")
    settled(look, 8)  # by itself
    expect(look.locator(".middle .wrong")).to_have_count(0)
    look.unroute("**/api/records")
    assert len(asked) == 2


def test_of_a_frequent_word_there_are_more_than_so_many_and_then_exactly_how_many(
    serve: Callable[..., Served], browse: Callable[..., BrowserContext], tmp_path: Path
) -> None:
    Hub(tmp_path / "my.hub").import_([written(tools(400), tmp_path / "tools.jsonl")], task="tool")
    served = serve(tmp_path / "my.hub")
    page = opened(browse(served), served)
    settled(page, 400)
    counts: list[Route] = []
    page.route("**/api/counts", lambda route: counts.append(route) if _is_open(route) else route.continue_())
    search(page, "number")  # is in each of them
    expect(page.locator(".total strong")).to_have_text(re.compile(r"^\d+\+$"))
    expect(cards(page)).to_have_count(25)
    press(page, "Enter b")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label(re.compile(r"all \d+\+ of this list"))).to_be_checked()
    expect(dialog.locator(".preview")).to_have_text("400 of 400 records will change.")
    press(page, "Escape")
    page.wait_for_function("document.querySelector('.total strong').textContent.endsWith('+')")
    for route in counts:
        route.continue_()
    page.unroute("**/api/counts")
    settled(page, 400)


def _is_open(route: Route) -> bool:
    """Whether it asks for the exact total that a page left open."""
    said = route.request.post_data_json or {}
    return said.get("columns") == [] and said["view"].get("query") == "number"


def test_values_of_a_column_narrow_the_list_and_are_counted(look: Page) -> None:
    group = look.locator("details.facet", has=look.locator("summary", has_text="status"))
    expect(group.locator(".values .count").first).to_have_text("80")
    length = look.locator("details.facet", has=look.locator("summary", has_text="length"))
    length.locator("summary").click()
    length.locator(".bins button").first.click()
    expect(look.locator(".chips li")).to_contain_text("length")
    expect(look.locator(".total strong")).not_to_have_text("80")
    look.get_by_role("button", name="Let go: length").click()
    settled(look, 80)


def test_a_condition_that_cannot_be_meant_is_told_beside_it(look: Page) -> None:
    look.get_by_label("Condition").fill("nosuch = 1")
    look.keyboard.press("Enter")
    expect(look.locator(".where .wrong, .middle .wrong").first).to_contain_text("nosuch")


def test_the_order_can_be_a_column_and_turned_around(look: Page) -> None:
    look.get_by_label("Order").select_option("length")
    settled(look, 80)
    shortest = current(look).get_attribute("data-id")
    look.get_by_role("button", name="turned around").click()
    expect(current(look)).not_to_have_attribute("data-id", str(shortest))
    settled(look, 80)
    first = cards(look).first.locator(".field-text").inner_text()
    last = cards(look).last.locator(".field-text").inner_text()
    assert len(first) >= len(last)


def test_pages_go_on_by_the_key_and_back(look: Page) -> None:
    settled(look, 80)
    first = current(look).get_attribute("data-id")
    for _ in range(25):
        look.keyboard.press("j")
    expect(look.locator(".pager")).to_contain_text("26 – 50")
    expect(current(look)).to_have_attribute("aria-posinset", "26")
    look.keyboard.press("k")
    expect(current(look)).to_have_attribute("aria-posinset", "25")
    look.get_by_role("button", name="Next →").click()
    expect(current(look)).to_have_attribute("aria-posinset", "26")
    look.get_by_role("button", name="← Before").click()
    expect(current(look)).to_have_attribute("data-id", str(first))
