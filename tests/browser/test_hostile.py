"""Three hundred records that mean harm, on every screen: nothing runs, and the page stays of use."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from personahub.api import Hub
from tests.browser.conftest import opened
from tests.browser.hands import cards, press, saved, search, settled
from tests.browser.rows import hostile, written
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
    assert total >= 280
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
    large = ask(page, "/api/records", {"view": {"table": "samples", "sort": "length", "down": True}, "limit": 1})[
        "records"
    ][0]
    page.goto(f"{served.url}/?screen=focus&table=samples&at={large['id']}")
    expect(page.locator(".focus-record .field-text")).to_contain_text("<b>five million</b>")
    page.get_by_role("button", name="Show more").first.click()
    expect(page.locator(".focus-record .text").first).to_be_visible()
    press(page, "2 Enter")
    saved(page)
    page.goto(f"{served.url}/?table=samples&show=all")
    settled(page)
    assert cards(page).count() == 25
    assert "owned" not in page.title()
    assert page.locator("iframe, object, embed, script:not([src])").count() == 0
