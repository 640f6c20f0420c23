"""The tables of nianbao.db, and how they are written: beside the old file, checked, then renamed over it."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from itertools import chain
from operator import attrgetter
from pathlib import Path

import sqlite_utils

from crawler.archive.lock import take_lock
from extract.facts import Issue
from extract.numerals import Number

HERE = Path(__file__).parent
Row = Mapping[str, object]
# Memory for pages while the database is written, in KB; rows come in the order of their keys, so little is enough. What
# sorts for an index takes up to thrice as much again (two threads).
CACHE = 16_384


class DatabaseError(Exception):
    """A database that must not be published; the message says what is wrong."""


def stable_id(*parts: object) -> int:
    """An id of 53 bits from content alone: the same after every rebuild, safe in JSON.

    >>> stable_id("360981", "丰城市人民政府") == stable_id("360981", "丰城市人民政府")
    True
    """
    digest = hashlib.sha256("\x1f".join("" if part is None else str(part) for part in parts).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 11


class Writer:
    """A database being built, in one transaction. Indexes are made, and checks made good, when all rows are there."""

    def __init__(self, path: Path, carried: Collection[str] = ()) -> None:
        """An empty database at `path`; or the one that stands there already, of which the tables `carried` keep their rows."""
        self.path = path
        self.db = sqlite_utils.Database(path)
        self.connection: sqlite3.Connection = self.db.conn
        self.connection.executescript(f"""
            PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF;
            PRAGMA ignore_check_constraints = ON; PRAGMA cache_size = -{CACHE}; PRAGMA threads = 2;
        """)
        if not carried:
            self.connection.executescript((HERE / "tables.sql").read_text(encoding="utf-8"))
            self.connection.executescript((HERE / "views.sql").read_text(encoding="utf-8"))
        named = "SELECT name, sql, tbl_name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY rowid"
        self._indexes = {name: sql for name, sql, table in self.connection.execute(named) if table not in carried}
        self.connection.executescript("".join(f"DROP INDEX {name};" for name in self._indexes))
        if carried:
            self._empty(carried)

    def _empty(self, carried: Collection[str]) -> None:
        """Empty all tables but those carried over."""
        listed = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = ? AND name NOT LIKE 'sqlite%'"
        for kind, statement in (("table", "DELETE FROM {0}"), ("virtual", "INSERT INTO {0} ({0}) VALUES ('delete-all')")):
            for (name,) in self.connection.execute(listed, (kind,)).fetchall():
                if name not in carried:
                    self.connection.execute(statement.format(name))

    def add(self, table: str, rows: Iterable[Row]) -> None:
        """Append rows, all of the same columns. Raises DatabaseError where a key is there already (two contents with one
        id, for one)."""
        lines = iter(rows)
        first = next(lines, None)
        if first is not None:
            values = ", ".join(f":{name}" for name in first)
            self._insert(f"INSERT INTO {table} ({', '.join(first)}) VALUES ({values})", chain([first], lines))

    def append(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """The same of rows that are tuples: for the large tables."""
        self._insert(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", rows)

    def add_objects(self, table: str, things: Iterable[object]) -> None:
        """The same of objects: of each the attributes that are columns of the table."""
        columns = [name for (name,) in self.connection.execute("SELECT name FROM pragma_table_info(?)", (table,))]
        self.append(table, columns, map(attrgetter(*columns), things))

    def _insert(self, statement: str, rows: Iterable[Row] | Iterable[Sequence[object]]) -> None:
        try:
            self.connection.executemany(statement, rows)
        except sqlite3.IntegrityError as error:
            raise DatabaseError(f"{statement.split()[2]}: {error}") from error

    def count(self, table: str) -> int:
        """How many rows a table holds."""
        return int(self.connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])

    def finish(self) -> None:
        """Make the indexes, check the whole (foreign keys, integrity and constraints) and gather the planner's
        statistics. Raises DatabaseError."""
        self.connection.commit()
        self.connection.executescript("".join(f"{sql};" for sql in self._indexes.values()))
        if broken := self.connection.execute("PRAGMA main.foreign_key_check").fetchone():
            raise DatabaseError(
                f"a row of {broken[0]} names a row of {broken[2]} that is not there (rowid {broken[1]})"
            )
        self.connection.execute("PRAGMA ignore_check_constraints = OFF")
        if (verdict := self.connection.execute("PRAGMA main.quick_check (1)").fetchone()[0]) != "ok":
            raise DatabaseError(f"SQLite says: {verdict}")
        self.connection.execute("ANALYZE main")
        self.connection.commit()
        self.db.close()


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """One build at a time of the database at `path`; what builds that were killed left beside it is removed.

    Raises ArchiveLocked where another process builds it, DatabaseError where nothing can be written there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = take_lock(path.with_name(f"{path.name}.lock"), datetime.now(UTC))
    try:
        for left in path.parent.glob(f".{path.name}.*.new*"):  # we hold the lock: whoever made it is dead
            left.unlink()
        yield
    except sqlite3.OperationalError as error:  # a full disk, a folder that may not be written to
        raise DatabaseError(f"{path.parent}: {error}") from error
    finally:
        os.close(lock)


@contextmanager
def replacing(path: Path, carried: Collection[str] = ()) -> Iterator[Writer]:
    """A database built beside `path` and renamed over it when all went well; otherwise the old one stays as it was.

    `carried`: tables that it has from the old one from the start, with their indexes.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    beside.unlink(missing_ok=True)
    try:
        if carried:
            _copy(path, beside)
        writer = Writer(beside, carried)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    try:
        yield writer
        writer.finish()
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        writer.db.close()
        beside.unlink(missing_ok=True)


def _copy(path: Path, beside: Path) -> None:
    try:
        shutil.copyfile(path, beside)
    except OSError as error:
        raise DatabaseError(f"{path.parent}: the disk takes no second database beside the old one: {error.strerror}") from error


def issue_rows(issues: Iterable[Issue], *, report_id: int | None, sha256: str | None, url: str | None) -> Iterator[Row]:
    """Issues as rows of `issues`."""
    for issue in issues:
        yield {
            "report_id": report_id,
            "payload_sha256": sha256,
            "url": url,
            "kind": issue.kind,
            "rule": issue.rule,
            "severity": issue.severity,
            "table_key": issue.table,
            "row_key": issue.row,
            "column_key": issue.column,
            "detail": issue.detail,
        }


def plain_number(value: Number | None) -> int | float | None:
    """A number as SQLite and JSON hold it."""
    return float(value) if isinstance(value, Decimal) else value
