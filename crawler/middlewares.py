"""What stands between the spider and a portal: allowed hosts, bounds, resume, host breaker, robots.txt, other scheme,
"has it changed?"."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from typing import Self, cast
from urllib.parse import urldefrag, urlsplit

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    NotConfigured,
    ResponseDataLossError,
)
from scrapy.http import Headers, Response
from scrapy.http.request import NO_CALLBACK
from scrapy.responsetypes import responsetypes
from scrapy.robotstxt import ProtegoRobotParser, RobotParser
from twisted.web.iweb import IPolicyForHTTPS

from crawler.archive import ArchiveError, Attempt, Capture, Exchange
from crawler.estates import estate_of
from crawler.extensions import DISALLOWED, Gone, Later, Ledger, NoPage, attempt_of, sent_as
from crawler.parts import Part
from crawler.portals import Portal, host_of
from crawler.tls import TlsPolicy


class _Middleware:
    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        ledger = crawler.get_extension(Ledger)
        assert ledger is not None, "crawler.extensions.Ledger is missing from EXTENSIONS"
        self.ledger = ledger

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """One for the crawl."""
        return cls(crawler)


class AllowedHosts(_Middleware):
    """Lets requests through to *.gov.cn and the hosts that the portal lists: whole portals are copied by spammers."""

    def process_request(self, request: Request) -> None:
        """Refuse a foreign host, also where a redirect leads to it."""
        portal = getattr(self.crawler.spider, "portal_of", {}).get(attempt_of(request).portal)
        if not isinstance(portal, Portal) or not portal.may_ask(request.url):
            reason = f"foreign host {host_of(request.url)}"
            raise self.ledger.refuse(request, f"refused: {reason}", reason)
        # A redirected request has inherited the place of another host.
        request.meta["download_slot"] = self.ledger.place_of(request.url)


class Bounds(_Middleware):
    """Ends what has no end: a calendar, or lists that always have one more page."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._limit = crawler.settings.getint("PORTAL_REQUESTS_LIMIT")
        self._met: Counter[str] = Counter()

    def process_request(self, request: Request) -> None:
        """Refuse what a portal of any size would not have."""
        portal = attempt_of(request).portal
        self._met[portal] += 1
        if self._met[portal] > self._limit:
            reason = f"more than {self._limit} requests to one portal"
            raise self.ledger.refuse(request, f"refused: {reason}", reason)


class Resume(_Middleware):
    """Answers from the archive what this run has captured already: an interrupted run is simply started again."""

    def process_request(self, request: Request) -> Response | None:
        """The stored answer, if there is one and it can be read."""
        capture = self.ledger.archive.captured(urldefrag(request.url).url, sent_as(request))
        if capture is None:
            return None
        if capture.error:
            raise Gone(f"is not there any more ({capture.error})")
        try:
            return stored_response(request, self.ledger.archive.exchange(capture))
        except ArchiveError:
            return None  # damaged: it must be fetched again


