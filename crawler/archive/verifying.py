"""Holding the archive against its index: every record of every WARC file, here or in the store."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from crawler.archive.absorbing import KEYS
from crawler.archive.captures import CAPTURE_COLUMNS, Capture
from crawler.archive.index import INDEX_NAME, open_for_reading
from crawler.archive.lock import ArchiveLocked, locked
from crawler.archive.notes import FIELDS_TYPE, ROWS_TYPE, read_fields, read_rows
from crawler.archive.records import CUT_SHORT, Record, Stretch, stretches
from crawler.archive.warc import ArchiveError, decoded

MISSING, TORN, ALTERED, UNINDEXED, INDEX = "missing", "torn", "altered", "unindexed", "index"
FILES = """SELECT name, max(length) AS length, max(finished_at), max(stored), max(sha256) FROM (
  SELECT name, length, finished_at, stored, sha256 FROM warc_files
  UNION ALL SELECT DISTINCT warc_file, 0, NULL, NULL, NULL FROM captures WHERE warc_file IS NOT NULL
) GROUP BY name ORDER BY name"""
Moved = Callable[[int, int], object]  # is told how many bytes of how many went by


@dataclass(frozen=True)
class Finding:
    """Something that is not as the index says: missing, torn, altered, unindexed, or a damage of the index itself."""

    kind: str
    file: str
    offset: int | None
    detail: str
    capture: Capture | None = None  # the one that cannot be read for it, or not be trusted

    def as_json(self) -> dict[str, object]:
        """The finding as a line of `nianbao archive verify --json`."""
        affected = self.capture and {name: getattr(self.capture, name) for name in ("id", "run_id", "portal", "url", "captured_at", "payload_sha256")}  # fmt: skip
        return asdict(self) | {"capture": affected}

    def in_words(self) -> str:
        """The finding in a line."""
        place = self.file if self.offset is None else f"{self.file}: offset {self.offset}"
        affected = f" (capture {self.capture.id}: {self.capture.url})" if self.capture else ""
        return f"{place}: {self.kind}: {self.detail}{affected}"


@dataclass(frozen=True)
class _File:
    name: str
    length: int  # that is committed
    finished: bool
    stored: str | None
    sha256: str | None


def verify(folder: Path, moved: Moved = lambda done, total: None) -> Iterator[Finding]:
    """What is wrong with the archive of a folder; nothing, if all is well. No more than one record is in memory.

    Raises ArchiveError where there is no index that could be held against anything.
    """
    on_disk = sorted(path.name for path in folder.glob("*.warc.gz"))
    if not (folder / INDEX_NAME).exists():
        if on_disk or not folder.is_dir():
            raise ArchiveError(f"{folder / INDEX_NAME} is not there ({len(on_disk)} WARC files are)")
        return
    index = open_for_reading(folder / INDEX_NAME)
    try:
        yield from _verify(index, folder, on_disk, moved)
    except sqlite3.DatabaseError as problem:
        raise ArchiveError(f"{folder / INDEX_NAME}: {problem}") from problem
    finally:
        index.close()


def _verify(index: sqlite3.Connection, folder: Path, on_disk: list[str], moved: Moved) -> Iterator[Finding]:
    for (line,) in index.execute("PRAGMA integrity_check(20)").fetchall():
        if line != "ok":
            yield Finding(INDEX, INDEX_NAME, None, line)
    if "stored" not in {row[1] for row in index.execute("PRAGMA table_info (warc_files)")}:
        raise ArchiveError(f"{folder / INDEX_NAME}: of an earlier version: the next crawl, or --repair, brings it up to date")
    being_written = _locked(folder)
    index.execute("BEGIN")  # what a crawl commits from now on is not looked for
    files = [_File(name, length, bool(ended), *rest) for name, length, ended, *rest in index.execute(FILES)]
    total, done = sum(file.length for file in files), 0
    for file in files:
        before = done

        def went_by(position: int, before: int = before) -> None:
            moved(before + position, total)

        yield from _check_file(index, folder, file, being_written and not file.finished, went_by)
        done += file.length
    known = {file.name for file in files}
    for name in on_disk:
        if name not in known and not being_written:
            yield Finding(UNINDEXED, name, None, "the index does not know this file")


def _locked(folder: Path) -> bool:
    try:
        with locked(folder, datetime.now(UTC)):
            return False
    except (ArchiveLocked, OSError):  # read-only: nobody writes, but then nobody has left a tail since either
        return True


def _check_file(
    index: sqlite3.Connection, folder: Path, file: _File, being_written: bool, went_by: Callable[[int], object]
) -> Iterator[Finding]:
    path = folder / file.name
    with ExitStack() as opened:
        try:
            if path.exists():
                content: BinaryIO = opened.enter_context(path.open("rb"))
            elif file.stored:
                from crawler.archive.store import open_stored

                content = opened.enter_context(open_stored(file.stored))
            else:
                raise ArchiveError("the file is not there")
            size = content.seek(0, os.SEEK_END)
            yield from _Check(index, file.name).findings(content, file.length, went_by)
        except (ArchiveError, OSError) as problem:
            yield from _all_affected(index, file.name, " ".join(str(problem).split()))
            return
        if size < file.length:
            yield Finding(TORN, file.name, size, f"{size} bytes stand there, the index says {file.length}")
        elif size > file.length and not being_written:
            behind = sum(1 for stretch in stretches(content, start=file.length) if stretch.record)
            words = f"{size - file.length} bytes stand behind the last commit"
            yield Finding(UNINDEXED if behind else TORN, file.name, file.length, f"{words}, {behind} whole records in them")
    if file.stored and file.sha256 and path.exists():
        from crawler.archive.store import StoreError, check

        try:
            check(file.stored, file.length, file.sha256)
        except StoreError as problem:
            yield Finding(ALTERED, file.name, None, f"the copy in the store: {problem}")


def _all_affected(index: sqlite3.Connection, name: str, problem: str) -> Iterator[Finding]:
    yield Finding(MISSING, name, None, problem)
    for row in index.execute(f"SELECT {CAPTURE_COLUMNS} FROM captures WHERE warc_file = ? ORDER BY id", (name,)):
        yield from _affected(index, MISSING, Capture(*row), problem)


def _affected(index: sqlite3.Connection, kind: str, capture: Capture, problem: str) -> Iterator[Finding]:
    """The capture, and the revisits that refer to it."""
    yield Finding(kind, capture.warc_file or "", capture.warc_offset, problem, capture)
    query = f"SELECT {CAPTURE_COLUMNS} FROM captures WHERE payload_sha256 = ? AND refers_to = ? ORDER BY id"
    for row in index.execute(query, (capture.payload_sha256, capture.id)):
        revisit = Capture(*row)
        words = f"it refers to capture {capture.id}, which is {kind}"
        yield Finding(kind, revisit.warc_file or "", revisit.warc_offset, words, revisit)


class _Check:
    """One file: its records beside its captures, both in the order of the file."""

    def __init__(self, index: sqlite3.Connection, name: str) -> None:
        self._index, self._name = index, name
        query = f"SELECT {CAPTURE_COLUMNS}, refers_to FROM captures WHERE warc_file = ? ORDER BY warc_offset"
        self._rows = index.execute(query, (name,))
        self._next()

    def _next(self) -> None:
        row = self._rows.fetchone()
        self._capture: Capture | None = Capture(*row[:-1]) if row else None
        self._refers_to: int | None = row[-1] if row else None

    def findings(self, content: BinaryIO, length: int, went_by: Callable[[int], object]) -> Iterator[Finding]:
        """What is wrong in the file up to its committed length."""
        for stretch in stretches(content, end=length):
            went_by(stretch.offset + stretch.length)
            yield from self._up_to(stretch.offset, ALTERED, "no record begins there")
            if stretch.record is None:
                kind, problem = TORN if stretch.problem == CUT_SHORT else ALTERED, stretch.problem or ""
                if not (self._capture and (self._capture.warc_offset or 0) < stretch.offset + stretch.length):
                    words = f"{stretch.length} bytes beside the answers: {problem}"
                    yield Finding(kind, self._name, stretch.offset, words)
                yield from self._up_to(stretch.offset + stretch.length, kind, problem)
            elif stretch.record.answer:
                yield from self._answer(stretch, stretch.record)
            elif not self._indexed(stretch.record):
                yield Finding(UNINDEXED, self._name, stretch.offset, f"{stretch.record.url}: not in the index")
        yield from self._up_to(None, TORN, "the file ends before it")

    def _up_to(self, offset: int | None, kind: str, problem: str) -> Iterator[Finding]:
        while self._capture and (offset is None or (self._capture.warc_offset or 0) < offset):
            yield from _affected(self._index, kind, self._capture, problem)
            self._next()

    def _answer(self, stretch: Stretch, record: Record) -> Iterator[Finding]:
        if self._capture is None or self._capture.warc_offset != stretch.offset:
            yield Finding(UNINDEXED, self._name, stretch.offset, f"{record.url}: not in the index")
            return
        if problem := self._difference(self._capture, stretch, record):
            yield from _affected(self._index, ALTERED, self._capture, problem)
        self._next()

    def _difference(self, capture: Capture, stretch: Stretch, record: Record) -> str | None:
        assert record.answer is not None
        for what, found, said in (
            ("length", stretch.length, capture.warc_length),
            ("address", record.url, capture.url),
            ("date", record.date, capture.captured_at),
            ("status", record.answer.status, capture.status),
        ):
            if found != said:
                return f"{what} {found}, the index says {said}"
        if record.kind == "revisit":
            query = "SELECT payload_sha256 FROM captures WHERE id = ? AND warc_file IS NOT NULL"
            row = self._index.execute(query, (self._refers_to,)).fetchone()
            return None if row == (capture.payload_sha256,) else "the answer that it refers to is not in the index"
        found = hashlib.sha256(decoded(record.answer)[0]).hexdigest()
        if capture.payload_sha256 not in (None, found):
            return f"sha256 of the payload is {found}, the index says {capture.payload_sha256}"
        return None

    def _indexed(self, record: Record) -> bool:
        """Whether the index has the rows that a metadata record says."""
        if record.content_type == ROWS_TYPE:
            return all(
                self._has(table, {name: row.get(name) for name in KEYS[table].split(", ")})
                for table, rows in read_rows(record.content).items()
                if table in KEYS
                for row in rows
            )
        if record.kind != "metadata" or record.content_type != FIELDS_TYPE or record.concurrent_to:
            return True
        notes = read_fields(record.content)
        attempt = {"url": record.url, "captured_at": record.date, "run_id": notes.get("run"), "error": notes.get("error")}
        return self._has("captures", attempt)

    def _has(self, table: str, values: Mapping[str, object]) -> bool:
        same = " AND ".join(f"{name} IS ?" for name in values)
        query = f"SELECT 1 FROM {table} WHERE {same} LIMIT 1"
        return self._index.execute(query, tuple(values.values())).fetchone() is not None
