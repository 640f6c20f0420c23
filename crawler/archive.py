"""Archive and Capture: every byte a portal gave us, in WARC files, and their index.

`archive/*.warc.gz` hold the exchanges (crawler.warc), one gzip member a record; `archive/index.db` says where each
stands, what came of each attempt, and what each column listed. Bytes are written first and their index row is
committed after them, so what the index does not know does not exist: a torn tail is cut off on the next opening, and
every read is compared with the index, since WARC readers take a cut record for a short one.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Self

from crawler.warc import (
    ArchiveError,
    Attempt,
    Exchange,
    Original,
    Received,
    Sent,
    WarcFile,
    decoded,
    http_answer,
    payload_digest,
    read_bytes,
    stamp,
)

__all__ = [
    "Archive", "ArchiveError", "ArchiveLocked", "Attempt", "Capture", "Exchange", "Known", "ListedEntry", "PortalRun",
    "Received", "Run", "Sent",
]  # fmt: skip

INDEX_NAME = "index.db"
LOCK_NAME = "lock"
CONTINUED_WITHIN = timedelta(days=1)
GET = Sent()
SYNC_EVERY = 5.0  # seconds; a sync a page would cost four times the write
WARC_FILE_LIMIT = 1 << 30  # bytes; a further file is begun past it, as archives customarily do

SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (
  id TEXT PRIMARY KEY, started_at TEXT NOT NULL, finished_at TEXT, verdict TEXT,
  requested INTEGER NOT NULL DEFAULT 0, new INTEGER NOT NULL DEFAULT 0, changed INTEGER NOT NULL DEFAULT 0,
  unchanged INTEGER NOT NULL DEFAULT 0, vanished INTEGER NOT NULL DEFAULT 0, blocked INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS portal_runs (
  run_id TEXT NOT NULL REFERENCES runs (id), portal TEXT NOT NULL, started_at TEXT, finished_at TEXT, verdict TEXT,
  requested INTEGER NOT NULL DEFAULT 0, new INTEGER NOT NULL DEFAULT 0, changed INTEGER NOT NULL DEFAULT 0,
  unchanged INTEGER NOT NULL DEFAULT 0, vanished INTEGER NOT NULL DEFAULT 0, blocked INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0,
  reason TEXT,
  PRIMARY KEY (run_id, portal)
) STRICT;
CREATE TABLE IF NOT EXISTS captures (
  id INTEGER PRIMARY KEY, run_id TEXT NOT NULL REFERENCES runs (id), portal TEXT NOT NULL, url TEXT NOT NULL,
  captured_at TEXT NOT NULL, status INTEGER, media_type TEXT, payload_sha256 TEXT,
  warc_file TEXT, warc_offset INTEGER, warc_length INTEGER, error TEXT,
  role TEXT NOT NULL, found_on TEXT, title TEXT, published TEXT,
  etag TEXT, last_modified TEXT,
  method TEXT NOT NULL DEFAULT 'GET',  -- two lists may stand at one address, told apart by what is sent there
  request_sha256 TEXT,                 -- of the request's body; NULL where it has none
  outcome TEXT,      -- new, changed, unchanged, vanished, blocked, failed, redirected; refused: we did not ask
  refers_to INTEGER  -- the capture that holds the payload, where this one is a revisit
    REFERENCES captures (id)
) STRICT;
CREATE INDEX IF NOT EXISTS captures_url ON captures (url);
CREATE INDEX IF NOT EXISTS captures_payload ON captures (payload_sha256);
CREATE INDEX IF NOT EXISTS captures_run ON captures (run_id, portal);
CREATE TABLE IF NOT EXISTS entries (
  run_id TEXT NOT NULL REFERENCES runs (id), portal TEXT NOT NULL, url TEXT NOT NULL,
  title TEXT NOT NULL, published TEXT, kind TEXT NOT NULL, rule TEXT NOT NULL, followed INTEGER NOT NULL,
  found_on TEXT NOT NULL,
  refused TEXT,  -- why an entry that its title would have us follow was not
  PRIMARY KEY (run_id, portal, url)
) STRICT;
CREATE TABLE IF NOT EXISTS warc_files (
  name TEXT PRIMARY KEY, run_id TEXT NOT NULL REFERENCES runs (id),
  length INTEGER NOT NULL,  -- what is committed; bytes past it are a torn tail
  finished_at TEXT
) STRICT;
"""

