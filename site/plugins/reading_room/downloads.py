"""/downloads: the database and its tables as files, and how programs fetch them."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from functools import cache
from typing import Any

from datasette.utils import parse_metadata

from reading_room.visit import SITE, TABLES, Page, Visit

# Tables that pages need and nobody else.
INNER = ("holdings", "issue_counts")


@dataclass(frozen=True, slots=True)
class Table:
    """A table or a view: what Datasette tells about it, and where its CSV and JSON are."""

    name: str
    title: str
    description: str
    rows: int | None

    @property
    def address(self) -> str:
        """Datasette's page of it."""
        return f"{TABLES}/{self.name}"


def page(connection: sqlite3.Connection, visit: Visit) -> Page:
    """What can be fetched."""
    size = connection.execute("select page_count * page_size from pragma_page_count, pragma_page_size").fetchone()[0]
    return Page(
        "downloads.html",
        {
            "tables": [_table(connection, name) for name in named(connection, "table")],
            "views": [_table(connection, name) for name in named(connection, "view")],
            "size": size,
            "address": TABLES,
        },
    )


def named(connection: sqlite3.Connection, kind: str) -> list[str]:
    """The tables or views that are of use to others."""
    rows = connection.execute(
        "select name from sqlite_master where type = ? and name not like 'sqlite!_%' escape '!' and name not like '%!_fts%' escape '!' "
        "order by rowid",
        (kind,),
    )
    return [name for (name,) in rows if name not in INNER]


def _table(connection: sqlite3.Connection, name: str) -> Table:
    about = told().get(name, {})
    counted = connection.execute("select stat from sqlite_stat1 where tbl = ? limit 1", (name,)).fetchone()
    return Table(
        name, about.get("title", name), about.get("description", ""), int(counted[0].split()[0]) if counted else None
    )


@cache
def told() -> Any:
    """What site/metadata.yaml tells about the tables."""
    told = parse_metadata((SITE / "metadata.yaml").read_text(encoding="utf-8"))
    return told["databases"]["nianbao"]["tables"]
