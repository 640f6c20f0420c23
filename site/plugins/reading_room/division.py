"""/division/<code>: the offices of a division and of those below it, and which years of each are there."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from reading_room.home import Province, tile, years_of
from reading_room.visit import Page, Visit

UNKNOWN = "unknown"
# More than this many bodies are not listed at once.
MOST = 400


@dataclass(frozen=True, slots=True)
class Office:
    """A body with its reports: year → ids, since one office may report in two scopes."""

    id: int
    name: str
    kind: str | None
    division_name: str | None
    reports: Mapping[int, list[int]]


def page(connection: sqlite3.Connection, visit: Visit) -> Page | None:
    """The page of a division, or of the bodies whose division is not known; None where the code is nobody's."""
    code = visit.named["code"]
    division = connection.execute("select * from divisions where code = ?", (code,)).fetchone()
    # The two digits of a province, four of a prefecture, six of a county: whoever begins with them lies within.
    start = code.removesuffix("0000") if code.endswith("0000") else code.removesuffix("00")
    where = "division is null" if code == UNKNOWN else "division between ? and ?"
    values: tuple[str, ...] = () if code == UNKNOWN else (start, start + "~")
    count = connection.execute(f"select count(*) from bodies where {where}", values).fetchone()[0]
    if division is None and code != UNKNOWN and not count:
        return None
    within = _within(connection, division) if division is not None else []
    # Where there are divisions below, their pages list their own bodies.
    if within:
        where, values = "division = ?", (code,)
        count = connection.execute(f"select count(*) from bodies where {where}", values).fetchone()[0]
    offices = _offices(connection, where, values)
    return Page(
        "division.html",
        {
            "division": division,
            "code": code,
            "parents": _parents(connection, division),
            "offices": offices,
            "count": count,
            "within": within,
            "whole": connection.execute(
                "select reports, bodies, facts, issues from holdings where division = ? and report_year is null",
                (code,),
            ).fetchone(),
            "years": years_of(
                [
                    *(year for office in offices for year in office.reports),
                    *(year for each in within for year in each.tiles),
                ]
            ),
        },
    )


def _within(connection: sqlite3.Connection, division: sqlite3.Row) -> list[Province]:
    """The divisions right below that have reports, each with its reports by year."""
    rows = connection.execute(
        "select d.code, d.name, h.report_year, h.reports, h.bodies from divisions d join holdings h on h.division = d.code "
        "where d.parent = ? order by d.code",
        (division["code"],),
    )
    below: dict[str, Province] = {}
    for code, name, year, reports, bodies in rows:
        known = below.get(code) or Province(code, name, 0, {})
        tiles = known.tiles if year is None else {**known.tiles, year: tile(reports)}
        below[code] = Province(code, name, bodies if year is None else known.bodies, tiles)
    return list(below.values())


def _parents(connection: sqlite3.Connection, division: sqlite3.Row | None) -> list[sqlite3.Row]:
    """The divisions over this one, the outermost first."""
    parents: list[sqlite3.Row] = []
    while division is not None and division["parent"] and len(parents) < 4:
        division = connection.execute("select * from divisions where code = ?", (division["parent"],)).fetchone()
        if division is not None and division["level"] != "country":
            parents.insert(0, division)
    return parents


def _offices(connection: sqlite3.Connection, where: str, values: tuple[str, ...]) -> list[Office]:
    rows = connection.execute(
        f"select b.id, b.name, b.kind, d.name from bodies b left join divisions d on d.code = b.division where b.{where} "
        f"order by b.division, b.kind <> 'government', b.name limit {MOST}",
        values,
    ).fetchall()
    reports: dict[int, dict[int, list[int]]] = {row[0]: {} for row in rows}
    asked = ",".join("?" * len(reports))
    for body, year, report in connection.execute(
        f"select body_id, report_year, id from reports where body_id in ({asked}) order by scope", tuple(reports)
    ):
        reports[body].setdefault(year, []).append(report)
    return [Office(row[0], row[1], row[2], row[3], reports[row[0]]) for row in rows]
