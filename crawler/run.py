"""A crawl from start to end: portals in, archive and ledger out."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

from crawler import settings as crawl_settings
from crawler.archive import ArchiveError, PortalRun
from crawler.extensions import Ledger
from crawler.portals import Portal


@dataclass(frozen=True)
class PortalResult:
    """What became of a portal: its counts, and in one line what went wrong, if anything did."""

    run: PortalRun
    reason: str | None


@dataclass(frozen=True)
class RunResult:
    """What became of a run. `finished` is False where it was interrupted; the next one then continues it."""

    run_id: str
    verdict: str  # good, partial, failed
    finished: bool
    portals: tuple[PortalResult, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        """One line for each portal that went wrong."""
        return tuple(result.reason for result in self.portals if result.reason)


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
    settings = Settings()
    settings.setmodule(crawl_settings, priority="project")
    settings.setdict(
        {
            "ARCHIVE_FOLDER": archive_folder,
            "DOWNLOAD_DELAY": delay,
            "SHOW_PROGRESS": show_progress,
            "LOG_LEVEL": "WARNING",
            "LOG_INSTALL_ROOT_HANDLER": False,  # ours writes one line a message
        },
        priority="cmdline",
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine())
    handler.setLevel(logging.WARNING)
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        process = AsyncCrawlerProcess(settings)
        crawler = process.create_crawler("annual_reports")
        task = process.crawl(crawler, portals=tuple(portals))
        process.start()
    finally:
        root.removeHandler(handler)
    if not task.cancelled() and (problem := task.exception() if task.done() else None):
        raise problem
    ledger = crawler.get_extension(Ledger)
    assert ledger is not None
    if ledger.problem:
        raise ledger.problem if isinstance(ledger.problem, ArchiveError) else ArchiveError(str(ledger.problem))
    finished = len(ledger.finished) == len({portal.key for portal in portals})
    results = tuple(PortalResult(run, reason) for run, reason in ledger.finished.values())
    return RunResult(ledger.run_id, ledger.verdict, finished, results)
