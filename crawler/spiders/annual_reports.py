"""The spider annual_reports: column → its pages → reports → attachments, for many portals at once.

What a column looks like is known to crawler.families, what a title says to crawler.titles; every answer goes into the
archive before it comes here. A portal is through when none of its requests is left.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator, Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self, TypeGuard

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.http import Response, TextResponse
from twisted.python.failure import Failure

from crawler.archive import Attempt, ListedEntry
from crawler.attachments import attachments
from crawler.extensions import DISALLOWED, Interrupted, Ledger, Refused, attempt_of
from crawler.families import Ask, ColumnEntry, Family, Page, family_of
from crawler.families.page import YEAR, YEAR_TITLE, is_file
from crawler.families.twins import place_of, twins
from crawler.families.wrappers import (
    FEW_WORDS,
    MANY_WORDS,
    frames,
    is_home,
    leads_to,
    list_scripts,
    lists_reports,
    own_title,
    seen,
    subcolumns,
    words_outside_links,
)
from crawler.portals import AUTO, FAMILY_NAMES, Portal, RegistryError, host_of, load_portals
from crawler.titles import TitleReading, read_title

# A title that no rule rejects and that speaks of such reports is asked for: its page says what it is.
UNCLEAR = "不是关于政府信息公开的报告或年报"
SPEAKS = re.compile(r"公开|年报|年度报告")
# PDF, ZIP and Office, OLE, RAR, 7z, RTF, JPEG, PNG.
FILES_BEGIN = (
    b"%PDF",
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0",
    b"Rar!",
    b"7z\xbc\xaf",
    b"{\\rtf",
    b"\xff\xd8\xff",
    b"\x89PNG",
)
PRIORITY = {"column": 10, "attachment": 5, "report": 0}  # what tells how much there is comes first
# Bounds of a portal, against calendars and lists that go on for ever; `options` of a registry line may set others.
DEPTH = 3  # columns below columns: a year, a group of bodies, a body
COLUMNS = 2000  # columns and pages of columns; sixty bodies with ten years each have some six hundred
FRUITLESS = 200  # columns in a row that bring no new report
COLUMNS_AT_ONCE = 4  # a host meets one request at a time; what waits here can still be dropped
BARREN = 2  # pages of a list in a row that bring nothing new: steps to a list that a script draws, or its end


@dataclass
class Work:
    """How far a portal is."""

    portal: Portal
    pending: int = 0
    asked: set[tuple[str, str, bytes]] = field(default_factory=set)
    itself: set[str] = field(default_factory=set)  # columns that are reports
    listed: int = 0  # entries that its columns list
    wanted: int = 0  # of these, what was asked for
    columns: int = 0  # requests for columns and their pages
    under_way: int = 0  # of these, not answered yet
    waiting: deque[tuple[Attempt, Place]] = field(default_factory=deque)  # columns to be asked for
    fruitless: int = 0  # columns and pages in a row that brought no new report
    blocked: bool = False
    seen: str | None = None  # what the last column page was like that listed nothing
    problems: list[str] = field(default_factory=list)

    def bound(self, name: str, usual: int) -> int:
        """A bound of the portal, from its registry line or as usual."""
        told = self.portal.options.get(name)
        return told if isinstance(told, int) and told > 0 else usual

    def has_asked(self, url: str) -> bool:
        """Whether an address or its twin was asked for."""
        return ("GET", place_of(url), b"") in self.asked


@dataclass(frozen=True)
class Place:
    """Where in a portal a page stands: how deep, which page of a list, and what was listed before it.

    `otherwise` is what to ask where this page brings nothing new; `family` reads it where a family asked for it.
    """

    depth: int = 0
    number: int = 1
    barren: int = 0
    met: frozenset[str] = frozenset()
    otherwise: tuple[Ask, ...] = ()
    family: Family | None = None
    ask: Ask | None = None


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
        """The request for an address, once in a portal and within its bounds."""
        ask = place.ask or Ask(attempt.url)
        key = (ask.method, place_of(ask.url), ask.body)
        if key in work.asked:
            return
        work.asked.add(key)
        if attempt.role == "column":
            work.waiting.append((attempt, place))
            yield from self._release(work)
        else:
            yield self._request(work, attempt, place)

    def _release(self, work: Work) -> Iterator[Request]:
        """Ask for the columns that wait, a few at once and within the portal's bounds."""
        while work.waiting and work.under_way < COLUMNS_AT_ONCE:
            attempt, place = work.waiting.popleft()
            if reason := self._out_of_bounds(work):
                work.problems.append(f"{reason}; the rest was left, first {attempt.url}")
                work.waiting.clear()
                return
            work.columns += 1
            work.under_way += 1
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

    def _out_of_bounds(self, work: Work) -> str | None:
        """Why no further column of a portal is asked for, if it is past its bounds."""
        columns, fruitless = work.bound("columns", COLUMNS), work.bound("fruitless", FRUITLESS)
        if work.columns >= columns:
            return f"more than {columns} columns and pages of columns"
        if work.fruitless >= fruitless:
            return f"{fruitless} columns and pages in a row without a new report"
        return None

    def answered(self, response: Response, place: Place) -> Iterator[Request]:
        """Read an answer by its role."""
        attempt = response.request.meta["attempt"] if response.request else response.meta["attempt"]
        work = self._work[attempt.portal]
        try:
            if attempt.role == "column":
                yield from self._read_column(work, attempt, response, place)
            elif response.status >= 400:
                self._note(work, attempt, response.url, f"answered {response.status}", response.status)
            elif attempt.role == "report" and _is_page(response):
                yield from self._read_report(work, attempt, response, place)
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
        disallowed = isinstance(failure.value, Refused) and failure.value.error == DISALLOWED
        if attempt.role == "column" or not disallowed:  # a report that robots.txt closes is counted, and left at that
            self._note(work, attempt, request.url, self.ledger.why(request, failure.value), None)
            work.blocked |= disallowed
        yield from self._done(work, attempt)

    def _note(self, work: Work, attempt: Attempt, url: str, what: str, status: int | None) -> None:
        """A page that is gone is the portal's affair; whatever else keeps us from a page is a problem of the run."""
        stop = self.ledger.stopped.get(host_of(url))
        if stop and stop.blocked:
            work.blocked = True
        if attempt.role == "column" or status not in (404, 410):
            work.problems.append(f"{attempt.role} {url} {what}")

    def _done(self, work: Work, attempt: Attempt) -> Iterator[Request]:
        work.under_way -= attempt.role == "column"
        yield from self._release(work)
        work.pending -= 1
        if not work.pending:
            self._finish(work)

    def _finish(self, work: Work) -> None:
        if not work.problems and not work.wanted:
            work.problems.append(self._nothing(work))
        if work.blocked and not work.listed:
            verdict = "blocked"
        elif not work.wanted:
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

    def _nothing(self, work: Work) -> str:
        """What to say of a portal that listed nothing to ask for."""
        column = f"column {work.portal.column_url}"
        if work.listed:
            return f"{column} lists {work.listed} entries, none of which is a report"
        return f"family: unknown (seen: {work.seen}): {column} lists nothing that could be recognized"

    # --- columns

    def _read_column(self, work: Work, attempt: Attempt, response: Response, place: Place) -> Iterator[Request]:
        if response.status >= 400 or not _is_page(response):
            if place.otherwise:
                yield from self._next_page(work, attempt, place, place.otherwise)
            elif response.status < 400 and attempt.title:
                self._keep_itself(work, attempt, response.url, attempt.title)  # 2023年, and a file behind it
            else:
                what = f"answered {response.status}"
                if response.status < 400:
                    what = (
                        f"is no page but {(response.headers.get('Content-Type') or b'unnamed data').decode('latin-1')}"
                    )
                self._note(work, attempt, response.url, what, response.status)
            return
        page = _page(response, place.ask)
        if is_home(page.url) and not is_home(attempt.url) and host_of(page.url) == host_of(attempt.url):
            self._note(work, attempt, attempt.url, "leads to the home page: it is not there any more", 404)
            return
        family = place.family or family_of(page, work.portal.family)
        fresh = [entry for entry in _entries(page, family) if entry.url not in place.met]
        if not fresh and place.otherwise:
            yield from self._next_page(work, attempt, place, place.otherwise)
            return
        wanted = yield from self._follow(work, page, fresh, place)
        following = self._following(work, page, family, fresh, place)
        if following:
            met = place.met | {entry.url for entry in fresh}
            barren = 0 if fresh else place.barren + 1
            here = replace(place, number=place.number + 1, barren=barren, met=met, family=family)
            yield from self._next_page(work, attempt, here, following)
        if title := _title_if_itself_a_report(page, among_links=wanted or bool(following)):
            self._keep_itself(work, attempt, page.url, title)
            yield from self._files_of(work, replace(attempt, title=title), page)
        elif not wanted and not following:
            yield from self._unwrapped(work, attempt, page, place)

    def _following(
        self, work: Work, page: Page, family: Family, fresh: Sequence[ColumnEntry], place: Place
    ) -> tuple[Ask, ...]:
        """What may bring the page after this one, if it is to be asked for."""
        if not fresh and place.barren >= BARREN:
            return ()
        asks = (ask for ask in family.next_pages(page) if ask.url)
        following = tuple(ask for ask in asks if (ask.method, place_of(ask.url), ask.body) not in work.asked)
        if following and place.number >= self.crawler.settings.getint("COLUMN_PAGES_LIMIT"):
            work.problems.append(f"column {page.url} has more than {place.number} pages; the rest was left")
            return ()
        return following

    def _next_page(self, work: Work, attempt: Attempt, place: Place, asks: Sequence[Ask]) -> Iterator[Request]:
        ask = asks[0]
        if not work.portal.may_ask(ask.url):
            work.problems.append(f"column {attempt.url} goes on at a foreign host: {ask.url}")
            return
        found = replace(attempt, url=ask.url, found_on=attempt.found_on or attempt.url)
        yield from self._ask(work, found, replace(place, otherwise=tuple(asks[1:]), ask=ask))

    def _unwrapped(self, work: Work, attempt: Attempt, page: Page, place: Place) -> Iterator[Request]:
        """Where the list of a page that has none may stand: it is a wrapper around it."""
        if place.depth <= work.bound("depth", DEPTH) and place.barren <= BARREN:
            further = Place(place.depth, barren=place.barren + 1, met=place.met)
            there = leads_to(page)
            for url in (there,) if there else frames(page) or list_scripts(page):
                if work.portal.may_ask(url):
                    found = replace(attempt, url=url, found_on=page.url)
                    where = replace(further, ask=Ask(url, base=page.base_url if url.endswith(".js") else None))
                    yield from self._ask(work, found, where)
        work.seen = seen(page)

    def _keep_itself(self, work: Work, attempt: Attempt, url: str, title: str) -> None:
        """Write down that a column's own address is a report: an entry that it lists itself."""
        work.itself.add(url)
        work.listed += 1
        work.wanted += 1
        rule = read_title(title, url=url, division=work.portal.division).rule
        entry = ListedEntry(url, title, attempt.published, "report", f"栏目本身就是报告；{rule}", True, url)
        self.ledger.archive.record_entries(work.portal.key, [entry])

    def _follow(
        self, work: Work, page: Page, entries: Sequence[ColumnEntry], place: Place
    ) -> Generator[Request, None, bool]:
        """Keep what a column lists, and ask for what its titles promise to be reports, or further columns.

        Returns whether anything was to be asked for.
        """
        listed: list[ListedEntry] = []
        wanted: list[tuple[Attempt, Place]] = []
        folded = twins(entries)
        below = place.depth < work.bound("depth", DEPTH)
        for entry in entries:
            if entry.url in work.itself:
                continue  # written down as what it is
            reading = read_title(entry.title, url=entry.url, division=work.portal.division)
            role = _role(reading, entry, page, work.portal, below=below)
            kind = "column" if role == "column" else reading.kind
            refused = None
            if role and not work.portal.may_ask(entry.url):
                refused, role = f"foreign host {host_of(entry.url)}", None
            elif role and entry.url in folded:
                refused, role = f"the same page as {folded[entry.url]}", None
            listed.append(
                ListedEntry(entry.url, entry.title, entry.published, kind, reading.rule, bool(role), page.url, refused)
            )
            if role:
                found = Attempt(work.portal.key, entry.url, role, page.url, entry.title, entry.published)
                wanted.append((found, Place(place.depth + (role == "column"))))
        new = any(found.role != "column" and not work.has_asked(found.url) for found, _ in wanted)
        work.fruitless = 0 if new else work.fruitless + 1
        work.listed += len(listed)
        work.wanted += sum(attempt.role != "column" for attempt, _ in wanted)
        self.ledger.archive.record_entries(work.portal.key, listed)
        for attempt, where in wanted:
            yield from self._ask(work, attempt, where)
        return bool(wanted)

    # --- reports

    def _read_report(self, work: Work, attempt: Attempt, response: TextResponse, place: Place) -> Iterator[Request]:
        """Ask for the files of a report; a page titled like a report may also be the list of a year's reports."""
        page = _page(response)
        if there := leads_to(page):
            if work.portal.may_ask(there):
                yield from self._ask(work, replace(attempt, url=there, found_on=page.url), place)
            return
        yield from self._files_of(work, attempt, page)
        if place.depth < work.bound("depth", DEPTH) and not is_file(page.url) and lists_reports(page):
            entries = _entries(page, family_of(page, work.portal.family))
            reports = [entry for entry in entries if _is_report(entry, work.portal) and not work.has_asked(entry.url)]
            if reports:
                yield from self._follow(work, page, reports, Place(place.depth + 1))

    def _files_of(self, work: Work, attempt: Attempt, page: Page) -> Iterator[Request]:
        for file in attachments(page):
            if work.portal.may_ask(file.url):
                found = Attempt(attempt.portal, file.url, "attachment", page.url, file.title or None)
                yield from self._ask(work, found, Place())


