"""Annual reports: the documents of one body, year and scope gathered, and the one among them that speaks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from crawler.archive import Capture
from extract import readers
from extract.facts import Issue
from extract.reading import Reading, ReportHead

# Which of equally complete documents speaks: the format that loses least goes first.
RANK = {kind: rank for rank, kind in enumerate([readers.HTML, readers.DOCX, readers.XLSX, readers.OLE, readers.PDF])}
ATTACHMENT = "attachment"
# This many differing figures are named in an issue; the rest are counted.
NAMED = 5


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A distinct payload, every place where it was met (the earliest first), and what was read from it (None:
    unreadable)."""

    captures: tuple[Capture, ...]
    reading: Reading | None
    issues: tuple[Issue, ...] = ()
    current: bool = True  # it is what some address answered last; otherwise an earlier state

    @property
    def payloads(self) -> tuple[str, ...]:
        """The digests of what was read, the first of all at the front."""
        return tuple(dict.fromkeys(str(capture.payload_sha256) for capture in self.captures))

    @property
    def first(self) -> Capture:
        """Where and when it was first met."""
        return self.captures[0]

    @property
    def why_no_report(self) -> str | None:
        """Why no report can be made of it; None where one can."""
        if self.reading is None:
            return "；".join(issue.detail for issue in self.issues)
        head = self.reading.head
        if not head.is_annual_report:
            return head.why_not
        return None if head.issuing_body and head.report_year else "发布机关或年度不明"


@dataclass(frozen=True, slots=True)
class AnnualReport:
    """One body's report of one year and scope, with all documents that carry it; `reading` is the one that speaks."""

    issuing_body: str
    identity: str
    division: str | None
    report_year: int
    scope: str
    reading: Reading
    documents: tuple[ReadDocument, ...]
    issues: tuple[Issue, ...]

    @property
    def first_seen(self) -> str:
        """When any of its documents was first captured (our own clock, UTC)."""
        return min(document.first.captured_at for document in self.documents)

    @property
    def published_on(self) -> str | None:
        """The date of publication: the speaking document's, else the earliest that another one prints."""
        own = self.reading.head.published_on
        return own or min(
            (d.reading.head.published_on for d in self.documents if d.reading and d.reading.head.published_on),
            default=None,
        )

    @property
    def spoken(self) -> ReadDocument:
        """The document that speaks."""
        return next(document for document in self.documents if document.reading is self.reading)

    @property
    def url(self) -> str:
        """The page on which a person finds the report: a page of its own, else the page that carries the attachment,
        else the file."""
        spoken = self.spoken.first
        if spoken.role != ATTACHMENT:
            return spoken.url
        pages = [d.first.url for d in self.documents if d.first.role != ATTACHMENT]
        return spoken.found_on or (pages[0] if pages else spoken.url)


class Identity(NamedTuple):
    """Which report it is: documents of one identity carry one report."""

    division: str
    body: str
    report_year: int
    scope: str


def identity_of(head: ReportHead) -> Identity:
    """The identity that the head of a document tells (what it does not tell is empty)."""
    body = head.identity or head.issuing_body or ""
    return Identity(head.division or "", body, head.report_year or 0, head.scope)


def gather(identity: Identity, documents: Sequence[ReadDocument]) -> AnnualReport:
    """The report that all these documents carry."""
    standing = [d for d in documents if d.current] or documents
    if not any(d.reading and d.reading.facts for d in standing):
        standing = documents  # an address that lost its report without saying so does not take the figures with it
    reading = most_complete([d.reading for d in standing if d.reading is not None])
    issues = (*reading.issues, *disagreements(reading, standing))
    name = reading.head.issuing_body or identity.body
    return AnnualReport(
        name, identity.body, identity.division or None, identity.report_year, identity.scope, reading, tuple(documents), issues
    )  # fmt: skip


def most_complete(readings: Sequence[Reading]) -> Reading:
    """The reading that speaks: most figures, then most sections, then the format that loses least, then by digest."""
    if len(readings) == 1:
        return readings[0]
    return min(
        readings,
        key=lambda r: (
            -len(r.facts),
            -sum(s.number > 0 for s in r.sections),
            RANK.get(r.media_type, len(RANK)),
            r.sha256,
        ),
    )


def disagreements(spoken: Reading, documents: Iterable[ReadDocument]) -> Iterator[Issue]:
    """An issue for every other document of the report that gives other figures at the same addresses."""
    others = [document for document in documents if document.reading is not None and document.reading is not spoken]
    figures = {fact.address: fact for fact in spoken.facts if fact.value is not None} if others else {}
    for document in others:
        differing = [
            f"{'/'.join(fact.address)}：{figures[fact.address].value}，另一文件为 {fact.value}"
            for fact in (document.reading.facts if document.reading else ())
            if fact.value is not None and fact.address in figures and figures[fact.address].value != fact.value
        ]
        if differing:
            more = f"，等 {len(differing)} 处" if len(differing) > NAMED else ""
            yield Issue(
                "formats_disagree", "warning", f"与 {document.first.url} 不一致：{'；'.join(differing[:NAMED])}{more}"
            )
