"""The middleware Drawn: columns of portals with `render = true` are handed on as a browser draws them.

What is archived: the page as it came, everything that its scripts loaded, each as any other answer; and the drawn page, an
HTML text of our own making, under the page's address with #drawn behind it, its headers saying by what it was drawn.
"""

from __future__ import annotations

import asyncio

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest, NotConfigured
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from crawler.archive import Attempt, Received, Sent
from crawler.blocks import block_kind
from crawler.drawing import Asked, Drawer, Given, missing
from crawler.drawing import Drawn as DrawnPage
from crawler.extensions import Ledger, NoPage, Stop, attempt_of
from crawler.portals import Portal, host_of
from crawler.spiders.answers import is_page

HTML = "text/html; charset=utf-8"


class Drawn:
    """Draws the columns of portals whose registry line says so, one at a time."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        ledger = crawler.get_extension(Ledger)
        assert ledger is not None, "crawler.extensions.Ledger is missing from EXTENSIONS"
        self.ledger = ledger
        self._drawer = Drawer(crawler.settings["USER_AGENT"])
        self._one = asyncio.Semaphore(1)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Drawn:
        """One for the crawl; its browser ends with it. None where no portal wants it."""
        if missing() or not any(portal.render for portal in getattr(crawler.spider, "portals", ())):
            raise NotConfigured
        middleware = cls(crawler)
        crawler.signals.connect(middleware.spider_closed, signals.spider_closed)
        return middleware

    async def spider_closed(self) -> None:
        """End the browser."""
        await self._drawer.close()

    async def process_response(self, request: Request, response: Response) -> Response:
        """The drawn page in the place of one that is to be drawn. A drawn page that is a block stops its host."""
        attempt = attempt_of(request)
        portal = getattr(self.crawler.spider, "portal_of", {}).get(attempt.portal)
        if not isinstance(portal, Portal) or not portal.render or attempt.role != "column" or request.method != "GET":
            return response
        if response.status != 200 or not is_page(response) or b"<" not in response.body[:512]:
            return response

        async def fetch(asked: Asked) -> Given | None:
            return await self._fetch(asked, attempt)

        async with self._one:
            drawn = await self._drawer.draw(response.url, response.text, fetch)
        self._keep(attempt, drawn)
        if stop := self.ledger.stopped.get(host_of(attempt.url)):
            raise NoPage(stop.reason)
        return response.replace(body=drawn.html.encode(), headers={"Content-Type": HTML}, encoding="utf-8")

    async def _fetch(self, asked: Asked, page: Attempt) -> Given | None:
        """What a script of the page asks for, asked by the rules for everything else."""
        headers = {"Content-Type": asked.content_type} if asked.content_type else {}
        attempt = Attempt(page.portal, asked.url, "other", found_on=page.url)
        request = Request(
            asked.url, method=asked.method, body=asked.body, headers=headers, callback=NO_CALLBACK, dont_filter=True,
            meta={"attempt": attempt},
        )  # fmt: skip
        try:
            response = await self.crawler.engine.download_async(request)
        except IgnoreRequest:
            return None  # refused by our own rules; it stands in the archive, and why
        except Exception:  # noqa: BLE001  (no answer: the archive has it in words, the script gets none)
            return None
        content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
        return Given(response.status, content_type, response.body)

    def _keep(self, attempt: Attempt, drawn: DrawnPage) -> None:
        """Archive the drawn page; what it shows may be a block that the page's own text was not."""
        body = drawn.html.encode()
        kind = block_kind(200, attempt.role, {"content-type": HTML}, body)
        said = (("Content-Type", HTML), ("X-Drawn-By", drawn.by), ("X-Drawn-Requests", str(drawn.requests)))
        kept = Attempt(attempt.portal, f"{attempt.url}#drawn", "other", attempt.url, attempt.title)
        error = f"blocked:{kind}" if kind else None
        self.ledger.archive.record(kept, Sent(), Received(200, said, body), error=error)
        if kind:
            reason = f"drew a page that is a block at {attempt.url} ({error})"
            self.ledger.stopped.setdefault(host_of(attempt.url), Stop(reason, blocked=True))