class OwnEstates(_Middleware):
    """Where several processes do one run: leaves hosts that another of them may be asking for later."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        if not crawler.settings.getbool("PART_OF_A_RUN"):
            raise NotConfigured
        self._own = frozenset(crawler.settings.getlist("ESTATES"))

    def process_request(self, request: Request) -> None:
        """Let through what is ours to ask; write down where else a portal leads."""
        estate, archive = estate_of(host_of(request.url)), self.ledger.archive
        if estate not in self._own and isinstance(archive, Part):
            archive.leave(attempt_of(request).portal, estate)
            raise Later(f"{host_of(request.url)} is asked by another process")


class HostBreaker(_Middleware):
    """Leaves a host alone that has blocked us in this run, or that does not answer."""

    def process_request(self, request: Request) -> None:
        """Refuse what would go to such a host."""
        if host_of(request.url) in self.ledger.stopped:
            raise self.ledger.skip(request)


class Robots(_Middleware):
    """Obeys robots.txt, its Crawl-delay included.

    By RFC 9309 a robots.txt that is not there (4xx) allows everything, and one that cannot be had (5xx, no answer)
    allows nothing: the host is asked again in the next run.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._name: str = crawler.settings["ROBOTSTXT_USER_AGENT"]
        self._rules: dict[str, asyncio.Task[RobotParser | str]] = {}

    async def process_request(self, request: Request) -> Request | None:
        """Refuse what robots.txt disallows."""
        attempt = attempt_of(request)
        if attempt.role == "robots":
            return None
        place = _place(request.url)
        if place not in self._rules:
            self._rules[place] = asyncio.ensure_future(self._fetch(f"{place}/robots.txt", attempt.portal))
        rules = await asyncio.shield(self._rules[place])
        if other := self.ledger.answers_as.get(place):  # which the robots.txt has just taught us
            self._rules.setdefault(other, self._rules[place])
            return request.replace(url=other + request.url[len(place) :])
        if isinstance(rules, str):
            raise self.ledger.refuse(request, f"refused: {rules}", rules)
        if not rules.allowed(request.url, self._name):
            raise self.ledger.refuse(request, DISALLOWED, "disallowed by robots.txt")
        return None

    async def _fetch(self, url: str, portal: str) -> RobotParser | str:
        """The rules of a host, or why it must not be asked."""
        request = Request(
            url, callback=NO_CALLBACK, priority=1000, dont_filter=True, meta={"attempt": Attempt(portal, url, "robots")}
        )
        try:
            response = await self.crawler.engine.download_async(request)
        except IgnoreRequest as refusal:
            return f"robots.txt {url}: {refusal}"
        except Exception as problem:  # noqa: BLE001  (whatever kept it from us, the host's rules are unknown)
            return f"robots.txt {url}: {describe(problem, request, self.crawler)}"
        if stop := self.ledger.stopped.get(host_of(url)):
            return f"{host_of(url)} {stop.reason}"
        if response.status >= 500 or response.status == 429:
            return f"robots.txt {url} answered {response.status}"
        rules = ProtegoRobotParser(response.body if response.status < 300 else b"", self.crawler.spider)
        if delay := rules.crawl_delay(self._name):
            if delay > self.crawler.settings.getfloat("BACK_OFF_LIMIT"):
                return f"robots.txt {url} asks for {delay:g} seconds between requests"
            self.ledger.slow_down(self.ledger.place_of(url), delay)
        return rules


class OtherScheme(_Middleware):
    """Asks https where http does not connect, and http where https does not: once for a host.

    A certificate that does not hold is no such case: what https would not vouch for, http cannot.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._tried: set[str] = set()

    def process_request(self, request: Request) -> Request | None:
        """Use the scheme that is known to answer."""
        place = _place(request.url)
        other = self.ledger.answers_as.get(place)
        return request.replace(url=other + request.url[len(place) :]) if other else None

    def process_exception(self, request: Request, exception: Exception) -> Request | None:
        """Try the other scheme after the retries are used up."""
        if first := request.meta.get("failed_first"):
            raise NoPage(first)
        place = _place(request.url)
        if not _does_not_connect(exception) or place in self._tried or host_of(request.url) in self.ledger.stopped:
            return None
        scheme, _, rest = place.partition("://")
        other = f"{'http' if scheme == 'https' else 'https'}://{rest}"
        self._tried |= {place, other}
        meta = {key: value for key, value in request.meta.items() if key not in ("retry_times", "dont_retry")}
        words = f"{self.ledger.why(request, exception)}; nor is there one at {other}"
        meta |= {"other_scheme_of": place, "failed_first": words}
        return request.replace(url=other + request.url[len(place) :], meta=meta, dont_filter=True)

    def process_response(self, request: Request, response: Response) -> Response:
        """Remember which scheme answers."""
        request.meta.pop("failed_first", None)
        place = request.meta.pop("other_scheme_of", None)
        if place and "archived" not in response.flags:
            self.ledger.answers_as[place] = _place(request.url)
        return response


class Conditional(_Middleware):
    """Asks whether a stored page has changed, and puts the stored page in the place of "no"."""

    def process_request(self, request: Request) -> None:
        """Name the stored payload by its ETag and date; only where that payload can be read."""
        # A redirected request has inherited the headers of another address.
        request.headers.pop("If-None-Match", None)
        request.headers.pop("If-Modified-Since", None)
        request.meta.pop("known", None)
        if request.method != "GET":
            return
        known = self.ledger.archive.known(urldefrag(request.url).url)
        if known is None:
            return
        if known.etag:
            request.headers["If-None-Match"] = known.etag
        if known.last_modified:
            request.headers["If-Modified-Since"] = known.last_modified
        if known.etag or known.last_modified:
            request.meta["known"] = known.capture

    def process_response(self, request: Request, response: Response) -> Response:
        """The stored page where the portal says that nothing has changed, so that its links are followed still."""
        known = request.meta.get("known")
        if response.status == 304 and isinstance(known, Capture):
            return stored_response(request, self.ledger.archive.exchange(known))
        return response


class Attempts(_Middleware):
    """Records attempts without an answer, and keeps blocks from whoever would read them as pages."""

    def process_response(self, request: Request, response: Response) -> Response:
        """Stop a block, and a page of regret, that has the status of a page."""
        if request.meta.pop("blocked", False) and response.status < 400:
            raise NoPage(self.ledger.stopped[host_of(request.url)].reason)
        if gone := request.meta.pop("gone", None):
            raise Gone(f"is not there any more ({gone})")
        return response

    def process_exception(self, request: Request, exception: Exception) -> Request | None:
        """Keep why there was no answer; speak old TLS with a host that needs it and whose registry line allows it."""
        if isinstance(exception, IgnoreRequest):
            return None
        error, host = describe(exception, request, self.crawler), host_of(request.url)
        # Some old hosts hang up in the middle of the handshake instead of saying what they do not like.
        hung_up = request.url.startswith("https:") and error.startswith("connection: [")
        handshake = error.startswith("tls: handshake") or hung_up
        if handshake and host not in self.ledger.legacy_tls:
            portal = getattr(self.crawler.spider, "portal_of", {}).get(attempt_of(request).portal)
            if isinstance(portal, Portal) and portal.legacy_tls:
                self.ledger.unanswered(request, error)
                self.ledger.legacy_tls.add(host)
                return request.replace(dont_filter=True)
            error += ' (if it speaks old TLS only: options = { tls = "legacy" } in its registry line)'
        self.ledger.unanswered(request, error)
        if error.startswith("tls:"):
            request.meta["dont_retry"] = True  # a certificate is no passing state
        return None


class Http(HTTP11DownloadHandler):
    """Scrapy's way of asking, one request at a time to a place, with a last look at the moment of sending: a host may
    have blocked us since the request passed the middlewares.

    Scrapy's own slots let a second request out with a delay near zero on a busy machine.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        ledger = crawler.get_extension(Ledger)
        assert ledger is not None
        self.ledger = ledger

    async def download_request(self, request: Request) -> Response:
        """Ask when it is our turn, unless the host is to be left alone."""
        async with self.ledger.turns[self.ledger.place_of(request.url)]:
            if host_of(request.url) in self.ledger.stopped:
                raise self.ledger.skip(request)
            return await super().download_request(request)


