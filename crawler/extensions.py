"""Ledger and Progress: every answer into the archive, what became of each portal, and a line that moves."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Self
from urllib.parse import urldefrag, urljoin

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, IgnoreRequest, NotConfigured
from scrapy.http import Headers, Response
from scrapy.utils.defer import _schedule_coro
from tqdm import tqdm
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from crawler.absence import GONE, REDIRECTS, absence
from crawler.adoption import take_over_all
from crawler.archive import Archive, ArchiveError, Attempt, PortalRun, Received, Sent
from crawler.archive.warc import decoded
from crawler.blocks import SMALL, block_kind
from crawler.families.page import without_session
from crawler.parts import Part
from crawler.portals import Portal, host_of
from crawler.results import line_of, verdict_of

log = logging.getLogger(__name__)

FEWER = 0.25  # the part of its entries that a column may not lose from one run to the next without an alarm
RAISED = {"raised": True}  # what is logged and then raised by crawler.run: its caller says it
# The settings that say how portals were treated: they stand in the WARC files.
CONFIGURATION = (
    "USER_AGENT", "ROBOTSTXT_OBEY", "DOWNLOAD_DELAY", "CONCURRENT_REQUESTS_PER_DOMAIN", "CONCURRENT_REQUESTS",
    "DOWNLOAD_TIMEOUT", "DOWNLOAD_MAXSIZE", "RETRY_TIMES", "BACK_OFF_LIMIT", "SILENT_LIMIT", "PORTAL_REQUESTS_LIMIT",
    "COLUMN_PAGES_LIMIT", "COOKIES_ENABLED", "DOWNLOAD_VERIFY_CERTIFICATES",
)  # fmt: skip
DISALLOWED = "blocked:robots"  # by the portal's robots.txt
portal_finished = object()  # signal, with `run` (a PortalRun) and `reason` (a line, or None)


class Refused(IgnoreRequest):
    """A request that we did not send, and why; `error` as it stands in the archive, where it does."""

    def __init__(self, reason: str, error: str | None = None) -> None:
        super().__init__(reason)
        self.error = error


class Interrupted(Refused):
    """A request that was dropped because a person stopped the crawl; the next one asks for it."""


class Later(Refused):
    """A request to a host that another process of this run asks: the portal is gone on with when that one is through."""


class NoPage(Refused):
    """A request that brought no page; the reason says what became of it."""


class Gone(NoPage):
    """A request for a page that is not there any more, though its status does not say so."""


@dataclass(frozen=True)
class Stop:
    """Why a host is left alone for the rest of the run."""

    reason: str  # continues a sentence that begins with the host
    blocked: bool  # by the portal's will, not for want of an answer


class Ledger:
    """Keeps the archive open while the spider runs: records every exchange as it comes off the wire, and failures."""

    archive: Archive

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._folder = Path(crawler.settings["ARCHIVE_FOLDER"])
        self._silent: Counter[str] = Counter()
        self._last_words: dict[str, str] = {}  # the last failure of an address, in words
        self.stopped: dict[str, Stop] = {}
        self.legacy_tls: set[str] = set()  # hosts that failed to shake hands and whose registry line allows old TLS
        self.answers_as: dict[str, str] = {}  # scheme://netloc that does not connect → the one that does
        self._platforms: dict[str, str] = {}  # host → the platform that it shares with others, where the registry says
        self.turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)  # one request at a time to a place
        self.skipped: Counter[str] = Counter()  # requests to hosts left alone, by portal
        self.finished: dict[str, tuple[PortalRun, str | None]] = {}
        self.problem: Exception | None = None  # what keeps the archive from being written
        self.run_id = ""
        self._wanted: tuple[str, ...] = ()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Connect to the signals of the crawl."""
        ledger = cls(crawler)
        crawler.signals.connect(ledger.spider_opened, signals.spider_opened)
        crawler.signals.connect(ledger.response_downloaded, signals.response_downloaded)
        crawler.signals.connect(ledger.spider_closed, signals.spider_closed)
        return ledger

    def open(self, portals: tuple[Portal, ...]) -> None:
        """Open the archive and begin or continue the run."""
        settings = self._crawler.settings
        opened = Part if settings.getbool("PART_OF_A_RUN") else Archive
        self.archive = opened(self._folder, writable=True)
        if opened is Archive:
            take_over_all(self.archive)  # what a run on several machines left lying
        self._wanted = tuple(portal.key for portal in portals)
        self._platforms = {portal.host: portal.platform for portal in portals if portal.platform}
        politeness = {name: settings[name] for name in CONFIGURATION}
        self.run_id = self.archive.start_run(
            self._wanted, contact=settings["CONTACT"] or None, configuration=politeness
        )
        for capture in self.archive.blocked_in_run():
            self._stop(capture.url, f"answered {capture.status} to {capture.url} ({capture.error})", blocked=True)

    def spider_opened(self, spider: Spider) -> None:
        """Open the archive; a crawl that cannot be archived or has nothing to crawl does not begin."""
        try:
            if refusal := getattr(spider, "refusal", None):
                raise ArchiveError(refusal)
            self.open(getattr(spider, "portals", ()))
        except (ArchiveError, OSError, sqlite3.Error) as problem:
            self.problem = problem
            log.error("%s", problem, extra=RAISED)
            raise CloseSpider("refused") from problem

    def response_downloaded(self, response: Response, request: Request) -> None:
        """Keep an answer, before anything looks at it."""
        attempt = attempt_of(request)
        received = Received(response.status, tuple(_pairs(response.headers)), response.body)
        kind = self._block(request, attempt, received)
        absent = None if kind else self._absence(request, attempt, received)
        error = f"blocked:{kind}" if kind else f"{GONE}{absent}" if absent else None
        try:
            self.archive.record(attempt, sent_as(request), received, error=error)
        except (ArchiveError, OSError, sqlite3.Error) as problem:
            self._give_up(problem)
        self._silent[host_of(request.url)] = 0
        if absent:
            request.meta["gone"] = absent
        if kind:
            request.meta["blocked"] = True
            self._stop(request.url, f"answered {response.status} to {request.url} ({error})", blocked=True)
        if response.status in (429, 503):
            self._heed_busy(request, response)
        self._heed_interruption()

    def _heed_busy(self, request: Request, response: Response) -> None:
        """Go slower: as slow as Retry-After says, at least twice as slow as before. Before the next request goes out."""
        wished, place = retry_after(response, datetime.now(UTC)), self.place_of(request.url)
        if wished > self._crawler.settings.getfloat("BACK_OFF_LIMIT"):
            reason = f"answered {response.status} and asked to be left alone for {wished:.0f} seconds"
            self._stop(request.url, reason, blocked=False)
            return
        slot = self._crawler.engine.downloader.slots.get(place)
        self.slow_down(place, max(wished, 2 * slot.delay if slot else 0.0))
        if slot:
            slot.lastseen = time.monotonic()  # what it asks for begins now

    def slow_down(self, place: str, delay: float) -> None:
        """Keep at least this delay between requests to a place from now on, up to the longest that we wait."""
        delay = min(delay, self._crawler.settings.getfloat("BACK_OFF_LIMIT"))
        downloader = self._crawler.engine.downloader
        slot = downloader.slots.get(place)
        if slot and slot.delay < delay:
            slot.delay = delay
        # A slot that is idle for a minute is thrown away; the next one must know as well.
        kept = downloader.per_slot_settings.setdefault(place, {})
        kept["delay"] = max(delay, kept.get("delay", self._crawler.settings.getfloat("DOWNLOAD_DELAY")))

    def _block(self, request: Request, attempt: Attempt, received: Received) -> str | None:
        """The kind of block that an answer is, if it is one."""
        headers = {name.lower(): value for name, value in received.headers}
        limit = self._crawler.settings.getint("REDIRECT_MAX_TIMES")
        if received.status in REDIRECTS and request.meta.get("redirect_times", 0) >= limit:
            # One that goes round for ever wants something of us that only a browser does.
            target = urljoin(request.url, headers.get("location", ""))
            return "redirect_loop" if target in (request.url, *request.meta["redirect_urls"]) else None
        body = decoded(received)[0] if len(received.body) <= SMALL else received.body
        return block_kind(received.status, attempt.role, headers, body)

    def _absence(self, request: Request, attempt: Attempt, received: Received) -> str | None:
        """Why a report or its file is not there although the status does not say so; None where it is."""
        if attempt.role not in ("report", "attachment") or received.status not in (200, *REDIRECTS):
            return None
        headers = {name.lower(): value for name, value in received.headers}
        return absence(received.status, request.url, headers, decoded(received)[0])

    def place_of(self, url: str) -> str:
        """What is asked one request at a time: the host, or the platform that the registry says it is on."""
        host = host_of(url)
        return self._platforms.get(host, host)

    def unanswered(self, request: Request, error: str) -> None:
        """Keep an attempt without an answer; a host that gives none several times in a row is left alone."""
        self._keep_failure(request, error)
        self._last_words[request.url] = f"gave no answer: {error}"
        host = host_of(request.url)
        self._silent[host] += 1
        if self._silent[host] >= self._crawler.settings.getint("SILENT_LIMIT"):
            self._stop(request.url, f"gave no answer {self._silent[host]} times in a row", blocked=False)
        self._heed_interruption()

    def refuse(self, request: Request, error: str, reason: str) -> Refused:
        """Keep that we did not send a request; the exception to raise for it."""
        self._keep_failure(request, error)
        return Refused(reason, error)

    def skip(self, request: Request) -> Refused:
        """Count a request to a host that is left alone; the exception to raise for it."""
        self.skipped[attempt_of(request).portal] += 1
        host = host_of(request.url)
        return Refused(f"{host} {self.stopped[host].reason}")

    def why(self, request: Request, problem: BaseException | None) -> str:
        """Why there was no answer, as it was recorded."""
        if isinstance(problem, NoPage):
            return str(problem)
        if isinstance(problem, IgnoreRequest):
            return f"was not asked for: {problem}"
        return self._last_words.pop(request.url, f"gave no answer: {type(problem).__name__}: {problem}")

    def finish_portal(self, portal: str, verdict: str, reason: str | None) -> None:
        """Close a portal's part of the run. A column that lists nothing where it did, or a quarter less, is an alarm."""
        try:
            before, now, alarm = self.archive.listed_before(portal), self.archive.listed_now(portal), None
            if before and now <= before.entries * (1 - FEWER):
                alarm = "fewer" if now else "zero"
                noted = f"it listed {before.entries} entries in the run of {before.started_at[:10]}"
                lists = f"{portal}: lists {now or 'nothing'}"
                reason = f"{reason or lists}; {noted}"
                if verdict in ("good", "failed") and self.archive.column_answered(portal):
                    verdict = "partial"
            run = self.archive.finish_portal(portal, verdict, reason, alarm)
        except (ArchiveError, OSError, sqlite3.Error) as problem:
            self._give_up(problem)
            return
        self.finished[portal] = (run, reason)
        self._crawler.signals.send_catch_log(portal_finished, run=run, reason=reason)

    @property
    def verdict(self) -> str:
        """What to say of the run: good, partial where a portal was not, failed where none gave its column."""
        whole = set(self.finished) == set(self._wanted)
        return "failed" if self.problem else verdict_of([run.verdict for run, _ in self.finished.values()], whole)

    def spider_closed(self, spider: Spider, reason: str) -> None:
        """Close the run if every portal is through; an interrupted one stays open, to be continued."""
        if not hasattr(self, "archive"):
            return
        try:
            if not self.problem and set(self.finished) == set(self._wanted):
                self.archive.finish_run(self.verdict)
            self.archive.close()
        except (ArchiveError, OSError, sqlite3.Error) as problem:
            self.problem = self.problem or problem

    def _keep_failure(self, request: Request, error: str) -> None:
        try:
            self.archive.record_failure(attempt_of(request), error, sent_as(request))
        except (ArchiveError, OSError, sqlite3.Error) as problem:
            self._give_up(problem)

    def _stop(self, url: str, reason: str, *, blocked: bool) -> None:
        """Leave a host alone, and after a block its neighbours on the platform: they would ban us as one."""
        host, place = host_of(url), self.place_of(url)
        if host in self.stopped:
            return
        self.stopped[host] = Stop(reason, blocked)
        if blocked and place != host:
            for neighbour, platform in self._platforms.items():
                if platform == place:
                    told = f"is on the platform {place} with {host}, which {reason}"
                    self.stopped.setdefault(neighbour, Stop(told, blocked))
        for request, waiting in self._queued(place, lambda request: host_of(request.url) in self.stopped):
            waiting.errback(Failure(self.skip(request)))  # type: ignore[no-untyped-call]

    def _heed_interruption(self) -> None:
        """Let go of what waits when a person stops the crawl: at two seconds a page Scrapy would first ask for it all."""
        slot = self._crawler.engine._slot
        if slot is not None and slot.closing is not None:
            for place in list(self._crawler.engine.downloader.slots):
                for _, waiting in self._queued(place, lambda _: True):
                    waiting.errback(Failure(Interrupted("the crawl was stopped")))  # type: ignore[no-untyped-call]

    def _queued(self, place: str, dropped: Callable[[Request], bool]) -> Sequence[tuple[Request, Deferred[Response]]]:
        """Take requests out of the downloader's queue for a place: they are past every middleware."""
        engine = self._crawler._engine  # None while the spider is opened
        slot = engine.downloader.slots.get(place) if engine else None
        if not slot:
            return ()
        taken = [pair for pair in slot.queue if dropped(pair[0])]
        kept = [pair for pair in slot.queue if not dropped(pair[0])]
        slot.queue.clear()
        slot.queue.extend(kept)
        return taken

    def _give_up(self, problem: Exception) -> None:
        """What cannot be archived must not be crawled."""
        if self.problem is None:
            self.problem = problem
            log.error("%s", problem, extra=RAISED)
            _schedule_coro(self._crawler.engine.close_spider_async(reason="archive"))


