"""The spider discovery: from home pages to 年报 columns, and whether registered columns still answer.

What leads where is known to crawler.discovery; here is only the asking, one page after the other.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.http import Response, TextResponse
from twisted.python.failure import Failure

from crawler.archive import Attempt
from crawler.discovery import Finding, Lead, Search, home_of, is_a_column, site_names
from crawler.extensions import Interrupted, Ledger, attempt_of
from crawler.families import Ask, Page
from crawler.families.twins import place_of
from crawler.portals import Portal, host_of


@dataclass
class Work:
    """How far a portal is: the search, and what its registered column answered."""

    portal: Portal
    search: Search
    column: str | None = None  # what was wrong with the registered column
    problems: list[str] = field(default_factory=list)
    names: dict[str, None] = field(default_factory=dict)


class Discovery(Spider):
    """Looks for the columns of portals whose `column_url` is their home page, or with `visit_columns` visits them."""

    name = "discovery"
    crawler: Crawler

    def __init__(self, portals: Sequence[Portal] = (), visit_columns: bool = False, **more: Any) -> None:
        super().__init__(**more)
        self.portals = tuple(portals)
        self.portal_of = {portal.key: portal for portal in portals}
        self.findings: dict[str, Finding] = {}
        self._visit_columns = visit_columns
        self._work: dict[str, Work] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """No delay is shorter than the shortest."""
        settings = crawler.settings
        if settings.getfloat("DOWNLOAD_DELAY") < settings.getfloat("SHORTEST_DELAY"):
            settings.set("DOWNLOAD_DELAY", settings.getfloat("SHORTEST_DELAY"), priority="cmdline")
        return super().from_crawler(crawler, *args, **kwargs)

    @property
    def ledger(self) -> Ledger:
        """The extension that keeps the archive."""
        ledger = self.crawler.get_extension(Ledger)
        assert ledger is not None
        return ledger

    async def start(self) -> AsyncIterator[Request]:
        """Begin with each portal's column, or its home page."""
        for portal in self.portals:
            home = home_of(portal.column_url) if self._visit_columns else portal.column_url
            work = self._work[portal.key] = Work(portal, Search(home))
            if self._visit_columns:
                yield self._request(work, Lead(portal.column_url, 1.0), self.column_answered, "column")
            else:
                for request in self._next(work):
                    yield request

    def _request(self, work: Work, lead: Lead, callback: Any, role: str = "other") -> Request:
        ask = lead.ask or Ask(lead.url)
        return Request(
            ask.url,
            method=ask.method,
            body=ask.body,
            headers=dict(ask.headers),
            callback=callback,
            errback=self.unanswered,
            dont_filter=True,  # the search knows what it asked for
            meta={
                "attempt": Attempt(work.portal.key, ask.url, role, title=lead.evidence[-1] if lead.evidence else None)
            },
            cb_kwargs={"lead": lead},
        )

    def _next(self, work: Work) -> Iterator[Request]:
        """The next page of a search that may be asked for; its end."""
        while lead := work.search.next():
            if work.portal.may_ask(lead.url) and host_of(lead.url) not in self.ledger.stopped:
                yield self._request(work, lead, self.answered)
                return
        self._finish(work)

    # --- answers

    def column_answered(self, response: Response, lead: Lead) -> Iterator[Request]:
        """Whether the registered column is one still; if not, look for it."""
        work = self._work_of(response)
        page = _page(response, lead)
        if page and is_a_column(page):
            moved = place_of(response.url) != place_of(work.portal.column_url)
            detail = f"redirects to {response.url}" if moved else f"answered {response.status}"
            self._found(work, Finding(work.portal.key, "moved" if moved else "answers", response.url, detail))
            return
        work.column = f"answered {response.status}" if response.status >= 400 else "lists nothing any more"
        yield from self._next(work)

    def answered(self, response: Response, lead: Lead) -> Iterator[Request]:
        """Read a page of a search and go on."""
        work = self._work_of(response)
        if page := _page(response, lead):
            try:
                work.search.read(page, lead)
                work.names.update(dict.fromkeys(site_names(page)))
            except Exception as problem:  # noqa: BLE001  (a page that surprises us must not end the search)
                work.problems.append(f"{response.url} could not be read: {type(problem).__name__}: {problem}")
            if page.status >= 400:
                work.problems.append(f"{response.url} answered {page.status}")
        yield from self._next(work)

    def unanswered(self, failure: Failure) -> Iterator[Request]:
        """Take down why there was no answer and go on."""
        if isinstance(failure.value, Interrupted):
            return
        request: Request = failure.request  # type: ignore[attr-defined]
        work = self._work[attempt_of(request).portal]
        words = f"{request.url} {self.ledger.why(request, failure.value)}"
        if attempt_of(request).role == "column":
            stop = self.ledger.stopped.get(host_of(request.url))
            if (stop and stop.blocked) or getattr(failure.value, "error", None) == "blocked:robots":
                self._found(work, Finding(work.portal.key, "blocked", None, words))
                return
            work.column = words
        else:
            work.problems.append(words)
        yield from self._next(work)

    # --- the end

    def _finish(self, work: Work) -> None:
        """What a search came to."""
        found, key = work.search.candidates, work.portal.key
        names = tuple(work.names)
        stop = self.ledger.stopped.get(work.portal.host)
        if found:
            state = "moved" if work.column else "found"
        elif stop and stop.blocked:
            state = "blocked"
        elif self._visit_columns:
            state = "gone" if (work.column or "").startswith(("answered", "lists")) else "silent"
        else:
            state = "not found"
        url = found[0].column_url if found else None
        if found and self._visit_columns and place_of(url or "") == place_of(work.portal.column_url):
            state = "answers"
        detail = work.column or (work.problems[0] if work.problems and not found else "")
        self._found(work, Finding(key, state, url, detail, found, names))

    def _found(self, work: Work, finding: Finding) -> None:
        self.findings[work.portal.key] = finding
        good = finding.state in ("answers", "moved", "found")
        verdict = "good" if good else "blocked" if finding.state == "blocked" else "failed"
        reason = None if good else f"{work.portal.key}: {finding.state}: {finding.detail}"
        self.ledger.finish_portal(work.portal.key, verdict, reason)

    def _work_of(self, response: Response) -> Work:
        assert response.request is not None
        return self._work[attempt_of(response.request).portal]


def _page(response: Response, lead: Lead) -> Page | None:
    """The answer as a page; None where it is no text."""
    if not isinstance(response, TextResponse):
        return None
    named = response.headers.items()
    headers = {name.decode("latin-1").lower(): b", ".join(values).decode("latin-1") for name, values in named}
    return Page(response.url, response.status, headers, response.text, lead.ask)
