"""Exchanges as they came over the wire, and one of them read back from the bytes of its WARC record, with care.

Crawler code goes through crawler.archive, which knows where each record stands. warcio is known here, in
crawler.archive.warc_file (writing) and in crawler.archive.records (reading whole files).
"""

from __future__ import annotations

import hashlib
import io
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

PAYLOAD_LIMIT = 256 << 20  # bytes; a small body that unpacks to more is kept packed


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
