"""/changes: what came in, and what was edited, vanished or came back after publication, by the dates of our own clock; as a
page and as an Atom feed."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from reading_room.drawing import draw
from reading_room.visit import File, Page, Visit

PAGE_SIZE = 50
# So many cells of an edited report are named; its own page shows all.
NAMED = 3
# A feed names addresses in full; a tag needs no host and stays the same wherever the archive is served.
# Signs that no XML file may hold.
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
FEED_ID = "tag:nianbao,2026:changes"


@dataclass(frozen=True, slots=True)
class Change:
    """A report that came in, or that was found changed at an address where it had been met before: edited, vanished, restored."""

    id: int
    title: str
    report_year: int
    moment: str
    what: str
    cells: int
    sha256: str
    url: str
    named: str  # of an edited one the first cells that differ, as JSON

    @property
    def first_cells(self) -> list[list[str | None]]:
        """The first cells that an editor changed: address, printed before, printed after."""
        return json.loads(self.named)  # type: ignore[no-any-return]

    @property
    def changed(self) -> bool:
        """Whether it happened after the report was first met."""
        return self.what != "new"


def page(connection: sqlite3.Connection, visit: Visit) -> Page:
    """The newest changes first, in pages."""
    number = max(1, min(visit.number("page") or 1, 10_000))
    only = visit.query("only") == "changed"
    changes = changed(connection, PAGE_SIZE + 1, (number - 1) * PAGE_SIZE) if only else _all(connection, number)
    return Page(
        "changes.html",
        {"changes": changes[:PAGE_SIZE], "more": len(changes) > PAGE_SIZE, "number": number, "only": only},
    )


def feed(connection: sqlite3.Connection, visit: Visit) -> File:
    """The same as an Atom feed."""
    only = visit.query("only") == "changed"
    changes = changed(connection, PAGE_SIZE) if only else _all(connection, 1)[:PAGE_SIZE]
    drawn = draw(Page("changes.atom", {"changes": changes, "feed_id": FEED_ID, "only": only}), visit)
    return File(NOT_IN_XML.sub("", drawn).encode(), "application/atom+xml; charset=utf-8")


def changed(connection: sqlite3.Connection, most: int, offset: int = 0) -> list[Change]:
    """Reports found changed: at an address that had carried one before, another document, or none, or one again."""
    rows = connection.execute(
        "select c.report_id, coalesce(r.title, r.issuing_body), r.report_year, c.moment, c.what, json_array_length(c.cells), "
        "coalesce(c.after_sha256, c.before_sha256), c.url, "
        f"case c.what when 'edited' then (select json_group_array(json(value)) from (select value from json_each(c.cells) limit {NAMED})) else '[]' end "
        "from (select * from report_changes order by moment desc, report_id, url, what limit ? offset ?) as c "
        "join reports r on r.id = c.report_id order by c.moment desc, c.report_id, c.url, c.what",
        (most, offset),
    )
    return [_change(row) for row in rows]


def _all(connection: sqlite3.Connection, number: int) -> list[Change]:
    """New reports and changed ones together."""
    most = number * PAGE_SIZE + 1
    rows = connection.execute(
        "select id, coalesce(title, issuing_body), report_year, first_seen, 'new', 0, payload_sha256, url, '[]' from reports "
        "order by first_seen desc, id limit ?",
        (most,),
    )
    both: Sequence[Change] = [*(_change(row) for row in rows), *changed(connection, most)]
    newest = sorted(both, key=lambda change: (change.moment, change.changed), reverse=True)
    return newest[(number - 1) * PAGE_SIZE : most]


def _change(row: sqlite3.Row) -> Change:
    return Change(*row)