class Progress:
    """Says how far the crawl is: a bar on a terminal, a line for each portal elsewhere."""

    def __init__(self, crawler: Crawler) -> None:
        if not crawler.settings.getbool("SHOW_PROGRESS"):
            raise NotConfigured
        self._bar = tqdm(unit=" answers", desc="crawl", disable=None, file=sys.stderr)
        crawler.signals.connect(self.answered, signals.response_downloaded)
        crawler.signals.connect(self.portal_finished, portal_finished)
        crawler.signals.connect(self.closed, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Only where progress is asked for."""
        return cls(crawler)

    def answered(self) -> None:
        """Move on."""
        self._bar.update()

    def portal_finished(self, run: PortalRun, reason: str | None) -> None:
        """Say what became of a portal."""
        self._bar.write(line_of(run), file=sys.stderr)

    def closed(self) -> None:
        """Leave the bar as it stands."""
        self._bar.close()


def attempt_of(request: Request) -> Attempt:
    """What a request is made for; a redirected one keeps its purpose under its new address."""
    attempt = request.meta["attempt"]
    assert isinstance(attempt, Attempt)
    return replace(attempt, url=without_session(urldefrag(request.url).url))


def retry_after(response: Response, now: datetime) -> float:
    """For how many seconds the portal asks to be left alone; 0 where it does not say."""
    text = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if text.isdecimal():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
    except (ValueError, TypeError):
        return 0.0


def sent_as(request: Request) -> Sent:
    """The request as the archive keeps it."""
    return Sent(request.method, tuple(_pairs(request.headers)), request.body)


def _pairs(headers: Headers) -> Iterator[tuple[str, str]]:
    for name, values in headers.items():
        for value in values:
            yield _text(name), _text(value)


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
