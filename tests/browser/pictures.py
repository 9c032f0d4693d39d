"""Pictures of every screen, light and dark, for the docs.

python tests/browser/pictures.py LINK [FOLDER] [NAMES]      LINK as `personahub ui` shows it
"""

import sys
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, sync_playwright

FOLDER = Path(__file__).parents[2] / "docs" / "images"
SIZE = {"width": 1280, "height": 800}
TOOLS = "/?table=samples&task=tool"
SCREENS = {
    "explore": f"{TOOLS}&query=tool&field=description",
    "judge": TOOLS,
    "similar": TOOLS,
    "large": f"{TOOLS}&q=",
    "formulas": "/?table=samples&task=math",
    "many": TOOLS,
    "keys": TOOLS,
    "map": "/?screen=map&table=personas&colour=hop",
    "charts": "/?screen=charts&table=personas",
    "keep": "/?screen=keep&table=samples&task=tool",
    "runs": "/?screen=runs",
    "people": "/?screen=people&table=samples&task=tool",
    "narrow": TOOLS,
}
KEYS = {
    "judge": "j 4 c",
    "similar": "j j s",
    "large": "j r o",
    "formulas": "r o",
    "many": "v j v j v b",
    "keys": "?",
}


def main(link: str, folder: Path, names: list[str]) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        first = browser.new_context()
        page = first.new_page()
        page.goto(link)
        page.locator("header.top").wait_for()
        state = first.storage_state()
        where = f"http://{urlsplit(link).netloc}"
        for dress in ("light", "dark"):
            for name in names:
                size = {"width": 360, "height": 740} if name == "narrow" else SIZE
                context = browser.new_context(storage_state=state, color_scheme=dress, viewport=size)  # type: ignore[arg-type]
                page = context.new_page()
                page.goto(where + SCREENS[name])
                _prepare(page, name)
                page.screenshot(path=folder / f"review-{name}-{dress}.png")
                context.close()
        browser.close()


def _prepare(page: Page, name: str) -> None:
    page.locator("header.top").wait_for()
    page.wait_for_load_state("networkidle")
    for key in KEYS.get(name, "").split():
        page.keyboard.press(key)
    if name == "judge":
        page.locator(".panel textarea").first.press("Control+Home")
        page.keyboard.type("A better beginning. ")
    if name == "map":
        make, picture = page.get_by_role("button", name="Make the map"), page.locator(".map-picture")
        make.or_(picture).first.wait_for()
        if make.is_visible():
            make.click()
        picture.wait_for(timeout=60_000)
    if name == "runs":
        page.get_by_label("synthesize").check()
        page.locator("#option-task").fill("math")
        page.locator("#option-model").fill("offline")
        page.get_by_role("button", name="Show what").click()
        page.locator(".preview-box").wait_for()
    page.wait_for_load_state("networkidle")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]) if len(sys.argv) > 2 else FOLDER, sys.argv[3:] or list(SCREENS))
