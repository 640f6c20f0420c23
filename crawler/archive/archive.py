"""Archive: every byte a portal gave us, in WARC files, and their index.

`archive/*.warc.gz` hold the exchanges (crawler.archive.warc), one gzip member a record; `archive/index.db` (crawler.archive.index) says
where each stands, what came of each attempt, and what each column listed. Bytes are written first and their index row
is committed after them, so what the index does not know does not exist: a torn tail is cut off on the next opening, and
every read is compared with the index (crawler.archive.reading).
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Self

from crawler.archive.adopting import adopt
from crawler.archive.appending import WARC_FILE_LIMIT
from crawler.archive.captures import CAPTURE_COLUMNS, Capture, Known, ListedEntry, PortalRun, Run
from crawler.archive.index import INDEX_NAME, open_for_reading, open_for_writing
from crawler.archive.lock import LOCK_NAME, ArchiveLocked, take_lock
from crawler.archive.notes import Value
from crawler.archive.outcomes import outcome_of
from crawler.archive.reading import GET
from crawler.archive.runs import RunArchive
from crawler.archive.warc import (
    ArchiveError,
    Attempt,
    Exchange,
    Original,
    Received,
    Sent,
    decoded,
    stamp,
)
from crawler.furniture import same_to_a_reader

__all__ = [
    "Archive", "ArchiveError", "ArchiveLocked", "Attempt", "Capture", "Exchange", "Known", "ListedEntry", "PortalRun",
    "Received", "Run", "Sent",
]  # fmt: skip

HTML = ("text/html", "application/xhtml+xml")


def _now() -> datetime:
    return datetime.now(UTC)


class Archive(RunArchive):
    """The archive of a folder, open for reading, or for writing by this process alone.

    A missing folder opened for reading is an empty archive. Opening for writing makes the folder, takes the lock
    (ArchiveLocked where another process holds it) and cuts torn tails off.
    """

    def __init__(
        self,
        folder: Path,
        *,
        writable: bool = False,
        clock: Callable[[], datetime] = _now,
        file_limit: int = WARC_FILE_LIMIT,
    ) -> None:
        self.folder = folder
        self.index_path = folder / INDEX_NAME
        self._clock = clock
        self._file_limit = file_limit  # bytes; a further WARC file is begun past it
        self._lock: int | None = None
        self._last_sync = time.monotonic()
        if not writable:
            self._index = open_for_reading(self.index_path)
            return
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = take_lock(folder / LOCK_NAME, clock())
        try:
            self._index = open_for_writing(self.index_path)
            self._take_up_tails()
        except BaseException as problem:
            os.close(self._lock)
            if isinstance(problem, sqlite3.Error):
                raise ArchiveError(f"{self.index_path}: {problem}") from problem
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Bring everything to the disk and let go of the lock. The run stays as it is: unfinished, if it is."""
        try:
            if self._warc:
                self._warc.close()
                self._warc = None
        finally:
            self._index.close()
            if self._lock is not None:
                os.close(self._lock)
                self._lock = None

    def record(self, attempt: Attempt, sent: Sent, received: Received, *, error: str | None = None) -> Capture:
        """Keep an exchange: one write to the WARC file, then its index row. An unchanged page becomes a revisit.

        `error` says what is wrong with an answer all the same, such as "blocked:waf".
        """
        now = self._clock()
        body, damage = decoded(received)
        sha256: str | None = hashlib.sha256(body).hexdigest()
        media_type = _media_type(received.header("Content-Type"))
        etag, last_modified = received.header("ETag"), received.header("Last-Modified")
        latest = self._latest(attempt.url, sent)
        unchanged = received.status == HTTPStatus.NOT_MODIFIED or (
            received.status == HTTPStatus.OK and latest is not None and latest.capture.payload_sha256 == sha256
        )
        known = self._readable(latest) if latest and unchanged else None
        refers_to: int | None = None
        original: Original | None = None
        if known:
            refers_to, original = self._original(known.capture)
            etag, last_modified = etag or known.etag, last_modified or known.last_modified
            sha256, media_type = known.capture.payload_sha256, media_type or known.capture.media_type
        elif received.status == HTTPStatus.NOT_MODIFIED:
            sha256, damage = None, "answered 304 to a request that knew no payload"
        error = error or damage
        outcome = outcome_of(self._index, attempt.url, sent, latest, received.status, sha256, error)
        if outcome == "changed" and latest and media_type in HTML:
            before = self._readable(latest)
            outcome = "unchanged" if before and same_to_a_reader(before.exchange.body, body) else outcome
        notes: dict[str, Value] = {
            "run": self.run_id, "media_type": media_type, "payload_sha256": sha256, "error": error, "etag": etag,
            "last_modified": last_modified, "outcome": outcome,
        }  # fmt: skip
        with self._appending() as file:
            position = file.append(attempt, sent, received, now, original, notes)
            row = Capture(
                0, self.run_id, attempt.portal, attempt.url, stamp(now), received.status, media_type, sha256,
                *position, error, attempt.role, attempt.found_on, attempt.title, attempt.published,
            )  # fmt: skip
            return self._insert(row, sent, etag, last_modified, outcome, refers_to)

    def record_failure(self, attempt: Attempt, error: str, sent: Sent = GET) -> Capture:
        """Keep an attempt without an answer: absence is evidence too.

        Errors "refused: …" and "blocked:robots" are ours: nothing was sent.
        """
        outcome = "failed"
        if error.startswith("blocked:"):
            outcome = "blocked"
        elif error.startswith("refused:"):
            outcome = "refused"
        now, (method, request_sha256) = self._clock(), sent.key
        row = Capture(
            0, self.run_id, attempt.portal, attempt.url, stamp(now), None, None, None, None, None, None, error,
            attempt.role, attempt.found_on, attempt.title, attempt.published,
        )  # fmt: skip
        notes: dict[str, Value] = {"run": self.run_id, "error": error, "outcome": outcome}
        notes |= {"method": method, "request_sha256": request_sha256} if sent.key != GET.key else {}
        with self._appending() as file:
            file.append_failure(attempt, now, notes)
            return self._insert(row, sent, None, None, outcome, None)

    def record_entries(self, portal: str, entries: Sequence[ListedEntry]) -> None:
        """Keep what a column lists."""
        if not entries:
            return
        rows = [
            {"run_id": self.run_id, "portal": portal}
            | {field.name: getattr(entry, field.name) for field in fields(entry)}
            for entry in entries
        ]
        listed = ", ".join(f":{name}" for name in rows[0])
        with self._appending() as file:
            file.append_rows({"entries": [row | {"followed": int(row["followed"])} for row in rows]}, self._clock())
            self._index.executemany(
                f"INSERT OR REPLACE INTO entries ({', '.join(rows[0])}) VALUES ({listed})", rows
            )

    def adopt(self, part_folder: Path, run_id: str) -> None:
        """Take over a part of a run: an archive that another process wrote under this run's id. The caller holds its lock.

        Its WARC files are moved here, under names that nothing else has; its captures, entries and portals are entered
        all or not at all, and are on the disk when this returns. May be repeated after a crash. What of it belongs to
        other runs is taken for what this archive has already. Raises ArchiveError where the part is damaged.
        """
        adopt(self._index, self.folder, part_folder, run_id, self._stamp())
        self._index.execute("PRAGMA wal_checkpoint (FULL)")  # a commit alone may be lost with the power

    def _insert(
        self, row: Capture, sent: Sent, etag: str | None, last_modified: str | None, outcome: str, refers_to: int | None
    ) -> Capture:
        values = [getattr(row, field.name) for field in fields(Capture) if field.name != "id"]
        names = CAPTURE_COLUMNS.removeprefix("id, ")
        cursor = self._index.execute(
            f"INSERT INTO captures ({names}, etag, last_modified, outcome, refers_to, method, request_sha256)"
            f" VALUES ({', '.join('?' * (len(values) + 6))})",
            (*values, etag, last_modified, outcome, refers_to, *sent.key),
        )
        return Capture(cursor.lastrowid or 0, *values)


def _media_type(content_type: str | None) -> str | None:
    return (content_type or "").partition(";")[0].strip().lower() or None
