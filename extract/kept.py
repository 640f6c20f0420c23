"""Readings kept from one build to the next, so that only what is new is read.

The file (`readings.db`, beside nianbao.db) may be thrown away at any time; one that is damaged, foreign, or made by
another version of what reads (extract.fingerprint) is begun anew without a word.
"""

from __future__ import annotations

import sqlite3
import zlib
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from extract.facts import Issue
from extract.packing import FactRow, Packed, unpack, unpack_rows
from extract.reading import Reading

APPLICATION = 0x4E425244  # "NBRD", where SQLite keeps the kind of a file
COMMIT_EVERY = 200  # readings; a build that is killed loses no more of its work
SCHEMA = """
PRAGMA application_id = {application};
CREATE TABLE made_by (fingerprint TEXT NOT NULL) STRICT;
-- `key` is a digest of all that a reading depends on besides what reads; `sum` is the crc32 of head and body.
CREATE TABLE readings (
  key BLOB PRIMARY KEY, sum INTEGER NOT NULL, lasting INTEGER NOT NULL, head BLOB NOT NULL, body BLOB NOT NULL
) STRICT;
-- The database that was published from these readings: its file, and which reading speaks for each report.
CREATE TABLE published (device INTEGER NOT NULL, inode INTEGER NOT NULL, size INTEGER NOT NULL, modified INTEGER NOT NULL) STRICT;
CREATE TABLE spoken (report_id INTEGER PRIMARY KEY, key BLOB NOT NULL) STRICT;
"""


class Kept:
    """The kept readings of a data folder. Raises sqlite3.Error where the file cannot be written."""

    def __init__(self, path: Path, fingerprint: str) -> None:
        self.path = path
        self._db = _opened(path, fingerprint) or _begun(path, fingerprint)
        self._db.executescript("""
            CREATE TEMP TABLE used (key BLOB PRIMARY KEY);
            CREATE TEMP TABLE speaking (report_id INTEGER PRIMARY KEY, key BLOB NOT NULL);
        """)
        self._uncommitted = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(sqlite3.Error):  # what ended the build is told; this file may be lost
            self._db.commit()
        self._db.close()

    def holds(self, key: bytes) -> bool:
        """Whether a reading is kept under this key, whole."""
        row = self._db.execute("SELECT sum, head, body FROM readings WHERE key = ?", (key,)).fetchone()
        return row is not None and row[0] == _sum(row[1], row[2])

    def add(self, key: bytes, packed: Packed) -> None:
        """Keep a reading under this key; until the end of this build only, where it is not lasting."""
        self._db.execute(
            "INSERT OR REPLACE INTO readings VALUES (?, ?, ?, ?, ?)",
            (key, _sum(packed.head, packed.body), int(packed.lasting), packed.head, packed.body),
        )
        self._uncommitted += 1
        if self._uncommitted >= COMMIT_EVERY:
            self._db.commit()
            self._uncommitted = 0

    def get(self, key: bytes) -> Reading | Issue:
        """The reading kept under this key, or the issue that says why there is none. Raises KeyError."""
        row = self._db.execute("SELECT head FROM readings WHERE key = ?", (key,)).fetchone()
        if row is None:
            raise KeyError(key.hex())
        self._db.execute("INSERT OR IGNORE INTO used VALUES (?)", (key,))
        return unpack(row[0], lambda: self._body(key))

    def rows(self, key: bytes) -> tuple[list[FactRow], list[tuple[int, str | None, str]]]:
        """The figures and sections kept under this key, as rows of their tables without the report."""
        return unpack_rows(self._body(key))

    def _body(self, key: bytes) -> bytes:
        body: bytes = self._db.execute("SELECT body FROM readings WHERE key = ?", (key,)).fetchone()[0]
        return body

    # --- what was published

    def published(self, database: Path) -> bool:
        """Whether this file is the one last published from these readings, and nobody has touched it since."""
        told = self._db.execute("SELECT * FROM published").fetchone()
        return told is not None and database.exists() and told == _identity(database)

    def spoke(self, report_id: int, key: bytes) -> bool:
        """Say which reading speaks for a report; whether it was the same in the published database."""
        self._db.execute("INSERT INTO speaking VALUES (?, ?)", (report_id, key))
        before = self._db.execute("SELECT key FROM spoken WHERE report_id = ?", (report_id,)).fetchone()
        return before is not None and bool(before[0] == key)

    def publish(self, database: Path) -> None:
        """Remember what was published, and let go of readings that no document asked for."""
        with suppress(sqlite3.OperationalError):  # not remembered, it is not carried over: the next build is slower
            self._publish(database)

    def _publish(self, database: Path) -> None:
        self._db.execute("DELETE FROM readings WHERE NOT lasting OR key NOT IN (SELECT key FROM used)")
        self._db.execute("DELETE FROM spoken")
        self._db.execute("INSERT INTO spoken SELECT * FROM speaking")
        self._db.execute("DELETE FROM published")
        self._db.execute("INSERT INTO published VALUES (?, ?, ?, ?)", _identity(database))
        self._db.commit()


def _opened(path: Path, fingerprint: str) -> sqlite3.Connection | None:
    """The file as it is, if it is ours, whole and of this version."""
    if not path.exists():
        return None
    connection = sqlite3.connect(path)
    try:
        ours = connection.execute("PRAGMA application_id").fetchone() == (APPLICATION,)
        if ours and connection.execute("SELECT fingerprint FROM made_by").fetchall() == [(fingerprint,)]:
            connection.execute("DELETE FROM readings WHERE NOT lasting")
            if connection.execute("PRAGMA quick_check (1)").fetchone() == ("ok",):
                return connection
    except sqlite3.DatabaseError as problem:
        if isinstance(problem, sqlite3.OperationalError) and "readonly" in str(problem):
            raise
    connection.close()
    return None


def _begun(path: Path, fingerprint: str) -> sqlite3.Connection:
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm", f"{path.name}-journal"):
        path.with_name(name).unlink(missing_ok=True)
    connection = sqlite3.connect(path)
    # WAL: what is committed survives a kill without a disk sync of its own.
    connection.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;")
    connection.executescript(SCHEMA.format(application=APPLICATION))
    with connection:
        connection.execute("INSERT INTO made_by VALUES (?)", (fingerprint,))
    return connection


def _identity(database: Path) -> tuple[int, int, int, int]:
    told = database.stat()
    return told.st_dev, told.st_ino, told.st_size, told.st_mtime_ns


def _sum(*parts: bytes) -> int:
    total = 0
    for part in parts:
        total = zlib.crc32(part, total)
    return total


