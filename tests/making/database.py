"""A data folder as a crawl and a build leave it, made of reports: the archive with their pages, and nianbao.db."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path

from crawler.archive import Archive, Attempt, Received, Sent
from crawler.portals import Portal
from extract.build import build
from extract.packing import Packed
from extract.sources import Job
from making.html import make_html
from making.printed import print_report
from making.report import Report

PORTAL = Portal(
    key="shilixian", name="示例县人民政府网", division="360981", family="generic", column_url="http://127.0.0.9/nb/"
)


def make_data(folder: Path, reports: Iterable[Report] = ()) -> Path:
    """Archive these reports as pages, build the database of them, and say where it is."""
    pages = {
        f"{PORTAL.column_url}{number}.html": (report.title, make_html(print_report(report)).content)
        for number, report in enumerate(reports)
    }
    return make_data_of_pages(folder, pages)


def make_data_of_pages(folder: Path, pages: dict[str, tuple[str, bytes]], media_type: str = "text/html") -> Path:
    """The same of given answers: address → title in the list, bytes."""
    with Archive(folder / "archive", writable=True) as archive:
        archive.start_run([PORTAL.key])
        for url, (title, content) in pages.items():
            attempt = Attempt(PORTAL.key, url, "report", found_on=PORTAL.column_url, title=title)
            archive.record(attempt, Sent(), Received(200, (("Content-Type", media_type),), content))
        archive.finish_portal(PORTAL.key, "ok")
        archive.finish_run("ok")
    build(folder, [PORTAL], strategy=read_here)
    return folder / "nianbao.db"


def read_here(function: Callable[[Job], Packed], jobs: Iterable[Job]) -> Iterator[Packed]:
    """Read in this process: a few documents are read before workers would have started."""
    return map(function, jobs)


def change(database: Path, *statements: str) -> None:
    """Change a built database, as no build would."""
    with closing(sqlite3.connect(database)) as connection, connection:
        for statement in statements:
            connection.execute(statement)
