"""The tables of nianbao.db, and how they are written: beside the old file, checked, then renamed over it."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import sqlite_utils

from extract.facts import Fact, Issue
from extract.narrative import SectionText
from extract.numerals import Number

HERE = Path(__file__).parent
Row = Mapping[str, object]
BATCH = 5_000


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
    """A database being built. Every method appends rows; nothing is updated."""

    def __init__(self, path: Path) -> None:
        self.db = sqlite_utils.Database(path)
        self.db.conn.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF;")
        self.db.conn.executescript((HERE / "tables.sql").read_text(encoding="utf-8"))
        self.db.conn.executescript((HERE / "views.sql").read_text(encoding="utf-8"))

    def add(self, table: str, rows: Iterable[Row]) -> None:
        """Append rows to a table. Raises DatabaseError where a key is there already (two contents with one id, for
        one)."""
        try:
            with self.db.conn:
                self.db.table(table).insert_all((dict(row) for row in rows), batch_size=BATCH)
        except sqlite3.IntegrityError as error:
            raise DatabaseError(f"{table}: {error}") from error

    def count(self, table: str) -> int:
        """How many rows a table holds."""
        return int(self.db[table].count)

    def finish(self) -> None:
        """Check the whole (integrity, foreign keys) and gather the planner's statistics. Raises DatabaseError."""
        if broken := self.db.execute("PRAGMA foreign_key_check").fetchone():
            raise DatabaseError(
                f"a row of {broken[0]} names a row of {broken[2]} that is not there (rowid {broken[1]})"
            )
        if (verdict := self.db.execute("PRAGMA quick_check").fetchone()[0]) != "ok":
            raise DatabaseError(f"SQLite says: {verdict}")
        self.db.analyze()
        self.db.close()


@contextmanager
def replacing(path: Path) -> Iterator[Writer]:
    """A database built beside `path` and renamed over it when all went well; otherwise the old one stays as it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    beside.unlink(missing_ok=True)
    writer = Writer(beside)
    try:
        yield writer
        writer.finish()
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        writer.db.close()
        beside.unlink(missing_ok=True)


def fact_rows(report_id: int, facts: Iterable[Fact]) -> Iterator[Row]:
    """Facts as rows of `facts`."""
    for fact in facts:
        yield {
            "report_id": report_id,
            "table_key": fact.table,
            "row_key": fact.row,
            "column_key": fact.column,
            "value": plain_number(fact.value),
            "state": fact.state.value,
            "printed": fact.printed,
            "unit": fact.unit,
            "locator": json.dumps(fact.locator.as_json(), ensure_ascii=False, separators=(",", ":")),
        }


def section_rows(report_id: int, sections: Iterable[SectionText]) -> Iterator[Row]:
    """Sections as rows of `sections`."""
    for section in sections:
        yield {"report_id": report_id, "number": section.number, "heading": section.heading, "text": section.text}


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
