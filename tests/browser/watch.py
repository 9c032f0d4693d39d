"""What must not happen on any page: an error, a broken policy, a question to any other machine."""

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request

# Runs before the page's own scripts, and tells of what the policy had to refuse.
_POLICY = """addEventListener('securitypolicyviolation',
  (event) => console.error('POLICY ' + event.violatedDirective + ' ' + event.blockedURI))"""
_ANSWERED = "Failed to load resource"  # an answer of 400 and more, which the page handles


class Watch:
    def __init__(self, context: BrowserContext, url: str) -> None:
        self.wrong: list[str] = []
        self._url = url
        context.add_init_script(_POLICY)
        context.on("page", self._page)
        context.on("request", self._request)

    def _page(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(_ANSWERED):
            self.wrong.append(f"{message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self._url, "blob:", "data:")):
            self.wrong.append(f"asked {request.url}")