# What became of each address in a run: its last attempt speaks. Addresses that we refused to ask were not requested.
COUNTS = """
SELECT
  sum(attempts) AS requested, sum(outcome = 'new') AS new, sum(outcome = 'changed') AS changed,
  sum(outcome = 'unchanged') AS unchanged, sum(outcome = 'vanished') AS vanished,
  sum(outcome = 'blocked') AS blocked, sum(outcome = 'failed') AS failed
FROM (
  SELECT outcome, max(id),
    count(*) FILTER (WHERE outcome <> 'refused' AND error IS NOT 'blocked:robots') AS attempts
  FROM captures WHERE run_id = ? AND portal = ? GROUP BY url, method, request_sha256
)
"""
# Pages that were there once and are not: an address counts once, whatever was sent to it.
GONE = "SELECT DISTINCT url FROM captures WHERE run_id = ? AND portal = ? AND outcome = 'vanished'"
# A page of a column that could not be had, and that is not simply not there.
COLUMN_MISSED = """
SELECT 1 FROM (
  SELECT status, outcome, max(id) FROM captures WHERE run_id = ? AND portal = ? AND role = 'column'
  GROUP BY url, method, request_sha256
) WHERE outcome IN ('failed', 'blocked') AND status IS NOT 404 AND status IS NOT 410 LIMIT 1
"""
COUNTED = ("requested", "new", "changed", "unchanged", "vanished", "blocked", "failed")


class ArchiveLocked(ArchiveError):
    """Another process writes to the archive; says which and since when."""


@dataclass(frozen=True)
class Capture:
    """One attempt to get an address: what was answered and where that stands, or why there was no answer."""

    id: int
    run_id: str
    portal: str
    url: str
    captured_at: str  # UTC, seconds, "Z"
    status: int | None
    media_type: str | None  # lower case, without parameters; of the stored payload where the answer was "unchanged"
    payload_sha256: str | None  # of the body with Content-Encoding undone
    warc_file: str | None  # name within the archive folder
    warc_offset: int | None
    warc_length: int | None
    error: str | None
    role: str  # robots, column, report, attachment, other
    found_on: str | None
    title: str | None  # as printed in the list
    published: str | None  # as printed in the list


@dataclass(frozen=True)
class Known:
    """The payload that is stored for an address, and what lets a portal say that it is unchanged."""

    capture: Capture
    exchange: Exchange
    etag: str | None
    last_modified: str | None


@dataclass(frozen=True)
class _Latest:
    """The last capture of a payload from an address, whether or not it can be read."""

    capture: Capture
    etag: str | None
    last_modified: str | None


@dataclass(frozen=True)
class ListedEntry:
    """A link that a column lists, and what its title was taken for."""

    url: str
    title: str
    published: str | None
    kind: str
    rule: str
    followed: bool
    found_on: str
    refused: str | None = None


@dataclass(frozen=True)
class Listed:
    """How much a portal's column listed in a run."""

    run_id: str
    started_at: str
    entries: int


@dataclass(frozen=True)
class Run:
    """A crawl run. Without finished_at it is under way, or was interrupted."""

    id: str
    started_at: str
    finished_at: str | None
    verdict: str | None
    requested: int
    new: int
    changed: int
    unchanged: int
    vanished: int
    blocked: int
    failed: int


@dataclass(frozen=True)
class PortalRun:
    """A portal in a crawl run."""

    run_id: str
    portal: str
    started_at: str | None
    finished_at: str | None
    verdict: str | None
    requested: int
    new: int
    changed: int
    unchanged: int
    vanished: int
    blocked: int
    failed: int


def _names(row: type) -> str:
    return ", ".join(field.name for field in fields(row))


CAPTURE_COLUMNS = _names(Capture)
SAME_REQUEST = "url = ? AND method = ? AND request_sha256 IS ?"


def _now() -> datetime:
    return datetime.now(UTC)


