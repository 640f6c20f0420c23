"""The whole extraction on one screen: archive in, nianbao.db out."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from crawler.archive import Archive
from crawler.divisions import load_divisions
from crawler.portals import Portal
from extract.absences import Absences
from extract.carrying import TABLES, attach, forget_vanished, write_reading
from extract.codebook import form_row, line_rows
from extract.database import DatabaseError, Writer, alone, issue_rows, replacing, stable_id
from extract.facts import Issue
from extract.fingerprint import fingerprint
from extract.forms import load_forms
from extract.holdings import sum_up
from extract.kept import Kept
from extract.report_rows import body_row, document_rows, report_row
from extract.reports import ATTACHMENT, AnnualReport, Identity, ReadDocument, gather, identity_of
from extract.search import index
from extract.sources import Source, Sources, Strategy, read_missing, reports_in_columns
from extract.versions import change_rows, states_of, vanished_on, version_rows
from extract.workers import in_order

DOCUMENT = ("payload_sha256", "media_type", "kind", "why")
# Which documents carry which report, and how each report names its body; both worked out while documents are written.
WORK = """
CREATE TEMP TABLE carriers (report_id INTEGER, body_id INTEGER, division TEXT, body TEXT, report_year INTEGER, scope TEXT,
  source INTEGER, PRIMARY KEY (report_id, source)) WITHOUT ROWID;
CREATE TEMP TABLE named (id INTEGER, name TEXT, division TEXT, level TEXT, kind TEXT, report_year INTEGER, scope TEXT);
"""


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
    progress: Callable[[Sources], Iterable[Source]] = iter,
    strategy: Strategy = in_order,
) -> BuildResult:
    """Read every archived report that is not read yet and publish `data/nianbao.db`. `strategy` reads the documents.

    Raises DatabaseError, ArchiveError and OSError; the old file stays then.
    """
    published = data / "nianbao.db"
    divisions = {portal.key: portal.division for portal in portals}
    portal_names = {portal.key: portal.name for portal in portals}
    with Archive(data / "archive") as archive, alone(published), Kept(data / "readings.db", fingerprint()) as kept:
        carried = kept.published(published)
        with replacing(published, TABLES if carried else ()) as database:
            if carried:
                attach(database, published)
            _write_crawl(database, archive, portals)
            sources = Sources(database.connection, divisions, reports_in_columns(archive), portal_names)
            read_missing(archive, progress(sources), kept, strategy)
            _write_documents(database, sources, kept)
            absences = Absences(database.connection, archive.unlisted())
            for report_id, body_id, report, key in _reports(database.connection, sources, kept):
                _write_report(database, report_id, body_id, report, absences)
                write_reading(database, kept, report_id, key, carried)
            _write_bodies(database)
            if carried:
                forget_vanished(database)
            index(database.connection, carried)
            sum_up(database.connection)
            counted = ("captures", "documents", "reports", "facts", "issues")
            result = BuildResult(*(database.count(table) for table in counted))
        kept.publish(published)
    return result


def _write_crawl(database: Writer, archive: Archive, portals: Iterable[Portal]) -> None:
    database.add_objects("divisions", load_divisions().values())
    database.add_objects("portals", portals)
    database.add_objects("runs", archive.runs())
    database.add_objects("portal_runs", archive.portal_runs())
    database.add_objects("captures", archive.captures())
    database.add("forms", map(form_row, load_forms().values()))
    database.add("lines", line_rows(load_forms()))


def _write_documents(database: Writer, sources: Iterable[Source], kept: Kept) -> None:
    """The documents, why some are no reports, and which report each of the others carries."""
    database.connection.executescript(WORK)
    for source in sources:
        document = _document(source, kept)
        why, reading = document.why_no_report, document.reading
        carries = "attachment" if document.first.role == ATTACHMENT else "report"
        media_type = reading.media_type if reading else document.first.media_type
        kind = "not_a_report" if why else carries
        database.append("documents", DOCUMENT, ((payload, media_type, kind, why) for payload in document.payloads))
        if why is not None or reading is None:
            found = reading.issues if reading else document.issues
            rows = issue_rows(found, report_id=None, sha256=document.payloads[0], url=document.first.url)
            database.add("issues", rows)
        else:
            identity = identity_of(reading.head)
            body_id = stable_id(identity.division, identity.body)
            report_id = stable_id(body_id, identity.report_year, identity.scope)
            row = (report_id, body_id, *identity, source.number)
            database.connection.execute("INSERT INTO temp.carriers VALUES (?, ?, ?, ?, ?, ?, ?)", row)


def _document(source: Source, kept: Kept) -> ReadDocument:
    """A source with its reading, or with the issue that says why there is none."""
    outcome = kept.get(source.key)
    if isinstance(outcome, Issue):
        return ReadDocument(source.captures, None, (outcome,), source.current)
    return ReadDocument(source.captures, outcome, (), source.current)


def _reports(
    connection: sqlite3.Connection, sources: Sources, kept: Kept
) -> Iterator[tuple[int, int, AnnualReport, bytes]]:
    """The reports in the order of their ids, one at a time: id, id of the body, report, key of the reading that speaks.

    Raises DatabaseError where two reports, or two bodies, have one id.
    """
    rows = connection.execute("SELECT * FROM temp.carriers ORDER BY report_id, source")
    for (report_id, body_id), carriers in groupby(rows, key=lambda row: row[:2]):
        identities, numbers = zip(*((Identity(*row[2:6]), row[6]) for row in carriers), strict=True)
        if len(set(identities)) > 1:
            raise DatabaseError(f"reports: {report_id} is the id of {set(identities)}")
        members = [sources[number] for number in numbers]
        report = gather(identities[0], [_document(source, kept) for source in members])
        spoken = members[report.documents.index(report.spoken)]
        yield report_id, body_id, report, spoken.key


def _write_report(database: Writer, report_id: int, body_id: int, report: AnnualReport, absences: Absences) -> None:
    reading, url, states = report.reading, report.spoken.first.url, states_of(report, absences.at)
    database.add("reports", [report_row(report_id, body_id, report, vanished_on(states))])
    database.add("report_documents", document_rows(report_id, report))
    database.add("report_versions", version_rows(report_id, states))
    database.add("report_changes", change_rows(report_id, states))
    database.add("issues", issue_rows(report.issues, report_id=report_id, sha256=reading.sha256, url=url))
    database.add("temp.named", [{**body_row(body_id, report), "report_year": report.report_year, "scope": report.scope}])


def _write_bodies(database: Writer) -> None:
    """The bodies, each as its latest report names it. Raises DatabaseError where two have one id."""
    doubles = "SELECT body_id FROM temp.carriers GROUP BY body_id HAVING count(DISTINCT division || '/' || body) > 1"
    for (body_id,) in database.connection.execute(doubles):
        raise DatabaseError(f"bodies: {body_id} is the id of two")
    latest = "SELECT id, name, division, level, kind FROM temp.named ORDER BY id, report_year, scope"
    database.connection.execute(f"INSERT OR REPLACE INTO main.bodies (id, name, division, level, kind) {latest}")
