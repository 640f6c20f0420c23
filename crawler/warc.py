"""WARC records and files: exchanges as they came over the wire, one gzip member a record, read back with care.

The one module that knows warcio. Crawler code goes through crawler.archive, which knows where each record stands.
"""

from __future__ import annotations

import hashlib
import io
import os
import string
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote, urlsplit

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

PAYLOAD_LIMIT = 256 << 20  # bytes; a small body that unpacks to more is kept packed
# On pages of 70 KB zlib's default takes half the time of its best (warcio's own choice) and 3% more room.
GZIP_LEVEL = 6
NOT_MODIFIED_PROFILE = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"

SOFTWARE = "nianbao/0.1 (warcio)"
HEADERS_NOTE = (
    "HTTP headers are normalized by the downloader: names are title-cased and headers of one name stand together. "
    "Content-Encoding is kept; Transfer-Encoding is undone and dropped; Content-Length is that of the stored body."
)


class ArchiveError(Exception):
    """Something about the archive that cannot be trusted or done; names the file and the offset."""


@dataclass(frozen=True)
class Exchange:
    """What a portal answered: status, headers as archived, and the body with Content-Encoding undone."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """The first header of this name."""
        return next((value for known, value in self.headers if known.lower() == name.lower()), None)


@dataclass(frozen=True)
class Received(Exchange):
    """The answer as it came over the wire: chunks joined, Content-Encoding not undone."""


@dataclass(frozen=True)
class Sent:
    """The request as it was sent."""

    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    @property
    def key(self) -> tuple[str, str | None]:
        """What tells requests to one address apart: the method, and the digest of the body where there is one."""
        return self.method, hashlib.sha256(self.body).hexdigest() if self.body else None


@dataclass(frozen=True)
class Attempt:
    """What we ask for and why: the portal, the role, and where and under what title the address was found."""

    portal: str
    url: str
    role: str
    found_on: str | None = None
    title: str | None = None
    published: str | None = None


@dataclass(frozen=True)
class Original:
    """The answer that a revisit refers to; the digest is that of its payload as stored, so that other tools find it."""

    url: str
    captured_at: str
    payload_digest: str


class WarcFile:
    """A WARC file that grows by whole exchanges; `length` is what was written whole."""

    def __init__(self, path: Path, length: int) -> None:
        self.path = path
        self.length = length
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
        os.ftruncate(self._file, length)

    def append(
        self, attempt: Attempt, sent: Sent, received: Received, now: datetime, revisited: Original | None
    ) -> tuple[str, int, int]:
        """Write response (or revisit), request and metadata at once; where the first of them stands."""
        writer = _Writer()
        date = {"WARC-Date": stamp(now)}
        answer = _answer_record(writer, attempt.url, received, date, revisited)
        records = [writer.member(answer)]
        concurrent = date | {"WARC-Concurrent-To": answer.rec_headers.get_header("WARC-Record-ID")}
        records += [
            writer.member(_request_record(writer, attempt.url, sent, concurrent)),
            writer.member(_metadata_record(writer, attempt, concurrent)),
        ]
        offset = self.length
        self._write(b"".join(records))
        return self.path.name, offset, len(records[0])

    def append_warcinfo(self, contact: str | None, now: datetime) -> None:
        """Say who wrote the file and how."""
        writer = _Writer()
        info = {
            "software": SOFTWARE,
            "format": "WARC file version 1.1",
            "operator": contact,
            "robots": "obey",
            "description": HEADERS_NOTE,
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
            raise ArchiveError(f"{self.path}: offset {self.length}: only {written} of {len(content)} bytes written")
        self.length += written

    def sync(self) -> None:
        """Bring what was written to the disk."""
        os.fdatasync(self._file)

    def close(self) -> None:
        """Bring everything to the disk; cut what was not written whole."""
        os.ftruncate(self._file, self.length)
        os.fsync(self._file)
        os.close(self._file)


class _Writer(WARCWriter):  # type: ignore[misc]
    """warcio's writer, with the packing left to us."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), gzip=False, warc_version="1.1")

    def member(self, record: ArcWarcRecord) -> bytes:
        """The record as a gzip member of its own."""
        self.out = io.BytesIO()
        self.write_record(record)
        return zlib.compress(self.out.getbuffer(), GZIP_LEVEL, wbits=16 + zlib.MAX_WBITS)


