"""For everyone: WCAG 2.2 AA by axe, by keyboard, in a narrow window, in every dress."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import opened
from tests.browser.hands import press, settled
from tests.browser.served import Served, ask

Browse = Callable[..., BrowserContext]
AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text("utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SCREENS = [
    "explore",
    "similar",
    "focus",
    "rendered",
    "correct",
    "bulk",
    "help",
    "map",
    "charts",
    "keep",
    "runs",
    "asked",
    "people",
    "none",
]


def _go(page: Page, served: Served, screen: str) -> None:
    """A screen as one comes to it, with what it has to show there."""
    keys = {"similar": "s", "focus": "j o", "rendered": "r", "correct": "c 4", "bulk": "v b", "help": "?"}
    if screen in keys:
        settled(page, 80)
        press(page, keys[screen])
        expected = {
            "similar": ".near article",
            "focus": ".lineage",
            "rendered": ".rendered",
            "correct": ".panel textarea",
            "bulk": "dialog .preview strong",
            "help": "dialog .keys",
        }
        page.locator(expected[screen]).first.wait_for()
    elif screen == "none":
        page.goto(f"{served.url}/?table=samples&query=nothinglikethis&where=record%20%3E%203")
        page.locator(".empty").wait_for()
    elif screen != "explore":
        page.goto(f"{served.url}/?screen={'runs' if screen == 'asked' else screen}&table=samples")
        page.locator("h1").wait_for()
    if screen in ("runs", "asked"):
        page.get_by_label("synthesize").check()
    if screen == "asked":
        page.locator("#option-task").fill("math")
        page.locator("#option-model").fill("offline")
        page.get_by_role("button", name="Show what would be asked").click()
        page.locator(".preview-box details").first.wait_for()
    if screen == "map":
        page.locator(".map-picture").wait_for()
    page.wait_for_load_state("networkidle")


@pytest.mark.parametrize("dress", ["light", "dark", "forced"])
def test_axe_finds_nothing_on_any_screen(browse: Browse, shown: Served, dress: str) -> None:
    context = browse(
        shown,
        color_scheme="dark" if dress == "dark" else "light",
        forced_colors="active" if dress == "forced" else "none",
        reduced_motion="reduce",
    )
    _mapped(opened(context, shown))
    found = []
    for screen in SCREENS:
        page = opened(context, shown)
        _go(page, shown, screen)
        found += [(screen, *one) for one in axe(page)]
        page.close()
    assert found == []


def axe(page: Page) -> list[tuple[str, list[str]]]:
    """What axe finds on a page: rules, and where they are broken."""
    page.evaluate(AXE)
    told = page.evaluate("tags => axe.run(document, { runOnly: tags, resultTypes: ['violations'] })", TAGS)
    return [(one["id"], [node["html"][:200] for node in one["nodes"]][:3]) for one in told["violations"]]


def _mapped(page: Page) -> None:
    """The map is there."""
    body = {"table": "samples", "field": "persona"}
    while (state := ask(page, "/api/map", body)["state"]) != "ready":
        if state == "none":
            ask(page, "/api/map/make", body)
        page.wait_for_timeout(100)


def test_a_narrow_window_and_400_percent_need_no_sideways_scrolling(browse: Browse, shown: Served) -> None:
    """1280 pixels at 400 % are 320."""
    context = browse(shown, viewport={"width": 320, "height": 640})
    _mapped(opened(context, shown))
    for screen in SCREENS:
        page = opened(context, shown)
        _go(page, shown, screen)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{screen} is {wide} pixels too wide"
        page.close()


def test_tab_goes_round_every_screen_and_is_always_seen(browse: Browse, shown: Served) -> None:
    page = opened(browse(shown), shown)
    for screen in ("explore", "focus", "map", "charts", "keep", "runs", "people"):
        _go(page, shown, screen) if screen != "explore" else settled(page, 80)
        seen = []
        for _ in range(40):
            page.keyboard.press("Tab")
            told = page.evaluate(
                """() => { const e = document.activeElement; const r = e.getBoundingClientRect();
                  const s = getComputedStyle(e);
                  const inner = e.matches('.rating input, .options input') ? getComputedStyle(e.parentElement) : s;
                  return [e.tagName, r.width > 0, inner.outlineStyle !== 'none' || s.outlineStyle !== 'none']; }"""
            )
            seen.append(told[0])
            assert told[0] == "BODY" or all(told[1:]), (
                screen,
                page.evaluate("document.activeElement.outerHTML.slice(0, 300)"),
            )
        assert len(set(seen)) > 1, screen


def test_reduced_motion_moves_nothing(browse: Browse, shown: Served) -> None:
    context = browse(shown, reduced_motion="reduce")
    page = opened(context, shown)
    settled(page, 80)
    moving = page.evaluate(
        """[...document.querySelectorAll('*')].filter((e) => {
          const s = getComputedStyle(e);
          return parseFloat(s.transitionDuration) > 0 || s.animationName !== 'none';
        }).length"""
    )
    assert moving == 0


def test_a_screen_reader_hears_how_many_there_are_and_what_was_done(browse: Browse, served: Served) -> None:
    page = opened(browse(served), served)
    settled(page, 80)
    live = page.locator("[aria-live=polite]")
    expect(live).to_have_text("80 of 80 records")
    press(page, "x")
    expect(live).to_have_text("Discarded.")
    expect(page.get_by_role("feed")).to_be_visible()
    expect(page.get_by_role("article")).to_have_count(25)


TOUR = [
    *("j", "/", "Escape", "k", "s", "Shift+S", "o", "j", "r", "r", "o", "l", "o", "c", "Escape", "f", "Escape"),
    *("v", "b", "Escape", "v", "?", "Escape", "5", "Enter", "x", "d", "n", "u", "u", "u", "Shift+U", "m", "e"),
]


def test_a_tour_by_keys_never_loses_the_focus(browse: Browse, served: Served) -> None:
    """After each key what has the focus is there and seen, so that the next Tab goes on from it."""
    page = opened(browse(served), served)
    settled(page, 80)
    lost = []
    for number, key in enumerate(TOUR):
        page.keyboard.press(key)
        page.wait_for_timeout(150)
        page.wait_for_load_state("networkidle")
        told = page.evaluate(
            """() => { const e = document.activeElement; const r = e.getBoundingClientRect();
              return [e.tagName, r.width > 0 && r.height > 0]; }"""
        )
        if told[0] == "BODY" or not told[1]:
            lost.append((number, key, told))
    assert lost == []
