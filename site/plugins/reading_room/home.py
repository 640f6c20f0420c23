"""/: what the archive holds, by province and year, and what came in last."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reading_room.visit import Page, Visit

NEWEST = 12
# The first report counts of the steps of the tiles' shade; the legend prints them.
STEPS = (1, 5, 20, 100, 500)


@dataclass(frozen=True, slots=True)
class Tile:
    """How many reports there are of a year; `shade` 0 (none) to 5."""

    count: int
    shade: int


@dataclass(frozen=True, slots=True)
class Province:
    """A row of the grid. `code` is `unknown` for bodies whose division could not be told."""

    code: str
    name: str
    bodies: int
    tiles: Mapping[int, Tile]


def page(connection: sqlite3.Connection, visit: Visit) -> Page:
    """The home page."""
    provinces = _provinces(connection, visit)
    years = years_of(year for province in provinces for year in province.tiles)
    return Page(
        "home.html",
        {
            "totals": _totals(connection),
            "provinces": provinces,
            "years": years,
            "steps": STEPS,
            "newest": _newest(connection),
            "last_run": connection.execute("select * from runs order by started_at desc limit 1").fetchone(),
        },
    )


def years_of(years: Iterable[int]) -> list[int]:
    """All years from the first to the last, those without a report among them."""
    known = set(years)
    return list(range(min(known), max(known) + 1)) if known else []


def tile(count: int) -> Tile:
    """A tile of that many reports."""
    return Tile(count, sum(count >= step for step in STEPS))


def _totals(connection: sqlite3.Connection) -> dict[str, int]:
    """How much there is. The counts that each report carries are summed: facts by the million would take seconds."""
    reports, bodies, figures = connection.execute(
        "select count(*), count(distinct body_id), coalesce(sum(facts), 0) from reports"
    ).fetchone()
    issues, documents, portals = connection.execute(
        "select (select count(*) from issues), (select count(*) from documents), (select count(*) from portals)"
    ).fetchone()
    return {
        "reports": reports, "bodies": bodies, "figures": figures,
        "issues": issues, "documents": documents, "portals": portals,
    }  # fmt: skip


def _provinces(connection: sqlite3.Connection, visit: Visit) -> list[Province]:
    names = dict(connection.execute("select code, name from divisions where code like '__0000'").fetchall())
    bodies = dict(
        connection.execute("select coalesce(substr(division, 1, 2), ''), count(*) from bodies group by 1").fetchall()
    )
    counts: dict[str, dict[int, int]] = {}
    for start, year, count in connection.execute(
        "select coalesce(substr(b.division, 1, 2), ''), r.report_year, count(*) "
        "from reports r join bodies b on b.id = r.body_id group by 1, 2"
    ):
        counts.setdefault(start, {})[year] = count
    return [
        Province(
            f"{start}0000" if start else "unknown",
            names.get(f"{start}0000", f"{start}0000") if start else visit.texts["home.unknown_division"],
            bodies.get(start, 0),
            {year: tile(count) for year, count in counts[start].items()},
        )
        for start in sorted(counts, key=lambda start: start or "99")
    ]


def _newest(connection: sqlite3.Connection) -> list[sqlite3.Row]:
    return connection.execute(
        "select r.id, r.title, r.issuing_body, r.report_year, r.first_seen, r.published_on, r.facts, r.issues, "
        "d.name as division_name from reports r join bodies b on b.id = r.body_id "
        f"left join divisions d on d.code = b.division order by r.first_seen desc, r.report_year desc, r.id limit {NEWEST}"
    ).fetchall()
