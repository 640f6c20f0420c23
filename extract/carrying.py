"""What of the published database still holds: figures and sections of reports for which the same reading speaks.

They are copied instead of unpacked and written again. Only the file that the kept readings remember as published is
trusted, and only as long as nobody has touched it; so what is carried over is what would be written.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from extract.database import Writer
from extract.kept import Kept

FACTS = ("report_id", "table_key", "row_key", "column_key", "value", "state", "printed", "unit", "locator")
SECTIONS = ("rowid", "report_id", "number", "heading", "text")
INDEX_PARTS = ("data", "idx", "config")  # the tables in which FTS5 keeps an index


@contextmanager
def carrying(database: Writer, published: Path, kept: Kept) -> Iterator[bool]:
    """Copy figures, sections and their search index from the published database, which stays attached as `old`; whether
    there was one to copy from."""
    if not kept.published(published):
        yield False
        return
    # From outside: the connection that writes learns that its index is another only by another's change.
    with closing(sqlite3.connect(database.path, isolation_level=None)) as aside:
        aside.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
        aside.execute("ATTACH ? AS old", (_read_only(published),))
        for part in INDEX_PARTS:
            aside.executescript(f"""
                DELETE FROM main.sections_fts_{part};
                INSERT INTO main.sections_fts_{part} SELECT * FROM old.sections_fts_{part};
            """)
    database.connection.execute("ATTACH ? AS old", (_read_only(published),))
    database.make_index("facts_line")  # so that SQLite copies table and index as they are, row by row
    database.connection.execute("INSERT INTO main.facts SELECT * FROM old.facts")
    names = ", ".join(SECTIONS)
    database.connection.execute(f"INSERT INTO main.sections ({names}) SELECT {names} FROM old.sections ORDER BY rowid")
    yield True


def write_reading(database: Writer, kept: Kept, report_id: int, key: bytes, carried: bool) -> None:
    """The figures and sections of the reading that speaks for a report, unless they were carried over."""
    if kept.spoke(report_id, key) and carried:
        return
    if carried:
        _forget(database, "report_id = ?", report_id)
    facts, sections = kept.rows(key)
    database.append("facts", FACTS, ((report_id, *fact) for fact in facts))
    # The row's number follows from its content, so that an index carried over still tells it.
    rows = ((report_id * 8 + number, report_id, number, heading, text) for number, heading, text in sections)
    database.append("sections", SECTIONS, rows)


def forget_vanished(database: Writer) -> None:
    """Remove what was carried over for reports that are no more."""
    _forget(database, "report_id IN (SELECT id FROM old.reports EXCEPT SELECT id FROM main.reports)")


def _forget(database: Writer, which: str, *values: object) -> None:
    for table in ("facts", "sections"):
        database.connection.execute(f"DELETE FROM main.{table} WHERE {which}", values)


def _read_only(path: Path) -> str:
    return f"{path.resolve().as_uri()}?mode=ro"
