"""Thousands of records in a row: the page keeps what it shows, and no more."""

import json
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext, expect

from personahub.api import Hub
from tests.browser.conftest import opened
from tests.browser.hands import cards, settled
from tests.browser.served import Served

PASSED = 5_000  # records
HEAP = 100 * 2**20  # bytes that objects of the page may take


def test_five_thousand_records_leave_little_behind(
    serve: Callable[..., Served], browse: Callable[..., BrowserContext], tmp_path: Path
) -> None:
    """By the button, a page at a time; benchmarks/review_browser.py goes by the key, on a million records."""
    texts = [
        f"A keeper of {number} bees. " + "Hives, honey and rain in a garden by the sea. " * 10
        for number in range(PASSED)
    ]
    (tmp_path / "rows.jsonl").write_text("\n".join(json.dumps({"persona": text}) for text in texts), "utf-8")
    Hub(tmp_path / "my.hub").import_([tmp_path / "rows.jsonl"])
    served = serve(tmp_path / "my.hub")
    page = opened(browse(served), served, "/?table=personas")
    settled(page, PASSED)
    tools = page.context.new_cdp_session(page)
    tools.send("Performance.enable")
    before = page.locator("*").count()
    page.evaluate(
        """async (pages) => {
          const frame = () => new Promise((done) => requestAnimationFrame(done));
          for (let page = 1; page < pages; page += 1) {
            const before = document.querySelector('.feed article').dataset.id;
            [...document.querySelectorAll('.pager button')].at(-1).click();
            while (document.querySelector('.feed article').dataset.id === before) await frame();
          }
        }""",
        PASSED // 25,
    )
    expect(cards(page)).to_have_count(25)
    expect(cards(page).last).to_contain_text(f"A keeper of {PASSED - 1} bees")
    tools.send("HeapProfiler.collectGarbage")
    told = {one["name"]: one["value"] for one in tools.send("Performance.getMetrics")["metrics"]}
    assert told["JSHeapUsedSize"] < HEAP
    assert page.locator("*").count() < 2 * before
