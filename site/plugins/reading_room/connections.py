"""What every database connection of the site is given: search in Chinese, and bounds that no query gets past."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path
from typing import Any

from extract.search import match

# A text or blob of a query's own making: zeroblob(1e9) would otherwise take a gigabyte. Our longest section has 40 KB.
MOST_BYTES = 1_000_000
# A statement, a number of its parts: what a person writes is far below.
MOST_STATEMENT, MOST_DEPTH, MOST_COMPOUND = 100_000, 200, 50
# All connections of the process together, in bytes: a recursive query may gather rows without end.
MOST_HEAP = 512_000_000


def prepare(connection: sqlite3.Connection, database: str) -> None:
    """Datasette calls it for each new connection, its own inner databases among them."""
    if database == "_internal":
        return
    # Datasette decodes every text in a function of its own, in case one is no UTF-8; all of ours are.
    connection.text_factory = str
    # Datasette's search box asks `escape_fts`: with ours in its place, it finds what our own search finds.
    connection.create_function("escape_fts", 1, escape, deterministic=True)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_BYTES)
    connection.setlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH, MOST_STATEMENT)
    connection.setlimit(sqlite3.SQLITE_LIMIT_EXPR_DEPTH, MOST_DEPTH)
    connection.setlimit(sqlite3.SQLITE_LIMIT_COMPOUND_SELECT, MOST_COMPOUND)
    connection.execute(f"PRAGMA hard_heap_limit = {MOST_HEAP}")


def escape(asked: str | None) -> str:
    """What is typed into the search box of a table as an FTS5 query over its text; one that finds nothing where it is empty."""
    query = match(str(asked or ""))
    return f"text : ({query})" if query else '""'


async def take_counts(datasette: Any) -> None:
    """Give Datasette the row counts that ANALYZE left in the database, and a digest of the file's state for its own."""
    for database in datasette.databases.values():
        if database.is_mutable or not database.path:
            continue
        database._cached_table_counts = await database.execute_fn(_counts)
        state = Path(database.path).stat()
        database.cached_hash = hashlib.sha256(f"{state.st_size} {state.st_mtime_ns}".encode()).hexdigest()


def _counts(connection: sqlite3.Connection) -> dict[str, int]:
    tables = [name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")]
    known: dict[str, int] = {}
    if "sqlite_stat1" in tables:
        for table, counted in connection.execute("select tbl, stat from sqlite_stat1 where stat is not null"):
            known[table] = max(known.get(table, 0), int(counted.split()[0]))
    return {table: known.get(table, 0) for table in tables}
