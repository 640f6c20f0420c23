"""The spider annual_reports: column → its pages → reports → attachments, for many portals at once.

What a column looks like is known to crawler.families, what a title says to crawler.titles; every answer goes into the
archive before it comes here. A portal is through when none of its requests is left.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.http import Response, TextResponse
from twisted.python.failure import Failure

from crawler.archive import Attempt, ListedEntry
from crawler.attachments import attachments
from crawler.extensions import DISALLOWED, Interrupted, Ledger, Refused, attempt_of
from crawler.families import ColumnEntry, Family, Page, family_of
from crawler.families.page import YEAR, YEAR_TITLE, is_file
from crawler.portals import AUTO, FAMILY_NAMES, Portal, RegistryError, host_of, load_portals
from crawler.titles import read_title

# Kinds of title that are followed. An unclear one (other) is followed when it names a year.
FOLLOWED = frozenset({"report", "filing_list"})
DEEPEST = 1  # a column may hold columns (one a year), those hold reports
LIST_OF_REPORTS = 3  # a page titled like a report that links to so many reports is their list
PRIORITY = {"column": 10, "attachment": 5, "report": 0}  # what tells how much there is comes first


@dataclass
class Work:
    """How far a portal is."""

    portal: Portal
    pending: int = 0
    asked: set[str] = field(default_factory=set)
    listed: int = 0  # entries that its columns list
    columns: int = 0  # column pages that were answered
    blocked: bool = False
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Place:
    """Where in a column a page stands: how deep, which page, what was listed before it, where else it may stand."""

    depth: int = 0
    number: int = 1
    met: frozenset[str] = frozenset()
    otherwise: tuple[str, ...] = ()
    title: str | None = None


class AnnualReports(Spider):
    """Collects the annual reports of the portals given: `-a portals=fengcheng,nanchang`, or all of the registry."""

    name = "annual_reports"
    crawler: Crawler

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
        spider.portal_of = {portal.key: portal for portal in spider.portals}
        spider._room = asyncio.Semaphore(settings.getint("PORTALS_AT_ONCE"))
        return spider

    _room: asyncio.Semaphore

    @property
    def ledger(self) -> Ledger:
        """The extension that keeps the archive."""
        ledger = self.crawler.get_extension(Ledger)
        assert ledger is not None
        return ledger

    async def start(self) -> AsyncIterator[Request]:
        """Begin with each portal's column, no more portals at once than there is room for."""
        for portal in self.portals:
            await self._room.acquire()
            work = self._work[portal.key] = Work(portal)
            if portal.family != AUTO and portal.family not in FAMILY_NAMES:
                work.problems.append(f"unknown family {portal.family!r}")
                self._finish(work)
                continue
            for request in self._ask(work, Attempt(portal.key, portal.column_url, "column"), Place()):
                yield request

    # --- one request, one answer

    def _ask(self, work: Work, attempt: Attempt, place: Place) -> Iterator[Request]:
        """The request for an address, once in a portal."""
        if attempt.url in work.asked:
            return
        work.asked.add(attempt.url)
        work.pending += 1
        yield Request(
            attempt.url,
            callback=self.answered,
            errback=self.unanswered,
            dont_filter=True,  # `asked` knows; a dropped request would leave its portal waiting
            priority=PRIORITY.get(attempt.role, 0),
            meta={"attempt": attempt},
            cb_kwargs={"place": place},
        )

    def answered(self, response: Response, place: Place) -> Iterator[Request]:
        """Read an answer by its role."""
        attempt = response.request.meta["attempt"] if response.request else response.meta["attempt"]
        work = self._work[attempt.portal]
        try:
            if attempt.role == "column":
                yield from self._read_column(work, attempt, response, place)
            elif response.status >= 400:
                self._note(work, attempt, response.url, f"answered {response.status}", response.status)
            elif attempt.role == "report" and isinstance(response, TextResponse):
                yield from self._read_report(work, attempt, response, place)
        except Exception as problem:  # noqa: BLE001  (a page that surprises us must not cost the portal its others)
            what = f"could not be read: {type(problem).__name__}: {problem}"
            work.problems.append(f"{attempt.role} {response.url} {what}")
        self._done(work)

    def unanswered(self, failure: Failure) -> None:
        """Take down why there was no answer."""
        if isinstance(failure.value, Interrupted):
            return  # the portal stays unfinished, so that the next crawl goes on with it
        request: Request = failure.request  # type: ignore[attr-defined]
        attempt = attempt_of(request)
        work = self._work[attempt.portal]
        disallowed = isinstance(failure.value, Refused) and failure.value.error == DISALLOWED
        if attempt.role == "column" or not disallowed:  # a report that robots.txt closes is counted, and left at that
            self._note(work, attempt, request.url, self.ledger.why(request, failure.value), None)
            work.blocked |= disallowed
        self._done(work)

    def _note(self, work: Work, attempt: Attempt, url: str, what: str, status: int | None) -> None:
        """A page that is gone is the portal's affair; whatever else keeps us from a page is a problem of the run."""
        stop = self.ledger.stopped.get(host_of(url))
        if stop and stop.blocked:
            work.blocked = True
        if attempt.role == "column" or status not in (404, 410):
            work.problems.append(f"{attempt.role} {url} {what}")

    def _done(self, work: Work) -> None:
        work.pending -= 1
        if not work.pending:
            self._finish(work)

    def _finish(self, work: Work) -> None:
        if not work.problems and not work.listed:
            work.problems.append(f"column {work.portal.column_url} lists nothing that could be recognized")
        if work.blocked and not work.listed:
            verdict = "blocked"
        elif not work.listed:
            verdict = "failed"
        else:
            verdict = "partial" if work.problems else "good"
        reason = None
        if work.problems:
            skipped = self.ledger.skipped[work.portal.key]
            more = [f"{len(work.problems) - 1} more problems"] if len(work.problems) > 1 else []
            more += [f"{skipped} pages not asked for"] if skipped else []
            reason = f"{work.portal.key}: {work.problems[0]}" + (f" ({', '.join(more)})" if more else "")
        self.ledger.finish_portal(work.portal.key, verdict, reason)
        self._room.release()

    # --- columns

    def _read_column(self, work: Work, attempt: Attempt, response: Response, place: Place) -> Iterator[Request]:
        if response.status >= 400 or not isinstance(response, TextResponse):
            if place.otherwise:
                yield from self._next_page(work, attempt, place, place.otherwise, place.number)
                return
            what = f"answered {response.status}"
            if response.status < 400:
                what = f"is no page but {(response.headers.get('Content-Type') or b'unnamed data').decode('latin-1')}"
            self._note(work, attempt, response.url, what, response.status)
            return
        work.columns += 1
        page = _page(response)
        family = family_of(page, work.portal.family)
        fresh = [entry for entry in family.entries(page) if entry.url not in place.met]
        if not fresh and place.otherwise:
            yield from self._next_page(work, attempt, place, place.otherwise, place.number)
            return
        yield from self._follow(work, page, fresh, place)
        if not fresh and place.number == 1:
            yield from self._framed(work, page, place)
        if fresh:
            yield from self._after(work, attempt, page, family, fresh, place)

    def _after(
        self, work: Work, attempt: Attempt, page: Page, family: Family, fresh: Iterable[ColumnEntry], place: Place
    ) -> Iterator[Request]:
        """The page after this one."""
        following = [url for url in family.next_pages(page) if url and url not in work.asked]
        if not following:
            return
        if place.number >= self.crawler.settings.getint("COLUMN_PAGES_LIMIT"):
            work.problems.append(f"column {attempt.url} has more than {place.number} pages; the rest was left")
            return
        met = place.met | {entry.url for entry in fresh}
        here = Place(place.depth, place.number, met, (), place.title)
        yield from self._next_page(work, attempt, here, following, place.number + 1)

    def _next_page(
        self, work: Work, attempt: Attempt, place: Place, urls: Sequence[str], number: int
    ) -> Iterator[Request]:
        found = Attempt(attempt.portal, urls[0], "column", attempt.found_on or attempt.url, attempt.title)
        if not work.portal.may_ask(urls[0]):
            work.problems.append(f"column {attempt.url} goes on at a foreign host: {urls[0]}")
            return
        yield from self._ask(work, found, Place(place.depth, number, place.met, tuple(urls[1:]), place.title))

    def _framed(self, work: Work, page: Page, place: Place) -> Iterator[Request]:
        """The lists in the frames of a page that lists nothing itself."""
        if place.depth > DEEPEST:
            return
        for source in page.selector.xpath("//iframe/@src | //frame/@src").getall():
            url = page.urljoin(source)
            if url and work.portal.may_ask(url) and not is_file(url):
                attempt = Attempt(work.portal.key, url, "column", page.url, place.title)
                yield from self._ask(work, attempt, Place(place.depth + 1))

    def _follow(self, work: Work, page: Page, entries: Sequence[ColumnEntry], place: Place) -> Iterator[Request]:
        """Keep what a column lists, and ask for what its titles promise to be reports, or columns of one year."""
        listed: list[ListedEntry] = []
        wanted: list[tuple[Attempt, Place]] = []
        for entry in entries:
            reading = read_title(entry.title, url=entry.url, division=work.portal.division)
            kind, role = reading.kind, _role(reading.kind, entry, page, place)
            refused = None
            if role and not work.portal.may_ask(entry.url):
                refused, role = f"foreign host {host_of(entry.url)}", None
            elif role == "column":
                kind = "column"
            listed.append(
                ListedEntry(entry.url, entry.title, entry.published, kind, reading.rule, bool(role), page.url, refused)
            )
            if role:
                found = Attempt(work.portal.key, entry.url, role, page.url, entry.title, entry.published)
                wanted.append((found, Place(place.depth + (role == "column"), title=entry.title)))
        work.listed += len(listed)
        self.ledger.archive.record_entries(work.portal.key, listed)
        for attempt, where in wanted:
            yield from self._ask(work, attempt, where)

    # --- reports

    def _read_report(self, work: Work, attempt: Attempt, response: TextResponse, place: Place) -> Iterator[Request]:
        """Ask for the files of a report; a page titled like a report may also be the list of a year's reports."""
        page = _page(response)
        for file in attachments(page):
            if work.portal.may_ask(file.url):
                found = Attempt(attempt.portal, file.url, "attachment", page.url, file.title or None)
                yield from self._ask(work, found, place)
        if place.depth < DEEPEST and not is_file(page.url):
            entries = list(family_of(page, work.portal.family).entries(page))
            reports = [entry for entry in entries if _is_report(entry, work.portal)]
            if len({entry.url for entry in reports} - work.asked) >= LIST_OF_REPORTS:
                yield from self._follow(work, page, reports, Place(place.depth + 1, title=place.title))


def _role(kind: str, entry: ColumnEntry, page: Page, place: Place) -> str | None:
    """What an entry is asked for as; None where it is not followed."""
    if kind == "column" or YEAR_TITLE.fullmatch(entry.title):
        near = host_of(entry.url) == host_of(page.url) and not is_file(entry.url)
        return "column" if near and place.depth < DEEPEST else None
    if kind in FOLLOWED or (kind == "other" and re.search(YEAR, entry.title)):
        return "report"
    return None


def _is_report(entry: ColumnEntry, portal: Portal) -> bool:
    return read_title(entry.title, url=entry.url, division=portal.division).kind == "report"


def _page(response: TextResponse) -> Page:
    named = response.headers.items()
    headers = {name.decode("latin-1").lower(): b", ".join(values).decode("latin-1") for name, values in named}
    return Page(response.url, response.status, headers, response.text)


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
