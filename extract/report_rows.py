"""A report as rows of the tables: itself, its body and its documents."""

from __future__ import annotations

from collections.abc import Iterable

from extract.database import Row
from extract.reports import ATTACHMENT, AnnualReport


def body_row(body_id: int, report: AnnualReport) -> Row:
    """The body as this report names it."""
    head = report.reading.head
    return {
        "id": body_id,
        "name": report.issuing_body,
        "division": report.division,
        "level": head.level,
        "kind": head.body_kind,
    }


def report_row(report_id: int, body_id: int, report: AnnualReport, vanished_on: str | None) -> Row:
    """The report as a row of `reports`. `vanished_on`: when the last of its addresses was found gone."""
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
        "vanished_on": vanished_on,
    }


def document_rows(report_id: int, report: AnnualReport) -> Iterable[Row]:
    """Its documents, at every address."""
    for document in report.documents:
        role = "attachment" if document.first.role == ATTACHMENT else "page"
        chosen = int(document is report.spoken)
        for payload, url in dict.fromkeys((c.payload_sha256, c.url) for c in document.captures):
            yield {"report_id": report_id, "payload_sha256": payload, "url": url, "role": role, "chosen": chosen}
