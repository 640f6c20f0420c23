"""The spider annual_reports: column → its pages → reports → attachments, for many portals at once.

Every answer goes into the archive before it comes here; what it says is read by crawler.spiders.columns. A portal is
through when none of its requests is left.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.archive import Attempt
from crawler.drawing import missing
from crawler.extensions import DISALLOWED, Gone, Interrupted, Later, Ledger, Refused, attempt_of
from crawler.families import Ask
from crawler.portals import AUTO, FAMILY_NAMES, Portal, RegistryError, host_of, load_portals
from crawler.spiders.answers import is_page
from crawler.spiders.columns import Reader
from crawler.unlisted import as_entry
from crawler.work import Place, Step, Work

PRIORITY = {"column": 10, "attachment": 5, "report": 0}  # what tells how much there is comes first


class AnnualReports(Spider):
    """Collects the annual reports of the portals given: `-a portals=fengcheng,nanchang`, or all of the registry."""

    name = "annual_reports"
    crawler: Crawler
    _room: asyncio.Semaphore
    _reader: Reader

    def __init__(self, portals: str | Sequence[Portal] | None = None, **more: Any) -> None:
        super().__init__(**more)
        self._wanted = portals
        self.portals: tuple[Portal, ...] = ()
        self.portal_of: dict[str, Portal] = {}
        self.refusal: str | None = None  # why there is nothing to crawl
        self._work: dict[str, Work] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Look up the portals by their keys."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        settings = crawler.settings
        if settings.getfloat("DOWNLOAD_DELAY") < settings.getfloat("SHORTEST_DELAY"):
            settings.set("DOWNLOAD_DELAY", settings.getfloat("SHORTEST_DELAY"), priority="cmdline")
        try:
            spider.portals = _portals(spider._wanted, Path(settings["PORTALS_FOLDER"]))
        except RegistryError as problem:
            spider.refusal = str(problem)
        drawn = next((portal for portal in spider.portals if portal.render), None)
        if drawn and (lacking := missing()):
            spider.refusal = f"{drawn.key}: render = true {lacking}"
        spider.portal_of = {portal.key: portal for portal in spider.portals}
        spider._room = asyncio.Semaphore(settings.getint("PORTALS_AT_ONCE"))
        return spider

    @property
    def ledger(self) -> Ledger:
        """The extension that keeps the archive."""
        ledger = self.crawler.get_extension(Ledger)
        assert ledger is not None
        return ledger

    async def start(self) -> AsyncIterator[Request]:
        """Begin with each portal's column, no more portals at once than there is room for."""
        self._reader = Reader(self.ledger, self.crawler.settings.getint("COLUMN_PAGES_LIMIT"))
        for portal in self.portals:
            await self._room.acquire()
            work = self._work[portal.key] = Work(portal)
            if portal.family != AUTO and portal.family not in FAMILY_NAMES:
                work.problems.append(f"unknown family {portal.family!r}")
                self._finish(work)
                continue
            for request in self._requests(work, [(Attempt(portal.key, portal.column_url, "column"), Place())]):
                yield request

    def answered(self, response: Response, place: Place) -> Iterator[Request]:
        """Read an answer by its role."""
        attempt = response.request.meta["attempt"] if response.request else response.meta["attempt"]
        work = self._work[attempt.portal]
        try:
            yield from self._requests(work, self._read(work, attempt, response, place))
        except Exception as problem:  # noqa: BLE001  (a page that surprises us must not cost the portal its others)
            what = f"could not be read: {type(problem).__name__}: {problem}"
            work.problems.append(f"{attempt.role} {response.url} {what}")
        yield from self._done(work, attempt)

    def unanswered(self, failure: Failure) -> Iterator[Request]:
        """Take down why there was no answer."""
        if isinstance(failure.value, Interrupted):
            return  # the portal stays unfinished, so that the next crawl goes on with it
        request: Request = failure.request  # type: ignore[attr-defined]
        attempt = attempt_of(request)
        work = self._work[attempt.portal]
        work.later |= isinstance(failure.value, Later)
        if isinstance(failure.value, (Gone, Later)):
            yield from self._done(work, attempt)
            return
        disallowed = isinstance(failure.value, Refused) and failure.value.error == DISALLOWED
        if attempt.role == "column" or not disallowed:  # a report that robots.txt closes is counted, and left at that
            self._reader.note(work, attempt, request.url, self.ledger.why(request, failure.value), None)
            work.blocked |= disallowed
        yield from self._done(work, attempt)

    def _read(self, work: Work, attempt: Attempt, response: Response, place: Place) -> Iterator[Step]:
        if attempt.role == "column":
            yield from self._reader.read_column(work, attempt, response, place)
        elif response.status >= 400:
            self._reader.note(work, attempt, response.url, f"answered {response.status}", response.status)
        elif attempt.role == "report" and is_page(response):
            yield from self._reader.read_report(work, attempt, response, place)

    def _requests(self, work: Work, steps: Iterable[Step]) -> Iterator[Request]:
        for step in steps:
            for attempt, place in work.begin(*step):
                yield self._request(work, attempt, place)

    def _request(self, work: Work, attempt: Attempt, place: Place) -> Request:
        ask = place.ask or Ask(attempt.url)
        work.pending += 1
        return Request(
            attempt.url,
            method=ask.method,
            body=ask.body,
            headers=dict(ask.headers),
            callback=self.answered,
            errback=self.unanswered,
            dont_filter=True,  # `asked` knows; a dropped request would leave its portal waiting
            priority=PRIORITY.get(attempt.role, 0),
            meta={"attempt": attempt},
            cb_kwargs={"place": place},
        )

    def _done(self, work: Work, attempt: Attempt) -> Iterator[Request]:
        work.under_way -= attempt.role == "column"
        for released in work.release():
            yield self._request(work, *released)
        work.pending -= 1
        if not work.pending and not work.later:
            yield from self._requests(work, self._dropped_out(work))
        if not work.pending:
            self._finish(work)

    def _dropped_out(self, work: Work) -> Iterator[Step]:
        """What the portal does not list any more: asked once, to know whether it still answers."""
        archive, key = self.ledger.archive, work.portal.key
        if not archive.column_answered(key):
            return
        for attempt in archive.dropped_out(key):
            if work.portal.may_ask(attempt.url) and host_of(attempt.url) not in self.ledger.stopped:
                work.unlisted.add(attempt.url)
                archive.record_entries(key, [as_entry(attempt)])
                yield attempt, Place(work.depth)

    def _finish(self, work: Work) -> None:
        if work.later:  # it stays unfinished: another process goes on with it
            self._room.release()
            return
        if not work.problems and not work.wanted:
            work.problems.append(work.nothing())
        if taken := work.recognized:
            marks = "; ".join(taken.marks)
            self.ledger.archive.keep_family(work.portal.key, taken.family, taken.confidence, marks)
        reason = work.reason(self.ledger.skipped[work.portal.key])
        self.ledger.finish_portal(work.portal.key, work.verdict, reason)
        self._room.release()


def _portals(wanted: str | Sequence[Portal] | None, folder: Path) -> tuple[Portal, ...]:
    """The portals themselves, or those whose keys are named, or all of the registry."""
    if wanted is not None and not isinstance(wanted, str):
        return tuple(wanted)
    known = load_portals(folder)
    keys = [key.strip() for key in wanted.split(",") if key.strip()] if wanted else list(known)
    unknown = [key for key in keys if key not in known]
    if unknown:
        raise RegistryError(f"{folder}: no portal is called {', '.join(unknown)}")
    if not keys:
        raise RegistryError(f"{folder}: no portal is registered")
    return tuple(known[key] for key in keys)
