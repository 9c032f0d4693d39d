"""The page is opened by whoever has the link, and by nobody else."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Route, expect

from tests.browser.conftest import opened
from tests.browser.hands import cards, settled
from tests.browser.served import Served, ask
from tests.browser.test_access import axe

Browse = Callable[[Served], BrowserContext]


def test_the_link_opens_the_page_and_its_token_leaves_the_address(chromium: Browser, served: Served) -> None:
    context = chromium.new_context()
    page = context.new_page()
    went: list[str] = []
    page.on("request", lambda request: went.append(request.url) if request.is_navigation_request() else None)
    page.goto(served.link)
    expect(cards(page).first).to_be_visible()
    assert went == [served.link]
    assert "token" not in page.url
    assert urlsplit(page.url).path == "/"
    page.reload()
    expect(cards(page).first).to_be_visible()
    page.goto("about:blank")
    page.go_back()
    expect(cards(page).first).to_be_visible()
    assert "token" not in page.url
    cookie = context.cookies()[0]
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Strict"
    context.close()


def test_the_link_may_be_followed_from_elsewhere(chromium: Browser, served: Served) -> None:
    """Browsers keep the cookie to themselves on a way that another site began."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f'data:text/html,<a href="{served.link}">the page</a>')
    page.get_by_role("link").click()
    expect(cards(page).first).to_be_visible()
    assert "token" not in page.url
    context.close()


@pytest.mark.parametrize("anywhere", [False, True])
def test_a_password_opens_the_page(
    chromium: Browser, serve: Callable[..., Served], hub: Path, tmp_path: Path, *, anywhere: bool
) -> None:
    (tmp_path / "word").write_text("correct horse battery\n", "utf-8")
    served = serve(hub, "--password-file", str(tmp_path / "word"))
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{served.url}/?screen=map" if anywhere else served.link)
    assert axe(page) == []
    _enter(page, "correct horse")
    expect(page.locator("body")).to_contain_text("That is not the password.")
    _enter(page, "correct horse battery")
    expect(cards(page).first).to_be_visible()
    assert urlsplit(page.url).path == "/"
    page.reload()
    expect(cards(page).first).to_be_visible()
    assert ask(page, "/api/hub", {})["reviewer"] == "ann"
    context.close()


def _enter(page: Page, word: str) -> None:
    page.get_by_label("Password").fill(word)
    page.get_by_label("Your name").fill("ann")
    page.get_by_role("button").click()


def test_without_the_link_there_is_a_page_that_says_how_to_open_it(chromium: Browser, shown: Served) -> None:
    context = chromium.new_context()
    page = context.new_page()
    answer = page.goto(shown.url)
    assert answer is not None
    assert answer.status == 401
    expect(page.locator("body")).to_contain_text("personahub ui")
    assert axe(page) == []
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


_TRIES = """
window.tried = [];
const tried = (name, act) => { try { act(); window.tried.push(name); } catch { /* refused */ } };
addEventListener('securitypolicyviolation', (event) => (window.refused ??= new Set()).add(event.effectiveDirective));
tried('eval', () => eval('1'));
tried('Function', () => new Function('return 1')());
tried('innerHTML', () => { document.createElement('p').innerHTML = '<b>x</b>'; });
tried('inline script', () => {
  const script = document.createElement('script');
  script.textContent = 'window.inline = true';
  document.head.append(script);
});
const handled = document.createElement('button');
handled.toggleAttribute('hidden');
try { handled.setAttribute('onclick', 'window.handled = true'); } catch { /* refused at once */ }
document.body.append(handled);
handled.click();
const linked = document.createElement('a');
linked.href = 'javascript:window.linked = true';
document.body.append(linked);
linked.click();
const image = new Image();
image.src = 'http://192.0.2.1/pixel.png';
const frame = document.createElement('iframe');
frame.src = 'http://192.0.2.1/';
document.body.append(frame);
fetch('http://192.0.2.1/').then(() => window.tried.push('fetch'), () => undefined);
window.done = true;
"""


def test_the_policy_stops_a_script_of_the_page_itself(chromium: Browser, shown: Served) -> None:
    """A module of the page with more behind it, as if somebody had got that far: what a test evaluates may do more."""
    context = chromium.new_context(storage_state=shown.state(chromium))
    page = context.new_page()

    def longer(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=f"{answer.text()}\n{_TRIES}")

    def scripted(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(
            response=answer, body=answer.text().replace("</head>", "<script>window.written = 1</script></head>")
        )

    page.route("**/static/app.js", longer)
    page.route(f"{shown.url}/", scripted)
    page.goto(f"{shown.url}/")
    page.wait_for_function("window.done")
    expect(page.locator("header.top")).to_be_visible()
    page.wait_for_function("['connect-src', 'img-src', 'frame-src'].every((name) => window.refused?.has(name))")
    assert page.evaluate("window.tried") == []
    assert page.evaluate("[window.inline, window.handled, window.linked, window.written]") == [None] * 4
    refused = set(page.evaluate("[...window.refused]"))
    assert {"script-src-elem", "require-trusted-types-for"} <= refused, refused
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
    page.locator(".near-line").get_by_label("by").select_option("description")
    expect(page.locator(".near article .title")).to_have_text("Description")
    similar = page.url
    page.go_back()
    page.go_back()
    expect(page.locator(".near")).to_have_count(0)
    settled(page, 72)
    expect(page.get_by_label("Search", exact=True)).to_have_value("tool")
    page.go_forward()
    expect(page.locator(".near-line").get_by_label("by")).to_have_value("persona")
    page.go_forward()
    expect(page.locator(".near-line").get_by_label("by")).to_have_value("description")
    page.reload()
    expect(page.locator(".near article .title")).to_have_text("Description")
    expect(page.locator(".near-line").get_by_label("by")).to_have_value("description")
    expect(page.get_by_label("Search", exact=True)).to_have_value("tool")
    assert page.url == similar


def test_a_record_of_the_address_is_the_one_that_is_looked_at(browse: Browse, shown: Served) -> None:
    page = opened(browse(shown), shown)
    settled(page, 80)
    for _ in range(3):
        page.keyboard.press("j")
    name = page.locator("article[aria-current=true]").get_attribute("data-id")
    expect(page).to_have_url(re.compile(f"at={name}"))
    page.reload()
    expect(page.locator("article[aria-current=true]")).to_have_attribute("data-id", str(name))