class Https(Http):
    """The same over https, with our own TlsPolicy: old versions for the hosts that the ledger names."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._contextFactory = cast(IPolicyForHTTPS, TlsPolicy(self.ledger.legacy_tls))


def _place(url: str) -> str:
    """Scheme and netloc: what a robots.txt stands for."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _does_not_connect(problem: Exception) -> bool:
    """Whether there was nobody who speaks the scheme: not a bad certificate, nor an answer that broke off."""
    if not isinstance(problem, (DownloadConnectionRefusedError, DownloadTimeoutError, DownloadFailedError)):
        return False
    return not isinstance(problem, ResponseDataLossError) and "certificate" not in str(problem).lower()


def stored_response(request: Request, exchange: Exchange) -> Response:
    """An archived answer as the spider would have met it."""
    headers = Headers()
    for name, value in _still_true(exchange.headers):
        headers.appendlist(name, value)
    kind = responsetypes.from_args(headers=headers, url=request.url, body=exchange.body)
    return kind(
        request.url,
        status=exchange.status,
        headers=headers,
        body=exchange.body,
        request=request,
        flags=["archived"],
    )


def _still_true(headers: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    """The headers that hold for a body that is unpacked, and for a session that is another one."""
    return (pair for pair in headers if pair[0].lower() not in ("content-encoding", "content-length", "set-cookie"))


def describe(problem: BaseException, request: Request, crawler: Crawler) -> str:
    """Why there was no answer, in one line that begins with its kind."""
    detail = " ".join(str(problem).split())
    match problem:
        case CannotResolveHostError():
            return f"dns: the name {host_of(request.url)} does not resolve"
        case DownloadTimeoutError():
            return f"timeout: no answer within {crawler.settings.getfloat('DOWNLOAD_TIMEOUT'):g} seconds"
        case DownloadConnectionRefusedError():
            return "connection: refused"
        case DownloadCancelledError():
            return f"too large: more than {crawler.settings.getint('DOWNLOAD_MAXSIZE')} bytes"
        case ResponseDataLossError():
            return "incomplete: the answer broke off"
        case DownloadFailedError() if "certificate" in detail.lower() or "VerificationError" in detail:
            return f"tls: certificate: {detail}"
        case DownloadFailedError() if "SSL" in detail:
            return f"tls: handshake: {detail}"
        case DownloadFailedError():
            return f"connection: {detail}"
        case _:
            return f"{type(problem).__name__}: {detail}"
