"""The page is opened by whoever has the link, and by nobody else."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect

from tests.browser.conftest import opened
from tests.browser.hands import cards, settled
from tests.browser.served import Served

Browse = Callable[[Served], BrowserContext]


def test_the_link_opens_the_page_and_its_token_leaves_the_address(chromium: Browser, served: Served) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(served.link)
    expect(cards(page).first).to_be_visible()
    assert "token" not in page.url
    assert urlsplit(page.url).path == "/"
    cookie = context.cookies()[0]
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Strict"
    context.close()


def test_without_the_link_there_is_a_page_that_says_how_to_open_it(chromium: Browser, shown: Served) -> None:
    context = chromium.new_context()
    page = context.new_page()
    answer = page.goto(shown.url)
    assert answer is not None
    assert answer.status == 401
    expect(page.locator("body")).to_contain_text("personahub ui")
    context.close()


def test_a_link_works_once(chromium: Browser, served: Served) -> None:
    served.state(chromium)
    context = chromium.new_context()
    answer = context.new_page().goto(served.link)
    assert answer is not None
    assert answer.status == 401
    context.close()


def test_the_policy_refuses_what_a_script_of_the_page_may_not(chromium: Browser, shown: Served) -> None:
    context = chromium.new_context(storage_state=shown.state(chromium))
    page = opened(context, shown)
    script = "const s = document.createElement('script'); s.src = '/static/app.js'; document.head.append(s)"
    with pytest.raises(Error, match="TrustedScriptURL"):
        page.evaluate(script)
    with pytest.raises(Error, match="TrustedHTML"):
        page.evaluate("document.createElement('p').innerHTML = '<b>x</b>'")
    policy = page.evaluate("fetch('/').then(a => a.headers.get('content-security-policy'))")
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "trusted-types 'none'" in policy
    context.close()


def test_other_hosts_origins_and_kinds_of_requests_are_refused(look: Page, shown: Served) -> None:
    def status(method: str, path: str, **how: object) -> int:
        return int(look.request.fetch(shown.url + path, method=method, **how).status)  # type: ignore[arg-type]

    own = {"Origin": shown.url}
    assert status("POST", "/api/hub", data={}, headers=own) == 200
    assert status("POST", "/api/hub", data={}, headers={**own, "Host": "example.org"}) == 421
    assert status("POST", "/api/hub", data={}, headers={"Origin": "http://example.org"}) == 403
    assert status("POST", "/api/hub", form={"a": "b"}, headers=own) == 415
    assert status("GET", "/api/hub") == 405
    assert status("POST", "/api/hub", data={"x": "y" * 1_200_000}, headers=own) == 413
    for path in (
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static//etc/passwd",
        "/api/export/..%2f..%2fx",
        "/static/vendor/%00",
    ):
        assert status("GET", path) in (400, 404), path


def test_the_state_of_the_page_is_in_its_address(browse: Browse, shown: Served) -> None:
    page = opened(browse(shown), shown)
    settled(page, 80)
    page.get_by_label("Search", exact=True).fill("tool")
    settled(page, 72)
    page.locator("summary", has_text="length").click()
    page.keyboard.press("Escape")
    cards(page).nth(1).get_by_label("Find similar").click()
    expect(page.locator(".near")).to_be_visible()
    similar = page.url
    page.go_back()
    expect(page.locator(".near")).to_have_count(0)
    settled(page, 72)
    expect(page.get_by_label("Search", exact=True)).to_have_value("tool")
    page.go_forward()
    expect(page.locator(".near")).to_be_visible()
    page.reload()
    expect(page.locator(".near article")).to_be_visible()
    assert page.url == similar


def test_a_record_of_the_address_is_the_one_that_is_looked_at(browse: Browse, shown: Served) -> None:
    page = opened(browse(shown), shown)
    for _ in range(3):
        page.keyboard.press("j")
    name = page.locator("article[aria-current=true]").get_attribute("data-id")
    expect(page).to_have_url(re.compile(f"at={name}"))
    page.reload()
    expect(page.locator("article[aria-current=true]")).to_have_attribute("data-id", str(name))
