"""What of the published database still holds: figures and sections of reports for which the same reading speaks.

The new database begins as a copy of the old one, from which all other tables are emptied. Only the file that the kept
readings remember as published is trusted, and only as long as nobody has touched it; so what is carried over is what would
be written.
"""

from __future__ import annotations

from pathlib import Path

from extract.database import Writer
from extract.kept import Kept

FACTS = ("report_id", "table_key", "row_key", "column_key", "value", "state", "printed", "unit", "locator")
SECTIONS = ("rowid", "report_id", "number", "heading", "text")
# What is carried over; SQLite keeps the index over the sections in the other three.
TABLES = frozenset(["facts", "sections", "sections_fts", "sections_fts_data", "sections_fts_idx", "sections_fts_config"])


def attach(database: Writer, published: Path) -> None:
    """Have the published database at hand as `old`: a database begun from it tells by it what has changed."""
    database.connection.execute("ATTACH ? AS old", (f"{published.resolve().as_uri()}?mode=ro",))


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

