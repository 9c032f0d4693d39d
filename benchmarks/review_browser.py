"""The review page in a browser, on a hub of many records: from a key or a click to what is painted.

python benchmarks/hub_search.py ingest FOLDER --rows 1_000_000        made personas and samples
python benchmarks/hub_search.py index FOLDER                          the index of their words
personahub similar FOLDER/made.hub --text "a nurse" --limit 1         vectors, and the index of them
python benchmarks/review_browser.py FOLDER/made.hub                   this; it judges 200 records
"""

import argparse
import json
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))  # the page is opened as the tests open it

from tests.browser.served import Served, ask

WORDS = ("teacher", "nurse", "market", "clinic", "history", "dedicated", "studies", "landslides")
ROUNDS = 40
RESTED = 0.5  # seconds
JUDGED = 200
PASSED = 5_000  # records that are gone through by the key j

# From the newest key or click to the first painted frame in which `holds`: what a person waits.
_WAIT = """([holds, given]) => new Promise((resolve) => {
  const look = () => {
    if (!window.measured[holds](given)) return requestAnimationFrame(look);
    const seen = new MessageChannel();
    seen.port1.onmessage = () => resolve(performance.now() - window.measured.begun);
    requestAnimationFrame(() => seen.port2.postMessage(0));
  };
  look();
})"""
_PREPARE = """() => {
  const begin = () => { window.measured.begun = performance.now(); };
  const one = (found) => document.querySelector(found);
  window.measured = { begun: 0,
    hits: (word) => one('.middle').ariaBusy === 'false' && one('.feed mark')?.textContent.toLowerCase() === word,
    similar: (id) => one('.middle').ariaBusy === 'false' && one('.near code')?.title === id
      && one('.feed .cosine') !== null,
    next: (place) => one('article[aria-current=true]')?.ariaPosInSet === String(place),
    drawn: (before) => (one('.map-picture')?.src ?? before) !== before && one('.map-picture').complete };
  for (const kind of ['keydown', 'click', 'input']) addEventListener(kind, begin, true);
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("hub", type=Path)
    hub = parser.parse_args().hub
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--enable-precise-memory-info"],
        )
        begun = time.perf_counter()
        served = Served(hub)
        up = time.perf_counter()
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        try:
            page.goto(served.link)
            page.locator(".feed article").first.wait_for()
            there = time.perf_counter()
            print(
                f"start of the command to its link: {up - begun:.2f} s, to the first page: {there - begun:.2f} s",
                flush=True,
            )
            page.evaluate(_PREPARE)
            for name, times in _measured(page):
                _tell(name, times)
            print(json.dumps(_memory(page, served)), flush=True)
        finally:
            served.stop()
            browser.close()


def _measured(page: Page) -> Iterator[tuple[str, list[float]]]:
    page.get_by_label("Records of").select_option("personas/")
    page.locator(".feed article").first.wait_for()
    yield "last key to painted hits", [_searched(page, WORDS[turn % len(WORDS)]) for turn in range(ROUNDS)]
    yield (
        "the same, as the last one is still counted",
        [_rested(page, WORDS[turn % len(WORDS)]) for turn in range(ROUNDS)],
    )
    page.get_by_label("Search", exact=True).fill("")
    page.locator(".feed mark").first.wait_for(state="detached")
    page.keyboard.press("Escape")
    yield "find similar", [_similar(page) for _ in range(ROUNDS)]
    yield "judge to next record", list(_judging(page))
    yield "map: first picture", [_first_picture(page) for _ in range(5)]
    yield "map: pan", [_moved(page, ("ArrowRight", "ArrowLeft")[turn % 2]) for turn in range(ROUNDS)]
    yield "map: zoom", [_moved(page, ("+", "-")[turn % 2]) for turn in range(ROUNDS)]


def _timed(page: Page, holds: str, given: object, act: Callable[[], Any]) -> float:
    act()
    return float(page.evaluate(_WAIT, [holds, given]))


def _searched(page: Page, word: str) -> float:
    """Typed key by key, over the word that was looked for before."""
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    return _timed(page, "hits", word, lambda: page.keyboard.type(word, delay=30))


def _rested(page: Page, word: str) -> float:
    """After a rest in which the page begins to ask how many hits there are."""
    time.sleep(RESTED)
    return _searched(page, word)


def _similar(page: Page) -> float:
    """From a record of the list to its likes, and back to the list, another record of it."""
    page.keyboard.press("j")
    name = page.locator("article[aria-current=true]").get_attribute("data-id")
    took = _timed(page, "similar", name, lambda: page.keyboard.press("s"))
    page.keyboard.press("j")
    page.keyboard.press("j")
    return took


def _judging(page: Page) -> Iterator[float]:
    page.keyboard.press("Shift+S")
    page.locator(".near").wait_for(state="detached")
    page.locator("article[aria-posinset='1']").wait_for()
    page.locator(".panel fieldset").first.wait_for()
    for turn in range(JUDGED):
        page.keyboard.press(str(turn % 5 + 1))
        yield _timed(page, "next", turn + 2, lambda: page.keyboard.press("Enter"))
    page.locator(".saved", has_text="saved").wait_for()


def _first_picture(page: Page) -> float:
    """From the click that opens the map, which was made once."""
    origin = page.evaluate("location.origin")
    made = ask(page, "/api/map", {"table": "personas", "field": "text"})
    if made["state"] == "none":
        ask(page, "/api/map/make", {"table": "personas", "field": "text"})
    while ask(page, "/api/map", {"table": "personas", "field": "text"})["state"] != "ready":
        time.sleep(0.5)
    page.goto(f"{origin}/?table=personas")
    page.locator(".feed article").first.wait_for()
    page.evaluate(_PREPARE)
    took = _timed(page, "drawn", "", lambda: page.get_by_role("link", name="Map").click())
    page.locator(".map").focus()
    return took


def _moved(page: Page, key: str) -> float:
    """From the key to the picture of where it leads; until then the one before is moved along."""
    before = page.locator(".map-picture").get_attribute("src")
    return _timed(page, "drawn", before, lambda: page.keyboard.press(key))


def _memory(page: Page, served: Served) -> dict[str, float]:
    """MB: private to the server, and the page's objects after many records."""
    page.goto(f"{served.url}/?table=personas")
    page.locator(".feed article").first.wait_for()
    begun = time.perf_counter()
    for number in range(PASSED):
        page.keyboard.press("j")
        if number % 25 == 24:
            page.locator(f"article[aria-posinset='{number + 2}'][aria-current=true]").wait_for()
    took = time.perf_counter() - begun
    rollup = Path(f"/proc/{served.pid}/smaps_rollup").read_text("utf-8").splitlines()
    private = sum(int(line.split()[1]) for line in rollup if line.startswith("Private_"))
    heap = page.evaluate("performance.memory.usedJSHeapSize")
    return {
        "server, private": round(private / 1024),
        "page, heap": round(heap / 2**20),
        "records a second by j": round(PASSED / took),
    }


def _tell(name: str, times: list[float]) -> None:
    ordered = sorted(times)
    last = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    told = f"median {statistics.median(times):.0f} ms, 95 % {last:.0f} ms, most {ordered[-1]:.0f} ms"
    print(f"{name}: {told} ({len(times)} times)", flush=True)


if __name__ == "__main__":
    main()
