"""ReadArchive: the archive as its readers see it, each read held against the index."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

from crawler.archive.captures import (
    CAPTURE_COLUMNS,
    UNLISTED,
    Capture,
    Known,
    Latest,
    ListedEntry,
    PortalRun,
    Run,
    names,
)
from crawler.archive.warc import (
    ArchiveError,
    Exchange,
    Original,
    Sent,
    decoded,
    http_answer,
    payload_digest,
    read_bytes,
)

GET = Sent()
# Blocks and pages of regret may come with status 200; they are no state of a page.
A_STATE = "(error IS NULL OR error NOT LIKE 'blocked:%' AND error NOT LIKE 'gone:%')"
SAME_REQUEST = "url = ? AND method = ? AND request_sha256 IS ?"


class ReadArchive:
    """What is archived in a folder. WARC readers take a cut record for a short one, so the index has the last word."""

    folder: Path
    _index: sqlite3.Connection

    def captures(self) -> Iterator[Capture]:
        """All captures in the order in which they were made."""
        return self._captures("ORDER BY id")

    def count_captures(self) -> int:
        """How many captures there are."""
        return int(self._index.execute("SELECT count(*) FROM captures").fetchone()[0])

    def captures_of(self, payload_sha256: str) -> Iterator[Capture]:
        """All captures whose payload is this one, in the order in which they were made."""
        return self._captures("WHERE payload_sha256 = ? ORDER BY id", payload_sha256)

    def runs(self) -> Iterator[Run]:
        """All crawl runs, oldest first."""
        for row in self._index.execute(f"SELECT {names(Run)} FROM runs ORDER BY rowid"):
            yield Run(*row)

    def portal_runs(self, run_id: str | None = None) -> Iterator[PortalRun]:
        """All portals of all runs, or of one, in the order of the runs."""
        order = "(SELECT rowid FROM runs WHERE id = run_id), portal"
        present = {row[1] for row in self._index.execute("PRAGMA table_info (portal_runs)")}  # fewer in an old index
        columns = ", ".join(name for name in names(PortalRun).split(", ") if name in present)
        which = "" if run_id is None else "WHERE run_id = ?"
        for row in self._index.execute(f"SELECT {columns} FROM portal_runs {which} ORDER BY {order}", (run_id,) if which else ()):
            yield PortalRun(*row)

    def entries(self, run_id: str, portal: str) -> Iterator[ListedEntry]:
        """What the portal's column listed in a run, in the order of the list."""
        listed = names(ListedEntry)
        query = f"SELECT {listed} FROM entries WHERE run_id = ? AND portal = ? ORDER BY rowid"
        for *row, found_on, refused in self._index.execute(query, (run_id, portal)):
            url, title, published, kind, rule, followed = row
            yield ListedEntry(url, title, published, kind, rule, bool(followed), found_on, refused)

    def unlisted(self) -> Iterator[tuple[str, str]]:
        """Run and address of all that was asked for though no column listed it any more."""
        rows = self._index.execute("SELECT run_id, url FROM entries WHERE kind = ? ORDER BY rowid", (UNLISTED,))
        yield from ((str(run_id), str(url)) for run_id, url in rows)

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

    def original(self, capture: Capture) -> Capture | None:
        """The capture that holds the payload of a revisit; None where the capture is none."""
        query = "WHERE id = (SELECT refers_to FROM captures WHERE id = ?)"
        return next(self._captures(query, capture.id), None)

    def record_bytes(self, capture: Capture) -> bytes:
        """The bytes of the capture's WARC record, as many as the index says. Raises ArchiveError."""
        return self._record(capture)

    def known(self, url: str, sent: Sent = GET) -> Known | None:
        """The payload that is stored for an address and what was sent there, if it can be read."""
        latest = self._latest(url, sent)
        return self._readable(latest) if latest else None

    def _latest(self, url: str, sent: Sent) -> Latest | None:
        query = f"""SELECT {CAPTURE_COLUMNS}, etag, last_modified FROM captures
            WHERE {SAME_REQUEST} AND status IN (200, 304) AND payload_sha256 IS NOT NULL AND {A_STATE}
            ORDER BY id DESC LIMIT 1"""
        row = self._index.execute(query, (url, *sent.key)).fetchone()
        return Latest(Capture(*row[:-2]), *row[-2:]) if row else None

    def _readable(self, latest: Latest) -> Known | None:
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
        path = self.folder / capture.warc_file
        if not path.exists() and (address := self.stored(capture.warc_file)):
            from crawler.archive.store import read_stored  # fsspec is loaded only where a file is not here

            return read_stored(address, capture.warc_offset, capture.warc_length, capture.url)
        return read_bytes(path, capture.warc_offset, capture.warc_length, capture.url)

    def stored(self, warc_file: str) -> str | None:
        """The address in the store where a copy of a WARC file is; None where there is none."""
        if "stored" not in {row[1] for row in self._index.execute("PRAGMA table_info (warc_files)")}:
            return None  # an index of an earlier version, on a medium that cannot be written
        row = self._index.execute("SELECT stored FROM warc_files WHERE name = ?", (warc_file,)).fetchone()
        return row[0] if row else None
