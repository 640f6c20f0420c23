"""A WARC file as it is written: one gzip member a record, whole exchanges at a time."""

from __future__ import annotations

import io
import json
import os
import string
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote, urlsplit

from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawler.archive.notes import FIELDS_TYPE, ROWS_ADDRESS, ROWS_TYPE, Rows, Value, fields_text, rows_text
from crawler.archive.warc import ArchiveError, Attempt, Original, Received, Sent, stamp

# On pages of 70 KB zlib's default takes half the time of its best (warcio's own choice) and 3% more room.
GZIP_LEVEL = 6
NOT_MODIFIED_PROFILE = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"

SOFTWARE = "nianbao/0.1 (warcio)"
HEADERS_NOTE = (
    "HTTP headers are normalized by the downloader: names are title-cased and headers of one name stand together. "
    "Content-Encoding is kept; Transfer-Encoding is undone and dropped; Content-Length is that of the stored body."
)


class WarcFile:
    """A WARC file that grows by whole exchanges; `length` is what was written whole."""

    def __init__(self, path: Path, length: int) -> None:
        self.path = path
        self.length = length
        # A file that is begun must not be one that is there: an index may be older than the files beside it.
        self._file = os.open(path, os.O_WRONLY | (0 if length else os.O_CREAT | os.O_EXCL) | os.O_CLOEXEC, 0o644)
        os.ftruncate(self._file, length)

    def append(
        self,
        attempt: Attempt,
        sent: Sent,
        received: Received,
        now: datetime,
        revisited: Original | None,
        notes: Mapping[str, Value],
    ) -> tuple[str, int, int]:
        """Write response (or revisit), request and metadata at once; where the first of them stands."""
        writer = _Writer()
        date = {"WARC-Date": stamp(now)}
        answer = _answer_record(writer, attempt.url, received, date, revisited)
        records = [writer.member(answer)]
        concurrent = date | {"WARC-Concurrent-To": answer.rec_headers.get_header("WARC-Record-ID")}
        records += [
            writer.member(_request_record(writer, attempt.url, sent, concurrent)),
            writer.member(_metadata_record(writer, attempt, notes, concurrent)),
        ]
        offset = self.length
        self._write(b"".join(records))
        return self.path.name, offset, len(records[0])

    def append_failure(self, attempt: Attempt, now: datetime, notes: Mapping[str, Value]) -> None:
        """Write that an attempt brought no answer."""
        writer = _Writer()
        self._write(writer.member(_metadata_record(writer, attempt, notes, {"WARC-Date": stamp(now)})))

    def append_rows(self, rows: Rows, now: datetime) -> None:
        """Write rows of the index's other tables."""
        writer = _Writer()
        text = rows_text(rows)
        record = writer.create_warc_record(
            ROWS_ADDRESS, "metadata", payload=io.BytesIO(text), length=len(text),
            warc_content_type=ROWS_TYPE, warc_headers_dict={"WARC-Date": stamp(now)},
        )  # fmt: skip
        self._write(writer.member(record))

    def append_warcinfo(
        self, run_id: str, contact: str | None, configuration: Mapping[str, object], now: datetime
    ) -> None:
        """Say who wrote the file, for which run, and how: the settings of the run are its configuration."""
        writer = _Writer()
        info = {
            "software": SOFTWARE,
            "format": "WARC file version 1.1",
            "operator": contact,
            "robots": "obey",
            "description": HEADERS_NOTE,
            "isPartOf": run_id,
            "configuration": json.dumps(dict(configuration), ensure_ascii=False) if configuration else None,
        }
        record = writer.create_warcinfo_record(self.path.name, info)
        record.rec_headers.replace_header("WARC-Date", stamp(now))
        self._write(writer.member(record))

    def _write(self, content: bytes) -> None:
        try:
            written = os.pwrite(self._file, content, self.length)
        except OSError as problem:
            raise ArchiveError(f"{self.path}: offset {self.length}: {problem.strerror}") from problem
        if written != len(content):
            raise ArchiveError(
                f"{self.path}: offset {self.length}: only {written} of {len(content)} bytes written: no space left?"
            )
        self.length += written

    def cut(self, length: int) -> None:
        """Take back what was written past a length."""
        self.length = length
        os.ftruncate(self._file, length)

    def sync(self) -> None:
        """Bring what was written to the disk."""
        os.fdatasync(self._file)

    def close(self) -> None:
        """Bring everything to the disk; cut what was not written whole."""
        try:
            os.ftruncate(self._file, self.length)
            os.fsync(self._file)
        finally:
            os.close(self._file)


