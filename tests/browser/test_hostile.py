"""Three hundred records that mean harm, on every screen: nothing runs, and the page stays of use."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from personahub.api import Hub
from tests.browser.conftest import opened
from tests.browser.hands import cards, press, saved, search, settled
from tests.browser.rows import LARGE, LONG, hostile, written
from tests.browser.served import Served, ask


@pytest.fixture(scope="module")
def hostile_hub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    hub = Hub(folder / "harm.hub")
    hub.import_([written(hostile(), folder / "rows.jsonl")], task="tool")
    return hub.path


def test_nothing_runs_and_everything_still_works(
    hostile_hub: Path, serve: Callable[..., Served], browse: Callable[[Served], BrowserContext]
) -> None:
    served = serve(hostile_hub)
    page = opened(browse(served), served)
    settled(page)
    total = int(page.locator(".total strong").inner_text().replace(",", ""))
    assert total == len(hostile()) == 300
    press(page, "r")
    for _ in range(30):
        page.keyboard.press("j")
    press(page, "o")
    for _ in range(25):
        page.keyboard.press("j")
    press(page, "4 Enter o")
    saved(page)
    search(page, "<script>")
    expect(page.locator(".middle")).to_have_attribute("aria-busy", "false")
    for screen in ("charts", "keep", "people", "runs", "map"):
        page.goto(f"{served.url}/?screen={screen}&table=samples")
        expect(page.locator("h1")).to_be_visible()
    view = {"table": "samples", "sort": "length", "down": True}
    largest = ask(page, "/api/records", {"view": view, "limit": len(LARGE)})["records"]
    assert {one["cut"]["text"] for one in largest} == {LONG}
    for number, one in enumerate(largest):
        page.goto(f"{served.url}/?screen=focus&table=samples&at={one['id']}")
        expect(page.locator(".lineage")).to_be_visible()  # all of it is there
        press(page, "r")
        page.locator(".field-text").get_by_role("button", name="Show more").click()
        expect(page.locator(".focus-record .field-text .text")).to_have_text(re.compile(r".{50000}", re.DOTALL))
        press(page, f"r {number % 5 + 1} Enter")
        saved(page)
    for sign in ("NUL", "ESC", "RLO"):
        page.goto(f"{served.url}/?table=samples&show=all&query=bell OR evil")
        expect(page.locator(".feed .sign", has_text=re.compile(rf"^{sign}")).first).to_be_visible()
    page.goto(f"{served.url}/?table=samples&show=all")
    settled(page)
    expect(cards(page)).to_have_count(25)
    assert "owned" not in page.title()
    assert page.locator("iframe, object, embed, script:not([src])").count() == 0


KINDS = {
    "a script": "<script",
    "a handler of events": " onerror=",
    "a link that is a program": "javascript:",
    "colours of a terminal": "\x1b[31m",
    "text turned around": "\u202e",
    "a formula that is broken": "\\frac{1}{$",
    "Markdown that never ends": "*" * 5000,
    "another machine": "http://192.0.2.1/",
}


def test_the_three_hundred_mean_harm_in_every_way_that_is_known() -> None:
    rows = hostile()
    assert len(rows) == len({row["synthesized text"] for row in rows}) == 300
    for kind, sign in KINDS.items():
        for field in ("input persona", "synthesized text"):
            assert sum(sign in row[field] for row in rows) >= 10, (kind, field)
    assert sum(len(row["synthesized text"]) == LONG for row in rows) == len(LARGE) == 5
