"""What a person does on the page, and what they wait for."""

from playwright.sync_api import Locator, Page, expect


def cards(page: Page) -> Locator:
    return page.locator(".feed article")


def current(page: Page) -> Locator:
    return page.locator("article[aria-current=true]")


def settled(page: Page, total: int | None = None) -> None:
    """The list is there and has as many records."""
    if total is not None:  # first: what follows is so of the list before, too
        expect(page.locator(".total strong")).to_have_text(f"{total:,}")
    expect(page.locator(".middle")).to_have_attribute("aria-busy", "false")
    expect(page.locator(".panel fieldset, .empty, .middle .wrong").first).to_be_attached()
    expect(page.locator(".feed[aria-busy=true]")).to_have_count(0)  # those behind the first screen are drawn, too


def saved(page: Page) -> None:
    expect(page.locator(".saved")).to_contain_text("saved")


def search(page: Page, words: str, field: str | None = None) -> None:
    if field is not None:
        page.get_by_label("Where to look").select_option(field)
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.get_by_label("Search", exact=True).fill(words)


def press(page: Page, keys: str) -> None:
    for key in keys.split():
        page.keyboard.press(key)


def at(page: Page, number: int) -> None:
    """The record of this number is looked at."""
    expect(current(page)).to_have_attribute("aria-posinset", str(number))
