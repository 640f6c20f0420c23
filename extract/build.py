"""The whole extraction on one screen: archive in, nianbao.db out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from email.message import Message
from pathlib import Path

from crawler.archive import Archive, ArchiveError, Capture
from crawler.divisions import load_divisions
from crawler.portals import Portal
from extract import readers
from extract.codebook import form_row, line_rows
from extract.database import Row, Writer, fact_rows, issue_rows, replacing, section_rows, stable_id
from extract.document import UnreadableDocument
from extract.facts import Issue
from extract.forms import load_forms
from extract.reading import Hint, read_report
from extract.reports import AnnualReport, ReadDocument, gather

# Only what was fetched as a report or its attachment is read; lists and robots.txt are evidence of the crawl.
READ_ROLES = frozenset(["report", "attachment"])
Sources = Sequence[tuple[Capture, ...]]


@dataclass(frozen=True, slots=True)
class BuildResult:
    """How much a build holds."""

    captures: int
    documents: int
    reports: int
    facts: int
    issues: int


def build(
    data: Path, portals: Sequence[Portal], progress: Callable[[Sources], Iterable[tuple[Capture, ...]]] = iter
) -> BuildResult:
    """Read every archived report and publish `data/nianbao.db`. Raises DatabaseError and ArchiveError; the old file
    stays then."""
    divisions = {portal.key: portal.division for portal in portals}
    with Archive(data / "archive") as archive, replacing(data / "nianbao.db") as database:
        captures = list(archive.captures())
        reader = _Reader(archive, captures, divisions)
        documents = [reader.read(source) for source in progress(reader.sources())]
        _write_crawl(database, archive, captures, portals)
        _write_documents(database, documents)
        _write_reports(database, list(gather(documents)))
        return BuildResult(
            *(database.count(table) for table in ("captures", "documents", "reports", "facts", "issues"))
        )


class _Reader:
    """Reads payloads with what their captures tell about them."""

    def __init__(self, archive: Archive, captures: Sequence[Capture], divisions: Mapping[str, str | None]) -> None:
        self.archive, self.divisions = archive, divisions
        self.answers = [
            c for c in captures if c.payload_sha256 and c.role in READ_ROLES and c.status is not None and c.status < 400
        ]
        self.latest = {c.url: c.payload_sha256 for c in self.answers}
        self.titles = {c.url: c.title for c in self.answers if c.title and c.role == "report"}

    def sources(self) -> Sources:
        """The distinct payloads, each with its captures, in the order first met."""
        met: dict[str, list[Capture]] = defaultdict(list)
        for capture in self.answers:
            met[str(capture.payload_sha256)].append(capture)
        return [tuple(captures) for captures in met.values()]

    def read(self, captures: tuple[Capture, ...]) -> ReadDocument:
        """One payload read; whatever goes wrong becomes this document's issue, and the others go on."""
        first = captures[0]
        current = any(self.latest[c.url] == c.payload_sha256 for c in captures)
        try:
            exchange = self.archive.exchange(first)
            document = readers.read(exchange.body, media_type=first.media_type, charset=_charset(exchange.headers))
        except UnreadableDocument as error:
            return ReadDocument(captures, None, (Issue(error.kind, "error", error.detail),), current)
        except ArchiveError as error:
            return ReadDocument(captures, None, (Issue("damaged", "error", str(error)),), current)
        return ReadDocument(captures, read_report(document, self._hint(first)), (), current)

    def _hint(self, capture: Capture) -> Hint:
        on_page = self.titles.get(capture.found_on or "") if capture.role == "attachment" else None
        told = tuple(title for title in (capture.title, on_page) if title)
        return Hint(told, self.divisions.get(capture.portal), capture.url, capture.published)


def _charset(headers: Iterable[tuple[str, str]]) -> str | None:
    """The charset that the server declared."""
    message = Message()
    message["Content-Type"] = next((value for name, value in headers if name.lower() == "content-type"), "")
    return message.get_content_charset()