def _entries(page: Page, family: Family) -> list[ColumnEntry]:
    """What the family reads off the page, and the columns below it that its links name."""
    entries = list(family.entries(page))
    met = {entry.url for entry in entries}
    return entries + [entry for entry in subcolumns(page) if entry.url not in met]


def _role(reading: TitleReading, entry: ColumnEntry, page: Page, portal: Portal, *, below: bool) -> str | None:
    """What an entry is asked for as; None where it is not followed."""
    of_a_year = reading.kind == "column" and reading.report_year  # 二〇二三年, 各乡镇2023年政府信息公开年报
    if entry.is_column or of_a_year or YEAR_TITLE.fullmatch(entry.title):
        if is_file(entry.url):
            return "report"  # 2023年, and its report right behind it
        return "column" if below and host_of(entry.url) in (host_of(page.url), *portal.hosts) else None
    if reading.kind == "report":
        return "report"
    if reading.kind == "filing_list":
        return "other"  # who published at all; no report
    unclear = reading.kind == "other" and reading.rule == UNCLEAR
    # A title that names only the body, in a list of the year, is its report.
    only_body = unclear and reading.issuing_body and not re.search(YEAR, entry.title) and len(entry.title) < 24
    return (
        "report" if unclear and (only_body or (re.search(YEAR, entry.title) and SPEAKS.search(entry.title))) else None
    )


def _title_if_itself_a_report(page: Page, *, among_links: bool) -> str | None:
    """The title of a column's page that is itself a report; with links to other years' it must have a report's words."""
    if among_links and len(page.text) < MANY_WORDS:
        return None
    title = own_title(page)
    if title is None:
        return None
    words = words_outside_links(page)
    is_one = words >= MANY_WORDS if among_links else words >= FEW_WORDS or attachments(page)
    return title if is_one else None


def _is_report(entry: ColumnEntry, portal: Portal) -> bool:
    return read_title(entry.title, url=entry.url, division=portal.division).kind == "report"


def _is_page(response: Response) -> TypeGuard[TextResponse]:
    """Whether an answer is text; what it begins with tells more than what it says of itself."""
    return isinstance(response, TextResponse) and not response.body.startswith(FILES_BEGIN)


def _page(response: TextResponse, ask: Ask | None = None) -> Page:
    named = response.headers.items()
    headers = {name.decode("latin-1").lower(): b", ".join(values).decode("latin-1") for name, values in named}
    return Page(response.url, response.status, headers, response.text, ask)


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