class Archive:
    """The archive of a folder, open for reading, or for writing by this process alone.

    A missing folder opened for reading is an empty archive. Opening for writing makes the folder, takes the lock
    (ArchiveLocked where another process holds it) and cuts torn tails off.
    """

    def __init__(self, folder: Path, *, writable: bool = False, clock: Callable[[], datetime] = _now) -> None:
        self.folder = folder
        self.index_path = folder / INDEX_NAME
        self._clock = clock
        self._contact: str | None = None
        self._run: str | None = None
        self._inherited = 0  # the last capture of earlier processes
        self._warc: WarcFile | None = None
        self._lock: int | None = None
        self._last_sync = time.monotonic()
        if not writable:
            self._index = _open_for_reading(self.index_path)
            return
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = _take_lock(folder / LOCK_NAME, clock())
        try:
            self._index = sqlite3.connect(self.index_path, isolation_level=None, timeout=30)
            # WAL: others read while we write, and a commit needs no disk sync of its own.
            self._index.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;")
            self._index.executescript("PRAGMA foreign_keys = ON;" + SCHEMA)
            self._add_missing_columns()
            self._cut_torn_tails()
        except sqlite3.Error as problem:
            os.close(self._lock)
            raise ArchiveError(f"{self.index_path}: {problem}") from problem

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Bring everything to the disk and let go of the lock. The run stays as it is: unfinished, if it is."""
        if self._warc:
            self._warc.close()
            self._warc = None
        self._index.close()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    # --- reading

    def captures(self) -> Iterator[Capture]:
        """All captures in the order in which they were made."""
        return self._captures("ORDER BY id")

    def captures_of(self, payload_sha256: str) -> Iterator[Capture]:
        """All captures whose payload is this one, in the order in which they were made."""
        return self._captures("WHERE payload_sha256 = ? ORDER BY id", payload_sha256)

    def runs(self) -> Iterator[Run]:
        """All crawl runs, oldest first."""
        for row in self._index.execute(f"SELECT {_names(Run)} FROM runs ORDER BY rowid"):
            yield Run(*row)

    def portal_runs(self) -> Iterator[PortalRun]:
        """All portals of all runs, in the order of the runs."""
        order = "(SELECT rowid FROM runs WHERE id = run_id), portal"
        for row in self._index.execute(f"SELECT {_names(PortalRun)} FROM portal_runs ORDER BY {order}"):
            yield PortalRun(*row)

    def entries(self, run_id: str, portal: str) -> Iterator[ListedEntry]:
        """What the portal's column listed in a run, in the order of the list."""
        names = _names(ListedEntry)
        query = f"SELECT {names} FROM entries WHERE run_id = ? AND portal = ? ORDER BY rowid"
        for *row, found_on, refused in self._index.execute(query, (run_id, portal)):
            url, title, published, kind, rule, followed = row
            yield ListedEntry(url, title, published, kind, rule, bool(followed), found_on, refused)

    def listed_before(self, portal: str) -> Listed | None:
        """What the portal's column listed in its last finished run before this one; None where that was nothing."""
        query = """SELECT runs.id, runs.started_at, count(entries.url) FROM portal_runs
            JOIN runs ON runs.id = portal_runs.run_id
            JOIN entries ON entries.run_id = runs.id AND entries.portal = portal_runs.portal
            WHERE portal_runs.portal = ? AND portal_runs.run_id <> ? AND portal_runs.finished_at IS NOT NULL
              AND portal_runs.verdict IN ('good', 'partial')
            GROUP BY runs.rowid ORDER BY runs.rowid DESC LIMIT 1"""
        row = self._index.execute(query, (portal, self.run_id)).fetchone()
        return Listed(*row) if row else None

    def lists_anything(self, portal: str) -> bool:
        """Whether a column of the portal has listed anything in this run."""
        query = "SELECT 1 FROM entries WHERE run_id = ? AND portal = ? LIMIT 1"
        return self._index.execute(query, (self.run_id, portal)).fetchone() is not None

    def column_answered(self, portal: str) -> bool:
        """Whether a column of the portal was answered with a page in this run."""
        query = """SELECT 1 FROM captures WHERE run_id = ? AND portal = ? AND role = 'column' AND status IN (200, 304)
            AND error IS NULL LIMIT 1"""
        return self._index.execute(query, (self.run_id, portal)).fetchone() is not None

    def dropped(self, portal: str) -> tuple[str, ...]:
        """The addresses that the portal's last finished run listed and this one does not, in the order of that list.

        None where a page of the column could not be had: what it lists is then not known. That an address is now
        written with another scheme, or with www., is no change.
        """
        before = self.listed_before(portal)
        if before is None or self._index.execute(COLUMN_MISSED, (self.run_id, portal)).fetchone():
            return ()
        listed = {_bare(entry.url) for entry in self.entries(self.run_id, portal)}
        return tuple(entry.url for entry in self.entries(before.run_id, portal) if _bare(entry.url) not in listed)

    def reasons(self, run_id: str) -> dict[str, str]:
        """Why portals of a run went wrong, one line each."""
        query = "SELECT portal, reason FROM portal_runs WHERE run_id = ? AND reason IS NOT NULL ORDER BY portal"
        return dict(self._index.execute(query, (run_id,)))

    def exchange(self, capture: Capture) -> Exchange:
        """What the portal answered; for a revisit the answer that it refers to. Raises ArchiveError if in doubt."""
        (refers_to,) = self._index.execute("SELECT refers_to FROM captures WHERE id = ?", (capture.id,)).fetchone() or (
            None,
        )
        if refers_to is None:
            return self._read(capture)
        own = http_answer(self._record(capture), capture.url)
        stored = self._read(next(self._captures("WHERE id = ?", refers_to)))
        if capture.status == HTTPStatus.NOT_MODIFIED:
            return stored
        return Exchange(own.status, own.headers, stored.body)

    def known(self, url: str, sent: Sent = GET) -> Known | None:
        """The payload that is stored for an address and what was sent there, if it can be read."""
        latest = self._latest(url, sent)
        return self._readable(latest) if latest else None

    def _latest(self, url: str, sent: Sent) -> _Latest | None:
        query = f"""SELECT {CAPTURE_COLUMNS}, etag, last_modified FROM captures
            WHERE {SAME_REQUEST} AND status IN (200, 304) AND payload_sha256 IS NOT NULL ORDER BY id DESC LIMIT 1"""
        row = self._index.execute(query, (url, *sent.key)).fetchone()
        return _Latest(Capture(*row[:-2]), *row[-2:]) if row else None

    def _readable(self, latest: _Latest) -> Known | None:
        try:
            exchange = self.exchange(latest.capture)
        except ArchiveError:
            return None  # damaged: it must be fetched whole again
        return Known(latest.capture, exchange, latest.etag, latest.last_modified)

    def _original(self, capture: Capture) -> tuple[int, Original]:
        """The capture that holds the payload of this one, and what a revisit says of it."""
        query = "SELECT coalesce(refers_to, id) FROM captures WHERE id = ?"
        (number,) = self._index.execute(query, (capture.id,)).fetchone()
        original = next(self._captures("WHERE id = ?", number))
        return number, Original(original.url, original.captured_at, payload_digest(self._record(original)))

    def _captures(self, condition: str, *values: object) -> Iterator[Capture]:
        for row in self._index.execute(f"SELECT {CAPTURE_COLUMNS} FROM captures {condition}", values):
            yield Capture(*row)

    def _read(self, capture: Capture) -> Exchange:
        received = http_answer(self._record(capture), capture.url)
        exchange = Exchange(received.status, received.headers, decoded(received)[0])
        if (found := hashlib.sha256(exchange.body).hexdigest()) != capture.payload_sha256:
            raise ArchiveError(
                f"{capture.warc_file}: offset {capture.warc_offset}: sha256 of the payload is {found},"
                f" the index says {capture.payload_sha256} ({capture.url})"
            )
        return exchange

    def _record(self, capture: Capture) -> bytes:
        """The bytes of the capture's WARC record, as many as the index says."""
        if capture.warc_file is None or capture.warc_offset is None or capture.warc_length is None:
            raise ArchiveError(f"{capture.url}: nothing was answered: {capture.error}")
        return read_bytes(self.folder / capture.warc_file, capture.warc_offset, capture.warc_length, capture.url)

    # --- the run

    @property
    def run_id(self) -> str:
        """The run that is written."""
        if self._run is None:
            raise ArchiveError(f"{self.folder}: no run was started")
        return self._run

    def start_run(self, portals: Iterable[str], *, contact: str | None = None) -> str:
        """Begin a run, or continue the one interrupted less than a day ago; older ones are closed as abandoned."""
        self._contact = contact
        now = self._clock()
        oldest = stamp(now - CONTINUED_WITHIN)
        with self._transaction():
            self._index.execute(
                "UPDATE runs SET finished_at = ?, verdict = 'abandoned' WHERE finished_at IS NULL AND started_at <= ?",
                (stamp(now), oldest),
            )
            found = self._index.execute(
                "SELECT id FROM runs WHERE finished_at IS NULL ORDER BY started_at DESC LIMIT 1"
            ).fetchone()
            self._run = found[0] if found else f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
            self._index.execute("INSERT OR IGNORE INTO runs (id, started_at) VALUES (?, ?)", (self._run, stamp(now)))
            self._index.execute(
                "UPDATE runs SET finished_at = ?, verdict = 'abandoned' WHERE finished_at IS NULL AND id <> ?",
                (stamp(now), self._run),
            )
            self._index.execute(
                "UPDATE warc_files SET finished_at = ? WHERE finished_at IS NULL AND run_id <> ?",
                (stamp(now), self._run),
            )
            for portal in portals:
                self._index.execute(
                    """INSERT INTO portal_runs (run_id, portal, started_at) VALUES (?, ?, ?)
                       ON CONFLICT DO UPDATE SET finished_at = NULL, verdict = NULL, reason = NULL""",
                    (self._run, portal, stamp(now)),
                )
            (self._inherited,) = self._index.execute("SELECT coalesce(max(id), 0) FROM captures").fetchone()
        return self._run

    def captured(self, url: str, sent: Sent = GET) -> Capture | None:
        """What this run has already got from an address for what is sent there, if it need not be asked again."""
        # Blocks and busy servers are asked again (or not, as the host breaker says); attempts without an answer too.
        # A redirect of this very process is: one that only sets a cookie leads to itself and would go round for ever.
        return next(
            self._captures(
                f"""WHERE {SAME_REQUEST} AND run_id = ? AND warc_file IS NOT NULL AND error IS NULL
                   AND (status < 300 OR status IN (304, 404, 410) OR (status < 400 AND id <= ?))
                   ORDER BY id DESC LIMIT 1""",
                url,
                *sent.key,
                self.run_id,
                self._inherited,
            ),
            None,
        )

    def blocked_in_run(self) -> Iterator[Capture]:
        """The answers of this run that were blocks."""
        return self._captures("WHERE run_id = ? AND error LIKE 'blocked:%' AND status IS NOT NULL", self.run_id)

    def finish_portal(self, portal: str, verdict: str, reason: str | None = None) -> PortalRun:
        """Close a portal's part of the run, with its counts.

        Vanished are pages that are gone, and entries that no column lists any more.
        """
        counts = [count or 0 for count in self._index.execute(COUNTS, (self.run_id, portal)).fetchone()]
        if verdict in ("good", "partial"):
            gone = {url for (url,) in self._index.execute(GONE, (self.run_id, portal))}
            counts[COUNTED.index("vanished")] = len(gone.union(self.dropped(portal)))
        with self._transaction():
            self._index.execute(
                f"""UPDATE portal_runs SET finished_at = ?, verdict = ?, reason = ?,
                    {", ".join(f"{name} = ?" for name in COUNTED)} WHERE run_id = ? AND portal = ?""",
                (self._stamp(), verdict, reason, *counts, self.run_id, portal),
            )
        query = f"SELECT {_names(PortalRun)} FROM portal_runs WHERE run_id = ? AND portal = ?"
        return PortalRun(*self._index.execute(query, (self.run_id, portal)).fetchone())

    def finish_run(self, verdict: str) -> Run:
        """Close the run: its counts are those of its portals, its WARC files are complete."""
        self.sync()
        now = self._stamp()
        with self._transaction():
            self._index.execute(
                "UPDATE portal_runs SET finished_at = ?, verdict = 'abandoned'"
                " WHERE run_id = ? AND finished_at IS NULL",
                (now, self.run_id),
            )
            of_its_portals = "(SELECT coalesce(sum({0}), 0) FROM portal_runs WHERE run_id = runs.id)"
            sums = ", ".join(f"{name} = {of_its_portals.format(name)}" for name in COUNTED)
            self._index.execute(
                f"UPDATE runs SET finished_at = ?, verdict = ?, {sums} WHERE id = ?", (now, verdict, self.run_id)
            )
            self._index.execute("UPDATE warc_files SET finished_at = ? WHERE run_id = ?", (now, self.run_id))
        return Run(*self._index.execute(f"SELECT {_names(Run)} FROM runs WHERE id = ?", (self.run_id,)).fetchone())

    # --- writing

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
        outcome = _outcome(latest, received.status, sha256, error)
        position = self._warc_file().append(attempt, sent, received, now, original)
        row = Capture(
            0, self.run_id, attempt.portal, attempt.url, stamp(now), received.status, media_type, sha256,
            *position, error, attempt.role, attempt.found_on, attempt.title, attempt.published,
        )  # fmt: skip
        capture = self._insert(row, sent, etag, last_modified, outcome, refers_to)
        if time.monotonic() - self._last_sync > SYNC_EVERY:
            self.sync()
        return capture

    def record_failure(self, attempt: Attempt, error: str, sent: Sent = GET) -> Capture:
        """Keep an attempt without an answer: absence is evidence too.

        Errors "refused: …" and "blocked:robots" are ours: nothing was sent.
        """
        outcome = "failed"
        if error.startswith("blocked:"):
            outcome = "blocked"
        elif error.startswith("refused:"):
            outcome = "refused"
        row = Capture(
            0, self.run_id, attempt.portal, attempt.url, self._stamp(), None, None, None, None, None, None, error,
            attempt.role, attempt.found_on, attempt.title, attempt.published,
        )  # fmt: skip
        return self._insert(row, sent, None, None, outcome, None)

    def record_entries(self, portal: str, entries: Sequence[ListedEntry]) -> None:
        """Keep what a column lists."""
        names = _names(ListedEntry)
        with self._transaction():
            self._index.executemany(
                f"INSERT OR REPLACE INTO entries (run_id, portal, {names}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                ((self.run_id, portal, *(getattr(e, field.name) for field in fields(e))) for e in entries),
            )

    def sync(self) -> None:
        """Bring what was written to the disk."""
        self._last_sync = time.monotonic()
        if self._warc:
            self._warc.sync()

    def _insert(
        self, row: Capture, sent: Sent, etag: str | None, last_modified: str | None, outcome: str, refers_to: int | None
    ) -> Capture:
        values = [getattr(row, field.name) for field in fields(Capture) if field.name != "id"]
        names = CAPTURE_COLUMNS.removeprefix("id, ")
        with self._transaction():
            cursor = self._index.execute(
                f"INSERT INTO captures ({names}, etag, last_modified, outcome, refers_to, method, request_sha256)"
                f" VALUES ({', '.join('?' * (len(values) + 6))})",
                (*values, etag, last_modified, outcome, refers_to, *sent.key),
            )
            if self._warc and row.warc_file:
                self._index.execute(
                    "UPDATE warc_files SET length = ? WHERE name = ?", (self._warc.length, self._warc.path.name)
                )
        return Capture(cursor.lastrowid or 0, *values)

    def _transaction(self) -> _Transaction:
        return _Transaction(self._index)

    def _warc_file(self) -> WarcFile:
        """The file that this run writes: its last one if that is whole and not full, else a new one."""
        if self._warc and self._warc.length < WARC_FILE_LIMIT:
            return self._warc
        if self._warc:
            self._warc.close()
            self._warc = None
        names = [
            (name, length)
            for name, length in self._index.execute(
                "SELECT name, length FROM warc_files WHERE run_id = ? ORDER BY name", (self.run_id,)
            )
        ]
        for name, length in names[-1:]:
            path = self.folder / name
            if length < WARC_FILE_LIMIT and path.exists() and path.stat().st_size == length:
                self._warc = WarcFile(path, length)
                return self._warc
        path = self.folder / f"nianbao-{self.run_id}-{len(names) + 1:05d}.warc.gz"
        self._warc = WarcFile(path, 0)
        self._warc.append_warcinfo(self._contact, self._clock())
        with self._transaction():
            self._index.execute(
                "INSERT OR REPLACE INTO warc_files (name, run_id, length) VALUES (?, ?, ?)",
                (path.name, self.run_id, self._warc.length),
            )
        return self._warc

    def _add_missing_columns(self) -> None:
        """Bring an index that an earlier version made to the present columns."""
        present = {row[1] for row in self._index.execute("PRAGMA table_info (captures)")}
        for column in ("method TEXT NOT NULL DEFAULT 'GET'", "request_sha256 TEXT"):
            if column.split()[0] not in present:
                self._index.execute(f"ALTER TABLE captures ADD COLUMN {column}")

    def _cut_torn_tails(self) -> None:
        """Cut what a killed process wrote after its last commit: the records after it could not be read."""
        unfinished = self._index.execute("SELECT name, length FROM warc_files WHERE finished_at IS NULL")
        for name, length in unfinished.fetchall():
            path = self.folder / name
            if path.exists() and path.stat().st_size > length:
                os.truncate(path, length)

    def _stamp(self) -> str:
        return stamp(self._clock())


