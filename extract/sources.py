"""What the archive holds to read: payloads, each with what its captures tell of it, and how one is read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from types import MappingProxyType

from crawler.archive import Archive, ArchiveError, Capture
from extract import readers
from extract.document import UnreadableDocument
from extract.facts import Issue
from extract.reading import Hint, Reading, read_report

# Only what was fetched as a report or its attachment is read; lists and robots.txt are evidence of the crawl.
READ_ROLES = frozenset(["report", "attachment"])


@dataclass(frozen=True, slots=True)
class Source:
    """Something to read: one payload, or the pictures of one page in their order; `captures` are all places, earliest first."""

    captures: tuple[Capture, ...]
    payloads: tuple[str, ...]
    hint: Hint
    current: bool


@dataclass(frozen=True, slots=True)
class Job:
    """A source's bytes with all that its reading needs, fit to be handed to another process."""

    payloads: tuple[bytes, ...]
    media_type: str | None
    charset: str | None
    hint: Hint
    damaged: str | None = None


class Sources:
    """The sources of an archive, made from its captures."""

    def __init__(
        self,
        captures: Iterable[Capture],
        divisions: Mapping[str, str | None],
        reports_in_columns: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """`reports_in_columns`: the title by address of a column that is itself a report."""
        self.divisions = divisions
        self.answers = [
            c
            for c in captures
            if c.payload_sha256
            and (c.role in READ_ROLES or c.url in reports_in_columns)
            and c.status is not None
            and c.status < 400
        ]
        self.latest = {c.url: c.payload_sha256 for c in self.answers}
        listed = {c.url: c.title for c in self.answers if c.title and c.role == "report"}
        self.titles = {**listed, **reports_in_columns}

    def __iter__(self) -> Iterator[Source]:
        """Distinct payloads in the order first met; several pictures of one page together."""
        met: dict[str, list[Capture]] = defaultdict(list)
        for capture in self.answers:
            met[str(capture.payload_sha256)].append(capture)
        pages = self._picture_pages(met.values())
        for sha256, captures in met.items():
            page = captures[0].found_on
            pictures = pages.get(page or "", [])
            if sha256 not in pictures:
                yield self._source(captures, (sha256,))
            elif sha256 == pictures[0]:
                yield self._source([capture for picture in pictures for capture in met[picture]], tuple(pictures))

    def _picture_pages(self, met: Iterable[list[Capture]]) -> dict[str, list[str]]:
        """The pages that carry several pictures, each a part of one report."""
        pages: dict[str, list[str]] = defaultdict(list)
        for captures in met:
            first = captures[0]
            if first.role == "attachment" and first.found_on and (first.media_type or "").startswith("image/"):
                pages[first.found_on].append(str(first.payload_sha256))
        return {page: pictures for page, pictures in pages.items() if len(pictures) > 1}

    def _source(self, captures: Sequence[Capture], payloads: tuple[str, ...]) -> Source:
        current = any(self.latest[c.url] == c.payload_sha256 for c in captures)
        return Source(tuple(captures), payloads, self._hint(captures[0]), current)

    def _hint(self, capture: Capture) -> Hint:
        on_page = self.titles.get(capture.found_on or "") if capture.role == "attachment" else None
        told = tuple(filter(None, dict.fromkeys((capture.title, on_page, self.titles.get(capture.url)))))
        return Hint(told, self.divisions.get(capture.portal), capture.url, capture.published)


def reports_in_columns(archive: Archive) -> dict[str, str]:
    """The columns that are themselves a report (one year's column without a list): address → title as listed."""
    return {
        entry.url: entry.title
        for run in archive.portal_runs()
        for entry in archive.entries(run.run_id, run.portal)
        if entry.url == entry.found_on
    }


def fetch(archive: Archive, source: Source) -> Job:
    """A source's bytes from the archive; what cannot be fetched is told in the job, so that the others go on."""
    firsts = [next(c for c in source.captures if c.payload_sha256 == payload) for payload in source.payloads]
    try:
        exchanges = [archive.exchange(first) for first in firsts]
    except ArchiveError as error:
        return Job((), None, None, source.hint, str(error))
    payloads = tuple(exchange.body for exchange in exchanges)
    return Job(payloads, firsts[0].media_type, _charset(exchanges[0].headers), source.hint)


def read_job(job: Job) -> Reading | Issue:
    """A job's reading, or the issue that says why there is none. Raises nothing for a document's own faults."""
    if job.damaged is not None:
        return Issue("damaged", "error", job.damaged)
    try:
        if len(job.payloads) > 1:
            document = readers.read_pictures(job.payloads)
        else:
            document = readers.read(job.payloads[0], media_type=job.media_type, charset=job.charset)
    except UnreadableDocument as error:
        return Issue(error.kind, "error", error.detail)
    return read_report(document, job.hint)


def _charset(headers: Iterable[tuple[str, str]]) -> str | None:
    """The charset that the server declared."""
    message = Message()
    message["Content-Type"] = next((value for name, value in headers if name.lower() == "content-type"), "")
    return message.get_content_charset()
