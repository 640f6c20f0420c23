"""An archive of two runs in which all that may stand in one occurs."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crawler.archive import Archive, Attempt, ListedEntry, Received, Sent
from making.html import make_html
from making.printed import print_report
from making.report import make_report

NOON = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
PLACE = "http://www.x.gov.cn"
LIST = f"{PLACE}/nb/"
REPORT = make_html(print_report(make_report(1, "丰城市人民政府", 2023))).content
TITLE = "丰城市2023年政府信息公开\n工作年度报告"
HTML = (("Content-Type", "text/html; charset=utf-8"),)
TABLES = ("runs", "portal_runs", "captures", "entries", "warc_files")


def asked(path: str, role: str = "report", portal: str = "x", title: str | None = None) -> Attempt:
    return Attempt(portal, PLACE + path, role, LIST, title, "2024-01-15" if title else None)


def page(text: str, *headers: tuple[str, str], status: int = 200) -> Received:
    return Received(status, (*HTML, *headers), f"<p>{text}</p>".encode())


def begin(folder: Path, day: int = 0, **options: object) -> Archive:
    archive = Archive(folder, writable=True, clock=lambda: NOON + timedelta(days=day), **options)
    archive.start_run(["x", "y"], contact="mailto:someone@example.org", configuration={"DOWNLOAD_DELAY": 2.0})
    return archive


def end(archive: Archive, verdict: str = "good") -> None:
    for portal in ("x", "y"):
        archive.finish_portal(portal, verdict, None if verdict == "good" else f"{portal}: 404")
    archive.finish_run(verdict)


def first_run(folder: Path, **options: object) -> None:
    with begin(folder, **options) as archive:
        archive.record(asked("/robots.txt", "robots"), Sent(), page("robots", status=404))
        archive.record(asked("/nb/", "column"), Sent(), page("list"))
        listed = [ListedEntry(f"{PLACE}/{n}.html", TITLE, "2024-01-15", "report", "says 年报", n < 2, LIST, None) for n in range(3)]
        archive.record_entries("x", listed)
        archive.record(asked("/0.html", title=TITLE), Sent(), Received(200, (*HTML, ("ETag", '"0"')), REPORT))
        archive.record(asked("/1.html"), Sent("POST", (), b"page=1"), page("one"))
        archive.record(asked("/2.html"), Sent(), page("challenge", status=412), error="blocked:challenge")
        archive.record_failure(asked("/3.html", portal="y"), 'tls: handshake: "no"', Sent("POST", (), b"page=2"))
        archive.record(asked("/4.html", portal="y"), Sent(), page("four"))
        end(archive, "partial")


def second_run(folder: Path, **options: object) -> None:
    with begin(folder, 7, **options) as archive:
        archive.record(asked("/0.html"), Sent(), Received(304, (), b""))
        archive.record(asked("/1.html"), Sent("POST", (), b"page=1"), page("one"))
        archive.record_failure(asked("/3.html", portal="y"), "refused: foreign host")
        archive.record(asked("/4.html", portal="y"), Sent(), page("four, edited"))
        archive.record_entries("x", [ListedEntry(f"{PLACE}/1.html", "A", None, "report", "r", True, LIST)])
        end(archive)


def two_runs(folder: Path, **options: object) -> Path:
    first_run(folder, **options)
    second_run(folder, **options)
    return folder


def rows(folder: Path) -> dict[str, list[tuple]]:
    """All that the index of an archive says, in its order."""
    with closing(sqlite3.connect(folder / "index.db")) as index:
        return {table: index.execute(f"SELECT * FROM {table} ORDER BY rowid").fetchall() for table in TABLES}
