"""A whole sitting: tools are searched, likenesses looked at, three records judged, and what is kept is taken away."""

import json
from collections.abc import Callable
from pathlib import Path

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


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def test_search_similar_judge_undo_and_export(sitting: Page, source: Path, tmp_path: Path) -> None:
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
    rows = _rows(Path(download.value.path()))
    assert {row["input persona"] for row in rows} == set(texts[:2])
    assert len(rows) == 2
    originals = {row["input persona"]: row["synthesized text"] for row in _rows(source)}
    corrected = [row for row in rows if row["synthesized text"] != originals[row["input persona"]]]
    assert [row["input persona"] for row in corrected] == [texts[1]]
    assert corrected[0]["synthesized text"] == originals[texts[1]] + " (checked)"


def _find(page: Page, words: str) -> str:
    """The first record on the list whose persona has these words, by the keys that a person presses."""
    page.get_by_label("Condition").fill(f"persona LIKE '%{words}%'")
    page.keyboard.press("Enter")
    expect(page.locator(".chips li").first).to_be_visible()
    settled(page)
    name = current(page).get_attribute("data-id")
    page.keyboard.press("Escape")
    return str(name)


def test_all_of_it_by_keyboard_alone(served: Served, browse: Callable[[Served], BrowserContext]) -> None:
    """No click: the keys of the page, Tab, Enter and Space."""
    page = opened(browse(served), served)
    settled(page, 80)
    press(page, "/")
    page.keyboard.type(MAKER)
    settled(page, 8)
    press(page, "Enter s")
    expect(page.locator(".near article")).to_contain_text(MAKER)
    settled(page, 7)
    press(page, "5 Enter 4 Enter x u")
    saved(page)
    press(page, "Shift+S")
    expect(page.locator(".near")).to_have_count(0)
    for name in ("Keep", "Export 2"):
        _tab_to(page, name)
        page.keyboard.press("Enter")
        page.locator(".screen.keep").wait_for()
        expect(page.locator(".figure").first).to_have_text("2 records")
    expect(page.locator(".made")).to_contain_text("2 records")
    _tab_to(page, "Download", exact=False)
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert len(_rows(Path(download.value.path()))) == 2


def _tab_to(page: Page, name: str, *, exact: bool = True) -> None:
    """As far as Tab must be pressed; the focus is never lost on the way."""
    for _ in range(150):
        page.keyboard.press("Tab")
        said = page.evaluate("(document.activeElement?.innerText ?? '').trim()")
        assert page.evaluate("document.activeElement !== null"), "the focus is lost"
        if said == name or (not exact and said.startswith(name)):
            return
    raise AssertionError(f"Tab does not lead to {name}")