def read_bytes(path: Path, offset: int, length: int, url: str) -> bytes:
    """The bytes of a record, as many as there must be. Raises ArchiveError."""
    try:
        with path.open("rb") as file:
            file.seek(offset)
            record = file.read(length)
    except OSError as problem:
        raise ArchiveError(f"{path}: offset {offset}: {problem.strerror} ({url})") from problem
    if len(record) != length:
        raise ArchiveError(f"{path}: offset {offset}: {len(record)} bytes stand there, the index says {length} ({url})")
    return record


def http_answer(record: bytes, url: str) -> Received:
    """The HTTP answer that the bytes of a WARC record hold. Raises ArchiveError."""
    try:
        for found in ArchiveIterator(io.BytesIO(record)):
            if found.rec_headers.get_header("WARC-Target-URI") != url or found.http_headers is None:
                break
            status = int(found.http_headers.get_statuscode())
            headers = tuple((name, value) for name, value in found.http_headers.headers)
            return Received(status, headers, found.raw_stream.read())
    except (ArchiveLoadFailed, ValueError, EOFError, OSError, zlib.error) as problem:
        raise ArchiveError(f"{url}: the record cannot be read: {problem}") from problem
    raise ArchiveError(f"{url}: another record stands in its place")


def payload_digest(record: bytes) -> str:
    """The payload digest that a WARC record says of itself."""
    found = next(ArchiveIterator(io.BytesIO(record)))
    return str(found.rec_headers.get_header("WARC-Payload-Digest"))


def decoded(received: Exchange) -> tuple[bytes, str | None]:
    """The body with Content-Encoding undone, or the body as it is and what hindered."""
    encodings = [
        encoding
        for name, value in received.headers
        if name.lower() == "content-encoding"
        for encoding in (part.strip().lower() for part in value.split(","))
        if encoding not in ("", "identity")
    ]
    body = received.body
    for encoding in reversed(encodings if body else []):
        if encoding not in ("gzip", "x-gzip", "deflate"):
            return received.body, f"Content-Encoding {encoding} is not known"
        unpacked = _unpacked(body)
        if unpacked is None:
            return received.body, f"Content-Encoding {encoding} cannot be undone"
        body = unpacked
    return body, None


def stamp(moment: datetime) -> str:
    """A moment as the archive writes it: UTC, seconds, "Z"."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


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


def _metadata_record(writer: WARCWriter, attempt: Attempt, concurrent: dict[str, str]) -> ArcWarcRecord:
    notes = {
        "portal": attempt.portal,
        "role": attempt.role,
        "via": attempt.found_on,  # the field that WARC names for this
        "title": attempt.title,
        "published": attempt.published,
    }
    text = "".join(f"{name}: {' '.join(value.split())}\r\n" for name, value in notes.items() if value).encode()
    return writer.create_warc_record(
        attempt.url, "metadata", payload=io.BytesIO(text), length=len(text),
        warc_content_type="application/warc-fields", warc_headers_dict=dict(concurrent),
    )  # fmt: skip


def _unpacked(body: bytes) -> bytes | None:
    """The body unpacked, whether it is gzip, zlib or bare deflate; None where it is none, cut short or a bomb."""
    for window in (32 + zlib.MAX_WBITS, -zlib.MAX_WBITS):
        unpacker = zlib.decompressobj(window)
        try:
            content = unpacker.decompress(body, PAYLOAD_LIMIT)
        except zlib.error:
            continue
        if unpacker.eof:
            return content
    return None


def _one_line(headers: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Headers without the line breaks that would end them."""
    for name, value in headers:
        yield name, " ".join(value.split("\r\n")).replace("\n", " ")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"  # 521, 468: portals have their own
