"""A WARC file read from its beginning to its end, whatever has become of it: every record, and what is no record.

Gzip members are unpacked here rather than by warcio, which takes a cut record for a short one and ends at the first
damage: what stands behind it can still be read.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from crawler.archive.warc import Received

CHUNK = 1 << 18
MEMBER = b"\x1f\x8b\x08"
LONGEST = 512 << 20  # bytes unpacked; the longest answer that is accepted has 64 MB
BEGINNING = b"WARC/1."
CUT_SHORT = "cut short"


@dataclass(frozen=True)
class Record:
    """A record that is whole: its checksum, its length and the digests that it says of itself agree."""

    kind: str  # warcinfo, response, revisit, request, metadata
    url: str | None
    date: str
    concurrent_to: str | None
    content_type: str | None
    refers_to: tuple[str, str] | None  # address and date of the answer that a revisit refers to
    answer: Received | None  # of a response; of a revisit without a body
    method: str | None  # of a request
    content: bytes  # of other records; of a request its body


@dataclass(frozen=True)
class Stretch:
    """A part of a file: a record, or bytes that are none and why."""

    offset: int
    length: int
    record: Record | None
    problem: str | None = None


class _Bytes:
    """A file read forwards, of which the last bytes can be read again."""

    def __init__(self, file: BinaryIO, offset: int, end: int | None) -> None:
        self._file, self._end = file, end
        self.offset = offset  # in the file, of the first byte that is held
        self.held = bytearray()
        file.seek(offset)

    def more(self) -> bool:
        """Hold some more of the file; False at its end."""
        reached = self.offset + len(self.held)
        wanted = CHUNK if self._end is None else min(CHUNK, self._end - reached)
        read = self._file.read(wanted) if wanted > 0 else b""
        self.held += read
        return bool(read)

    def drop(self, count: int) -> None:
        """Let go of the first bytes."""
        del self.held[:count]
        self.offset += count


def stretches(file: BinaryIO, *, start: int = 0, end: int | None = None) -> Iterator[Stretch]:
    """What a WARC file holds from `start` up to `end`, in its order; no more than one record is held in memory."""
    source = _Bytes(file, start, end)
    while source.held or source.more():
        length, unpacked = _member(source)
        if unpacked is not None:
            record, problem = _parsed(unpacked)
            yield Stretch(source.offset, length, record, problem)
            source.drop(length)
            continue
        offset, torn = source.offset, length
        _skip(source)
        problem = CUT_SHORT if torn and not source.held else "the bytes are no gzip member, or its checksum fails"
        yield Stretch(offset, source.offset - offset, None, problem)


def _member(source: _Bytes) -> tuple[int, bytes | None]:
    """The length of the gzip member that begins here, and what it holds; (1, None) where the file ends within it."""
    unpacker = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    unpacked, fed = io.BytesIO(), 0
    while True:
        if fed == len(source.held) and not source.more():
            return 1, None
        try:
            unpacked.write(unpacker.decompress(source.held[fed:], LONGEST))
        except zlib.error:
            return 0, None
        if unpacker.unconsumed_tail or unpacked.tell() > LONGEST:
            return 0, None
        fed = len(source.held)
        if unpacker.eof:
            return fed - len(unpacker.unused_data), unpacked.getvalue()


def _skip(source: _Bytes) -> None:
    """Go on to where the next record begins, or to the end."""
    source.drop(1)
    while True:
        at = source.held.find(MEMBER)
        source.drop(at if at >= 0 else max(len(source.held) - len(MEMBER) + 1, 0))
        if at < 0 or len(source.held) < 512:
            if source.more():
                continue
            if at < 0:
                source.drop(len(source.held))
                return
        if _begins_a_record(bytes(source.held[:512])):
            return
        source.drop(1)


def _begins_a_record(content: bytes) -> bool:
    try:
        return zlib.decompressobj(wbits=16 + zlib.MAX_WBITS).decompress(content, 64).startswith(BEGINNING)
    except zlib.error:
        return False


def _parsed(content: bytes) -> tuple[Record | None, str | None]:
    """The record that a gzip member holds, or why it is none."""
    try:
        for found in ArchiveIterator(io.BytesIO(content), check_digests=True):
            headers, http = found.rec_headers, found.http_headers
            body = found.raw_stream.read()
            if found.digest_checker.passed is False:
                return None, "; ".join(found.digest_checker.problems)
            answer = None
            if found.rec_type in ("response", "revisit") and http is not None:
                answer = Received(int(http.get_statuscode()), tuple((n, v) for n, v in http.headers), body)
            refers = headers.get_header("WARC-Refers-To-Target-URI"), headers.get_header("WARC-Refers-To-Date")
            return Record(
                found.rec_type, headers.get_header("WARC-Target-URI"), headers.get_header("WARC-Date"),
                headers.get_header("WARC-Concurrent-To"), headers.get_header("Content-Type"),
                refers if all(refers) else None, answer, http.protocol if found.rec_type == "request" and http else None,
                b"" if answer else body,
            ), None  # fmt: skip
    except (ArchiveLoadFailed, ValueError, EOFError, OSError) as problem:
        return None, " ".join(str(problem).split())
    return None, "no WARC record"