class _Transaction:
    """BEGIN to COMMIT, or ROLLBACK where the block raises."""

    def __init__(self, index: sqlite3.Connection) -> None:
        self._index = index

    def __enter__(self) -> None:
        self._index.execute("BEGIN IMMEDIATE")

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._index.execute("ROLLBACK" if kind else "COMMIT")


def _outcome(before: _Latest | None, status: int, sha256: str | None, error: str | None) -> str:
    if error and error.startswith("blocked:"):
        return "blocked"
    if status == HTTPStatus.NOT_MODIFIED or status < 300:
        if sha256 is None:
            return "failed"
        return "new" if before is None else "unchanged" if before.capture.payload_sha256 == sha256 else "changed"
    if status < 400:
        return "redirected"
    return "vanished" if before and status in (404, 410) else "failed"


def _bare(url: str) -> str:
    """An address without what changes when a portal moves to https or drops its www."""
    return url.partition("://")[2].removeprefix("www.")


def _media_type(content_type: str | None) -> str | None:
    return (content_type or "").partition(";")[0].strip().lower() or None


def _open_for_reading(path: Path) -> sqlite3.Connection:
    if not path.exists():
        index = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        index.executescript(SCHEMA)
        return index
    # immutable: a read-only medium, where SQLite cannot make the files that sharing needs and nobody can write either.
    problem: sqlite3.Error | None = None
    for mode in ("mode=ro", "mode=ro&immutable=1"):
        index = sqlite3.connect(
            f"{path.resolve().as_uri()}?{mode}", uri=True, isolation_level=None, timeout=30, check_same_thread=False
        )
        try:
            index.execute("SELECT 1 FROM captures LIMIT 1")
        except sqlite3.Error as met:
            index.close()
            problem = problem or met
        else:
            return index
    raise ArchiveError(f"{path}: {problem}")


def _take_lock(path: Path, now: datetime) -> int:
    """Lock the archive for this process; the system lets go of it when the process ends, however it ends."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as problem:
        owner = os.read(lock, 200).decode("utf-8", "replace").strip()
        os.close(lock)
        age = f" ({_age(owner.rpartition(' ')[2], now)})" if owner else ""
        raise ArchiveLocked(f"{path}: held by {owner or 'another process'}{age}") from problem
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"process {os.getpid()} since {stamp(now)}\n".encode(), 0)
    return lock


def _age(since: str, now: datetime) -> str:
    try:
        minutes = int((now - datetime.fromisoformat(since)).total_seconds()) // 60
    except ValueError:
        return "of unknown age"
    return f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"