class ExportFile:
    """A WARC file for players: answers alone, and every revisit one of an identical payload."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("xb")

    def append(self, attempt: Attempt, received: Received, captured_at: datetime, revisited: Original | None) -> None:
        """Write an answer, or a revisit with the headers of the answer that it refers to."""
        writer = _Writer()
        record = _answer_record(writer, attempt.url, received, {"WARC-Date": stamp(captured_at)}, revisited)
        self._file.write(writer.member(record))

    def close(self) -> None:
        """End the file."""
        self._file.close()


class _Writer(WARCWriter):  # type: ignore[misc]
    """warcio's writer, with the packing left to us."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), gzip=False, warc_version="1.1")

    def member(self, record: ArcWarcRecord) -> bytes:
        """The record as a gzip member of its own."""
        self.out = io.BytesIO()
        self.write_record(record)
        return zlib.compress(self.out.getbuffer(), GZIP_LEVEL, wbits=16 + zlib.MAX_WBITS)


def _answer_record(
    writer: WARCWriter, url: str, received: Received, date: dict[str, str], revisited: Original | None
) -> ArcWarcRecord:
    headers = [(name, value) for name, value in _one_line(received.headers) if name.lower() != "transfer-encoding"]
    if received.status != HTTPStatus.NOT_MODIFIED:
        headers = [pair for pair in headers if pair[0].lower() != "content-length"]
        headers.append(("Content-Length", str(len(received.body))))
    http = StatusAndHeaders(f"{received.status} {_phrase(received.status)}", headers, protocol="HTTP/1.1")
    if revisited is None:
        return writer.create_warc_record(
            url, "response", payload=io.BytesIO(received.body), length=len(received.body),
            http_headers=http, warc_headers_dict=dict(date),
        )  # fmt: skip
    record = writer.create_revisit_record(
        url, revisited.payload_digest, revisited.url, revisited.captured_at,
        http_headers=http, warc_headers_dict=dict(date),
    )  # fmt: skip
    if received.status == HTTPStatus.NOT_MODIFIED:
        record.rec_headers.replace_header("WARC-Profile", NOT_MODIFIED_PROFILE)
        record.rec_headers.remove_header("WARC-Payload-Digest")
    return record


def _request_record(writer: WARCWriter, url: str, sent: Sent, concurrent: dict[str, str]) -> ArcWarcRecord:
    parts = urlsplit(url)
    target = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=string.punctuation)
    headers = [*_one_line(sent.headers)]
    if not any(name.lower() == "host" for name, _ in headers):
        headers.insert(0, ("Host", parts.netloc.rpartition("@")[2]))
    http = StatusAndHeaders(f"{sent.method} {target} HTTP/1.1", headers, is_http_request=True)
    return writer.create_warc_record(
        url, "request", payload=io.BytesIO(sent.body), length=len(sent.body),
        http_headers=http, warc_headers_dict=dict(concurrent),
    )  # fmt: skip


def _metadata_record(
    writer: WARCWriter, attempt: Attempt, notes: Mapping[str, Value], headers: Mapping[str, str]
) -> ArcWarcRecord:
    text = fields_text(
        {
            "portal": attempt.portal,
            "role": attempt.role,
            "via": attempt.found_on,  # the field that WARC names for this
            "title": attempt.title,
            "published": attempt.published,
            **notes,
        }
    )
    return writer.create_warc_record(
        attempt.url, "metadata", payload=io.BytesIO(text), length=len(text),
        warc_content_type=FIELDS_TYPE, warc_headers_dict=dict(headers),
    )  # fmt: skip


def _one_line(headers: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Headers without the line breaks that would end them."""
    for name, value in headers:
        yield name, " ".join(value.split("\r\n")).replace("\n", " ")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"  # 521, 468: portals have their own
