"""The whole extraction on one screen: archive in, nianbao.db out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from crawler.archive import Archive, Capture
from crawler.divisions import load_divisions
from crawler.portals import Portal
from extract.codebook import form_row, line_rows
from extract.database import Row, Writer, fact_rows, issue_rows, replacing, section_rows, stable_id
from extract.facts import Issue
from extract.forms import load_forms
from extract.holdings import sum_up
from extract.reading import Reading
from extract.reports import AnnualReport, ReadDocument, gather
from extract.search import index
from extract.sources import Source, Sources, fetch, read_job, reports_in_columns
from extract.versions import change_rows
from extract.workers import Overrun, in_order


@dataclass(frozen=True, slots=True)
class BuildResult:
    """How much a build holds."""

    captures: int
    documents: int
    reports: int
    facts: int
    issues: int


def build(
    data: Path,
    portals: Sequence[Portal],
    progress: Callable[[Sequence[Source]], Iterable[Source]] = iter,
    workers: int | None = None,
) -> BuildResult:
    """Read every archived report and publish `data/nianbao.db`. Raises DatabaseError and ArchiveError; the old file
    stays then."""
    divisions = {portal.key: portal.division for portal in portals}
    with Archive(data / "archive") as archive, replacing(data / "nianbao.db") as database:
        captures = list(archive.captures())
        sources = list(Sources(captures, divisions, reports_in_columns(archive)))
        outcomes = in_order(read_job, (fetch(archive, source) for source in sources), workers=workers)
        documents = [_read(source, outcome) for source, outcome in zip(progress(sources), outcomes, strict=True)]
        _write_crawl(database, archive, captures, portals)
        _write_documents(database, documents)
        _write_reports(database, list(gather(documents)))
        index(database.db.conn)
        sum_up(database.db.conn)
        return BuildResult(
            *(database.count(table) for table in ("captures", "documents", "reports", "facts", "issues"))
        )


def _read(source: Source, outcome: Reading | Issue | Overrun) -> ReadDocument:
    """A source with its reading, or with the issue that says why there is none."""
    if isinstance(outcome, Overrun):
        outcome = Issue("limit", "error", outcome.detail)
    if isinstance(outcome, Issue):
        return ReadDocument(source.captures, None, (outcome,), source.current)
    return ReadDocument(source.captures, outcome, (), source.current)


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
        kind = "not_a_report" if why else carries
        rows += ({"payload_sha256": p, "media_type": media_type, "kind": kind, "why": why} for p in document.payloads)
        if why is not None:
            found = document.reading.issues if document.reading else document.issues
            issues += issue_rows(found, report_id=None, sha256=document.payloads[0], url=document.first.url)
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
        database.add("report_changes", change_rows(report_id, report))
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
        role = "attachment" if document.first.role == "attachment" else "page"
        chosen = int(document is report.spoken)
        for payload, url in dict.fromkeys((c.payload_sha256, c.url) for c in document.captures):
            yield {"report_id": report_id, "payload_sha256": payload, "url": url, "role": role, "chosen": chosen}


def _version_rows(report_id: int, report: AnnualReport) -> Iterable[Row]:
    """The states in which the report was met; what changed between them is not told yet."""
    for document in report.documents:
        for payload in document.payloads:
            times = sorted(c.captured_at for c in document.captures if c.payload_sha256 == payload)
            seen = {"first_seen": times[0], "last_seen": times[-1], "what_changed": None}
            yield {"report_id": report_id, "payload_sha256": payload, **seen}
