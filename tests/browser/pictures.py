"""Pictures of every screen, light and dark, for the docs, of a hub that is made for them.

python -m tests.browser.pictures [FOLDER] [NAMES]
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from personahub.api import Hub
from tests.browser.rows import tools, written
from tests.browser.served import Served

FOLDER = Path(__file__).parents[2] / "docs" / "images"
SIZE = {"width": 1280, "height": 800}
TOOLS = "/?table=samples&task=tool"
SCREENS = {
    "explore": f"{TOOLS}&query=tool&field=description",
    "judge": TOOLS,
    "similar": TOOLS,
    "large": f"{TOOLS}&q=",
    "formulas": "/?table=samples&task=proofs",
    "many": TOOLS,
    "keys": TOOLS,
    "map": "/?screen=map&table=personas&colour=domain",
    "charts": "/?screen=charts&table=personas",
    "keep": "/?screen=keep&table=samples&task=tool",
    "runs": "/?screen=runs",
    "people": "/?screen=people&table=samples&task=tool",
    "narrow": TOOLS,
}
PROOF = {
    "input persona": "A bridge historian who teaches sums to apprentices",
    "synthesized text": "## How many bolts?\n\nEach of the **first** $n$ arches has one bolt more than the last:\n\n"
    "$$\\sum_{k=1}^{n} k = \\frac{n(n+1)}{2}$$\n\n"
    "1. For $n = 40$ that is $\\frac{40 \\cdot 41}{2} = \\boxed{820}$.\n2. Half of them are `M20`.\n\n"
    "| arch | bolts |\n|---|---|\n| first | 1 |\n| last | 40 |\n",
    "description": "a problem with its solution",
}
TALK = {
    "input persona": "A ferry captain on a line across the strait",
    "synthesized text": json.dumps(
        [{"role": "user", "content": "When is **slack water**?"}, {"role": "assistant", "content": "At 14:20."}]
    ),
    "description": "a conversation",
}
KEYS = {
    "judge": "j 4 c",
    "similar": "j j s",
    "large": "j r o",
    "formulas": "r o",
    "many": "v j v j v b",
    "keys": "?",
}


def main(folder: Path, names: list[str]) -> None:
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        served = Served(_hub(Path(scratch)), "--reviewer", "ann")
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        try:
            state = served.state(browser)
            page = browser.new_context(storage_state=state).new_page()
            for who, keys in (("ann", "5 Enter 4 Enter x 3 Enter 5 Enter n"), ("bob", "5 Enter 3 Enter x 3 Enter")):
                page.goto(served.url)
                page.request.post(f"{served.url}/api/me", data={"reviewer": who}, headers={"Origin": served.url})
                page.goto(f"{served.url}{TOOLS}&show=all")
                page.locator(".panel fieldset").first.wait_for()
                _press(page, keys)
                page.locator(".saved", has_text="saved").wait_for()
            page.request.post(f"{served.url}/api/me", data={"reviewer": "ann"}, headers={"Origin": served.url})
            for dress in ("light", "dark"):
                for name in names:
                    size = {"width": 360, "height": 740} if name == "narrow" else SIZE
                    context = browser.new_context(storage_state=state, color_scheme=dress, viewport=size)  # type: ignore[arg-type]
                    page = context.new_page()
                    page.goto(served.url + SCREENS[name])
                    _prepare(page, name)
                    page.screenshot(path=folder / f"review-{name}-{dress}.png")
                    context.close()
        finally:
            browser.close()
            served.stop()


def _hub(folder: Path) -> Path:
    examples = Path(__file__).parents[2] / "examples"
    hub = Hub(folder / "my.hub")
    hub.import_([written(tools(), folder / "tools.jsonl")], task="tool")
    hub.import_([written([PROOF, TALK], folder / "proofs.jsonl")], task="proofs")
    hub.extract([examples / "texts", examples / "more-texts.jsonl"], model="offline")
    hub.expand(hops=2, model="offline", limit=600)
    hub.quality()
    hub.dedup()
    hub.label()
    hub.synthesize("math", model="offline", limit=200)
    hub.similar(text="nurse", table="samples", field="persona")
    hub.similar(text="nurse", table="personas")
    return hub.path


def _press(page: Page, keys: str) -> None:
    for key in keys.split():
        page.keyboard.press(key)


def _prepare(page: Page, name: str) -> None:
    page.locator("header.top").wait_for()
    page.wait_for_load_state("networkidle")
    _press(page, KEYS.get(name, ""))
    if name == "judge":
        page.locator(".panel textarea").first.press("Control+Home")
        page.keyboard.type("A better beginning. ")
    if name == "similar":
        page.locator(".near article").wait_for()
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
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER, sys.argv[2:] or list(SCREENS))
