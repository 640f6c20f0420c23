"""The archive's index, an SQLite file: its tables, and opening it for writing or for reading."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from types import TracebackType

from crawler.archive.warc import ArchiveError

INDEX_NAME = "index.db"

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
  listed INTEGER,  -- how many entries its column listed
  alarm TEXT,      -- zero: it lists nothing where it did; fewer: a quarter less, or more, than in its last finished run
  family TEXT,     -- how its column is delivered, as recognized; the marks decided it, with this confidence (0 to 1)
  confidence REAL,
  marks TEXT,
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
  outcome TEXT,      -- new, changed, unchanged, vanished (gone: already before), blocked, failed, redirected; refused: by us
  refers_to INTEGER  -- the capture that holds the payload, where this one is a revisit
    REFERENCES captures (id)
) STRICT;
CREATE INDEX IF NOT EXISTS captures_url ON captures (url);
CREATE INDEX IF NOT EXISTS captures_payload ON captures (payload_sha256);
CREATE INDEX IF NOT EXISTS captures_run ON captures (run_id, portal);
CREATE INDEX IF NOT EXISTS captures_met ON captures (portal, url) WHERE outcome = 'new';
CREATE INDEX IF NOT EXISTS captures_place ON captures (warc_file, warc_offset);
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
  finished_at TEXT,
  stored TEXT,  -- where a copy of it was put, an fsspec address
  sha256 TEXT   -- of the whole file as it was put there
) STRICT;
"""

# Columns that an index of an earlier version lacks.
ADDED = {
    "captures": ("method TEXT NOT NULL DEFAULT 'GET'", "request_sha256 TEXT"),
    "portal_runs": ("listed INTEGER", "alarm TEXT", "family TEXT", "confidence REAL", "marks TEXT"),
    "warc_files": ("stored TEXT", "sha256 TEXT"),
}


class Transaction:
    """Commits what the block did, or undoes it where the block raises."""

    def __init__(self, index: sqlite3.Connection) -> None:
        self._index = index

    def __enter__(self) -> None:
        self._index.execute("BEGIN IMMEDIATE")

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._index.execute("COMMIT")
        finally:
            if self._index.in_transaction:  # also where the commit failed; on a full disk SQLite has undone it already
                self._index.execute("ROLLBACK")


def open_for_writing(path: Path) -> sqlite3.Connection:
    """The index, made where it is missing and brought to the present columns. Raises sqlite3.Error."""
    index = sqlite3.connect(path, isolation_level=None, timeout=30)
    # WAL: others read while we write, and a commit needs no disk sync of its own.
    index.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;")
    index.executescript("PRAGMA foreign_keys = ON;" + SCHEMA)
    _add_missing_columns(index)
    return index


def open_for_reading(path: Path) -> sqlite3.Connection:
    """The index; an empty one where there is none. Raises ArchiveError."""
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


def _add_missing_columns(index: sqlite3.Connection) -> None:
    """Bring an index that an earlier version made to the present columns."""
    for table, columns in ADDED.items():
        present = {row[1] for row in index.execute(f"PRAGMA table_info ({table})")}
        for column in columns:
            if column.split()[0] not in present:
                index.execute(f"ALTER TABLE {table} ADD COLUMN {column}")