def _write_crawl(database: Writer, archive: Archive, captures: Iterable[Capture], portals: Iterable[Portal]) -> None:
    divisions = load_divisions()
    told = ("code", "name", "level", "parent", "valid_from", "valid_to", "successor")
    database.add("divisions", ({key: getattr(d, key) for key in told} for d in divisions.values()))
    database.add(
        "portals",
        ({key: getattr(p, key) for key in ("key", "name", "division", "family", "column_url")} for p in portals),
    )
    database.add("runs", (asdict(run) for run in archive.runs()))
    database.add("portal_runs", (asdict(run) for run in archive.portal_runs()))
    database.add("captures", (asdict(capture) for capture in captures))
    database.add("forms", map(form_row, load_forms().values()))
    database.add("lines", line_rows(load_forms()))


def _write_documents(database: Writer, documents: Iterable[ReadDocument]) -> None:
    rows: list[Row] = []
    issues: list[Row] = []
    for document in documents:
        why = document.why_no_report
        carries = "attachment" if document.first.role == "attachment" else "report"
        media_type = document.reading.media_type if document.reading else document.first.media_type
        rows.append(
            {
                "payload_sha256": document.sha256,
                "media_type": media_type,
                "kind": "not_a_report" if why else carries,
                "why": why,
            }
        )
        if why is not None:
            found = document.reading.issues if document.reading else document.issues
            issues += issue_rows(found, report_id=None, sha256=document.sha256, url=document.first.url)
    database.add("documents", rows)
    database.add("issues", issues)


def _write_reports(database: Writer, reports: Sequence[AnnualReport]) -> None:
    ids = [(stable_id(r.division, r.identity), r) for r in reports]
    database.add("bodies", {body_id: _body_row(body_id, report) for body_id, report in ids}.values())
    for body_id, report in ids:
        report_id = stable_id(body_id, report.report_year, report.scope)
        reading = report.reading
        database.add("reports", [_report_row(report_id, body_id, report)])
        database.add("report_documents", _document_rows(report_id, report))
        database.add("report_versions", _version_rows(report_id, report))
        database.add("facts", fact_rows(report_id, reading.facts))
        database.add("sections", section_rows(report_id, reading.sections))
        database.add(
            "issues", issue_rows(report.issues, report_id=report_id, sha256=reading.sha256, url=report.spoken.first.url)
        )


def _body_row(body_id: int, report: AnnualReport) -> Row:
    head = report.reading.head
    return {
        "id": body_id,
        "name": report.issuing_body,
        "division": report.division,
        "level": head.level,
        "kind": head.body_kind,
    }


def _report_row(report_id: int, body_id: int, report: AnnualReport) -> Row:
    return {
        "id": report_id,
        "body_id": body_id,
        "issuing_body": report.issuing_body,
        "report_year": report.report_year,
        "scope": report.scope,
        "form": report.reading.head.form,
        "title": report.reading.head.title,
        "published_on": report.published_on,
        "first_seen": report.first_seen,
        "url": report.url,
        "payload_sha256": report.reading.sha256,
        "facts": len(report.reading.facts),
        "issues": len(report.issues),
    }


def _document_rows(report_id: int, report: AnnualReport) -> Iterable[Row]:
    for document in report.documents:
        for url in dict.fromkeys(capture.url for capture in document.captures):
            role = "attachment" if document.first.role == "attachment" else "page"
            chosen = int(document is report.spoken)
            yield {
                "report_id": report_id,
                "payload_sha256": document.sha256,
                "url": url,
                "role": role,
                "chosen": chosen,
            }


def _version_rows(report_id: int, report: AnnualReport) -> Iterable[Row]:
    """The states in which the report was met; what changed between them is not told yet."""
    for document in report.documents:
        times = sorted(capture.captured_at for capture in document.captures)
        yield {
            "report_id": report_id,
            "payload_sha256": document.sha256,
            "first_seen": times[0],
            "last_seen": times[-1],
            "what_changed": None,
        }
