"""The archive: every byte a portal gave us, in WARC files, and their index. What the other rooms need of it stands here."""

from crawler.archive.archive import Archive
from crawler.archive.captures import Capture, Known, ListedEntry, PortalRun, Run
from crawler.archive.lock import ArchiveLocked
from crawler.archive.warc import ArchiveError, Attempt, Exchange, Received, Sent

__all__ = [
    "Archive", "ArchiveError", "ArchiveLocked", "Attempt", "Capture", "Exchange", "Known", "ListedEntry", "PortalRun",
    "Received", "Run", "Sent",
]  # fmt: skip
