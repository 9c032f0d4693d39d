"""A whole sitting: tools are searched, likenesses looked at, three records judged, and what is kept is taken away."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from personahub.api import Hub
from tests.browser.conftest import opened
from tests.browser.hands import at, current, press, saved, search, settled
from tests.browser.rows import tools, written
from tests.browser.served import Served

RELEASED = Path(__file__).parents[3] / "shared" / "data" / "personas" / "personahub_tool.jsonl"
MAKER = "medical device manufacturer"


@pytest.fixture(scope="module", params=["made", "released"])
def source(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if request.param == "made":
        return written(tools(), tmp_path_factory.mktemp("made") / "tools.jsonl")
    if not RELEASED.is_file():
        pytest.skip(f"the released rows are not at {RELEASED}")
    return RELEASED


@pytest.fixture
def sitting(
    source: Path, tmp_path: Path, serve: Callable[..., Served], browse: Callable[[Served], BrowserContext]
) -> Page:
    Hub(tmp_path / "tools.hub").import_([source], task="tool")
    served = serve(tmp_path / "tools.hub")
    return opened(browse(served), served)


def _rows(file: Path) -> list[dict[str, Any]]:
    with file.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def test_search_similar_judge_undo_and_export(sitting: Page, source: Path) -> None:
    page = sitting
    search(page, "tool", "description")
    expect(page.locator(".feed .field-description mark").first).to_have_text("tool")
    search(page, f'"{MAKER}"', "persona")
    expect(current(page).locator(".field-persona mark").first).to_have_text(MAKER)
    settled(page)
    search(page, "tool", "description")
    settled(page)
    reference = _find(page, MAKER)
    press(page, "s")
    expect(page.locator(".near article")).to_contain_text(MAKER)
    expect(page.locator(".near-line").get_by_label("by")).to_have_value("persona")
    page.get_by_role("button", name="Let go: where").click()  # it found the reference; its like may be anybody
    settled(page)
    seen = [card.get_attribute("data-id") for card in page.locator(".feed article").all()[:4]]
    assert reference not in seen
    texts = [page.locator(f"[data-id='{name}'] .field-persona .text").inner_text() for name in seen]
    press(page, "5 Enter")  # the first is kept
    at(page, 2)
    press(page, "4 c")
    page.get_by_label("Correction").press("Control+End")
    page.keyboard.type(" (checked)")
    page.keyboard.press("Control+Enter")  # the second is kept, corrected
    at(page, 3)
    press(page, "f")
    page.keyboard.type("too vague")
    press(page, "Escape x")  # the third is discarded
    at(page, 4)
    press(page, "3 Enter u")  # the fourth was a mistake
    at(page, 4)
    saved(page)
    expect(current(page)).to_contain_text("pending")
    page.get_by_role("link", name="Keep").click()
    expect(page.locator(".figure").first).to_have_text("2 records")
    page.get_by_label("Name").fill("chosen")
    page.get_by_role("button", name="Save 2").click()
    expect(page.locator(".rows")).to_contain_text("chosen")
    page.get_by_role("button", name="Export 2").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    _is_what_was_kept(_rows(Path(download.value.path())), source, texts)


def _find(page: Page, words: str) -> str:
    """The first record on the list whose persona has these words, by the keys that a person presses."""
    page.get_by_label("Condition").fill(f"persona LIKE '%{words}%'")
    page.keyboard.press("Enter")
    expect(page.locator(".chips li").first).to_be_visible()
    settled(page)
    name = current(page).get_attribute("data-id")
    page.keyboard.press("Escape")
    return str(name)


def test_all_of_it_by_keyboard_alone(sitting: Page, source: Path) -> None:
    """The same sitting without a click or a field that is filled from outside: keys, and what is read on the screen."""
    page, keys = sitting, sitting.keyboard
    _choose(page, "Where to look", "in des")
    press(page, "Escape /")
    keys.type("tool")
    expect(page.locator(".feed .field-description mark").first).to_have_text("tool")
    _choose(page, "Where to look", "in per")
    press(page, "Escape / Control+a")
    keys.type(f'"{MAKER}"')
    expect(current(page).locator(".field-persona mark").first).to_have_text(MAKER)
    settled(page)
    press(page, "Enter s")  # the reference; the words are let go, as its like may be anybody
    expect(page.locator(".near article")).to_contain_text(MAKER)
    reference = page.locator(".near article code").get_attribute("title")
    _choose(page, "Where to look", "in des")
    press(page, "Escape / Control+a")
    keys.type("tool")
    expect(page).to_have_url(re.compile("query=tool"))
    settled(page)
    press(page, "Enter")
    seen = [card.get_attribute("data-id") for card in page.locator(".feed article").all()[:4]]
    assert reference not in seen
    texts = [page.locator(f"[data-id='{name}'] .field-persona .text").inner_text() for name in seen]
    press(page, "5 Enter")
    at(page, 2)
    press(page, "4 c")
    expect(page.get_by_label("Correction")).to_be_focused()
    press(page, "Control+End")
    keys.type(" (checked)")
    press(page, "Control+Enter")
    at(page, 3)
    press(page, "f")
    keys.type("too vague")
    press(page, "Escape x")
    at(page, 4)
    press(page, "3 Enter u")
    at(page, 4)
    saved(page)
    expect(current(page)).to_contain_text("pending")
    press(page, "Shift+S")
    expect(page.locator(".near")).to_have_count(0)
    _tab_to(page, "Keep")
    press(page, "Enter")
    expect(page.locator(".figure").first).to_have_text("2 records")
    _tab_to(page, "Export 2")
    press(page, "Enter")
    expect(page.locator(".made")).to_contain_text("2 records")
    _tab_to(page, "Download", exact=False)
    with page.expect_download() as download:
        press(page, "Enter")
    _is_what_was_kept(_rows(Path(download.value.path())), source, texts)


def _is_what_was_kept(rows: list[dict[str, Any]], source: Path, personas: list[str]) -> None:
    """Of the first two of four records, each with its judgement, and the second with its correction."""
    originals = {row["input persona"]: row["synthesized text"] for row in _rows(source)}
    assert {row["input persona"] for row in rows} == set(personas[:2])
    assert len(rows) == 2
    by_persona = {row["input persona"]: row for row in rows}
    first, second = (by_persona[persona] for persona in personas[:2])
    assert first["synthesized text"] == originals[personas[0]]
    assert second["synthesized text"] == f"{originals[personas[1]]} (checked)"
    assert [one["judgement"]["rating"] for one in (first, second)] == [5, 4]
    assert [one["judgement"]["reviewers"] for one in (first, second)] == [["reviewer"], ["reviewer"]]


def _choose(page: Page, name: str, begins: str) -> None:
    """An option of a field that Tab leads to, by the letters it begins with."""
    for _ in range(150):
        if page.evaluate("document.activeElement.ariaLabel") == name:
            page.keyboard.type(begins)
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {name}")


def _tab_to(page: Page, name: str, *, exact: bool = True) -> None:
    """As far as Tab must be pressed; the focus is never lost on the way."""
    for _ in range(150):
        page.keyboard.press("Tab")
        said = page.evaluate("(document.activeElement?.innerText ?? '').trim()")
        assert page.evaluate("document.activeElement !== null"), "the focus is lost"
        if said == name or (not exact and said.startswith(name)):
            return
    raise AssertionError(f"Tab does not lead to {name}")
