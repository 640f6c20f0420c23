"""A crawl from start to end: portals in, archive and ledger out."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

from crawler import settings as crawl_settings
from crawler.archive import ArchiveError
from crawler.discovery import REQUESTS, Finding
from crawler.extensions import RAISED, Ledger
from crawler.portals import Portal, column_portal
from crawler.results import PortalResult, RunResult

DISCOVERIES = "discoveries"  # the folder below the archive's that keeps what discoveries were answered


class OneLine(logging.Formatter):
    """A log line without a traceback: the kind and the words of what happened."""

    def format(self, record: logging.LogRecord) -> str:
        """The message, and the exception behind it, in one line."""
        line = f"{record.levelname.lower()}: {' '.join(record.getMessage().split())}"
        if record.exc_info and record.exc_info[1]:
            problem = record.exc_info[1]
            line += f" ({type(problem).__name__}: {' '.join(str(problem).split())})"
        return line


def crawl(portals: Sequence[Portal], archive_folder: Path, *, delay: float, show_progress: bool) -> RunResult:
    """Crawl the portals into the archive and say what became of each.

    Raises ArchiveLocked where another process is writing the archive, and ArchiveError where it cannot be written.
    Once a process: the engine under Scrapy cannot be started a second time.
    """
    ledger, _ = _run("annual_reports", portals, archive_folder, delay, show_progress, {})
    finished = len(ledger.finished) == len({portal.key for portal in portals})
    results = tuple(PortalResult(run, reason) for run, reason in ledger.finished.values())
    return RunResult(ledger.run_id, ledger.verdict, finished, results)


def crawl_part(portals: Sequence[Portal], folder: Path, *, delay: float, estates: Sequence[str]) -> None:
    """Crawl portals into a part of a run (crawler.parts), asking these estates only. Raises what `crawl` raises."""
    extra: dict[str, object] = {"PART_OF_A_RUN": True, "ESTATES": list(estates)}
    _run("annual_reports", portals, folder, delay, False, extra)


def discover(homes: Sequence[str], archive_folder: Path, *, delay: float, show_progress: bool) -> tuple[Finding, ...]:
    """Look for the 年报 column from each home page, with at most thirty requests for each; in their order.

    What is answered goes into an archive of discoveries below the archive: it is no crawl, and does not wait for one.
    Raises RegistryError where an address is none, and what `crawl` raises. Once a process.
    """
    portals = tuple({portal.key: portal for portal in map(column_portal, homes)}.values())
    extra: dict[str, object] = {"PORTAL_REQUESTS_LIMIT": REQUESTS, "RETRY_TIMES": 1}
    _, spider = _run("discovery", portals, archive_folder / DISCOVERIES, delay, show_progress, extra)
    return tuple(spider.findings[portal.key] for portal in portals if portal.key in spider.findings)


def check(portals: Sequence[Portal], archive_folder: Path, *, delay: float, show_progress: bool) -> tuple[Finding, ...]:
    """Visit every portal's column once and say which answer, moved, are blocked, gone or silent; in their order.

    A column that is gone is looked for from the home page. Raises what `crawl` raises. Once a process.
    """
    extra: dict[str, object] = {"PORTAL_REQUESTS_LIMIT": REQUESTS + 2, "RETRY_TIMES": 1}
    _, spider = _run(
        "discovery", portals, archive_folder / DISCOVERIES, delay, show_progress, extra, visit_columns=True
    )
    return tuple(spider.findings[portal.key] for portal in portals if portal.key in spider.findings)


def _run(
    name: str,
    portals: Sequence[Portal],
    archive_folder: Path,
    delay: float,
    show_progress: bool,
    extra: Mapping[str, object],
    **arguments: object,
) -> tuple[Ledger, Any]:
    """Run a spider to its end; its ledger, and itself."""
    settings = Settings()
    settings.setmodule(crawl_settings, priority="project")
    settings.setdict(
        {
            "ARCHIVE_FOLDER": archive_folder,
            "DOWNLOAD_DELAY": delay,
            "SHOW_PROGRESS": show_progress,
            "LOG_LEVEL": "WARNING",
            "LOG_INSTALL_ROOT_HANDLER": False,  # ours writes one line a message
            **extra,
        },
        priority="cmdline",
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine())
    handler.setLevel(logging.WARNING)
    handler.addFilter(lambda record: not hasattr(record, *RAISED))
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        process = AsyncCrawlerProcess(settings)
        crawler = process.create_crawler(name)
        task = process.crawl(crawler, portals=tuple(portals), **arguments)
        process.start()
    finally:
        root.removeHandler(handler)
    if not task.cancelled() and (problem := task.exception() if task.done() else None):
        raise problem
    ledger = crawler.get_extension(Ledger)
    assert ledger is not None
    if ledger.problem:
        raise ledger.problem if isinstance(ledger.problem, ArchiveError) else ArchiveError(str(ledger.problem))
    return ledger, crawler.spider
