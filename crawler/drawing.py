"""Drawing a page in a browser that has no network of its own: whatever its scripts ask for, the crawler asks, or nobody.

The page itself was fetched before, as any page is; the browser is given its text. What its scripts load from the page's
own host goes through the crawler, with all its manners, and into the archive. Pictures, fonts, films, other hosts, and
every attempt of the page to lead the browser elsewhere or to load itself again are cut off: that is how challenges go on.
"""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.async_api import Browser, Playwright, Route, WebSocketRoute

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
LOADED = frozenset({"document", "script", "xhr", "fetch"})  # kinds of requests; the rest shows nothing to a reader
MOST_REQUESTS = 60  # of one page
PATIENCE = 600.0  # seconds; a page of sixty requests at two seconds each takes two minutes


@dataclass(frozen=True)
class Asked:
    """What a script of the page asks for."""

    url: str
    method: str
    body: bytes
    content_type: str | None


@dataclass(frozen=True)
class Given:
    """What it is given."""

    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True)
class Drawn:
    """A page as its scripts have drawn it."""

    html: str
    requests: int  # that its scripts made and that were passed on
    by: str  # name and version of the browser


Fetch = Callable[[Asked], Awaitable[Given | None]]


def missing() -> str | None:
    """What is missing for drawing pages, and how it is installed; None where nothing is."""
    if importlib.util.find_spec("playwright") is None:
        return "needs the extra browser: pip install -e '.[browser]'"
    if not any(map(shutil.which, PROGRAMS)):
        return "needs Chromium, which is not installed (Debian: apt-get install chromium)"
    return None


class Drawer:
    """Chromium, started with the first page that is to be drawn."""

    def __init__(self, user_agent: str) -> None:
        self._user_agent = user_agent
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None

    async def draw(self, url: str, html: str, fetch: Fetch) -> Drawn:
        """The page of this address and text as its scripts draw it, when they have come to rest.

        `fetch` answers what they ask the page's own host for; None is as no answer. Raises playwright's Error where the
        page does not come to rest.
        """
        browser = await self._started()
        context = await browser.new_context(user_agent=self._user_agent, service_workers="block", locale="zh-CN")
        try:
            page = await context.new_page()
            passed = 0
            begun = False

            async def answer(route: Route) -> None:
                nonlocal passed, begun
                request = route.request
                if request.is_navigation_request() and request.frame == page.main_frame:
                    if begun:
                        await route.fulfill(status=204)  # stays where it is; an aborted one would leave an error page
                        return
                    begun = True
                    await route.fulfill(status=200, content_type="text/html; charset=utf-8", body=html)
                    return
                own = urlsplit(request.url)[:2] == urlsplit(url)[:2]
                if not own or request.resource_type not in LOADED or passed >= MOST_REQUESTS:
                    await route.abort()
                    return
                passed += 1
                sent = request.post_data_buffer or b""
                given = await fetch(Asked(request.url, request.method, sent, request.headers.get("content-type")))
                if given is None:
                    await route.abort()
                else:
                    await route.fulfill(status=given.status, content_type=given.content_type, body=given.body)

            async def no_socket(socket: WebSocketRoute) -> None:
                await socket.close()

            await context.route("**/*", answer)
            await context.route_web_socket("**/*", no_socket)
            await page.goto(url, wait_until="networkidle", timeout=1000 * PATIENCE)
            drawn = await page.content()
        finally:
            await context.close()
        return Drawn(drawn, passed, f"Chromium {browser.version}")

    async def close(self) -> None:
        """End the browser, if it was started."""
        if self._browser:
            await self._browser.close()
        if self._playwright:
            await self._playwright.stop()
        self._browser = self._playwright = None

    async def _started(self) -> Browser:
        if self._browser is None:
            from playwright.async_api import async_playwright

            program = next(filter(None, map(shutil.which, PROGRAMS)))
            self._playwright = await async_playwright().start()
            self._browser = await self._playwright.chromium.launch(executable_path=program)
        return self._browser
