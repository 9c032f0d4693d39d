import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from personahub.api import Hub
from tests.browser.rows import tools, written
from tests.browser.served import Served
from tests.browser.watch import Watch

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
REQUIRED = "PERSONAHUB_BROWSER_TESTS"  # "required": a machine without a browser fails
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-3d-apis"]  # no page may count on WebGL
PATIENCE = 15_000  # ms until what is expected must be there


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        told = "no Chromium on this machine: install it (Debian: apt-get install chromium), or name it in CHROMIUM"
        if os.environ.get(REQUIRED) == "required":
            pytest.fail(told)
        pytest.skip(told)
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def tool_hub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eighty tools, to be copied by who changes them."""
    folder = tmp_path_factory.mktemp("tools")
    hub = Hub(folder / "my.hub")
    hub.import_([written(tools(), folder / "tools.jsonl")], task="tool")
    hub.search("a nurse", table="samples")  # its index of words
    hub.similar(text="a nurse", table="samples", field="persona")  # its vectors
    return hub.path


@pytest.fixture
def hub(tool_hub: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tool_hub, tmp_path / "my.hub"))


@pytest.fixture
def serve() -> Iterator[Callable[..., Served]]:
    started: list[Served] = []

    def start(hub: Path, *options: str) -> Served:
        started.append(Served(hub, *options))
        return started[-1]

    yield start
    for served in started:
        served.stop()


@pytest.fixture
def served(serve: Callable[..., Served], hub: Path) -> Served:
    """A hub of the test's own, to be judged in."""
    return serve(hub)


@pytest.fixture(scope="package")
def shown(tool_hub: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One for all tests that only look."""
    served = Served(Path(shutil.copytree(tool_hub, tmp_path_factory.mktemp("shown") / "my.hub")))
    yield served
    served.stop()


@pytest.fixture
def browse(chromium: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """A browser that has opened the link, dressed as asked; at the end nothing may have gone wrong in it."""
    opened: list[tuple[BrowserContext, Watch]] = []

    def start(served: Served, **dress: Any) -> BrowserContext:
        context = chromium.new_context(storage_state=served.state(chromium), accept_downloads=True, **dress)
        context.set_default_timeout(PATIENCE)
        opened.append((context, Watch(context, served.url)))
        return context

    yield start
    for context, watch in opened:
        context.close()
        assert watch.wrong == []


@pytest.fixture
def page(browse: Callable[[Served], BrowserContext], served: Served) -> Page:
    """The list of the test's own hub."""
    return opened(browse(served), served)


@pytest.fixture
def look(browse: Callable[[Served], BrowserContext], shown: Served) -> Page:
    """The list of the hub that nobody changes."""
    return opened(browse(shown), shown)


def opened(context: BrowserContext, served: Served, address: str = "/?table=samples&task=tool") -> Page:
    page = context.new_page()
    page.goto(served.url + address)
    page.locator("header.top").wait_for()
    return page
