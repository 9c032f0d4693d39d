"""Whatever breaks in between, what was decided is kept once."""

import resource
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import opened
from tests.browser.hands import at, current, press, saved, settled
from tests.browser.served import Served, ask
from tests.browser.test_access import axe

Browse = Callable[[Served], BrowserContext]


def _history(page: Page, name: str) -> list[str]:
    told = ask(page, "/api/record", {"table": "samples", "id": name})
    return [one["action"] for one in told["history"]]


def _mine(page: Page) -> dict[str, int]:
    progress = ask(page, "/api/progress", {"view": {"table": "samples", "task": "tool", "show": "all"}})
    return {name: count for name, count in progress["mine"].items() if count and name != "pending"}


def test_a_server_that_was_killed_gets_each_judgement_once(page: Page, served: Served) -> None:
    settled(page, 80)
    names = [card.get_attribute("data-id") for card in page.locator(".feed article").all()[:6]]
    press(page, "1 Enter 2 Enter")
    saved(page)
    served.kill()
    press(page, "3 Enter 4 Enter x")
    at(page, 6)
    expect(page.locator(".banner")).to_contain_text("wait in this browser")
    expect(page.locator(".saved")).to_contain_text("3 to save")
    served.start()
    saved(page)
    expect(page.locator(".banner")).to_have_count(0)
    assert _mine(page) == {"submitted": 4, "discarded": 1}
    assert [_history(page, str(name)) for name in names] == [
        ["submit"],
        ["submit"],
        ["submit"],
        ["submit"],
        ["discard"],
        [],
    ]


def test_a_tab_that_was_closed_without_a_server_loses_nothing(browse: Browse, served: Served) -> None:
    context = browse(served)
    page = opened(context, served)
    settled(page, 80)
    served.kill()
    press(page, "5 Enter 4 Enter u x")
    expect(page.locator(".saved")).to_contain_text("4 to save")
    page.close()
    served.start()
    page = opened(context, served)
    saved(page)
    assert _mine(page) == {"submitted": 1, "discarded": 1}


def test_two_tabs_and_one_record_are_a_conflict_that_is_shown(browse: Browse, served: Served) -> None:
    context = browse(served)
    first, second = opened(context, served), opened(context, served)
    settled(first, 80)
    settled(second, 80)
    press(first, "2 Enter")
    saved(first)
    press(second, "5 Enter")
    dialog = second.get_by_role("dialog")
    expect(dialog).to_contain_text("judged elsewhere")
    expect(dialog.locator("section").nth(0)).to_contain_text("2")
    expect(dialog.locator("section").nth(1)).to_contain_text("5")
    assert axe(second) == []
    dialog.get_by_role("button", name="Take mine").click()
    saved(second)
    name = second.locator(".feed article").first.get_attribute("data-id")
    told = ask(second, "/api/record", {"table": "samples", "id": str(name)})
    assert [one["answers"]["rating"] for one in told["judgements"]] == [5]
    assert len(told["history"]) == 2


def test_a_full_disk_is_told_and_nothing_is_lost(page: Page, served: Served) -> None:
    """The server's process may write no file beyond its first bytes: for it, the disk is full."""
    settled(page, 80)
    press(page, "1 Enter")
    saved(page)
    before = resource.prlimit(served.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(served.pid, resource.RLIMIT_FSIZE, (1, before[1]))
    press(page, "2 Enter 3 Enter")
    at(page, 4)
    expect(page.locator(".banner")).to_contain_text("wait in this browser")
    expect(page.locator(".saved")).to_contain_text("2 to save")
    resource.prlimit(served.pid, resource.RLIMIT_FSIZE, before)
    saved(page)
    assert _mine(page) == {"submitted": 3}
    expect(current(page)).to_contain_text("pending")


def test_a_page_that_only_reads_says_so(serve: Callable[..., Served], browse: Browse, hub: object) -> None:
    served = serve(hub, "--read-only")
    page = opened(browse(served), served)
    settled(page, 80)
    expect(page.locator(".brand")).to_contain_text("reads only")
    expect(page.get_by_role("button", name="Submit")).to_be_disabled()
    press(page, "x")
    expect(page.locator(".told")).to_contain_text("only reads")
    at(page, 1)
    assert _mine(page) == {}
